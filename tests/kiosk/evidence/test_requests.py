"""Two people of one publisher release a file; each act stays written, as the database itself sees to."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, update
from sqlalchemy.exc import DBAPIError

from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.evidence import audit, people, services
from kiosk.evidence.errors import (
    AlteredRequestError,
    ClosedRequestError,
    NotReadyError,
    SamePersonError,
    UnknownPersonError,
    UnknownRequestError,
)
from kiosk.evidence.forgetting import WORDS_KEPT_YEARS
from kiosk.evidence.models import EvidenceAct, EvidenceRequest, EvidenceWords
from kiosk.evidence.services import LIFETIME, Act, Grounds, State
from kiosk.ledger import proofs
from kiosk.ledger.deviations import DeviationError
from kiosk.ledger.rows import snapshot
from kiosk.retention.terms import years_after
from kiosk.staff import officers, records, sessions
from kiosk.staff.errors import LoginTakenError, OfficerError
from kiosk.staff.models import Officer, OfficerSession
from kiosk.staff.officers import Person
from kiosk.staff.roles import Role
from tests.kiosk.evidence.case import COURT, OTHER, SECRET, Case
from tests.kiosk.ledger.tampering import tamper
from tests.kiosk.web import EMAIL
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

SECOND = timedelta(seconds=1)


@pytest.fixture
def jurist(case: Case) -> Person:
    return case.officer("c.martin", "Juriste")


@pytest.fixture
def director(case: Case) -> Person:
    return case.officer("a.durand", "Directrice juridique")


def refuse(case: Case, officer: Person, request_id: str) -> None:
    with writing(case.site.engine) as session:
        services.refuse(session, officer, request_id, case.at)


def export(case: Case, officer: Person, request_id: str, digest: str = "a" * 64) -> None:
    with writing(case.site.engine) as session:
        services.record_export(session, officer, request_id, digest, case.at)


def test_one_asks_another_approves_either_takes_it_out_and_all_is_written(
    case: Case, jurist: Person, director: Person
) -> None:
    request_id = case.asked(jurist)
    found = case.get(request_id)
    assert found.state(case.at) is State.WAITING
    assert (found.grounds, found.function, found.expires_at) == (COURT, "Juriste", case.at + LIFETIME)
    with pytest.raises(ClosedRequestError):
        export(case, jurist, request_id)
    case.approve(director, request_id)
    export(case, jurist, request_id)
    export(case, director, request_id, "b" * 64)
    found = case.get(request_id)
    assert [(done.act, done.function, done.bundle_hash) for done in found.acts] == [
        (Act.APPROVED, "Directrice juridique", None),
        (Act.EXPORTED, "Juriste", "a" * 64),
        (Act.EXPORTED, "Directrice juridique", "b" * 64),
    ]
    assert found.approval
    with reading(case.site.engine) as session:
        head = proofs.latest(session)
        assert head
        assert found.approval.size == head.size
        assert services.every(session, "dgefp", case.at) == [found]
        assert services.every(session, "ocapiat", case.at) == []


def test_who_asks_does_not_approve(case: Case, jurist: Person, director: Person) -> None:
    request_id = case.asked(jurist)
    with pytest.raises(SamePersonError):
        case.approve(jurist, request_id)
    refuse(case, jurist, request_id)
    assert case.get(request_id).state(case.at) is State.REFUSED
    with pytest.raises(ClosedRequestError):
        case.approve(director, request_id)
    with pytest.raises(ClosedRequestError):
        refuse(case, director, request_id)


def test_a_request_and_its_approval_last_thirty_days(case: Case, jurist: Person, director: Person) -> None:
    late, approved = case.asked(jurist), case.asked(jurist)
    case.approve(director, approved)
    case.site.clock.at += LIFETIME - SECOND
    export(case, jurist, approved)
    case.site.clock.at += SECOND
    assert {case.get(one).state(case.at) for one in (late, approved)} == {State.EXPIRED}
    with pytest.raises(ClosedRequestError):
        case.approve(director, late)
    with pytest.raises(ClosedRequestError):
        export(case, jurist, approved)


def test_a_third_person_does_not_take_it_out(case: Case, jurist: Person, director: Person) -> None:
    request_id = case.asked(jurist)
    case.approve(director, request_id)
    with pytest.raises(OfficerError):
        export(case, case.officer("b.tiers", "Assistant"), request_id)


def test_another_publisher_knows_nothing_of_it(case: Case, jurist: Person) -> None:
    request_id = case.asked(jurist)
    stranger = case.officer("c.martin", "Juriste", "ocapiat")
    for act in (
        case.approve,
        lambda who, one: refuse(case, who, one),
        lambda who, one: export(case, who, one),
    ):
        with pytest.raises(UnknownRequestError):
            act(stranger, request_id)
    with pytest.raises(UnknownRequestError):
        case.get("0" * 32)


def test_nothing_is_approved_while_a_statement_waits_to_be_sealed(
    case: Case, jurist: Person, director: Person
) -> None:
    request_id = case.asked(jurist)
    case.publish()
    case.browser().sign_in("dgefp").get("/dgefp/soffi/cgu/decider").accept()
    with pytest.raises(NotReadyError):
        case.approve(director, request_id)
    case.seal()
    case.approve(director, request_id)
    assert case.get(request_id).approval


@ON_BOTH
def test_two_who_decide_at_once_do_not_both(case: Case, jurist: Person, director: Person) -> None:
    request_id = case.asked(jurist)
    before = case.get(request_id)
    case.approve(director, request_id)
    with pytest.raises(ClosedRequestError, match="Quelqu’un d’autre"), writing(case.site.engine) as session:
        services._add(session, before, Act.REFUSED, jurist, case.at)


@ON_BOTH
@pytest.mark.parametrize("model", [EvidenceRequest, EvidenceAct])
def test_the_database_keeps_every_act_as_it_was(
    case: Case, jurist: Person, director: Person, model: type[EvidenceAct]
) -> None:
    case.approve(director, case.asked(jurist))
    for change in (update(model).values(function="x"), delete(model)):
        with pytest.raises(DBAPIError, match="insert-only"), writing(case.site.engine) as session:
            session.execute(change)


def test_words_that_were_changed_stop_their_request_and_no_other(
    case: Case, jurist: Person, director: Person
) -> None:
    request_id, other = case.asked(jurist), case.asked(jurist)
    with writing(case.site.engine) as session:
        changed = update(EvidenceWords).where(EvidenceWords.request_id == request_id)
        session.execute(changed.values(requester="Un tiers"))
    with reading(case.site.engine) as session:
        found = {one.id: one for one in services.every(session, "dgefp", case.at)}
    assert (found[request_id].altered, found[request_id].grounds) == (True, None)
    assert (found[other].altered, found[other].grounds) == (False, COURT)
    with pytest.raises(AlteredRequestError):
        case.approve(director, request_id)
    case.approve(director, other)


@ON_BOTH
def test_words_that_are_gone_before_their_term_stop_their_request(
    case: Case, jurist: Person, director: Person
) -> None:
    waiting, approved, kept = case.asked(jurist), case.asked(jurist), case.asked(jurist)
    case.approve(director, approved)
    with writing(case.site.engine) as session:
        gone = EvidenceWords.request_id.in_([waiting, approved])
        session.execute(delete(EvidenceWords).where(gone))
    assert [case.get(one).altered for one in (waiting, approved, kept)] == [True, True, False]
    with pytest.raises(AlteredRequestError, match="effacés avant leur terme"):
        case.approve(director, waiting)
    with pytest.raises(AlteredRequestError), reading(case.site.engine) as session:
        services.released(session, jurist, approved, case.at)
    with pytest.raises(AlteredRequestError):
        export(case, jurist, approved)
    case.site.clock.at = years_after(case.get(waiting).expires_at, WORDS_KEPT_YEARS)
    found = case.get(waiting)
    assert (found.altered, found.grounds) == (False, None)


@ON_BOTH
@pytest.mark.parametrize("wrong", [{"requester": "Un tiers"}, {"reason": ""}, {"salt": b"x" * 16}])
def test_the_audit_names_the_request_whose_words_were_changed(
    case: Case, jurist: Person, wrong: dict[str, object]
) -> None:
    request_id, _ = case.asked(jurist), case.asked(jurist)
    with snapshot(case.site.engine) as session:
        assert audit.audit(session, case.at) == 2
    with writing(case.site.engine) as session:
        session.execute(update(EvidenceWords).where(EvidenceWords.request_id == request_id).values(**wrong))
    with (
        snapshot(case.site.engine) as session,
        pytest.raises(DeviationError, match=f"evidence_words, {request_id} .*trouvé d’autres"),
    ):
        audit.audit(session, case.at)


@ON_BOTH
def test_the_audit_names_the_request_whose_words_are_gone_before_their_term(
    case: Case, jurist: Person
) -> None:
    request_id = case.asked(jurist)
    term = years_after(case.get(request_id).expires_at, WORDS_KEPT_YEARS)
    case.site.clock.move(days=2)
    case.asked(jurist)
    with writing(case.site.engine) as session:
        session.execute(delete(EvidenceWords).where(EvidenceWords.request_id == request_id))
    for at in (case.at, term - timedelta(days=1) - SECOND):
        with (
            snapshot(case.site.engine) as session,
            pytest.raises(DeviationError, match=f"evidence_words, {request_id} .*trouvé rien"),
        ):
            audit.audit(session, at)
    with snapshot(case.site.engine) as session:
        assert audit.audit(session, term) == 1


@ON_BOTH
@pytest.mark.parametrize("sequence", [1, 2])
def test_the_audit_names_what_an_officer_did_alone_and_is_not_written_any_more(
    case: Case, jurist: Person, director: Person, sequence: int
) -> None:
    for officer in (jurist, jurist, jurist, director):
        with writing(case.site.engine) as session:
            records.note(session, officer, records.Act.SECRET_CHANGED, case.at)
    with snapshot(case.site.engine) as session:
        assert audit.audit(session, case.at) == 0
    tamper(
        case.site.engine, "DELETE FROM officer_record WHERE officer_id = :id AND sequence = :sequence",
        id=jurist.id, sequence=sequence,
    )  # fmt: skip
    with (
        snapshot(case.site.engine) as session,
        pytest.raises(DeviationError, match=re.escape(f"officer_record, ({jurist.id}, {sequence}) ")),
    ):
        audit.audit(session, case.at)


@ON_BOTH
def test_the_audit_names_an_act_on_a_request_that_is_not_written_any_more(
    case: Case, jurist: Person, director: Person
) -> None:
    request_id = case.asked(jurist)
    case.approve(director, request_id)
    export(case, jurist, request_id)
    tamper(case.site.engine, "DELETE FROM evidence_act WHERE act = 'approved'")
    with (
        snapshot(case.site.engine) as session,
        pytest.raises(DeviationError, match=re.escape(f"evidence_act, ({request_id}, 1) ")),
    ):
        audit.audit(session, case.at)


@ON_BOTH
def test_a_person_is_found_by_address_account_or_subject_at_this_publisher_alone(case: Case) -> None:
    with reading(case.site.engine) as session:
        account = session.query(Account).filter_by(email=EMAIL).one().id
    subject = case.find(EMAIL)
    assert {case.find(f" {EMAIL.upper()} "), case.find(account), case.find(subject)} == {subject}
    for stranger in (OTHER, "0" * 32, "personne", "", "a" * 400 + "@example.org"):
        with pytest.raises(UnknownPersonError):
            case.find(stranger)
    with reading(case.site.engine) as session:
        for wanted in (EMAIL, account, subject):
            with pytest.raises(UnknownPersonError):
                people.only(people.named(session, "ocapiat", ["ocapiat"], wanted))
        assert people.named(session, "dgefp", ["portail"], subject) == (subject,)
        assert people.named(session, "dgefp", ["tableau-de-bord"], subject) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"login": "C.Martin"}, {"login": ""}, {"login": "a" * 65}, {"login": "-a"}, {"name": " "},
        {"function": "x" * 201}, {"function": "deux\nlignes"}, {"secret": "court"},
        {"secret": "motdepasse123"},
    ],
)  # fmt: skip
def test_an_officer_has_a_login_a_name_a_function_and_a_strong_secret(
    engine: Engine, at: datetime, change: dict[str, str]
) -> None:
    values = {"login": "c.martin", "name": "Prénom Nom", "function": "Juriste", "secret": SECRET} | change
    with writing(engine) as session, pytest.raises(OfficerError):
        officers.add(
            session,
            publisher="dgefp",
            grants=[Role.EVIDENCE],
            at=at,
            randomness=secrets.token_bytes,
            **values,
        )


@ON_BOTH
def test_an_officer_who_left_does_nothing_any_more(case: Case, jurist: Person) -> None:
    with writing(case.site.engine) as session:
        token = sessions.begin(
            session, jurist, at=case.at, randomness=case.randomness, hasher=lambda *parts: parts[-1]
        )
        officers.deactivate(session, "dgefp", "c.martin", case.at)
        assert session.query(OfficerSession).count() == 0
        assert officers.at_work(session, "dgefp", "c.martin") is None
        with pytest.raises(OfficerError):
            officers.deactivate(session, "dgefp", "c.martin", case.at)
    assert token
    with reading(case.site.engine) as session:
        assert [one.deactivated_at for one in officers.every(session, "dgefp")] == [case.at]
        assert session.query(Officer).one().secret_hash.startswith("$argon2id$")


@ON_BOTH
def test_a_login_is_taken_once_at_a_publisher(case: Case, jurist: Person) -> None:
    case.officer("c.martin", "Juriste", "ocapiat")
    with pytest.raises(LoginTakenError):
        case.officer("c.martin", "Autre")
    with reading(case.site.engine) as session:
        assert len(officers.every(session)) == 2


def test_words_have_one_form() -> None:
    assert Grounds("a", "b", "c").canonical == '["a", "b", "c"]'
    assert Grounds('a", "b', "", "c").canonical != Grounds("a", "b", "c").canonical
