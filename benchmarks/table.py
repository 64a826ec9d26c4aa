"""Makes the table, and the JSON, of rows that benchmarks have printed.

  table.py [--json FILE] ROWS

ROWS is a file of tab-separated columns: name, figure, unit, ratio, target and
noise (see benchmarks/support/report.h). A target is a comparison with the ratio,
or with the figure where there is no ratio. The exit code is 0 whether targets
are met or not: figures depend on the machine.
"""

import argparse
import csv
import json
import operator
import re

COLUMNS = ("name", "figure", "unit", "ratio", "target", "noise")
COMPARISONS = {
    ">=": operator.ge,
    "<=": operator.le,
    "<": operator.lt,
    ">": operator.gt,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", metavar="FILE", help="also write the rows to FILE")
    parser.add_argument("rows")
    arguments = parser.parse_args()
    rows = read(arguments.rows)
    print_table(rows)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"benchmarks": rows}, file, indent=2)
            file.write("\n")


def read(path):
    with open(path, newline="") as file:
        return [_row(line) for line in csv.reader(file, delimiter="\t")]


def _row(line):
    row = dict(zip(COLUMNS, line, strict=True))
    row["figure"] = float(row["figure"])
    row["ratio"] = float(row["ratio"]) if row["ratio"] else None
    row["noise"] = float(row["noise"])
    row["met"] = is_met(row)
    return row


def is_met(row):
    """Whether the target is met; None without one."""
    if not row["target"]:
        return None
    comparison, limit = re.fullmatch(r"(\S+) (\S+)", row["target"]).groups()
    judged = row["figure"] if row["ratio"] is None else row["ratio"]
    return COMPARISONS[comparison](judged, float(limit))


def print_table(rows):
    cells = [("benchmark", "figure", "ratio", "target", "met", "noise")]
    cells += [_cells(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    for line in cells:
        first, *others = (cell.ljust(width) for cell, width in zip(line, widths))
        print("  ".join([first, *others]).rstrip())


def _cells(row):
    return (
        row["name"],
        f"{row['figure']:.3g} {row['unit']}",
        "" if row["ratio"] is None else f"{row['ratio']:.2f}",
        row["target"],
        {None: "", True: "yes", False: "NO"}[row["met"]],
        f"± {row['noise']:.0%}" if row["noise"] else "",
    )


if __name__ == "__main__":
    main()
