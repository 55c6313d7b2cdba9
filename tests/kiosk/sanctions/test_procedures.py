"""Procedures from notice to restoration: what is refused, recorded, mailed, closed and opened again."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, text, update

from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.ledger.deviations import DeviationError
from kiosk.ledger.models import Disclosure, StatementRow
from kiosk.ledger.rows import snapshot
from kiosk.notices import notifications
from kiosk.proof import receipt
from kiosk.retention import archive
from kiosk.retention import audit as retention_audit
from kiosk.retention.models import ArchivedDisclosure
from kiosk.retention.services import close_account
from kiosk.sanctions import audit as sanctions_audit
from kiosk.sanctions import proposing, register, services
from kiosk.sanctions.errors import (
    AnsweredEnoughError,
    IncompleteError,
    NotBoundError,
    OutOfTurnError,
    SamePersonError,
    TooEarlyError,
    UnknownAccountError,
    UnknownProcedureError,
)
from kiosk.sanctions.models import SanctionAct, SanctionProposal
from kiosk.sanctions.policy import Ground, Measure, State
from tests.kiosk.retention.conftest import where
from tests.kiosk.sanctions.people import (
    ACTIONS,
    CONTACT,
    DIRECTOR,
    FACTS,
    OFFICER,
    Case,
    accepted,
    ruling,
)
from tests.kiosk.web import Making, Site

SPACE = "/dgefp/soffi/"
ADDRESS = "p7@example.org"


def noticed(case: Case, **changes: Any) -> str:
    """Send a notice, and let it leave; returns the procedure."""
    made = case.act(services.notify, case.account_id, OFFICER, case.notice(**changes), case.site.clock())
    case.work()
    return str(made.procedure_id)


def due(case: Case, **changes: Any) -> str:
    """Send a notice and let the time to answer go by."""
    procedure = noticed(case, **changes)
    case.site.clock.move(days=9)
    return procedure


def decided(case: Case, procedure: str, author: Any = OFFICER, **changes: Any) -> Any:
    return case.act(services.decide, case.publisher, procedure, author, ruling(**changes), case.site.clock())


@pytest.mark.requirement("O-59", "S-57")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("measure", None), ("provision", "p-999"), ("provision", ""), ("ground", None), ("facts", " "),
        ("facts", "a" * 1001), ("actions", ""), ("contact", ""), ("assistance", ""), ("days", None),
        ("days", 7), ("days", 61), ("right", "un droit"), ("until", "past"),
    ],
)  # fmt: skip
def test_a_notice_that_lacks_something_is_refused_and_nothing_is_recorded(
    case: Case, field: str, value: Any
) -> None:
    if value == "past":
        value = case.site.clock()
    with pytest.raises(IncompleteError) as refused:
        case.act(services.notify, case.account_id, OFFICER, case.notice(**{field: value}), case.site.clock())
    assert set(refused.value.problems) == {field}
    assert case.acts() == []
    assert case.site.mails() == []


@pytest.mark.requirement("O-59", "S-57", "S-46")
def test_a_notice_tells_in_writing_the_breach_the_clause_the_rights_and_what_to_do(case: Case) -> None:
    procedure = noticed(case)
    (said,) = case.said()
    assert said["act"] == "notice"
    assert (said["provision"], said["document"]["service"]) == ("p-61", "soffi")
    assert said["measure"] == "suspension de l’accès au service (manquement)"
    assert said["decided_by"] == OFFICER.function
    assert said["answer_by"] == "2026-11-30T23:00:00.000000Z"
    assert set(said["commitments"]) == {"account", "grounds", "actions", "contact"}
    (body,) = case.letters()
    for one in (
        FACTS, ACTIONS, CONTACT, "suspension de l’accès au service", "paragraphe 61", "#p-61",
        "jusqu’au 30 novembre 2026 inclus (heure de Paris)", "8 jours calendaires",
        "assister par un conseil", "communication du dossier", "être entendu", "L. 122-1",
        f"/dgefp/mesures/{procedure}", "Rien n’est décidé avant.",
    ):  # fmt: skip
        assert one in body, one
    assert "Rien ne vous oblige à répondre." in body
    assert str(OFFICER.name) not in body, "nothing is decided yet"
    assert case.measures() is None, "nothing is taken yet"
    assert case.browser().get(SPACE).status == 200


@pytest.mark.requirement("S-57")
def test_nothing_is_decided_before_the_last_midnight_and_it_can_be_after(case: Case) -> None:
    procedure = noticed(case)
    for at in ("2026-11-23T09:00:00+00:00", "2026-11-30T22:59:59+00:00"):
        case.site.clock.at = type(case.site.clock.at).fromisoformat(at)
        with pytest.raises(TooEarlyError):
            decided(case, procedure, measure=Measure.SUSPENSION)
        assert case.procedure().state(case.site.clock()) is State.WAITING
    case.site.clock.at = type(case.site.clock.at).fromisoformat("2026-11-30T23:00:00+00:00")
    assert case.procedure().state(case.site.clock()) is State.DUE
    decided(case, procedure)
    assert case.procedure().state(case.site.clock()) is State.TAKEN


def test_a_notice_whose_mail_is_lost_opens_no_decision_until_it_is_handed_over_otherwise(case: Case) -> None:
    made = case.act(services.notify, case.account_id, OFFICER, case.notice(), case.site.clock())
    case.site.clock.move(days=30)
    with pytest.raises(TooEarlyError, match="n’a pas atteint la personne"):
        decided(case, made.procedure_id)
    reached = date(2026, 12, 15)
    with pytest.raises(TooEarlyError, match="24 décembre 2026"):
        case.act(
            services.decide, "dgefp", made.procedure_id, OFFICER, ruling(), case.site.clock(),
            reached_on=reached,
        )  # fmt: skip
    case.site.clock.move(days=3)
    taken = case.act(
        services.decide, "dgefp", made.procedure_id, OFFICER, ruling(), case.site.clock(), reached_on=reached
    )
    assert taken.reached_on == reached


@pytest.mark.requirement("P-55", "T-22", "S-47", "O-58", "O-59")
def test_a_suspended_person_is_told_everything_keeps_the_rest_and_is_let_in_again(case: Case) -> None:
    procedure = due(case)
    browser = case.browser()
    assert browser.get(SPACE).status == 200
    decided(case, procedure)
    case.work()
    for one in (browser.get(SPACE), case.browser().get(SPACE)):
        assert one.status == 403, "on the very next request"
        for words in (
            "suspension de l’accès au service", "Depuis le", "jusqu’à ce que vous soyez en règle",
            "paragraphe 61",
            "Les fichiers sont toujours là.", ACTIONS, "Lire la procédure et répondre",
            "Dans les deux mois qui suivent la notification", "R. 421-5", "recours gracieux",
        ):  # fmt: skip
            assert words in one.words, words
    for path in (
        "/dgefp/mes-acceptations", "/dgefp/mon-compte", "/dgefp/mesures", f"/dgefp/mesures/{procedure}",
        "/dgefp/soffi/cgu", "/dgefp/soffi/cgu/decider", "/dgefp/mon-compte/suppression",
        "/dgefp/mon-compte/effacement", "/dgefp/mon-compte/mot-de-passe",
    ):  # fmt: skip
        assert browser.get(path).status == 200, path
    said = case.said()[-1]
    assert (said["act"], said["about"]) == ("measure", case.acts()[0].statement_hash)
    assert "tribunal administratif" in said["remedy"]
    assert f"Auteur de cette décision : {OFFICER.name}, {OFFICER.function}" in case.letters()[-1]
    assert not any(str(OFFICER.name) in str(one) for one in case.said()), "in the letter alone"
    assert said["until"] is None
    case.act(services.restore, "dgefp", procedure, DIRECTOR, "Les fichiers sont retirés.", case.site.clock())
    assert browser.get(SPACE).status == 200, "at once"
    case.work()
    assert [one["act"] for one in case.said()] == ["notice", "measure", "restored"]
    assert case.measures() is None


def test_what_was_typed_in_a_closed_service_is_given_back(case: Case) -> None:
    procedure = due(case)
    browser = case.browser().get(SPACE)
    values = browser.form().values
    decided(case, procedure)
    answer = browser.client.post(SPACE, data=values | {"note": "Trois heures de travail"})
    assert answer.status_code == 409
    assert "Trois heures de travail" in answer.get_data(as_text=True)


def test_who_has_no_measure_costs_no_query_more_at_the_gate(case: Case, measured: Site) -> None:
    browser = case.browser()
    browser.get(SPACE)
    seen: list[str] = []
    event.listen(measured.engine, "before_cursor_execute", lambda _c, _k, said, *_rest: seen.append(said))
    assert browser.get(SPACE).status == 200
    assert not [one for one in seen if "sanction" in one]
    assert len([one for one in seen if "FROM sign_in" in one]) == 1


@pytest.mark.requirement("S-47", "O-58")
@pytest.mark.parametrize(
    ("measure", "status", "stands"),
    [
        (Measure.WARNING, 200, False),
        (Measure.CONTENT, 200, False),
        (Measure.RESTRICTION, 200, True),
        (Measure.SUSPENSION, 403, True),
    ],
)
def test_each_measure_is_recorded_told_and_closes_what_it_says(
    case: Case, measure: Measure, status: int, stands: bool
) -> None:
    procedure = due(case, measure=Measure.SUSPENSION)
    decided(case, procedure, measure=measure)
    assert case.browser().get(SPACE).status == status
    assert (case.measures() is not None) is stands
    assert len(case.site.mails(ADDRESS)) == 1, "the notice has left, the decision waits for its seal"
    assert case.acts()[-1].measure == measure


@pytest.mark.requirement("O-23")
def test_one_right_is_suspended_and_the_service_stays_open(measured: Site) -> None:
    case = accepted(measured, "ocapiat", "ocapiat")
    right = case.office.services["ocapiat"].solutions[0]
    with pytest.raises(IncompleteError) as refused:
        noticed(case, measure=Measure.RIGHT, right="Un droit inventé")
    assert set(refused.value.problems) == {"right"}
    procedure = due(case, measure=Measure.RIGHT, right=right)
    decided(case, procedure, measure=Measure.RIGHT, right=right, ground=Ground.BREACH)
    page = case.browser().get("/ocapiat/ocapiat/")
    assert page.status == 200
    assert "Une mesure vous concerne" in page.words
    assert right in case.said()[-1]["measure"]
    assert "tribunal judiciaire" in case.said()[-1]["remedy"], "not a public body"
    assert "R. 421-5" not in case.said()[-1]["remedy"]


def test_a_dated_suspension_ends_by_itself(case: Case) -> None:
    procedure = due(case)
    end = case.site.clock() + timedelta(days=5)
    decided(case, procedure, until=end)
    browser = case.browser()
    assert browser.get(SPACE).status == 403
    case.site.clock.at = end
    assert case.browser().get(SPACE).status == 200
    assert "mesure arrivée à son terme" in case.browser().get(f"/dgefp/mesures/{procedure}").words


@pytest.mark.requirement("S-56")
def test_a_measure_is_taken_at_once_only_with_urgency_motivated_and_the_procedure_follows(case: Case) -> None:
    at = case.site.clock()
    with pytest.raises(IncompleteError) as refused:
        case.act(services.take_urgently, case.account_id, OFFICER, case.notice(), at)
    assert set(refused.value.problems) == {"urgency"}
    never = case.notice(measure=Measure.DELETION, urgency="Vite.")
    with pytest.raises(IncompleteError) as refused:
        case.act(services.take_urgently, case.account_id, OFFICER, never, at)
    assert set(refused.value.problems) == {"measure"}
    made = case.act(
        services.take_urgently, case.account_id, OFFICER, case.notice(urgency="Les dépôts continuent."), at
    )
    case.work()
    browser = case.browser()
    assert browser.get(SPACE).status == 403
    assert case.said()[0]["act"] == "urgent"
    assert "recours" in case.said()[0]["remedy"]
    (mail,) = case.letters()
    assert "Les dépôts continuent." in mail
    assert "une mesure est prise d’urgence" in mail
    with pytest.raises(TooEarlyError):
        decided(case, made.procedure_id)
    case.site.clock.move(days=9)
    case.act(
        services.drop, "dgefp", made.procedure_id, OFFICER, "La personne s’est expliquée.", case.site.clock()
    )
    assert case.browser().get(SPACE).status == 200


@pytest.mark.requirement("S-56", "S-54", "M-27")
def test_an_immediate_termination_wants_a_serious_or_repeated_breach_and_a_second_person(case: Case) -> None:
    at = case.site.clock()
    urgent = {"measure": Measure.TERMINATION, "urgency": "Les dépôts continuent."}
    for ground in (Ground.BREACH, Ground.NOT_CURED):
        with pytest.raises(IncompleteError) as refused:
            case.act(
                services.take_urgently, case.account_id, OFFICER, case.notice(ground=ground, **urgent), at
            )
        assert set(refused.value.problems) == {"ground"}
    made = case.act(
        services.take_urgently, case.account_id, OFFICER, case.notice(ground=Ground.SERIOUS, **urgent), at
    )
    assert isinstance(made, SanctionProposal)
    assert case.browser().get(SPACE).status == 200, "nothing is taken yet"
    with pytest.raises(SamePersonError):
        case.act(services.confirm, "dgefp", made.procedure_id, OFFICER, at)
    case.act(services.confirm, "dgefp", made.procedure_id, DIRECTOR, at)
    (said,) = case.said()
    assert said["decided_by"] == f"{OFFICER.function} ; {DIRECTOR.function}"
    assert "résiliation" in said["measure"]
    assert "(manquement grave)" in said["measure"]
    page = case.browser().get(SPACE)
    assert page.status == 403
    assert "définitive, sauf nouvelle décision" in page.words
    assert case.proposals() == 0


@pytest.mark.requirement("S-54", "S-57")
def test_the_publisher_terminates_when_the_breach_is_not_put_right_in_eight_days(case: Case) -> None:
    procedure = due(case, measure=Measure.TERMINATION, ground=Ground.NOT_CURED)
    proposed = decided(case, procedure, measure=Measure.TERMINATION)
    assert isinstance(proposed, SanctionProposal)
    with pytest.raises(UnknownProcedureError):
        case.act(services.confirm, "ocapiat", procedure, DIRECTOR, case.site.clock())
    with writing(case.site.engine) as session:
        proposing.withdraw(session, "dgefp", procedure)
    assert case.proposals() == 0
    at, reached = case.site.clock(), date(2026, 11, 22)
    final = ruling(measure=Measure.TERMINATION)
    case.act(services.decide, "dgefp", procedure, OFFICER, final, at, reached_on=reached)
    taken = case.act(services.confirm, "dgefp", procedure, DIRECTOR, at)
    assert taken.reached_on == reached, "as the first proposed it"
    assert case.said()[-1]["provision"] == "p-61"
    assert case.browser().get(SPACE).status == 403
    assert case.browser().get("/dgefp/portail/").status == 200, "that service alone"


def test_nothing_graver_than_what_was_told_is_decided(case: Case) -> None:
    procedure = due(case, measure=Measure.WARNING)
    with pytest.raises(IncompleteError) as refused:
        decided(case, procedure)
    assert set(refused.value.problems) == {"measure"}
    decided(case, procedure, measure=Measure.WARNING, ground=Ground.BREACH)
    with pytest.raises(OutOfTurnError):
        decided(case, procedure, measure=Measure.WARNING, ground=Ground.BREACH)
    with pytest.raises(OutOfTurnError):
        case.act(services.restore, "dgefp", procedure, OFFICER, "Rien ne dure.", case.site.clock())


@pytest.mark.requirement("P-55", "T-22")
def test_deletion_goes_through_retention_and_leaves_no_name_but_what_is_kept_apart(case: Case) -> None:
    procedure = due(case, measure=Measure.DELETION)
    case.browser().get(f"/dgefp/mesures/{procedure}").send(answer="Je n’ai rien déposé de tel.")
    decided(case, procedure, measure=Measure.DELETION, ground=Ground.SERIOUS)
    with pytest.raises(SamePersonError):
        case.act(services.confirm, "dgefp", procedure, OFFICER, case.site.clock())
    case.act(services.confirm, "dgefp", procedure, DIRECTOR, case.site.clock())
    assert case.site.count(Account) == 0
    case.work()
    left = case.letters()
    assert any("Votre compte est supprimé" in one and "Voies et délais de recours" in one for one in left)
    case.retain()
    assert case.site.count(Disclosure) == 0
    assert case.site.count(SanctionAct) == 3
    kept = where(case.site.engine, FACTS, ACTIONS, "Je n’ai rien déposé de tel.", CONTACT)
    assert kept == {"archived_disclosure.value"}
    with reading(case.site.engine) as session:
        services_of = session.scalars(select(ArchivedDisclosure.service).distinct()).all()
        assert set(services_of) == {"soffi", "portail"}
        with pytest.raises(UnknownProcedureError):
            register.get(session, "dgefp", procedure)
    with snapshot(case.site.engine) as session:
        assert retention_audit.audit(session) > 0
    with writing(case.site.engine) as session:
        hashes = [one.statement_hash for one in case.acts()]
        archive.destroy(session, hashes, case.site.clock())
    assert where(case.site.engine, FACTS, "Je n’ai rien déposé de tel.") == set()


def test_a_person_may_leave_during_a_procedure_and_takes_a_proposal_along(case: Case) -> None:
    procedure = due(case, measure=Measure.TERMINATION, ground=Ground.NOT_CURED)
    decided(case, procedure, measure=Measure.TERMINATION)
    case.act(lambda session, office: close_account(session, case.account_id, office, case.site.clock()))
    assert case.proposals() == 0
    with pytest.raises(UnknownProcedureError):
        case.act(services.confirm, "dgefp", procedure, DIRECTOR, case.site.clock())


@pytest.mark.parametrize("program", ["kiosk.app", "kiosk.worker", "kiosk.cli"])
def test_every_program_knows_what_is_said_of_people_here_module_on_or_off(program: str) -> None:
    code = (
        f"import {program}; from kiosk.retention.services import linking;"
        " print('sanction_act' in {one.name for one in linking()})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n", "else an account that goes would leave a name behind"


def test_a_person_answers_once_for_each_form_and_may_add(case: Case) -> None:
    procedure = noticed(case)
    at = case.site.clock()
    first, new = case.act(services.answer, case.account_id, procedure, "Je conteste.", "1" * 32, at)
    again, twice = case.act(services.answer, case.account_id, procedure, "Je conteste.", "1" * 32, at)
    assert (new, twice, first.id == again.id) == (True, False, True)
    for words in ("", " \n ", "a" * 1001, "caché\u200b"):
        with pytest.raises(IncompleteError):
            case.act(services.answer, case.account_id, procedure, words, "2" * 32, at)
    for number in range(services.MOST_ANSWERS - 1):
        case.act(services.answer, case.account_id, procedure, "Encore.", f"{number + 3:032x}", at)
    with pytest.raises(AnsweredEnoughError):
        case.act(services.answer, case.account_id, procedure, "Encore.", "f" * 32, at)
    said = case.said()[1]
    assert (said["act"], said["decided_by"]) == ("answer", None)
    assert set(said["commitments"]) == {"account", "answer"}
    other = accepted(case.site, number=8)
    with pytest.raises(UnknownProcedureError):
        case.act(services.answer, other.account_id, procedure, "Moi non plus.", "e" * 32, at)


def test_no_text_binds_who_never_accepted_it(case: Case) -> None:
    with pytest.raises(NotBoundError):
        noticed(case, service="tableau-de-bord", provision="article-12")
    with reading(case.site.engine) as session:
        assert register.account_of(session, "dgefp", ADDRESS) == case.account_id
        for publisher, address in (
            ("ocapiat", ADDRESS),
            ("dgefp", "personne@example.org"),
            ("dgefp", "?"),
        ):
            with pytest.raises(UnknownAccountError):
                register.account_of(session, publisher, address)


@pytest.mark.requirement("S-46")
def test_the_clauses_offered_are_those_of_the_version_that_binds_the_person(case: Case) -> None:
    with reading(case.site.engine) as session:
        subject, version = register.bound(session, case.account_id, "soffi", "cgu", case.site.clock())
        offered = {one.address for one in register.clauses(version)}
    assert subject == case.subject_id
    assert {"p-61", "p-62", "p-63", "p-64", "p-65"} <= offered


def test_each_act_is_sealed_has_a_receipt_and_tells_what_became_of_its_letter(case: Case) -> None:
    procedure = noticed(case)
    case.work()
    (act,) = case.acts()
    with reading(case.site.engine) as session:
        told = notifications.about(session, [act.statement_hash])
    assert [one.state for one in told[act.statement_hash]] == ["handed"]
    browser = case.browser()
    page = browser.get(f"/dgefp/mesures/{procedure}")
    assert "envoyé (démonstration : un fichier)" in page.words
    raw = browser.client.get(f"/dgefp/mesures/{procedure}/{act.id}.receipt.json")
    assert raw.status_code == 200
    held = receipt.parse(raw.data)
    assert {one.field: one.value for one in held.disclosures}["grounds"] == FACTS


def test_the_register_proposes_what_is_to_be_decided_first(measured: Site) -> None:
    early, late = accepted(measured, number=1), accepted(measured, number=2)
    first = noticed(early)
    measured.clock.move(days=6)
    second = noticed(late)
    measured.clock.move(days=4)
    with reading(measured.engine) as session:
        found = register.of_publisher(session, "dgefp", measured.clock())
        assert [(one.id, one.state(measured.clock())) for one in found] == [
            (first, State.DUE), (second, State.WAITING),
        ]  # fmt: skip
        assert register.of_publisher(session, "ocapiat", measured.clock()) == []


def test_an_audit_compares_acts_with_the_ledger_and_what_accounts_carry_with_acts(case: Case) -> None:
    procedure = due(case)
    decided(case, procedure)
    case.work()
    case.work()

    def audited() -> int:
        with snapshot(case.site.engine) as session:
            retention_audit.audit(session)
            kinds = session.scalars(select(StatementRow.kind)).all()
            return sanctions_audit.audit(session, Counter(kinds))

    assert audited() == 2
    with writing(case.site.engine) as session:
        session.execute(update(Account).values(measures=None))
    with pytest.raises(DeviationError, match=r"account, 0+7 : attendu 1 mesure"):
        audited()
    with case.site.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER sanction_act_no_update"))
        connection.execute(text("UPDATE sanction_act SET measure = 'warning' WHERE act = 'measure'"))
    with pytest.raises(DeviationError, match=r"sanction_act.*attendu measure suspension"):
        audited()


@pytest.mark.parametrize("path", ["/dgefp/mesures", f"/dgefp/mesures/{'0' * 32}"])
def test_a_kiosk_without_the_module_has_no_such_page(make_site: Making, light: Any, path: str) -> None:
    site = make_site(light)
    assert not [rule for rule in site.app.url_map.iter_rules() if "mesures" in str(rule)]
    assert accepted(site).browser().get(path).status == 404


def test_pages_are_those_of_the_person_alone(case: Case) -> None:
    procedure = noticed(case)
    (act,) = case.acts()
    other = accepted(case.site, number=8).browser()
    for path in (f"/dgefp/mesures/{procedure}", f"/dgefp/mesures/{procedure}/{act.id}.receipt.json"):
        assert other.get(path).status == 404
    assert "Aucune mesure" in other.get("/dgefp/mesures").words
    stranger = case.site.browser().get("/dgefp/mesures")
    assert stranger.path == "/dgefp/connexion"


def test_a_suspended_person_answers_on_the_page_and_faults_are_linked_to_the_field(case: Case) -> None:
    procedure = due(case)
    decided(case, procedure)
    page = f"/dgefp/mesures/{procedure}"
    browser = case.browser().get(page)
    action = f"{page}/reponse"
    browser.send(at=action, answer="a" * 1001)
    assert browser.status == 422
    assert 'href="#answer"' in browser.html
    assert 'aria-describedby="answer-erreur answer-aide" aria-invalid="true"' in browser.html
    browser.send(at=action, answer="Les fichiers sont retirés.")
    assert browser.status == 200
    assert "Réponse enregistrée" in browser.words
    assert "Les fichiers sont retirés." in browser.words
    assert [one.act for one in case.acts()] == ["notice", "measure", "answer"]
