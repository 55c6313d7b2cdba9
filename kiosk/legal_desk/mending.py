"""Answer what the checks say of a draft: mend what can be, set the rest aside with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from cgu_archive.corpus.checks import fixes
from cgu_archive.corpus.checks.silences import may_be_silenced
from cgu_archive.corpus.checks.table import CARDS, number
from cgu_archive.corpus.errors import Finding
from cgu_archive.corpus.model import Service
from kiosk.legal_desk import drafts, findings
from kiosk.legal_desk.acts import MAX_WORDS, Desk, Detail, let, record
from kiosk.legal_desk.approving import reason
from kiosk.legal_desk.drafts import Held, find
from kiosk.legal_desk.errors import ChangedSinceError, RefusedError
from kiosk.legal_desk.policy import Act
from kiosk.legal_desk.writing import revise
from kiosk.staff.officers import Person

EVERY = "*"
"""Asked for in the place of one finding: all those that can be mended, or set aside, at once."""
GONE = "Ce signalement n’est plus dans le texte\u00a0: la liste est à jour."


def mend(
    session: Session,
    desk: Desk,
    officer: Person,
    service: Service,
    draft_id: str,
    at: datetime,
    *,
    wanted: str,
    seen: int,
) -> Held:
    """Mend what one finding, or `EVERY` one that can be, proposes: another state of the text, returned.

    Raises as `writing.revise`, and `RefusedError` when that finding is not there any more.
    """
    held = find(session, officer.publisher, draft_id)
    what = drafts.content(drafts.revision(session, held))
    heard = findings.read(session, service, held, what).heard
    chosen = [one for one in heard if one.fix is not None and wanted in (findings.key(one), EVERY)]
    if not chosen:
        raise RefusedError(GONE)
    taken, fix = fixes.together(chosen if wanted == EVERY else chosen[:1])
    text = fixes.apply(what.text.decode(), fix).encode()
    return revise(
        session, desk, officer, draft_id, replace(what, text=text), at, seen=seen, words=_told(taken)
    )  # fmt: skip


def set_aside(
    session: Session,
    desk: Desk,
    officer: Person,
    service: Service,
    draft_id: str,
    at: datetime,
    *,
    wanted: str,
    why: str,
    seen: int,
) -> Held:
    """Leave one finding as it stands, or `EVERY` one that is in what people read now; returns the draft.

    `why` is published with the text. Raises `OfficerError`, `RefusedError`, `ChangedSinceError`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.SILENCED, officer, at)
    read = findings.on(session, held, service)
    if wanted == EVERY:
        chosen = {findings.key(one): one for one in findings.inherited(session, held, service, read)}
    else:
        silent = {findings.key(one): one for one in read.heard if may_be_silenced(one)}
        chosen = {wanted: silent[wanted]} if wanted in silent else {}
    if not chosen:
        raise RefusedError(GONE)
    if seen != held.standing.revision:
        raise ChangedSinceError("Le texte a changé depuis\u00a0: relisez ce signalement, puis recommencez.")
    said = reason(why)
    for key, one in sorted(chosen.items()):
        detail = Detail(words=findings.set_aside(one, said), place=key)
        acts = record(session, desk, held, Act.SILENCED, officer, at, detail)
        held = replace(held, standing=replace(held.standing, acts=acts))
    return find(session, officer.publisher, draft_id)


def card(finding: Finding) -> tuple[str, str]:
    """Return the number and the title of the rule of a finding; without number, what it is about."""
    known = number(finding)
    return (known, CARDS[known].title) if known else ("", finding.rule)


def _told(taken: tuple[Finding, ...]) -> str:
    """Return what the act of mending says of itself."""
    if len(taken) == 1:
        one = taken[0]
        words = f"\u00a0: «\u00a0{one.place.words}\u00a0»" if one.place else ""
        return f"Corrigé, {' '.join(card(one)).strip()}{words}"[:MAX_WORDS]
    return f"Corrigés en une fois\u00a0: {len(taken)} signalements."
