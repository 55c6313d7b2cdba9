"""Lists that an officer takes away for a spreadsheet, and which no cache keeps."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from werkzeug.wrappers import Response

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(words: str) -> str:
    """Return words that no spreadsheet takes for a formula."""
    return f"'{words}" if words.startswith(_FORMULA) else words


def answer(head: Sequence[str], rows: Iterable[Sequence[str]], name: str) -> Response:
    """Return `rows` under `head` as the file `name`: semicolons, and the mark that has Excel read UTF-8."""
    lines = StringIO()
    writer = csv.writer(lines, delimiter=";", lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([cell(one) for one in row] for row in rows)
    response = Response("\ufeff" + lines.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
