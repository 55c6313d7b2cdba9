"""Ask the policy about a person, and record what they decide. The view commits once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import Json
from kiosk.acceptance import policy, screens
from kiosk.acceptance.asking import Asked, Holder, Past, facts
from kiosk.acceptance.errors import NotDecidableError, StaleFormError
from kiosk.acceptance.models import Decision, Subject
from kiosk.acceptance.policy import Answer, Decided, Kind, may_defer
from kiosk.accounts.models import Account, Verification
from kiosk.accounts.services import SENT_AGAIN, Randomness
from kiosk.db import Row, table
from kiosk.ledger import comparisons
from kiosk.ledger import services as ledger
from kiosk.ledger.comparisons import Packed
from kiosk.proof import statement as statements
from kiosk.proof.commitment import SALT_BYTES, Opening
from kiosk.texts.models import PublishedVersion
from kiosk.texts.naming import document
from kiosk.texts.services import current, get, is_cancelled

LANGUAGE = "fr"
"""Of the words that a person is shown."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """In whose name a person also accepts (requirements O-09, O-12)."""

    name: str
    siren: str
    capacity_declaration: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the person had before them: the version, its words, the comparison and the screen."""

    form_id: str
    service: str
    terms: str
    version: str
    text_hash: str
    shown_at: datetime
    box: str
    buttons: Mapping[str, str]
    """Words on the button of each choice, by `Kind`."""
    statements: tuple[str, ...]
    named_without_text: tuple[str, ...]
    compared_with: str | None
    comparison_hash: str | None
    screen: str


def applicable_version(
    session: Session, account_id: str, service: str, terms: str, at: datetime
) -> PublishedVersion | None:
    """Return the version of a document that binds a person at `at` (requirement S-18), if any."""
    online = current(session, service, terms, at)
    rows = session.execute(
        select(Decision.version_id, Decision.kind, Decision.decided_at)
        .join(Subject, Subject.id == Decision.subject_id)
        .where(Subject.account_id == account_id, Decision.service == service, Decision.terms == terms)
        .where(~is_cancelled(table(Decision).c.version_id))
        .order_by(Decision.decided_at, Decision.sequence)
    )
    made = [Decided(version_id, Kind(kind), decided_at) for version_id, kind, decided_at in rows]
    held = policy.applicable_version(made, at, current=facts(online))
    return None if held is None else get(session, held)


def decide(
    session: Session,
    *,
    account: Holder,
    asked: Asked,
    shown: Shown,
    kind: Kind,
    organisation: Organisation | None,
    comparison: Packed | None,
    environment: str,
    retention: str,
    checkpoint: Mapping[str, Json] | None,
    signed_in_at: datetime,
    at: datetime,
    randomness: Randomness,
    together: tuple[PublishedVersion, ...] = (),
    again: bool = False,
    words: str | None = None,
    representative: str | None = None,
) -> tuple[Past, list[Row]]:
    """Return what the person decides, and the rows that record it, for the caller to write.

    The same form sent twice, or the same choice made twice in a row, is one decision: there is nothing to
    write. They are written by `writing.write`, with `asked`.
    `comparison` is what was shown, to be kept too; None when nothing was, or when it is kept already.
    `retention` says how long what names the person is kept, `checkpoint` is the newest (`receipts.named`).
    `together` are the other documents under the box. With `again`, the same choice twice in a row is two
    decisions: for who decides in two names. `words` are the person's own, of who ends the agreement for a
    breach. `representative` is the address of who decides in the person's stead, as their representative.
    Raises `StaleFormError` when what was shown is not the version to decide now, and `NotDecidableError`
    when the choice is not open; `StaleScreenError` when it was shown on a screen that nobody has.
    """
    earlier = asked.past
    for past in earlier:
        if past.form_id == shown.form_id:
            return past, []
    version = asked.version
    if version is None or (version.slug, version.text_hash) != (shown.version, shown.text_hash):
        raise StaleFormError(f"{shown.service}/{shown.terms}")
    _refuse_closed(asked.answer, kind)
    last = earlier[-1] if earlier else None
    if not again and last is not None and last.version_id == version.id and last.kind == kind.value:
        return last, []
    screens.keep_shown(session, shown.screen, environment, at, randomness)
    rows, subject_id = [], asked.subject_id
    if subject_id is None:
        subject_id = randomness(16).hex()
        rows.append(Row(Subject, {"id": subject_id, "account_id": account.id, "turn": 0}))
    decision_id = randomness(16).hex()
    openings = tuple(_openings(account, organisation, words, representative, randomness))
    statement = statements.make(
        statements.Kind.DECISION,
        environment,
        at,
        _members(decision_id, subject_id, asked, shown, kind, organisation, signed_in_at, last)
        | {"retention": retention, "checkpoint": checkpoint}
        | ({"together": [document(one) for one in together]} if together else {})
        | (_by_link(at) if representative else {}),
        openings,
    )
    if comparison is not None:
        comparisons.keep(session, comparison, at)
    rows += ledger.rows(statement, openings, at)
    decision = Past(
        id=decision_id,
        subject_id=subject_id,
        version_id=version.id,
        service=shown.service,
        terms=shown.terms,
        kind=kind.value,
        sequence=1 + sum(1 for one in earlier if one.version_id == version.id),
        decided_at=at,
        form_id=shown.form_id,
        statement_hash=statement.hash,
    )
    rows.append(Row(Decision, decision._asdict()))
    if organisation is not None:
        session.execute(
            update(Account)
            .where(Account.id == account.id)
            .values(organisation_name=organisation.name, siren=organisation.siren)
        )
    return decision, rows


