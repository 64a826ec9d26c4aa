"""`deepvision topology`: the network as a tree of modules with its data flow."""

from rich.text import Text

from deepvision._enums import name as enum_name
from deepvision._generated.v1 import network_pb2
from deepvision.cli import graph_lines
from deepvision.cli.console import out, shape_text
from deepvision.topology import kind_name

# Wider gutters (densely connected networks) are replaced by "from …".
_MAX_GUTTER = 24
_STYLES = {"input": "cyan", "pass_through": "dim", "derived": "magenta", "identity": "dim"}


def topology(client, args):
    print_topology(client.topology(args.network, view=args.view, omit_markers=True))


def print_topology(topology):
    header = topology.header
    parameters = sum(node.parameter_count for node in topology.nodes)
    out.print(
        Text.assemble(
            (header.network, "bold"),
            f"   {len(topology.nodes)} nodes, "
            f"{parameters:,} parameters, model {header.network_digest[:12]}",
        )
    )
    for warning in header.warnings:
        out.print(Text.assemble(("note: ", "yellow"), warning))
    for line in format_topology(topology):
        out.print(line, soft_wrap=True)


def format_topology(topology):
    """rich Texts, one per line."""
    drawn = graph_lines.draw(topology.nodes, kind_name)
    width = max((len(gutter) for gutter, _ in drawn), default=0)
    show_gutter = width <= _MAX_GUTTER
    rows, forks, opened = [], [], set()
    for gutter, node in drawn:
        if node is None:
            forks.append((gutter, None, 0))
            continue
        for group in _first_shown_at(topology, node, opened):
            rows.append((_through(rows), group, _depth(topology, group.path) - 1))
        rows += forks if show_gutter else ()
        rows.append((gutter, node, _depth(topology, _module_of(node))))
        forks = []
    return _aligned(rows, width if show_gutter else 0, None if show_gutter else topology)


def _through(rows):
    """The gutter of a line between two nodes: what runs on from the one above."""
    if not rows:
        return ""
    return "".join(_RUNS_ON.get(char, " ") for char in rows[-1][0]).rstrip()


_RUNS_ON = {char: "│" for char in "│├┤┼╮●○■◆◇"}


def _first_shown_at(topology, node, opened):
    """Groups whose first node this is, outermost first."""
    found = [g for g in topology.groups if g.first_node == node.index and g.path not in opened]
    opened.update(g.path for g in found)
    return sorted(found, key=lambda g: (_depth(topology, g.path), g.path))


def _module_of(node):
    """The module that a node stands in; "layer1.0/add" stands in "layer1.0"."""
    return node.module_path or node.id.partition("/")[0]


def _depth(topology, path):
    """How many groups hold `path`, itself counted when it is one."""
    return sum(f"{path}.".startswith(f"{group.path}.") for group in topology.groups)


def _aligned(rows, gutter_width, topology):
    """Texts whose columns stand below each other."""
    cells = [_cells(item, depth, topology) for _, item, depth in rows]
    widths = [max((len(c[i]) for c in cells), default=0) for i in range(4)]
    for (gutter, item, _), (name, title, shape, parameters, tail) in zip(rows, cells):
        line = Text(gutter.ljust(gutter_width + 2) if gutter_width else "", style="dim")
        if item is None:
            yield Text(line.plain.rstrip(), style="dim")
            continue
        is_group = isinstance(item, network_pb2.TopologyGroup)
        line.append(
            name.ljust(widths[0] + 2), "bold" if is_group else _STYLES.get(kind_name(item), "")
        )
        line.append(title.ljust(widths[1] + 2), "dim" if is_group else "")
        line.append(shape.rjust(widths[2]) + "  ", "green")
        line.append(parameters.rjust(widths[3]), "dim")
        line.append(f"  {tail}" if tail else "", "yellow")
        line.rstrip()
        yield line


def _cells(item, depth, topology):
    """id, title, shape, parameters, notes."""
    if item is None:
        return "", "", "", "", ""
    indent = "  " * depth
    if isinstance(item, network_pb2.TopologyGroup):
        return indent + item.path, item.module_class, "", "", ""
    parameters = f"{item.parameter_count:,}" if item.parameter_count else ""
    return indent + item.id, item.title, shape_text(item.shape), parameters, _notes(item, topology)


def _notes(node, topology):
    notes = []
    if node.role:
        notes.append(enum_name(network_pb2.NodeRole, "NODE_ROLE_", node.role))
    if topology is not None and list(node.predecessors) != [node.index - 1]:
        sources = [n.id for n in topology.predecessors(node)]
        more = f" and {len(sources) - 4} more" if len(sources) > 4 else ""
        notes.append("from " + ", ".join(sources[:4]) + more) if sources else None
    return "  ".join(notes)
