"""Tell people of a publication: after a hold, in steps that can be stopped; who did, and why, is kept.

An announcement is asked for in the transaction of its publication. What goes through the accounts is above
this room (`kiosk.acceptance.informing`): here are its state, its hold, and « Arrêter l'envoi ».
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from kiosk.ledger import administration
from kiosk.ledger.administration import Act, Actor, Deed, Means, Operator
from kiosk.notices import services
from kiosk.notices.errors import AnnouncementError, UnknownAnnouncementError
from kiosk.notices.models import Announcement, AnnouncementAct
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion
from kiosk.texts.naming import document

HOLD = timedelta(minutes=30)
"""How long nothing leaves after a publication, unless the deployment sets another time."""
MAX_FUNCTION = 200
MAX_REASON = 500
LEFT = ("done", "delivered-to-server")
"""States of mails that left."""


_WANTED = select(Announcement, PublishedVersion).join(
    PublishedVersion, PublishedVersion.id == Announcement.version_id
)


class State(StrEnum):
    """Where an announcement stands."""

    HELD = "held"
    UNDER_WAY = "under-way"
    STOPPED = "stopped"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Standing:
    """An announcement, and what became of its mails."""

    announcement: Announcement
    version: PublishedVersion
    state: State
    told: int
    """How many people a mail was asked for, so far."""
    left: int
    """How many mails were taken by the server, or written in the folder of a demonstration."""
    waiting: int
    """How many have not left yet, the stopped ones among them."""
    refused: int
    """How many were given up after every attempt."""
    cancelled: int
    """How many will not leave: their account was deleted."""
    stuck: bool
    """Whether going through the accounts was given up after every attempt."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a stop found."""

    left: int
    """How many mails had left."""
    kept_back: int
    """How many were ready, and do not leave."""


def key_of(version_id: int) -> str:
    """Return the key of the task that goes through the accounts."""
    return f"{services.ANNOUNCE}:{version_id}"


def mailing_of(version_id: int) -> str:
    """Return the mailing that the mails about a version are of."""
    return f"publication:{version_id}"


def announce(
    session: Session, version: PublishedVersion, publisher: str, *, at: datetime, hold: timedelta
) -> None:
    """Ask that everyone concerned by `version` be told, once `hold` has passed. The caller commits."""
    session.add(
        Announcement(version_id=version.id, publisher=publisher, announced_at=at, not_before=at + hold)
    )
    payload = {"version_id": version.id}
    services.enqueue(session, services.ANNOUNCE, key_of(version.id), payload, at, due_at=at + hold)


def record_of(version_id: int, sequence: int) -> str:
    """Return what the ledger calls the row of who stopped or resumed an announcement."""
    return f"announcement_act/{version_id}/{sequence}"


