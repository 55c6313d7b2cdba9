"""Look into a PDF that is to go along with a text, in a process of its own: it may take much to open.

The process is started for one file, knows nothing (no variable of environment, no open file, no secret) and
gives itself limits before it reads (`cgu_archive.importing`).
"""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Iterator
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING

from cgu_archive.importing import apart
from cgu_archive.importing.__main__ import limit

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader

COMMAND = (sys.executable, "-I", "-m", "kiosk.legal_desk.pdf_apart")
MAX_NODES = 400_000
"""Objects that are looked at: a document of a thousand pages has fewer."""


class Found(StrEnum):
    """What is found in a PDF, that decides."""

    NOTHING = "nothing"
    LOCKED = "locked"
    """A password protects it."""
    BROKEN = "broken"
    TOO_MUCH = "too-much"
    """It takes too long, or too much memory, to be looked into."""
    RUNS = "runs"
    """It holds a program, or starts one."""
    SENDS = "sends"
    """It sends what is typed, or takes data elsewhere."""
    HIDES = "hides"
    """It holds another file."""


_HARM = {
    "/JavaScript": Found.RUNS,
    "/JS": Found.RUNS,
    "/Launch": Found.RUNS,
    "/RichMedia": Found.RUNS,
    "/XFA": Found.RUNS,
    "/ImportData": Found.SENDS,
    "/SubmitForm": Found.SENDS,
    "/GoToR": Found.SENDS,  # to a file that may be on another machine, which learns who opens it
    "/GoToE": Found.HIDES,
    "/EF": Found.HIDES,  # the stream of a file need not say that it is one
    "/FileAttachment": Found.HIDES,
    "/EmbeddedFile": Found.HIDES,
    "/EmbeddedFiles": Found.HIDES,
}
"""Names of ISO 32000-1 (7.11, 12.6.4, 12.7.8) that an innocent document does without."""


def look(content: bytes) -> Found:
    """Return what is found in the PDF `content`, by a process of its own."""
    ended, answer = apart.asked(COMMAND, content)
    said = answer.decode("ascii", "replace")
    return Found(said) if ended == 0 and said in set(Found) else Found.TOO_MUCH


def examine(content: bytes) -> Found:
    """Return what is found in the PDF `content`, here; may take any time and memory."""
    from pyhanko.pdf_utils.misc import (
        PdfDecodeLimitError,
        PdfError,
    )  # takes a second to import: only when there is a PDF
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(BytesIO(content), strict=False)
        if reader.encrypted:
            return Found.LOCKED
        return next((_HARM[name] for name in _names(reader) if name in _HARM), Found.NOTHING)
    except (_TooManyError, PdfDecodeLimitError):
        return Found.TOO_MUCH
    except (
        PdfError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError,
        NotImplementedError, RecursionError, OSError, zlib.error,
    ):  # fmt: skip
        return Found.BROKEN


class _TooManyError(Exception):
    """A PDF has more objects than are looked at."""


def _names(reader: PdfFileReader) -> Iterator[str]:
    """Yield every name that the objects of a PDF hold, from its root on; each object once."""
    from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

    seen: set[tuple[int, int]] = set()
    waiting: list[object] = [reader.root]
    count = 0
    while waiting:
        one, count = waiting.pop(), count + 1
        if count > MAX_NODES:
            raise _TooManyError
        if isinstance(one, IndirectObject):
            if (one.idnum, one.generation) in seen:
                continue
            seen.add((one.idnum, one.generation))
            one = one.get_object()  # type: ignore[no-untyped-call]
        if isinstance(one, NameObject):
            yield str(one)
        elif isinstance(one, DictionaryObject):
            for key in one:
                yield str(key)
                waiting.append(one.raw_get(key))
        elif isinstance(one, ArrayObject):
            waiting += [one.raw_get(at) for at in range(len(one))]


def main() -> int:
    """Answer on the output what is found in the PDF on the input; returns how the process ends."""
    limit()
    try:
        found = examine(sys.stdin.buffer.read())
    except MemoryError:
        found = Found.TOO_MUCH
    sys.stdout.write(found.value)
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    os._exit(main())  # at once: nothing is left to close
