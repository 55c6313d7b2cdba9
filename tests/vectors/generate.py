"""Write the vectors again: ``python -m tests.vectors.generate``, with ``--tokens`` to draw tokens anew too.

Without ``--tokens`` every run writes the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.vectors import cases_browser, cases_receipt, cases_token, cases_tree
from tests.vectors.case import Case, dump

FOLDER = Path(__file__).parent


def cases() -> Iterator[Case]:
    """Every vector."""
    for module in (cases_tree, cases_token, cases_receipt, cases_browser):
        yield from module.cases()


def files() -> dict[str, bytes]:
    """The files of all vectors, by name; a name that is given twice is refused."""
    written: dict[str, bytes] = {}
    for one in cases():
        name = f"{one.name}.json"
        if name in written:
            raise ValueError(f"two vectors named {one.name}")
        written[name] = dump(one)
    return written


def main(arguments: list[str]) -> None:
    """Write the files, and take away those of vectors that are no more."""
    if arguments == ["--tokens"]:
        cases_token.remake()
        cases_receipt.remake()
    wanted = files()
    for file in FOLDER.glob("*.json"):
        if file.name not in wanted:
            file.unlink()
    for name, content in wanted.items():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    main(sys.argv[1:])