def locked(session: Session, version_id: int) -> Announcement:
    """Return an announcement, locked until the end of the transaction; raises `UnknownAnnouncementError`."""
    found = session.get(Announcement, version_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise UnknownAnnouncementError(f"Aucune annonce de la version n° {version_id}.")
    return found


def stop(session: Session, version_id: int, *, by: Actor, means: Means, reason: str, at: datetime) -> Stopped:
    """Let nothing more of an announcement leave, and keep who said so and why, sealed. The caller commits.

    A mail that is being handed over at this very instant may still leave. Raises `AnnouncementError` when it
    is stopped, or when all of it has left.
    """
    held = locked(session, version_id)
    if held.stopped_at is not None:
        raise AnnouncementError("Cet envoi est déjà arrêté.")
    kept_back = services.stop(session, key_of(version_id), mailing_of(version_id))
    left = _left(session, version_id)
    if held.ended_at is not None and not kept_back:
        raise AnnouncementError("Il n’y a plus rien à arrêter : tout est parti.")
    held.stopped_at = at
    _keep_act(session, held, Act.MAILING_STOPPED, by, means, reason, at, left)
    return Stopped(left, kept_back)


def resume(session: Session, version_id: int, *, by: Actor, means: Means, reason: str, at: datetime) -> int:
    """Let a stopped announcement go on, its hold being what it was; returns how many mails wait again.

    One whose going through the accounts was given up is tried again too. The caller commits. Raises
    `AnnouncementError` when it was neither stopped nor given up.
    """
    held = locked(session, version_id)
    stuck = services.gave_up(session, [key_of(version_id)])
    if held.stopped_at is None and not stuck:
        raise AnnouncementError("Cet envoi n’est pas arrêté.")
    held.stopped_at = None
    again = max(at, held.not_before)
    waiting = services.resume(session, key_of(version_id), mailing_of(version_id), again)
    _keep_act(session, held, Act.MAILING_RESUMED, by, means, reason, at, _left(session, version_id))
    return waiting


def latest(session: Session, count: int, at: datetime) -> list[Standing]:
    """Return the `count` announcements asked for last, newest first, as they stand `at`."""
    return _standings(session, _WANTED.order_by(Announcement.version_id.desc()).limit(count), at)


def standing(session: Session, version_id: int, at: datetime) -> Standing:
    """Return the announcement of a version as it stands `at`; raises `UnknownAnnouncementError`."""
    found = _standings(session, _WANTED.where(Announcement.version_id == version_id), at)
    if not found:
        raise UnknownAnnouncementError(f"Aucune annonce de la version n° {version_id}.")
    return found[0]


def _standings(
    session: Session, wanted: Select[Announcement, PublishedVersion], at: datetime
) -> list[Standing]:
    rows = session.execute(wanted).all()
    ids = [held.version_id for held, _ in rows]
    mails = services.states(session, [mailing_of(one) for one in ids])
    stuck = services.gave_up(session, [key_of(one) for one in ids])
    return [
        _standing(held, version, mails[mailing_of(held.version_id)], key_of(held.version_id) in stuck, at)
        for held, version in rows
    ]


def acts(session: Session, version_id: int) -> list[AnnouncementAct]:
    """Return who stopped or resumed an announcement, oldest first."""
    wanted = select(AnnouncementAct).where(AnnouncementAct.version_id == version_id)
    return list(session.scalars(wanted.order_by(AnnouncementAct.sequence)))


def _standing(
    held: Announcement, version: PublishedVersion, mails: dict[str, int], stuck: bool, at: datetime
) -> Standing:
    waiting = mails.get(services.WAITING, 0) + mails.get(services.STOPPED, 0)
    if held.stopped_at is not None:
        state = State.STOPPED
    elif at < held.not_before and held.ended_at is None:
        state = State.HELD
    else:
        state = State.UNDER_WAY if held.ended_at is None or waiting else State.ENDED
    left = sum(mails.get(one, 0) for one in LEFT)
    return Standing(
        held, version, state, held.told, left, waiting, mails.get("failed", 0), mails.get("cancelled", 0),
        stuck,
    )  # fmt: skip


def _left(session: Session, version_id: int) -> int:
    mailing = mailing_of(version_id)
    mails = services.states(session, [mailing])[mailing]
    return sum(mails.get(state, 0) for state in LEFT)


def _keep_act(
    session: Session,
    held: Announcement,
    act: Act,
    by: Actor,
    means: Means,
    reason: str,
    at: datetime,
    left: int,
) -> None:
    for name, words, most in (("fonction", by.function, MAX_FUNCTION), ("motif", reason, MAX_REASON)):
        if not 0 < len(words.strip()) <= most:
            raise AnnouncementError(f"{name} : 1 à {most} caractères attendus, {len(words.strip())} trouvés.")
    newest = session.scalar(
        select(func.max(AnnouncementAct.sequence)).where(AnnouncementAct.version_id == held.version_id)
    )
    version, sequence = texts.get(session, held.version_id), (newest or 0) + 1
    said = AnnouncementAct(
        version_id=held.version_id, sequence=sequence, act=act.removeprefix("mailing-"),
        function=by.function.strip(), reason=reason.strip(), at=at, had_left=left,
    )  # fmt: skip
    session.add(said)
    deed = Deed(
        act, held.publisher, record_of(held.version_id, sequence), (version.service,), said.reason,
        document=document(version), count=left,
    )  # fmt: skip
    administration.record(session, means, Operator(said.function, by.id), deed, at)
