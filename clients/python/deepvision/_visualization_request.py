"""The messages of Client.visualize(), from short names."""

import numbers

from deepvision import _enums
from deepvision._generated.v1 import activation_pb2, common_pb2, input_pb2
from deepvision._generated.v1 import visualization_pb2 as pb
from deepvision._generated.v1 import visualization_spec_pb2 as spec_pb
from deepvision.errors import invalid_input
from deepvision.inputs import to_input

METHODS = ("fourier", "robust", "maco")


def make_spec(
    network,
    layer,
    units=None,
    method="fourier",
    objective=None,
    penalties=(),
    size=None,
    start=None,
    steps=0,
    seed=0,
    numerics=None,
    quality_dataset="",
    **parameters,
):
    """See Client.visualize() for what the arguments mean."""
    spec = spec_pb.VisualizationSpec(
        network=network,
        layer=layer,
        objective=objective,
        penalties=_penalties(penalties),
        start=None if start is None else to_input(start),
        steps=steps,
        seed=seed,
        numerics=_enums.parse(common_pb2.Numerics, "NUMERICS_", numerics),
        quality_dataset=quality_dataset,
    )
    _set_units(spec, units)
    _set_method(spec, method, parameters)
    if size is not None:
        spec.height, spec.width = (size, size) if isinstance(size, numbers.Integral) else size
    return spec


def make_view(
    pictures=True,
    every_steps=0,
    max_fps=0,
    max_side=0,
    encoding=None,
    space=None,
    transparency=False,
    row_order=None,
    layout=None,
    max_sheet_side=0,
    gutter=0,
):
    view = pb.VisualizationView(
        results_only=not pictures,
        every_steps=every_steps,
        max_fps=max_fps,
        max_side=max_side,
        encoding=_enums.parse(pb.VisualizationEncoding, "VISUALIZATION_ENCODING_", encoding),
        space=_enums.parse(pb.VisualizationSpace, "VISUALIZATION_SPACE_", space),
        transparency=transparency,
        row_order=_enums.parse(input_pb2.RowOrder, "ROW_ORDER_", row_order),
        layout=_enums.parse(pb.VisualizationLayout, "VISUALIZATION_LAYOUT_", layout),
    )
    if max_sheet_side or gutter:
        view.atlas.CopyFrom(
            activation_pb2.AtlasOptions(max_sheet_side=max_sheet_side, gutter=gutter)
        )
    return view


def split_view(options):
    """Takes what concerns the view out of `options` and makes the view of it."""
    names = make_view.__code__.co_varnames[: make_view.__code__.co_argcount]
    return make_view(**{name: options.pop(name) for name in names if name in options})


def mode_of(mode):
    return _enums.parse(pb.VisualizationMode, "VISUALIZATION_MODE_", mode)


def _set_units(spec, units):
    if units is None:
        return  # the server says what all of them cost
    if isinstance(units, str):
        if units != "all":
            raise invalid_input(f'units are numbers, or "all", not {units!r}')
        spec.all_units = True
        return
    if isinstance(units, numbers.Integral):
        units = [units]
    try:
        spec.unit_list.units.extend(int(unit) for unit in units)
    except (TypeError, ValueError):
        raise invalid_input('units are whole numbers from 0, or "all"') from None


def _set_method(spec, method, parameters):
    if method not in METHODS:
        raise invalid_input(f"{method!r} is not one of {', '.join(METHODS)}")
    message = getattr(spec, method)
    message.SetInParent()
    known = {field.name: field for field in message.DESCRIPTOR.fields}
    for name, value in parameters.items():
        if name not in known:
            raise invalid_input(f"{method} has no parameter {name!r}; it has {', '.join(known)}")
        try:
            if known[name].message_type is not None:
                getattr(message, name).CopyFrom(value)
            else:
                setattr(message, name, value)
        except (TypeError, ValueError) as error:
            raise invalid_input(f"{name}: {error}") from None


def _penalties(penalties):
    """Messages, or {"total_variation": 0.1}."""
    if not isinstance(penalties, dict):
        return list(penalties)
    return [
        spec_pb.Penalty(
            kind=_enums.parse(spec_pb.PenaltyKind, "PENALTY_KIND_", kind), weight=weight
        )
        for kind, weight in penalties.items()
    ]
