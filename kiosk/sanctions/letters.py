"""The letter of every act: breach, measure, what to do, how to answer and to contest (requirement O-59)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from sqlalchemy.orm import Session

from kiosk.ledger.saying import templates
from kiosk.notices.notifications import Notification
from kiosk.notices.services import enqueue_mail
from kiosk.presentation import version_name
from kiosk.retention.erasures import Office
from kiosk.sanctions import words
from kiosk.sanctions.models import SanctionAct
from kiosk.sanctions.policy import Act, Ground, Measure
from kiosk.sanctions.register import clauses
from kiosk.texts.models import PublishedVersion
from kiosk.texts.naming import document

PURPOSE = "sanction"
_TEMPLATES = Path(__file__).parent.parent / "templates" / "sanctions"
_LETTERS = {
    Act.NOTICE: "notice",
    Act.URGENT: "notice",
    Act.ANSWER: "answer",
    Act.MEASURE: "measure",
    Act.DROPPED: "ended",
    Act.RESTORED: "ended",
}


def send(
    session: Session,
    act: SanctionAct,
    *,
    to: str,
    office: Office,
    version: PublishedVersion,
    said: dict[str, str],
    remedy: str | None,
    author: str | None,
    **values: Any,
) -> None:
    """Queue the letter of `act`, which leaves with the receipt of its statement; `said` are its words.

    `author` is the name and function of who decided, told when they decide for a public body.
    """
    service = office.services[act.service]
    written = (
        _environment()
        .get_template(f"{_LETTERS[Act(act.act)]}.txt")
        .render(
            act=act,
            said=said,
            remedy=remedy,
            author=author if service.publisher.public else None,
            service=service,
            publisher=service.publisher,
            title=service.document(act.terms).title,
            version=version_name(version),
            clause=words.clause_of(clauses(version), act.provision),
            address=f"{office.public_url}/{service.publisher.slug}/{act.service}/{act.terms}/{version.slug}"
            f"#{act.provision}",
            page=f"{office.public_url}/{service.publisher.slug}/mesures/{act.procedure_id}",
            measure=words.measure(Measure(act.measure), act.right),
            ground=words.GROUNDS[Ground(act.ground)],
            assistance=words.assistance(service.publisher),
            demonstration=office.environment == "demonstration",
            **values,
        )
    )
    subject, _, body = written.partition("\n")
    enqueue_mail(
        session,
        key=f"sanction:{act.id}",
        to=to,
        subject=subject.strip(),
        body=body.strip() + "\n",
        at=act.at,
        publisher=act.publisher,
        receipt=act.statement_hash,
        notification=Notification(PURPOSE, act.subject_id, act.statement_hash, document(version)),
    )


@cache
def _environment() -> Environment:
    made = templates(_TEMPLATES, markup=False)
    made.filters["ending"] = words.ending
    return made
