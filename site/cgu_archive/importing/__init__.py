"""Make a Markdown draft from a received file: Word, OpenDocument, HTML, Markdown, plain text.

`receive` is pure: bytes in, a value out; nothing is written, nothing is fetched. `receive_apart` does it in a
process of its own, for files that come from elsewhere.
"""

from __future__ import annotations

from cgu_archive.importing.apart import receive_apart
from cgu_archive.importing.model import (
    Difference,
    Doubt,
    Imported,
    ImportRefusedError,
    Kind,
    ReceivedComment,
    Row,
    Tracked,
    TrackedChangesError,
    TrackedCount,
)
from cgu_archive.importing.packages import MAX_RECEIVED
from cgu_archive.importing.receiving import receive

__all__ = [
    "MAX_RECEIVED",
    "Difference",
    "Doubt",
    "ImportRefusedError",
    "Imported",
    "Kind",
    "ReceivedComment",
    "Row",
    "Tracked",
    "TrackedChangesError",
    "TrackedCount",
    "receive",
    "receive_apart",
]
