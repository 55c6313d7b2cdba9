"""`PUBLISHED`: the append-only list of every published version and of both its hashes.

One line per publication: address, text hash, metadata hash, separated by single spaces. A new transcription
of a version adds a line with the same address; the last one counts, the earlier ones stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cgu_archive.corpus.errors import Finding
from cgu_archive.corpus.hashing import HASH
from cgu_archive.corpus.model import Address

NAME = "PUBLISHED"
_LINE = re.compile(
    r"(?P<address>[a-z0-9.-]+/[a-z0-9.-]+/[a-z0-9.-]+)"
    rf" (?P<text>{HASH.pattern}) (?P<metadata>{HASH.pattern})\n"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the register."""

    address: Address
    text_hash: str
    metadata_hash: str

    def line(self) -> str:
        """Return the line as written, with its end."""
        return f"{self.address} {self.text_hash} {self.metadata_hash}\n"


def parse(raw: bytes) -> tuple[tuple[Entry, ...], tuple[Finding, ...]]:
    """Return the entries of the register, in order, and what is wrong with it."""
    entries: list[Entry] = []
    findings: list[Finding] = []
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(keepends=True), start=1):
        entry = _entry(line)
        if entry is not None:
            entries.append(entry)
            continue
        findings.append(
            Finding(
                NAME,
                number,
                "register",
                "ligne illisible ; attendu : adresse, empreinte du texte, empreinte des métadonnées.",
                "Restaurez ce fichier depuis son historique : ses lignes ne changent jamais.",
            )
        )
    return tuple(entries), tuple(findings)


def _entry(line: str) -> Entry | None:
    found = _LINE.fullmatch(line)
    return found and Entry(Address(*found["address"].split("/")), found["text"], found["metadata"])


def latest(entries: tuple[Entry, ...]) -> dict[str, Entry]:
    """Return the entry that counts for each address, in order of first publication."""
    return {str(entry.address): entry for entry in entries}


def removed_or_changed(before: bytes, after: bytes) -> bool:
    """Whether `after` is anything else than `before` with lines added at its end."""
    return not after.startswith(before)
