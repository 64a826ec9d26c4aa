"""The graph of a network, as StreamTopology sends it."""

from deepvision import _enums
from deepvision._generated.v1 import common_pb2, network_pb2
from deepvision.errors import damaged, incomplete


class Topology:
    """Nodes in execution order, and the groups (modules) that hold them.

    header, nodes, groups: the proto messages TopologyHeader, TopologyNode and
        TopologyGroup. `topology[id]` finds a node by its id, an alias or a member
        of its chain.
    """

    def __init__(self, header, nodes, groups):
        self.header = header
        self.nodes = nodes
        self.groups = groups
        self._by_index = {node.index: node for node in nodes}
        self._by_id = {}
        for ids in ("members", "aliases"):
            for node in nodes:
                self._by_id.update((name, node) for name in getattr(node, ids))
        self._by_id.update((node.id, node) for node in nodes)

    def __getitem__(self, layer_id):
        return self._by_id[layer_id]

    def __contains__(self, layer_id):
        return layer_id in self._by_id

    def __len__(self):
        return len(self.nodes)

    def predecessors(self, node):
        """The nodes whose values go into `node`."""
        return [self._by_index[i] for i in node.predecessors if i in self._by_index]

    def successors(self, node):
        """The nodes that read the value of `node`."""
        return [other for other in self.nodes if node.index in other.predecessors]

    def __repr__(self):
        return f"<Topology of {self.header.network!r}: {len(self.nodes)} nodes>"


def kind_name(node):
    """ "chain", "input", "pass_through", "marker", "derived" or "identity"."""
    return _enums.name(network_pb2.NodeKind, "NODE_KIND_", node.kind)


def data_kind_name(node):
    """ "feature_map", "vector", "tokens", "other" or "none"."""
    return _enums.name(common_pb2.DataKind, "DATA_KIND_", node.data_kind)


def read(responses):
    """The Topology of a StreamTopology call; raises unless it is complete."""
    header, nodes, groups, complete = None, [], [], False
    for response in responses:
        if response.HasField("header"):
            header = response.header
        nodes.extend(response.nodes)
        groups.extend(response.groups)
        complete = complete or response.HasField("trailer")
    if header is None or not complete:
        raise incomplete("the topology broke off: no trailer came")
    if (header.node_count, header.group_count) != (len(nodes), len(groups)):
        raise damaged(
            f"the header counts {header.node_count} nodes and {header.group_count} groups; "
            f"{len(nodes)} and {len(groups)} came"
        )
    return Topology(header, nodes, groups)
