"""Small networks, each with something that makes capturing go wrong."""

from pitfalls import (branches, constants, containers, inplace, modes, numbers, operators, refused, reuse,
                      transformers)
from pitfalls.registry import SUBJECTS

__all__ = ["branches", "constants", "containers", "inplace", "modes", "numbers", "operators", "refused", "reuse",
           "transformers", "subjects"]


def subjects(names=None):
    """All subjects, or those named."""
    unknown = set(names or ()) - SUBJECTS.keys()
    if unknown:
        raise SystemExit(f"no such pitfall: {', '.join(sorted(unknown))}")
    for name, make in SUBJECTS.items():
        if names is None or name in names:
            yield make()
