"""Names of the files that commands write."""

import re


def safe_name(text):
    """`text` as a file name on every system."""
    return re.sub(r"[^A-Za-z0-9._@+-]+", "_", text).strip("._") or "_"


class UniqueNames:
    """Gives each text its own file name, also where the file system does not tell
    upper from lower case."""

    def __init__(self):
        self._taken = set()

    def of(self, text):
        base = name = safe_name(text)
        number = 2
        while name.lower() in self._taken:
            name, number = f"{base}~{number}", number + 1
        self._taken.add(name.lower())
        return name
