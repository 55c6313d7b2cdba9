"""Write down what is done with a draft: a row, and a statement that the ledger seals."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cgu_archive.corpus.characters import undrawable
from cgu_archive.corpus.model import Service
from kiosk.ledger import services as ledger
from kiosk.legal_desk.drafts import Held
from kiosk.legal_desk.errors import ChangedSinceError, RefusedError
from kiosk.legal_desk.models import DraftAct
from kiosk.legal_desk.policy import Act, possible, roles_for
from kiosk.proof import statement as statements
from kiosk.proof.commitment import SALT_BYTES, Opening
from kiosk.staff.errors import OfficerError
from kiosk.staff.officers import Person, let_act

MAX_WORDS = 1000
OVERTAKEN = (
    "Ce brouillon a changé depuis que vous avez ouvert cette page. Rien n’a été"
    " fait\u00a0: relisez ce qui est"
    " là maintenant, puis décidez."
)
_OFFICER, _WORDS = "officer", "words"
STATES = {
    "draft": "en cours d’écriture",
    "submitted": "soumis à approbation",
    "approved": "approuvé",
    "scheduled": "programmé",
    "published": "publié",
    "cancelled": "annulé avant effet",
    "abandoned": "abandonné",
}


_COMMANDS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""What texts that people read never hold: control characters but the end of a line, turned words."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What acts of a desk are recorded with."""

    environment: str
    randomness: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Detail:
    """What an act says besides who did it and when."""

    words: str | None = None
    place: str | None = None
    about: int | None = None
    due_at: datetime | None = None
    version_id: int | None = None
    form_id: str | None = None


def has_commands(words: str) -> bool:
    """Whether words hold characters that nobody sees and that files of the texts are not read back with."""
    return _COMMANDS.search(words) is not None


def undrawn(words: str) -> str | None:
    """Return why `words` are refused when a PDF could not draw one of their signs; None when it can."""
    unseen = undrawable(words)
    if not unseen:
        return None
    return f"Le PDF de la version ne sait pas dessiner « {unseen[0]} » : retirez ce signe."


def refuse_other_service(service: Service, publisher: str, slug: str) -> None:
    """Raise `OfficerError` unless `service` is the one called `slug`, of `publisher`.

    A role « at every service » names none: whose service it is must be asked apart.
    """
    if service.slug != slug or service.publisher.slug != publisher:
        raise OfficerError("Ce service n’est pas de cet éditeur, ou ce texte n’est pas de ce service.")


def let(
    session: Session, held: Held, act: Act, officer: Person, at: datetime, *, after: int | None = None
) -> None:
    """Let an officer do `act` with a draft in this transaction.

    `after` is the number of the last act that they had before them; None when they name what they act on
    otherwise. Raises `OfficerError` when they have none of the roles that it takes at this service,
    `ChangedSinceError` when another act came since, `RefusedError` when the draft does not allow it.
    """
    roles = roles_for(act)
    role = next((one for one in roles if officer.may(one, held.draft.service, at)), roles[0])
    let_act(session, officer, role, at, (held.draft.service,))
    if officer.publisher != held.draft.publisher:
        raise OfficerError("Ce brouillon est celui d’un autre éditeur.")
    if after is not None and after != held.standing.acts:
        raise ChangedSinceError(OVERTAKEN)
    if not possible(act, held.standing):
        raise RefusedError(
            f"Ce brouillon est {STATES[held.standing.state.value]}\u00a0: cet acte n’y est pas possible."
            " Relisez sa page."
        )


def record(
    session: Session,
    desk: Desk,
    held: Held,
    act: Act,
    officer: Person,
    at: datetime,
    detail: Detail | None = None,
) -> int:
    """Write down an act that `let` allowed, on the state that `held` shows; returns its number.

    Raises `ChangedSinceError` when another act came first, or the same form was sent twice.
    """
    said = detail or Detail()
    number = held.standing.acts + 1
    revision, content_hash = held.standing.revision, held.standing.content_hash
    openings: tuple[Opening, ...] = (Opening(_OFFICER, desk.randomness(SALT_BYTES), officer.id),)
    if said.words is not None:
        openings += (Opening(_WORDS, desk.randomness(SALT_BYTES), said.words),)
    made = statements.make(
        statements.Kind.DRAFTING,
        desk.environment,
        at,
        {
            "id": desk.randomness(16).hex(),
            "draft": held.draft.id,
            "number": number,
            "act": act.value,
            "service": held.draft.service,
            "terms": held.draft.terms,
            "revision": revision,
            "content_hash": content_hash,
            "place": said.place,
            "about": said.about,
            "function": officer.function,
            "due_at": statements.instant(said.due_at) if said.due_at else None,
        },
        openings,
    )
    row = DraftAct(
        draft_id=held.draft.id,
        number=number,
        act=act.value,
        revision=revision,
        content_hash=content_hash,
        officer_id=officer.id,
        function=officer.function,
        at=at,
        place=said.place,
        about=said.about,
        due_at=said.due_at,
        version_id=said.version_id,
        form_id=said.form_id,
        statement_hash=made.hash,
    )
    try:
        ledger.record(session, made, openings, at)
        session.add(row)
        session.flush()
    except IntegrityError as error:
        raise ChangedSinceError(
            "Quelqu’un a agi sur ce brouillon au même instant, ou ce formulaire a déjà été envoyé."
            " Rien n’a été enregistré\u00a0: relisez sa page, puis recommencez."
        ) from error
    return number
