"""Compare small texts, and say shortly what was found."""

from __future__ import annotations

from cgu_archive.corpus.comparison import Change, Comparison, Op, Row, compare_bytes

SIGNS = {Op.EQUAL: "{}", Op.DELETED: "[-{}-]", Op.INSERTED: "[+{}+]"}


def compared(old: str, new: str) -> Comparison:
    return compare_bytes(old.encode(), new.encode())


def told(comparison: Comparison) -> list[tuple[str, str | None, str | None]]:
    """Return each change as its kinds, and the addresses of the old and new provisions."""
    return [
        (
            "+".join(change.kinds),
            change.old.address if change.old else None,
            change.new.address if change.new else None,
        )
        for change in comparison.changes
    ]


def classes(old: str, new: str) -> list[str]:
    return [found.value for found in compared(old, new).classes]


def marked(row: Row) -> str:
    """Return the words of a row with what came and what went between signs."""
    return "".join(SIGNS[span.op].format(span.text) for span in row.spans)


def redline(old: str, new: str) -> list[str]:
    """Return the rows that changed."""
    return [marked(row) for row in compared(old, new).rows if row.classes]


def only(comparison: Comparison) -> Change:
    (change,) = comparison.changes
    return change
