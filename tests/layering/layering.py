"""Checks the include lines of a tree against the rules of rooms.py.

    layering.py ROOT    prints one line per violation; exit code 1 if there are any
"""

import pathlib
import re
import sys
from typing import Iterator, NamedTuple, Optional

import rooms

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]')
SUFFIXES = {".h", ".cc", ".cu", ".cuh"}
TREES = ("core", "server", *rooms.OUTSIDE)


class Include(NamedTuple):
    file: str
    line: int
    path: str


class Violation(NamedTuple):
    include: Include
    reason: str

    def __str__(self) -> str:
        return f"{self.include.file}:{self.include.line}: includes {self.include.path}: {self.reason}"


def includes_of(root: pathlib.Path) -> Iterator[Include]:
    for tree in TREES:
        for file in sorted((root / tree).rglob("*")):
            if file.suffix in SUFFIXES:
                yield from includes_in(root, file)


def includes_in(root: pathlib.Path, file: pathlib.Path) -> Iterator[Include]:
    text = file.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        match = INCLUDE.match(line)
        if match:
            yield Include(str(file.relative_to(root)), number, match.group(1))


def room_of(path: str) -> Optional[str]:
    """The room of a file of `core` or `server`; None elsewhere."""
    parts = path.split("/")
    if parts[0] not in ("core", "server"):
        return None
    return "/".join(parts[:2]) if len(parts) > 2 else f"{parts[0]}/main"


def may_include(room: str) -> set[str]:
    """`room` and every room that its arrows lead to."""
    reached, pending = set(), [room]
    while pending:
        current = pending.pop()
        if current not in reached:
            reached.add(current)
            pending.extend(rooms.ROOMS[current])
    return reached


def check_rooms(include: Include) -> Optional[str]:
    source, target = room_of(include.file), room_of(include.path)
    if source is not None and source not in rooms.ROOMS:
        return f"{source} is not a room of tests/layering/rooms.py"
    if source is None:
        return None
    if target is None:
        outside = include.path.split("/")[0] in rooms.OUTSIDE
        return f"{source} must not depend on tests, tools or data" if outside else None
    return None if target in may_include(source) else f"{source} may not include {target}"


def check_libraries(include: Include) -> Optional[str]:
    for headers, places, reason in rooms.LIBRARIES:
        if include.path.startswith(headers) and not include.file.startswith(places):
            return reason
    return None


def check_never_together(includes: list[Include]) -> Iterator[Violation]:
    first, second = rooms.NEVER_TOGETHER
    has_first = {i.file for i in includes if i.path.startswith(first)}
    for include in includes:
        if include.file in has_first and include.path.startswith(second):
            yield Violation(include, "torch and protobuf must not meet in one file")


def check_own_header_first(root: pathlib.Path, includes: list[Include]) -> Iterator[Violation]:
    """So that every header with a source is compiled alone once."""
    seen = set()
    for include in includes:
        if include.file in seen or not include.file.endswith(".cc"):
            continue
        seen.add(include.file)
        header = include.file.removesuffix(".cc") + ".h"
        if (root / header).exists() and include.path != header:
            yield Violation(include, f"the first include must be {header}")


def violations(root: pathlib.Path) -> list[Violation]:
    includes = list(includes_of(root))
    found = [
        Violation(include, reason)
        for include in includes
        for reason in (check_rooms(include), check_libraries(include))
        if reason
    ]
    return found + list(check_never_together(includes)) + list(check_own_header_first(root, includes))


def main() -> int:
    found = violations(pathlib.Path(sys.argv[1]))
    for violation in found:
        print(violation)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
