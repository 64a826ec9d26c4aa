"""The StreamActivationsRequest of Client.activations() and the LiveConfiguration of
Client.live(), from short names."""

from deepvision import _enums
from deepvision._generated.v1 import activation_pb2 as pb
from deepvision._generated.v1 import common_pb2, input_pb2
from deepvision.errors import invalid_input


def make_request(network, input, layers=None, **options):
    """See Client.activations() for what the options mean."""
    return _fill(pb.StreamActivationsRequest(network=network, input=input), layers, **options)


def make_configuration(network, layers=None, **options):
    """The same options without an input."""
    return _fill(pb.LiveConfiguration(network=network), layers, **options)


def _fill(
    request,
    layers,
    encoding=None,
    range=None,
    fixed_range=None,
    max_side=0,
    channels=None,
    statistics=False,
    prediction=False,
    layout=None,
    max_sheet_side=0,
    gutter=0,
    row_order=None,
    numerics=None,
    max_message_bytes=0,
    expected_digest="",
    wait_until_ready=True,
):
    request.max_message_bytes = max_message_bytes
    request.expected_digest = expected_digest
    request.wait_until_ready = wait_until_ready
    request.layout = _enums.parse(pb.ActivationLayout, "ACTIVATION_LAYOUT_", layout)
    request.row_order = _enums.parse(input_pb2.RowOrder, "ROW_ORDER_", row_order)
    request.numerics = _enums.parse(common_pb2.Numerics, "NUMERICS_", numerics)
    request.include.statistics = statistics
    request.include.prediction = prediction
    request.layers.extend(_selections(layers, channels))
    if max_sheet_side or gutter:
        request.atlas.CopyFrom(pb.AtlasOptions(max_sheet_side=max_sheet_side, gutter=gutter))
    _set_defaults(request.defaults, encoding, range, fixed_range, max_side)
    return request


def _selections(layers, channels):
    if isinstance(layers, (str, pb.LayerSelection)):
        layers = [layers]
    if channels is not None and not layers:
        raise invalid_input("channels=… needs layers=…: say of which layer they are")
    for layer in layers or []:
        yield (
            layer
            if isinstance(layer, pb.LayerSelection)
            else pb.LayerSelection(pattern=layer, channels=channels)
        )


def _set_defaults(defaults, encoding, value_range, fixed_range, max_side):
    if fixed_range is not None and value_range is None:
        value_range = "fixed"
    defaults.encoding = _enums.parse(pb.ActivationEncoding, "ACTIVATION_ENCODING_", encoding)
    defaults.range = _enums.parse(pb.ValueRange, "VALUE_RANGE_", value_range)
    defaults.max_side = max_side
    if fixed_range is not None:
        minimum, maximum = fixed_range
        defaults.fixed_range.CopyFrom(pb.FixedRange(minimum=minimum, maximum=maximum))