def _refuse_closed(answer: Answer, kind: Kind) -> None:
    if kind is Kind.DEFERRED and not may_defer(answer):
        raise NotDecidableError(kind.value)
    if kind is Kind.AWAITING and not answer.pending:
        raise NotDecidableError(kind.value)
    if kind in policy.ENDING and answer.pending:
        raise NotDecidableError(kind.value)


def _openings(
    account: Holder,
    organisation: Organisation | None,
    words: str | None,
    representative: str | None,
    randomness: Randomness,
) -> Iterator[Opening]:
    personal = [("account", account.id), ("email", representative or account.email)]
    if organisation is not None:
        personal += [
            ("organisation_name", organisation.name),
            ("siren", organisation.siren),
            ("capacity_declaration", organisation.capacity_declaration),
        ]
    if words is not None:
        personal.append(("words", words))
    for field, value in personal:
        yield Opening(field, randomness(SALT_BYTES), value)


def _members(
    decision_id: str,
    subject_id: str,
    asked: Asked,
    shown: Shown,
    kind: Kind,
    organisation: Organisation | None,
    signed_in_at: datetime,
    previous: Past | None,
) -> dict[str, Json]:
    version = asked.version
    if version is None:
        raise StaleFormError(shown.service)
    return {
        "id": decision_id,
        "subject": subject_id,
        "decision": kind.value,
        "document": document(version),
        "wording": {
            "box": shown.box,
            "statements": list(shown.statements),
            "button": shown.buttons[kind.value],
            "language": LANGUAGE,
        },
        "named_without_text": list(shown.named_without_text),
        "capacity": "self" if organisation is None else "organisation",
        "exposure": {
            "shown_at": statements.instant(shown.shown_at),
            "text": "whole",
            "compared_with": shown.compared_with,
            "comparison_hash": shown.comparison_hash,
        },
        "authentication": {"method": "password", "at": statements.instant(signed_in_at)},
        "previous": previous.statement_hash if previous else None,
        "screen": shown.screen,
    }


def _by_link(at: datetime) -> dict[str, Json]:
    """Return what a statement says of a legal representative, who has no account."""
    return {"capacity": "representative", "authentication": {"method": "link", "at": statements.instant(at)}}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision of a person with the version it is on."""

    decision: Decision
    version: PublishedVersion
    cancelled: bool = False
    """Whether that version was cancelled before it took effect: nothing of it binds."""


def recorded(session: Session, account_id: str, services: Iterable[str]) -> list[Recorded]:
    """Return the decisions of a person, newest first, in one query."""
    rows = session.execute(
        select(Decision, PublishedVersion, is_cancelled(table(Decision).c.version_id))
        .join(Subject, Subject.id == Decision.subject_id)
        .join(PublishedVersion, PublishedVersion.id == Decision.version_id)
        .where(Subject.account_id == account_id, Decision.service.in_(tuple(services)))
        .order_by(Decision.decided_at.desc(), Decision.sequence.desc())
    )
    return [Recorded(*row) for row in rows]


def one_recorded(session: Session, account_id: str, decision_id: str) -> Recorded | None:
    """Return one decision of this person; nobody else's."""
    row = session.execute(
        select(Decision, PublishedVersion)
        .join(Subject, Subject.id == Decision.subject_id)
        .join(PublishedVersion, PublishedVersion.id == Decision.version_id)
        .where(Subject.account_id == account_id, Decision.id == decision_id)
    ).one_or_none()
    return Recorded(*row) if row else None


def decided_by_sign_up(
    session: Session, verification_id: str | None, form_id: str, *, at: datetime
) -> tuple[str, str] | None:
    """Return account and decision that this form, sent again, already made from this sign-up.

    Only for a short while and under the first password: a copied cookie must not sign in for ever.
    """
    row = session.get(Verification, verification_id) if verification_id else None
    if row is None or row.used_at is None or at >= row.used_at + SENT_AGAIN:
        return None
    found = session.execute(
        select(Account.id, Decision.id)
        .join(Subject, Subject.account_id == Account.id)
        .join(Decision, Decision.subject_id == Subject.id)
        .where(
            Account.publisher == row.publisher,
            Account.email_key == row.email_key,
            Account.password_changed_at <= row.used_at,
            Account.deactivated_at.is_(None),
            Decision.form_id == form_id,
        )
    ).one_or_none()
    return (found[0], found[1]) if found else None
