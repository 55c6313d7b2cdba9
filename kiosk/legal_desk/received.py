"""Files as a legal team received them: kept whole, shown to few, made into a draft with their comments."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.model import Source
from cgu_archive.importing import Imported, Kind, ReceivedComment, Tracked, receive_apart
from cgu_archive.rendering import words
from kiosk.legal_desk import drafts
from kiosk.legal_desk.acts import MAX_WORDS, Desk, Detail, let, record
from kiosk.legal_desk.errors import RefusedError, UnknownDraftError
from kiosk.legal_desk.models import Draft, DraftRevision, ReceivedFile
from kiosk.legal_desk.policy import Act
from kiosk.staff.officers import Person
from kiosk.texts.kept import Kept

MAX_COMMENTS = 300
"""More than that stay in the received file: each would be a statement of the ledger."""
_CUT = "… (coupé)"
_MAX_NAME = 255
_NEUTRAL = {
    Kind.DOCX: "source.docx",
    Kind.ODT: "source.odt",
    Kind.HTML: "source.html",
    Kind.MARKDOWN: "source.md",
    Kind.TEXT: "source.txt",
    Kind.PASTED: "source.txt",
}
"""What the public is told a received file is called: nothing of who sent it."""
_UNDERSTOOD: Kept[tuple[str, str, str | None], Imported] = Kept(4)


def plain_name(typed: str) -> str:
    """Return the name of a file without its folders, as much of it as is kept."""
    name = PurePosixPath(typed.replace("\\", "/")).name
    kept = "".join(one for one in name if one.isprintable()) or "fichier"
    return kept[-_MAX_NAME:]


def keep(
    session: Session,
    desk: Desk,
    officer: Person,
    name: str,
    content: bytes,
    found: tuple[Kind, str],
    at: datetime,
) -> ReceivedFile:
    """Keep a file that could be read; `found` is its kind, and its hash. The caller let the officer act."""
    row = ReceivedFile(
        id=desk.randomness(16).hex(),
        publisher=officer.publisher,
        name=name,
        kind=found[0].value,
        tracked=None,
        hash=found[1],
        size=len(content),
        content=content,
        officer_id=officer.id,
        function=officer.function,
        at=at,
    )
    session.add(row)
    session.flush()
    return row


def find(
    session: Session, officer: Person, services: Collection[str], received_id: str, *, writes: bool
) -> ReceivedFile:
    """Return a received file: to those of the desk of a service that made a draft of it, at `services`.

    As long as none did, to who sent it, if they still write somewhere (`writes`): it may hold names.
    Raises `UnknownDraftError` to anyone else.
    """
    row = session.get(ReceivedFile, received_id, options=[undefer(ReceivedFile.content)])
    if row is not None and row.publisher == officer.publisher:
        wanted = select(Draft.service).join(DraftRevision).where(DraftRevision.received_id == received_id)
        used = set(session.scalars(wanted))
        if not used.isdisjoint(services) if used else writes and row.officer_id == officer.id:
            return row
    raise UnknownDraftError("Aucun fichier reçu de cet identifiant pour vous.")


def understood(row: ReceivedFile, tracked: Tracked | None) -> Imported:
    """Return what a received file was understood as; raises what `importing.receive` raises."""
    return read(row.name, row.content, row.hash, Tracked(row.tracked) if row.tracked else tracked)


def read(name: str, content: bytes, digest: str, tracked: Tracked | None = None) -> Imported:
    """Return what `content`, whose hash is `digest`, is understood as; what was read lately is kept."""
    key = (digest, name, tracked.value if tracked else None)
    return _UNDERSTOOD.get(key, lambda: receive_apart(name, content, tracked=tracked))


def decided(session: Session, desk: Desk, row: ReceivedFile, tracked: Tracked | None) -> ReceivedFile:
    """Return the file with what becomes of its tracked changes, kept beside it: no row ever changes."""
    if tracked is None or row.tracked == tracked.value:
        return row
    same = select(ReceivedFile).where(
        ReceivedFile.publisher == row.publisher,
        ReceivedFile.officer_id == row.officer_id,
        ReceivedFile.hash == row.hash,
        ReceivedFile.name == row.name,
        ReceivedFile.tracked == tracked.value,
    )
    known = session.scalars(same.limit(1)).first()
    if known is not None:
        return known
    twin = ReceivedFile(
        id=desk.randomness(16).hex(),
        publisher=row.publisher,
        name=row.name,
        kind=row.kind,
        tracked=tracked.value,
        hash=row.hash,
        size=row.size,
        content=row.content,
        officer_id=row.officer_id,
        function=row.function,
        at=row.at,
    )
    session.add(twin)
    session.flush()
    return twin


def draft_of(session: Session, row: ReceivedFile) -> str | None:
    """Return the first draft that was made of a received file."""
    wanted = select(DraftRevision.draft_id).where(DraftRevision.received_id == row.id)
    return session.scalars(wanted.order_by(DraftRevision.at).limit(1)).first()


def source(row: ReceivedFile, found: Imported, at: datetime) -> Source:
    """Return what the public is told of a received file: a neutral name, the day, its hash."""
    return Source(_NEUTRAL[found.kind], day_in_paris(row.at), found.source_hash)


def refuse_unlike(found: Imported) -> None:
    """Raise `RefusedError` when words were lost or added on the way."""
    if not found.is_whole:
        raise RefusedError(
            "Des mots du fichier ne se retrouvent pas dans le texte compris, ou l’inverse."
            " Rien n’est créé\u00a0:"
            " corrigez le fichier aux endroits montrés, puis recommencez."
        )


def take_comments(
    session: Session, desk: Desk, officer: Person, draft_id: str, found: Imported, at: datetime
) -> int:
    """Make comments of the draft of those that the file carries; returns how many."""
    taken = found.comments[:MAX_COMMENTS]
    held = drafts.find(session, officer.publisher, draft_id)
    for one in taken:
        let(session, held, Act.COMMENTED, officer, at)
        number = record(session, desk, held, Act.COMMENTED, officer, at, Detail(said(one), one.address))
        held = replace(held, standing=replace(held.standing, acts=number))
    return len(taken)


def said(one: ReceivedComment) -> str:
    """Return a comment of a file as one of the draft: who wrote it, when, and its words, cut when long."""
    when = f", {words.day(one.written_at)}" if one.written_at else ""
    whole = f"{one.author or 'Quelqu’un'}{when}, dans le fichier reçu\u00a0: {one.words}"
    return whole if len(whole) <= MAX_WORDS else f"{whole[: MAX_WORDS - len(_CUT)]}{_CUT}"
