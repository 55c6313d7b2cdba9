"""One click, several decisions: on each document under the box, in one's own name and an organisation's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from cgu_archive.corpus.hashing import Json
from kiosk.acceptance import early, services
from kiosk.acceptance.asking import Asked, Holder, Past
from kiosk.acceptance.errors import StaleFormError
from kiosk.acceptance.models import Decision
from kiosk.acceptance.policy import Answer, Kind, strictest
from kiosk.acceptance.services import Organisation, Recorded, Shown
from kiosk.accounts.services import Randomness
from kiosk.db import Row
from kiosk.ledger.comparisons import Packed
from kiosk.ledger.models import Disclosure
from kiosk.texts.models import PublishedVersion


@dataclass(frozen=True, slots=True)
class Part:
    """One document under the box: as it stands for the person, what they were shown, what to keep of it."""

    asked: Asked
    shown: Shown
    comparison: Packed | None

    @property
    def version(self) -> PublishedVersion:
        """The version that was shown; raises `StaleFormError` when it is not the one to decide now."""
        version = self.asked.version
        if version is None or (version.slug, version.text_hash) != (self.shown.version, self.shown.text_hash):
            raise StaleFormError(f"{self.shown.service}/{self.shown.terms}")
        return version


def decide_all(
    session: Session,
    parts: Sequence[Part],
    *,
    account: Holder,
    kind: Kind,
    organisation: Organisation | None,
    environment: str,
    retention: str,
    checkpoint: Mapping[str, Json] | None,
    signed_in_at: datetime,
    at: datetime,
    randomness: Randomness,
) -> tuple[list[Past], list[Row]]:
    """Return what the person decides on every part, and the rows that record it: all of them or none.

    Accepting and leaving are about every document of the box. Refusing and postponing are about those
    that wait, else those to come: what was accepted before of the others stands. With an `organisation`,
    each document is decided in its name, then in the person's own (requirement O-09); that one is the last,
    and follows it.
    The same form sent twice, or the same choice made twice in a row, decides once.
    Raises as `services.decide`, for any of the parts.
    """
    sent = [past for part in parts for past in part.asked.past if past.form_id == part.shown.form_id]
    if sent:
        return sent, []
    versions = [part.version for part in parts]
    waiting = [part for part in parts if part.asked.answer.pending]
    to_come = [part for part in parts if early.effective_at(part.asked, at) is not None]
    chosen = (waiting or to_come or list(parts)) if kind in (Kind.REFUSED, Kind.DEFERRED) else list(parts)
    repeated = [past for part in chosen if (past := _last(part, kind)) is not None]
    if len(repeated) == len(chosen):
        return repeated, []
    answer = strictest([part.asked.answer for part in parts])
    made: list[Past] = []
    rows: list[Row] = []
    for part in chosen:
        others = tuple(one for one in versions if one.id != part.version.id)
        decided, comparison = part.asked.past, part.comparison
        for named in (None,) if organisation is None else (organisation, None):
            subject_id = made[-1].subject_id if made else part.asked.subject_id
            form_id = part.shown.form_id if named is None else randomness(16).hex()
            decision, added = services.decide(
                session,
                account=account,
                asked=replace(part.asked, answer=answer, subject_id=subject_id, past=decided),
                shown=replace(part.shown, form_id=form_id),
                kind=kind,
                organisation=named,
                comparison=comparison,
                environment=environment,
                retention=retention,
                checkpoint=checkpoint,
                signed_in_at=signed_in_at,
                at=at,
                randomness=randomness,
                together=others,
                again=True,
            )
            comparison = None
            decided = (*decided, decision)
            made.append(decision)
            rows += added
    return made, rows


def _last(part: Part, kind: Kind) -> Past | None:
    """Return the last decision on the document when it was this choice on this version."""
    last = part.asked.past[-1] if part.asked.past else None
    return last if last and (last.version_id, last.kind) == (part.version.id, kind.value) else None


def combined(asked: Sequence[Asked]) -> Answer:
    """Return what documents under one box ask together."""
    return strictest([one.answer for one in asked])


# Reading again


def of_the_same_click(session: Session, found: Recorded) -> list[Recorded]:
    """Return the other decisions that the person made with the same click, in their order."""
    rows = session.execute(
        select(Decision, PublishedVersion)
        .join(PublishedVersion, PublishedVersion.id == Decision.version_id)
        .where(
            Decision.subject_id == found.decision.subject_id,
            Decision.service == found.decision.service,
            Decision.decided_at == found.decision.decided_at,
            Decision.id != found.decision.id,
        )
        .order_by(PublishedVersion.id, Decision.sequence)
    )
    return [Recorded(decision, version) for decision, version in rows]


def organisations(session: Session, hashes: Collection[str]) -> Mapping[str, tuple[str, str]]:
    """Return in whose name the decisions of these statements were made: name and SIREN, by hash.

    One query. What was made in one's own name is not there, nor what was destroyed.
    """
    name, siren = aliased(Disclosure), aliased(Disclosure)
    rows = session.execute(
        select(name.statement_hash, name.value, siren.value)
        .join(siren, siren.statement_hash == name.statement_hash)
        .where(name.statement_hash.in_(hashes), name.field == "organisation_name", siren.field == "siren")
    )
    return {digest: (named, number) for digest, named, number in rows}


def decided_otherwise(session: Session, decision: Decision, siren: str) -> int:
    """Return how many other people decided otherwise on this version, last, in the name of the same SIREN."""
    rows = session.execute(
        select(Decision.subject_id, Decision.kind)
        .join(Disclosure, Disclosure.statement_hash == Decision.statement_hash)
        .where(
            Disclosure.field == "siren",
            Disclosure.value == siren,
            Decision.version_id == decision.version_id,
            Decision.subject_id != decision.subject_id,
        )
        .order_by(Decision.decided_at, Decision.sequence)
    )
    last: dict[str, str] = {}
    for subject_id, kind in rows:
        last[subject_id] = kind
    return sum(1 for kind in last.values() if kind != decision.kind)
