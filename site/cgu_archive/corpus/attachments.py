"""The files that go along with a text: what one may be, and what changed from one list of them to another.

What they hold is not read here: their hash and size are frozen with the text (DESIGN: bytes and metadata).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cgu_archive.corpus.hashing import Json

FOLDER = "pieces-jointes"
"""Where they stand, beside the text."""
MAX_BYTES = 10 * 1024 * 1024
"""The longest, in bytes."""
MAX_TOTAL = 50 * 1024 * 1024
"""All those of a version together: a file of evidence for a court holds those of several versions."""
MAX_COUNT = 20
MAX_NAME = 80
MAX_TITLE = 200
_NAME = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*\.(?P<suffix>[a-z]+)")
_DEVICE = re.compile(r"(?:aux|con|nul|prn|com[0-9]|lpt[0-9])\..*")
"""What Windows takes for a device, whatever follows its first full stop."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format that is accepted: its media type, and what people call it."""

    media_type: str
    name: str


FORMATS: Mapping[str, Format] = {
    "pdf": Format("application/pdf", "PDF"),
    "png": Format("image/png", "image PNG"),
    "jpg": Format("image/jpeg", "image JPEG"),
    "odt": Format("application/vnd.oasis.opendocument.text", "texte OpenDocument (ODT)"),
    "ods": Format("application/vnd.oasis.opendocument.spreadsheet", "tableur OpenDocument (ODS)"),
    "docx": Format(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document Word (DOCX)"
    ),
    "xlsx": Format(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "tableur Excel (XLSX)"
    ),
    "csv": Format("text/csv", "tableau CSV"),
    "txt": Format("text/plain", "texte brut (TXT)"),
}
"""By the end of their names."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file that goes along with a text, as it is frozen with it."""

    name: str
    """Of the file: lower-case letters without accents, digits, full stops and hyphens."""
    title: str
    """What people read."""
    media_type: str
    size: int
    """In bytes."""
    sha256: str

    def contractual(self) -> dict[str, Json]:
        """Return what is frozen of it."""
        return {
            "name": self.name,
            "title": self.title,
            "media_type": self.media_type,
            "bytes": self.size,
            "sha256": self.sha256,
        }

    @property
    def format(self) -> str:
        """What people call its format."""
        return FORMATS[suffix(self.name)].name


def suffix(name: str) -> str:
    """Return the end of a name that `is_name` allows, without its full stop."""
    return name.rpartition(".")[2]


def is_name(name: str) -> bool:
    """Whether `name` may be that of an attachment, on any system and in any address."""
    found = _NAME.fullmatch(name)
    return (
        found is not None and len(name) <= MAX_NAME and found["suffix"] in FORMATS and not _DEVICE.match(name)
    )


class AttachmentFate(StrEnum):
    """What became of an attachment from one version to another."""

    ADDED = "added"
    REMOVED = "removed"
    REPLACED = "replaced"
    """Another content under the same name or title."""
    RENAMED = "renamed"
    """The same content under another name or title."""


@dataclass(frozen=True, slots=True)
class AttachmentChange:
    """What became of one attachment; None where it was not, or is no more."""

    fate: AttachmentFate
    old: Attachment | None
    new: Attachment | None


def changes(old: Sequence[Attachment], new: Sequence[Attachment]) -> tuple[AttachmentChange, ...]:
    """Return what became of attachments: those of the new list in its order, then those that are gone.

    One is found again by its name, else by its content, else by its title. Their order says nothing.
    """
    facing = _facing(old, new)
    found = [
        AttachmentChange(_fate(facing[rank], one), facing[rank], one)
        for rank, one in enumerate(new)
        if facing[rank] != one
    ]
    kept = [one for one in facing if one is not None]
    gone = [one for one in old if one not in kept]
    return (*found, *(AttachmentChange(AttachmentFate.REMOVED, one, None) for one in gone))


def _facing(old: Sequence[Attachment], new: Sequence[Attachment]) -> list[Attachment | None]:
    """Return, for each of `new`, that of `old` that it was."""
    facing: list[Attachment | None] = [None] * len(new)
    left = list(old)
    said: tuple[Callable[[Attachment], Hashable], ...] = (
        lambda one: one.name,
        lambda one: one.sha256,
        lambda one: one.title,
    )
    for key in said:
        for rank, one in enumerate(new):
            same = next((other for other in left if key(other) == key(one)), None)
            if facing[rank] is None and same is not None:
                facing[rank] = same
                left.remove(same)
    return facing


def _fate(old: Attachment | None, new: Attachment) -> AttachmentFate:
    if old is None:
        return AttachmentFate.ADDED
    return AttachmentFate.RENAMED if old.sha256 == new.sha256 else AttachmentFate.REPLACED
