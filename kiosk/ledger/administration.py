"""Write down what is done in the name of a publisher, with no text and no decision: a statement, and its row.

Each row elsewhere that says such an act has its own here, in the same transaction, which names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import Json
from kiosk.ledger import services as ledger
from kiosk.ledger.models import AdministrationAct
from kiosk.proof import statement as statements
from kiosk.proof.commitment import SALT_BYTES, Opening


class Act(StrEnum):
    """What is done (kiosk/proof/README.md, « Kinds »)."""

    DEACTIVATED = "deactivated"
    """Somebody's account."""
    REACTIVATED = "reactivated"
    LINK_REMOVED = "link-removed"
    LINK_RESTORED = "link-restored"
    LINK_VERIFIED = "link-verified"
    MAILING_RESUMED = "mailing-resumed"
    """The mails that tell of a version."""
    MAILING_STOPPED = "mailing-stopped"
    MEASURE_RELEASED = "measure-released"
    """One that outlived the account of who it was about."""
    NOTICE_CONFIRMED = "notice-confirmed"
    """A security notice, to everybody."""
    NOTICE_STOPPED = "notice-stopped"
    NOTICE_WRITTEN = "notice-written"
    REMINDER_ASKED = "reminder-asked"
    REMINDER_STOPPED = "reminder-stopped"
    SERVICE_CLOSED = "service-closed"
    SERVICE_OPENED = "service-opened"


class Actor(Protocol):
    """Who acts: an officer (`kiosk.staff.officers.Person`), or an `Operator`."""

    @property
    def id(self) -> str | None:
        """The random identifier of an officer."""

    @property
    def function(self) -> str:
        """What they are, in words."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who acts without being known as an officer: a command of this machine, or the worker."""

    function: str
    id: str | None = None


class Means(Protocol):
    """What acts are recorded with."""

    @property
    def environment(self) -> str:
        """As statements say it."""

    @property
    def randomness(self) -> Callable[[int], bytes]:
        """Gives so many random bytes."""


@dataclass(frozen=True, slots=True)
class Registrar:
    """The means of a process that has no others."""

    environment: str
    randomness: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Deed:
    """One act, besides who did it and when."""

    act: Act
    publisher: str
    """Whom it is done for."""
    record: str
    """The row that says it: its table and its key, between slashes."""
    services: tuple[str, ...] = ()
    """Those it is about; none in particular when empty."""
    words: str | None = None
    """The reason; committed to."""
    about: str | None = None
    """A hash: of the address of a link, of a notice, of the statement of a measure."""
    document: Mapping[str, Json] | None = None
    """The version that mails are about."""
    until: datetime | None = None
    subject_id: str | None = None
    """Of an act on a person: what their statements carry."""
    account_id: str | None = None
    """Theirs; committed to."""
    count: int | None = None
    """How many people, or mails; committed to, for a small number may say who."""


def record(session: Session, means: Means, actor: Actor, deed: Deed, at: datetime) -> str:
    """Write an act down, to be sealed; returns the hash of its statement. The caller commits."""
    values = {
        "account": deed.account_id,
        "count": None if deed.count is None else str(deed.count),
        "officer": actor.id,
        "words": deed.words,
    }
    openings = tuple(
        Opening(name, means.randomness(SALT_BYTES), value)
        for name, value in values.items()
        if value is not None
    )
    made = statements.make(
        statements.Kind.ADMINISTRATION,
        means.environment,
        at,
        {
            "id": means.randomness(16).hex(),
            "act": deed.act.value,
            "publisher": deed.publisher,
            "services": sorted(deed.services),
            "document": deed.document,
            "about": deed.about,
            "subject": deed.subject_id,
            "function": actor.function,
            "until": statements.instant(deed.until) if deed.until else None,
        },
        openings,
    )
    digest = ledger.record(session, made, openings, at)
    session.add(
        AdministrationAct(
            statement_hash=digest, record=deed.record, act=deed.act.value, publisher=deed.publisher,
            subject_id=deed.subject_id, officer_id=actor.id, function=actor.function, at=at,
        )
    )  # fmt: skip
    session.flush()
    return digest
