"""Drafts as they are read: their states, their acts, what each act said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, undefer

from cgu_archive.corpus import reading
from cgu_archive.corpus.errors import InvalidCorpusError
from cgu_archive.corpus.hashing import canonical, metadata_hash, text_hash
from cgu_archive.corpus.model import Address, Metadata, Origin, Version
from kiosk.ledger.models import Disclosure
from kiosk.legal_desk.errors import UnknownDraftError, UnreadableDraftError
from kiosk.legal_desk.models import Draft, DraftAct, DraftRevision
from kiosk.legal_desk.policy import Act, Done, Standing, stands

_FORMAT = "cgu-draft/1"
_WORDS = "words"


@dataclass(frozen=True, slots=True)
class Content:
    """What a state of a draft holds: all that an approval is of."""

    text: bytes
    metadata: Metadata

    @property
    def undated(self) -> Metadata:
        """The metadata without what only publication gives."""
        return replace(
            self.metadata, origin=Origin.PUBLICATION, published_at=None, archived_on=None, transcription=1
        )

    @property
    def contractual(self) -> bytes:
        """The canonical JSON of `undated`."""
        return canonical(self.undated.contractual())

    @property
    def hash(self) -> str:
        """`content_hash` (kiosk/proof/README.md, « Kinds »)."""
        return content_hash(text_hash(self.text), metadata_hash(self.undated.contractual()))


def content_hash(text: str, metadata: str) -> str:
    """Return the hash that an approval is bound to, of the hashes of a text and of its metadata."""
    return metadata_hash({"format": _FORMAT, "text_hash": text, "metadata_hash": metadata})


@dataclass(frozen=True, slots=True)
class Told:
    """One act, with its words and its place."""

    done: Done
    words: str | None
    """None when it had none, or they were destroyed."""
    place: str | None
    version_id: int | None
    statement_hash: str


@dataclass(frozen=True, slots=True)
class Held:
    """A draft, its acts in order, and how it stands."""

    draft: Draft
    acts: tuple[Told, ...]
    standing: Standing

    @property
    def address(self) -> Address:
        """That of the version to be."""
        return Address(self.draft.service, self.draft.terms, self.draft.slug)

    @property
    def version_id(self) -> int | None:
        """The version that came of it; None when it is not published."""
        return next((one.version_id for one in self.acts if one.done.act is Act.PUBLISHED), None)

    def act(self, number: int) -> Told | None:
        """Return the act of this number."""
        return next((one for one in self.acts if one.done.number == number), None)


def find(session: Session, publisher: str, draft_id: str) -> Held:
    """Return a draft of a publisher. Raises `UnknownDraftError`."""
    draft = session.get(Draft, draft_id)
    if draft is None or draft.publisher != publisher:
        raise UnknownDraftError("Aucun brouillon de cet identifiant chez cet éditeur.")
    acts = _acts(session, (draft_id,))
    return Held(draft, acts, stands([one.done for one in acts]))


def published_as(session: Session, version_id: int) -> Held | None:
    """Return the draft that a version came of, if it came of one."""
    came = select(Draft).join(DraftAct, DraftAct.draft_id == Draft.id)
    here = DraftAct.version_id == version_id, DraftAct.act == Act.PUBLISHED.value
    draft = session.scalars(came.where(*here).limit(1)).first()
    return None if draft is None else find(session, draft.publisher, draft.id)


def opened(session: Session, publisher: str, draft_id: str) -> bool:
    """Whether a publisher has a draft of this identifier."""
    draft = session.get(Draft, draft_id)
    return draft is not None and draft.publisher == publisher


def listing(session: Session, publisher: str, services: Collection[str]) -> list[Held]:
    """Return the drafts of these services of a publisher, newest first, in two queries."""
    rows = session.scalars(
        select(Draft)
        .where(Draft.publisher == publisher, Draft.service.in_(services))
        .order_by(Draft.opened_at.desc(), Draft.id)
    ).all()
    found: dict[str, tuple[Told, ...]] = {}
    for draft_id, group in groupby(_rows(session, [row.id for row in rows]), lambda one: one[0]):
        found[draft_id] = tuple(told for _, told in group)
    return [Held(row, found[row.id], stands([one.done for one in found[row.id]])) for row in rows]


def revision(session: Session, held: Held, number: int | None = None) -> DraftRevision:
    """Return a state of a draft with its text, the present one by default. Raises `UnknownDraftError`."""
    wanted = held.standing.revision if number is None else number
    row = session.get(DraftRevision, (held.draft.id, wanted), options=[undefer(DraftRevision.text)])
    if row is None:
        raise UnknownDraftError(f"Ce brouillon n’a pas d’état n°\u00a0{wanted}.")
    return row


def text_hashes(session: Session, held: Held) -> frozenset[str]:
    """Return the hashes of every text that a draft was."""
    wanted = select(DraftRevision.text_hash).where(DraftRevision.draft_id == held.draft.id)
    return frozenset(session.scalars(wanted))


def content(row: DraftRevision) -> Content:
    """Return what a state holds. Raises `UnreadableDraftError` when it is not what was written."""
    try:
        metadata = reading.frozen(row.contractual)
    except InvalidCorpusError as error:
        raise UnreadableDraftError(f"brouillon {row.draft_id}, état {row.number}\u00a0: {error}") from error
    held = Content(row.text, metadata)
    if text_hash(row.text) != row.text_hash or held.contractual != row.contractual:
        raise UnreadableDraftError(
            f"brouillon {row.draft_id}, état {row.number}\u00a0: empreintes différentes"
        )
    return held


def as_version(held: Held, what: Content) -> Version:
    """Return what a draft holds as a version that is not published."""
    return Version(
        address=held.address,
        text=what.text,
        metadata=what.undated,
        text_hash=text_hash(what.text),
        metadata_hash=metadata_hash(what.undated.contractual()),
        written_text_hash=None,
        written_metadata_hash=None,
        published=False,
    )


def _acts(session: Session, drafts: Sequence[str]) -> tuple[Told, ...]:
    return tuple(told for _, told in _rows(session, drafts))


def _rows(session: Session, drafts: Sequence[str]) -> list[tuple[str, Told]]:
    words = and_(Disclosure.statement_hash == DraftAct.statement_hash, Disclosure.field == _WORDS)
    rows = session.execute(
        select(DraftAct, Disclosure.value)
        .outerjoin(Disclosure, words)
        .where(DraftAct.draft_id.in_(drafts))
        .order_by(DraftAct.draft_id, DraftAct.number)
    )
    return [
        (row.draft_id, Told(done(row), value, row.place, row.version_id, row.statement_hash))
        for row, value in rows
    ]


def done(row: Any) -> Done:
    """Return the act that a row says: a `DraftAct`, or a row of its columns."""
    return Done(
        row.number,
        Act(row.act),
        row.revision,
        row.content_hash,
        row.officer_id,
        row.function,
        row.at,
        row.about,
        row.due_at,
    )
