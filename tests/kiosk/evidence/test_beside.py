"""What disputes a decision and what was sent about it go with it, proved like it."""

from __future__ import annotations

import io

import pypdf
import pytest
from sqlalchemy import select

from kiosk.acceptance import contestations
from kiosk.acceptance.models import Decision
from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.evidence import gathering, services
from kiosk.evidence.errors import ContestedSinceError
from kiosk.notices import notifications
from kiosk.notices.mail import Handed as HandedOver
from kiosk.notices.notifications import Notification
from kiosk.proof import bundle
from kiosk.proof.statement import Kind
from kiosk.proof.verify import Verdict, read
from kiosk.verifier.bundle import State, judge_bundle
from tests.kiosk.evidence.case import OTHER, Case
from tests.kiosk.evidence.test_evidence import entries_of, words
from tests.kiosk.web import EMAIL
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

WORDS = "Mon fils s’est servi de mon poste."


def told(case: Case, subject: str | None, about: str, to: str, channel: str = "mail") -> None:
    """A mail about a decision is handed over."""
    payload = {"to": to, "notification": Notification("decision", subject, about).payload()}
    with writing(case.site.engine) as session:
        assert notifications.record(
            session, payload, HandedOver(channel, "c" * 64), environment="publisher", at=case.at,
            randomness=case.randomness,
        )  # fmt: skip


def contest(case: Case, digest: str, form_id: str = "f" * 32) -> None:
    """The holder of the account disputes the decision of this statement."""
    with writing(case.site.engine) as session:
        row = session.scalars(select(Decision).where(Decision.statement_hash == digest)).one()
        account = session.scalars(select(Account).where(Account.email == EMAIL)).one()
        contestations.contest(
            session, row, account_id=account.id, words=WORDS, form_id=form_id, environment="publisher",
            at=case.at, randomness=case.randomness,
        )  # fmt: skip


def test_a_decision_that_is_disputed_or_that_a_mail_is_about_cannot_be_taken_out(case: Case) -> None:
    decision = entries_of(case)[-1]
    contest(case, decision.statement.hash)
    told(case, case.find(), decision.statement.hash, EMAIL)
    case.seal()
    files = bundle.unpack(case.make(case.released()))
    said = {name: read(content)[1] for name, content in files.items() if name.endswith(".receipt.json")}
    (gone,) = (name for name, one in said.items() if one.hash == decision.statement.hash)
    stem = gone.split("/")[1].removesuffix(".receipt.json")
    left = {name: content for name, content in files.items() if stem not in name and name != bundle.LISTING}
    judged = judge_bundle(bundle.pack(left), case.trust)
    assert judged.verdict is Verdict.ALTERED
    orphans = {piece.name for piece in judged.pieces if "as about is not here" in str(piece.refused)}
    assert orphans == {
        name for name, one in said.items() if one.members.get("about") == decision.statement.hash
    }
    assert len(orphans) == 2


def test_contestations_and_notices_of_the_person_are_there_and_nobody_elses(case: Case) -> None:
    case.decide(OTHER)
    case.site.clock.move(minutes=5)
    decision = entries_of(case)[-1]
    contest(case, decision.statement.hash)
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
    assert "« Ce n’est pas moi » de l’acceptation du 22 novembre 2026" in page
    assert "message sur l’acceptation du 22 novembre 2026" in page
    assert "remis au serveur de courrier ; rien ne dit qu’il a été lu" in page
    (attestation,) = (
        name for name in files if name.startswith("attestations/") and decision.statement.hash[:12] in name
    )
    attested = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(files[attestation])).pages)
    assert "quelqu’un a déclaré « Ce n’est pas moi » le" in " ".join(attested.split())
    assert all(OTHER.encode() not in content for content in (raw, *files.values()))


@ON_BOTH
def test_a_file_whose_decision_was_contested_since_is_not_handed_out(case: Case) -> None:
    request_id = case.released(service="portail")
    decisions = {one.statement.members["document"]["service"]: one.statement.hash for one in entries_of(case)}
    case.site.clock.move(minutes=1)
    contest(case, decisions["soffi"])
    officer = case.acting("c.martin")
    with reading(case.site.engine) as session:
        assert services.released(session, officer, request_id, case.at)
    case.site.clock.move(minutes=1)
    contest(case, decisions["portail"], "e" * 32)
    with reading(case.site.engine) as session, pytest.raises(ContestedSinceError, match="nouvelle demande"):
        services.released(session, officer, request_id, case.at)
    with writing(case.site.engine) as session, pytest.raises(ContestedSinceError):
        services.record_export(session, officer, request_id, "a" * 64, case.at)


def test_a_message_written_in_a_file_is_not_said_to_be_sent(case: Case) -> None:
    subject, decision = case.find(), entries_of(case)[0].statement.hash
    told(case, subject, decision, EMAIL, "folder")
    case.seal()
    page = words(bundle.unpack(case.make(case.released()))["LISEZ-MOI.pdf"])
    assert ": écrit dans un fichier, non envoyé." in page
    assert "remis au serveur de courrier ; rien" not in page


@ON_BOTH
def test_what_was_not_sealed_at_the_approval_is_left_out_and_the_file_says_how_many(case: Case) -> None:
    officer = case.officer("c.martin", "Juriste")
    other, decision = case.officer("a.durand", "Directrice juridique"), entries_of(case)[-1].statement.hash
    request_id = case.asked(officer)
    case.approve(other, request_id)
    # Written after the approval by a process whose clock is behind: its instant is before it.
    contest(case, decision)
    told(case, case.find(), decision, EMAIL)
    files = bundle.unpack(case.make(request_id))
    kinds = {
        read(content)[1].members["kind"] for name, content in files.items() if name.endswith("receipt.json")
    }
    assert kinds == {Kind.DECISION}
    page = words(files["LISEZ-MOI.pdf"])
    first = pypdf.PdfReader(io.BytesIO(files["LISEZ-MOI.pdf"])).pages[0].extract_text()
    assert "n’étaient pas encore scellés à l’approbation : voir « Ce qui manque »." in " ".join(first.split())
    assert "n’était pas encore scellé à l’approbation (enregistrements : 2)" in page
    assert WORDS not in page
    assert judge_bundle(case.make(request_id), case.trust).verdict is Verdict.INTACT
    case.seal()
    assert bundle.unpack(case.make(request_id)).keys() == files.keys(), (
        "sealed since, it is not of what was approved"
    )
    again = case.asked(officer)
    case.approve(other, again)
    whole = words(bundle.unpack(case.make(again))["LISEZ-MOI.pdf"])
    assert WORDS in whole
    assert "pas encore scellé à l’approbation" not in whole
