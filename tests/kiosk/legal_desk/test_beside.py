"""What disputes a decision and what was sent about it go with it, proved like it."""

from __future__ import annotations

import io

import pypdf
from sqlalchemy import select

from kiosk.acceptance import contestations
from kiosk.acceptance.models import Decision
from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.legal_desk import gathering
from kiosk.notices import notifications
from kiosk.notices.mail import Handed as HandedOver
from kiosk.notices.notifications import Notification
from kiosk.proof import bundle
from kiosk.proof.statement import Kind
from kiosk.proof.verify import Verdict, read
from kiosk.verifier.bundle import State, judge_bundle
from tests.kiosk.legal_desk.case import OTHER, Case
from tests.kiosk.legal_desk.test_evidence import entries_of
from tests.kiosk.web import EMAIL

WORDS = "Mon fils s’est servi de mon poste."


def told(case: Case, subject: str | None, about: str, to: str) -> None:
    """A mail about a decision is handed over."""
    payload = {"to": to, "notification": Notification("decision", subject, about).payload()}
    with writing(case.site.engine) as session:
        assert notifications.record(
            session, payload, HandedOver("mail", "c" * 64), environment="publisher", at=case.at,
            randomness=case.randomness,
        )  # fmt: skip


def test_contestations_and_notices_of_the_person_are_there_and_nobody_elses(case: Case) -> None:
    case.decide(OTHER)
    case.site.clock.move(minutes=5)
    decision = entries_of(case)[-1]
    with writing(case.site.engine) as session:
        row = session.scalars(
            select(Decision).where(Decision.statement_hash == decision.statement.hash)
        ).one()
        account = session.scalars(select(Account).where(Account.email == EMAIL)).one()
        contestations.contest(
            session, row, account_id=account.id, words=WORDS, form_id="f" * 32, environment="publisher",
            at=case.at, randomness=case.randomness,
        )  # fmt: skip
    told(case, case.find(), decision.statement.hash, EMAIL)
    with reading(case.site.engine) as session:
        (stranger, *_) = gathering.entries(session, case.find(OTHER), list(case.offered))
    told(case, case.find(OTHER), stranger.statement.hash, OTHER)
    case.seal()
    raw = case.make(case.released())
    files = bundle.unpack(raw)
    judged = judge_bundle(raw, case.trust)
    assert judged.verdict is Verdict.INTACT, judged.failed
    receipts = {name: read(content)[1] for name, content in files.items() if name.endswith(".receipt.json")}
    kinds = sorted((name.split("/")[0], said.members["kind"]) for name, said in receipts.items())
    assert kinds == [
        ("justificatifs", Kind.CONTESTATION), ("justificatifs", Kind.DECISION),
        ("justificatifs", Kind.DECISION), ("notifications", Kind.NOTIFICATION),
    ]  # fmt: skip
    states = {piece.name: piece.state for piece in judged.pieces}
    assert {states[name] for name in receipts} == {State.PROVED}
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(files["LISEZ-MOI.pdf"])).pages)
    page = " ".join(text.split())
    assert "Contestée le 22 novembre 2026" in page
    assert f"en ces termes : « {WORDS} »" in page
    assert "remis au serveur de courrier ; rien ne dit qu’il a été lu" in page
    (attestation,) = (
        name for name in files if name.startswith("attestations/") and decision.statement.hash[:12] in name
    )
    attested = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(files[attestation])).pages)
    assert "conteste cette décision" in " ".join(attested.split())
    assert all(OTHER.encode() not in content for content in (raw, *files.values()))
