"""Run every measurement, or those named on the command line, and print a table each."""

from __future__ import annotations

import sys
from importlib import import_module

from tests.bench import tables

MEASUREMENTS = ("archive", "pdf", "comparison", "importing", "acceptance", "sealing", "tree", "audit")


def main() -> int:
    wanted = sys.argv[1:] or list(MEASUREMENTS)
    for name in wanted:
        if name not in MEASUREMENTS:
            print(f"unknown measurement {name!r}; known: {', '.join(MEASUREMENTS)}", file=sys.stderr)
            return 2
    for name in wanted:
        print(tables.head(name))
        for line in import_module(f"tests.bench.{name}").measure():
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
