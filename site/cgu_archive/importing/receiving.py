"""Turn the bytes of a received file into a text, with the proof that none of its words is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import MAXYEAR, MINYEAR, datetime

from cgu_archive.corpus import markdown, provisions
from cgu_archive.corpus.errors import UnreadableTextError
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.importing import docx, fidelity, html, odt, plain, shaping, sniffing
from cgu_archive.importing.model import (
    Doubt,
    Imported,
    ImportRefusedError,
    Kind,
    ReceivedComment,
    Row,
    Tracked,
    TrackedCount,
)
from cgu_archive.importing.packages import Package
from cgu_archive.importing.pieces import MAX_PIECES, Found, Hanging, Paragraph, Piece, plain_words
from cgu_archive.importing.writing import Written, write

_UNTIDY = re.compile(r"\A\n|\n\n\n|[ \t]\n|\n\n\Z")
_GAVE_UP = "Gras, italique ou lien abandonné pour ne perdre aucun mot."


def receive(name: str, content: bytes, *, tracked: Tracked | None = None) -> Imported:
    """Return the text of a received file called `name`, with what to check in it.

    `tracked` says what becomes of the changes it tracks. Raises `ImportRefusedError` when it cannot be read
    whole and safely, `TrackedChangesError` when it tracks changes and `tracked` is None.
    """
    kind = sniffing.kind(name, content)
    changes: tuple[TrackedCount, ...] = ()
    match kind:
        case Kind.DOCX:
            found, changes = docx.read(Package(content), tracked)
        case Kind.ODT:
            found, changes = odt.read(Package(content), tracked)
        case Kind.HTML:
            found = html.read(content)
        case _:
            kind, found = plain.read(content, kind)
    if not any(piece.seen.strip() for piece in found.pieces):
        raise ImportRefusedError("Aucun mot dans ce fichier. Vérifiez que c’est le bon.")
    if len(found.pieces) > MAX_PIECES:
        raise ImportRefusedError(f"Plus de {MAX_PIECES} paragraphes. Coupez le fichier, puis recommencez.")
    return _imported(kind, content, found, changes)


def _imported(kind: Kind, content: bytes, found: Found, changes: tuple[TrackedCount, ...]) -> Imported:
    pieces = found.pieces if kind is Kind.MARKDOWN else shaping.shaped(found.pieces)
    text, chunks = write(pieces, addresses=kind in (Kind.TEXT, Kind.PASTED))
    raw = text.encode()
    try:
        if kind is Kind.MARKDOWN and (kept := _kept(content, raw)) is not None:
            raw = kept
        understood = provisions.read(raw)
    except UnreadableTextError as error:
        raise ImportRefusedError(f"Texte trop long ou trop imbriqué pour être repris. {error}") from error
    lost, added = fidelity.differences(fidelity.received(pieces), fidelity.understood(understood))
    if found.raw is not None:
        more_lost, more_added = fidelity.unread(found.raw, found.pieces)
        lost, added = (*lost, *more_lost), (*added, *more_added)
    rows = tuple(_rows(pieces, chunks))
    doubts = [Doubt("", sentence) for sentence in dict.fromkeys(found.general)]
    doubts += [Doubt(row.place, sentence, row.line) for row in rows for sentence in row.doubts]
    addresses = _addresses(understood) if found.comments else []
    comments = tuple(_comment(one, chunks, addresses) for one in found.comments)
    return Imported(
        kind, raw, rows, tuple(doubts), comments, changes, text_hash(content), lost=lost, added=added
    )


def _kept(content: bytes, written: bytes) -> bytes | None:
    """Return a text in Markdown as it was received when it is tidy and another writing reads the same."""
    try:
        received = markdown.decode(content).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    except UnreadableTextError:  # not UTF-8: what was decoded is what is written
        return None
    if _UNTIDY.search(received) or not received.endswith("\n"):
        return None
    if fidelity.shape(received) == fidelity.shape(markdown.decode(written)):
        return received.encode()
    return None


def _rows(pieces: Sequence[Piece], chunks: Sequence[Written]) -> Iterator[Row]:
    for piece, chunk in zip(pieces, chunks, strict=True):
        received = (isinstance(piece, Paragraph) and piece.source) or piece.seen
        doubts = (*piece.doubts, _GAVE_UP) if chunk.plain else piece.doubts
        yield Row(received, chunk.markdown, piece.place, chunk.line, tuple(dict.fromkeys(doubts)))


def _addresses(text: provisions.Provision) -> list[tuple[int, str]]:
    """Return the first line, from 1, of each provision and its address, in reading order."""
    found = []
    for provision in text.walk():
        blocks = ([provision.heading] if provision.heading else []) + list(provision.blocks)
        if blocks:
            found.append((blocks[0].lines[0] + 1, provision.address))
    return found


def _comment(
    one: Hanging, chunks: Sequence[Written], addresses: Sequence[tuple[int, str]]
) -> ReceivedComment:
    line = chunks[min(one.piece, len(chunks) - 1)].line
    address = next((name for start, name in reversed(addresses) if start <= line), provisions.ROOT_ADDRESS)
    return ReceivedComment(plain_words(one.author), plain_words(one.words), _instant(one.date), address)


def _instant(written: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if MINYEAR < found.year < MAXYEAR else None  # how programs say that they do not know
