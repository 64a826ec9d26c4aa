"""Draws a graph as text, one node per line, with its edges in a gutter:

    ●        relu
    ├─╮
    ● │      conv1
    ● │      conv2
    │ ○      pass through
    ●─╯      add

A value keeps a column from the line of its node to that of its last reader.
"""

_MARKS = {"input": "■", "pass_through": "○", "derived": "◆", "identity": "○", "marker": "◇"}


def draw(nodes, kind_of):
    """[(gutter text, node or None)]: a line without a node only shows edges.

    nodes: in execution order, with `index` and `predecessors`.
    kind_of: the name of a node's kind.
    """
    readers = _count_readers(nodes)
    gutter, lines = _Gutter(), []
    for node in nodes:
        sources = [p for p in dict.fromkeys(node.predecessors) if p in gutter.columns]
        for source in sources:
            readers[source] -= 1
        ended = [s for s in sources if not readers[s]]
        if sources and not ended:
            lines.append((gutter.fork(sources[0], to_the_left=node.position.lane == 0), None))
            sources = sources[1:]
        lines.append(
            (
                gutter.place(
                    node.index,
                    sources,
                    ended,
                    _MARKS.get(kind_of(node), "●"),
                    keep=readers[node.index] > 0,
                ),
                node,
            )
        )
    return lines


def _count_readers(nodes):
    readers = {node.index: 0 for node in nodes}
    for node in nodes:
        for predecessor in set(node.predecessors):
            if predecessor in readers:
                readers[predecessor] += 1
    return readers


class _Gutter:
    """columns: the index of the node whose value runs down that column, or None;
    _OPEN: the column that a fork has made for the next node."""

    _OPEN = -1

    def __init__(self):
        self.columns = []

    def fork(self, source, to_the_left):
        """Splits a value's column; the next node gets the left or the right half."""
        left = self.columns.index(source)
        right = self._free(left + 1)
        before = list(self.columns)
        self.columns[left], self.columns[right] = (
            (self._OPEN, source) if to_the_left else (source, self._OPEN)
        )
        return self._line(before, {left: "├", right: "╮"})

    def place(self, index, sources, ended, mark, keep):
        """The line of a node: at its column, joined by its other sources."""
        column = self._column_for(ended)
        before, marks = list(self.columns), {column: mark}
        places = [self.columns.index(s) for s in sources if self.columns.index(s) != column]
        for place in places:
            further = (
                any(p > place for p in places) if place > column else any(p < place for p in places)
            )
            ends = self.columns[place] in ended
            marks[place] = self._joint(place > column, ends, further)
            if ends:
                self.columns[place] = None
        self.columns[column] = index if keep else None
        line = self._line(before, marks)
        while self.columns and self.columns[-1] is None:
            self.columns.pop()
        return line

    def _column_for(self, ended):
        if self._OPEN in self.columns:
            return self.columns.index(self._OPEN)
        return min(self.columns.index(s) for s in ended) if ended else self._free(0)

    def _free(self, start):
        """The first free column from `start` on, made when there is none."""
        for column in range(start, len(self.columns)):
            if self.columns[column] is None:
                return column
        self.columns.append(None)
        return max(start, len(self.columns) - 1)

    @staticmethod
    def _joint(on_the_right, ends, further):
        """How a source's column meets the line of the node that reads it."""
        if further:
            return "┴" if ends else "┼"
        return ("╯" if ends else "┤") if on_the_right else ("╰" if ends else "├")

    def _line(self, before, marks):
        first, last = min(marks), max(marks)
        text = ""
        for column in range(max(len(before), last + 1)):
            inside = first <= column <= last
            runs = column < len(before) and before[column] is not None
            text += marks.get(column, "│" if runs else "─" if inside else " ")
            text += "─" if first <= column < last else " "
        return text.rstrip()
