"""Proto enums by their short lower-case names: "uint8" for
ACTIVATION_ENCODING_UINT8."""

from deepvision.errors import invalid_input


def parse(enum, prefix, value):
    """The number of `value`, which is a short name, a full name or a number;
    None is the unspecified value 0."""
    if value is None:
        return 0
    if isinstance(value, int):
        return value
    name = str(value).upper().replace("-", "_")
    full = name if name.startswith(prefix) else prefix + name
    if full not in enum.keys():
        raise invalid_input(f"{value!r} is not one of {', '.join(names(enum, prefix))}")
    return enum.Value(full)


def name(enum, prefix, number):
    """The short name of `number`; numbers that are newer than this package are
    shown as numbers."""
    if number not in enum.values():
        return str(number)
    return enum.Name(number)[len(prefix) :].lower()


def names(enum, prefix):
    """All short names but the unspecified one."""
    return [key[len(prefix) :].lower() for key, number in enum.items() if number != 0]
