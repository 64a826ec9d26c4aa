"""The gutter beside the topology."""

import dataclasses
import random

from deepvision.cli.graph_lines import draw


@dataclasses.dataclass
class Position:
    lane: int


class Node:
    def __init__(self, index, predecessors, lane=0, kind="chain"):
        self.index, self.predecessors, self.kind = index, predecessors, kind
        self.position = Position(lane)


def _gutter(*nodes):
    return [gutter for gutter, _ in draw(nodes, lambda node: node.kind)]


def test_a_chain_is_a_straight_line():
    assert _gutter(Node(0, [], kind="input"), Node(1, [0]), Node(2, [1])) == ["■", "●", "●"]


def test_a_skip_connection_runs_beside_the_block_to_its_join():
    assert _gutter(
        Node(0, []), Node(1, [0]), Node(2, [1]), Node(3, [0], 1, "pass_through"), Node(4, [2, 3])
    ) == [
        "●",
        "├─╮",
        "● │",
        "● │",
        "│ ○",
        "●─╯",
    ]


def test_branches_of_which_the_side_one_comes_first():
    assert _gutter(Node(0, []), Node(1, [0], 1), Node(2, [0], 0), Node(3, [2, 1])) == [
        "●",
        "├─╮",
        "│ ●",
        "● │",
        "●─╯",
    ]


def test_four_branches_join_in_one_line():
    nodes = [Node(0, []), *(Node(i + 1, [0], i) for i in range(4)), Node(5, [1, 2, 3, 4])]
    assert _gutter(*nodes)[-1] == "●─┴─┴─╯"


def test_a_value_that_is_read_again_later_runs_on():
    lines = _gutter(Node(0, []), Node(1, [0]), Node(2, [1, 0]), Node(3, [2, 0]))
    assert lines == ["●", "├─╮", "● │", "●─┤", "●─╯"]


def test_columns_are_as_many_as_live_values():
    chance = random.Random(0)
    for _ in range(200):
        nodes = [Node(0, [])]
        for i in range(1, 14):
            nodes.append(
                Node(
                    i,
                    sorted(chance.sample(range(i), min(i, chance.choice([1, 1, 2, 3])))),
                    chance.choice([0, 1]),
                )
            )
        last = {p: n.index for n in nodes for p in n.predecessors}
        shown = 0
        for gutter, node in draw(nodes, lambda n: n.kind):
            if node is None:
                continue
            shown += 1
            assert gutter.count("●") == 1
            alive_before = {p for p, reader in last.items() if p < node.index <= reader}
            joined = sum(gutter.count(c) for c in "│├┤┼╰╯┴●")
            assert joined >= len(alive_before) - (0 if node.predecessors else 1) - 1
        assert shown == len(nodes)
