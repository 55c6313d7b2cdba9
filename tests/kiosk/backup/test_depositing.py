"""A receipt that a person hands back after a loss: its statement stands in the ledger again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import Engine, insert, select

from kiosk import migrations
from kiosk.acceptance.models import Contestation, Decision, Subject
from kiosk.accounts.models import Account
from kiosk.db import Base, make_engine, reading, writing
from kiosk.ledger import receipts, services
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.models import Disclosure, LeafRow, StatementRow
from kiosk.ledger.signer import LocalSigner
from kiosk.notices import notifications
from kiosk.notices.models import NotificationRow
from kiosk.proof import exposure
from kiosk.proof.commitment import Opening
from kiosk.proof.errors import SpecimenError
from kiosk.proof.receipt import State
from kiosk.proof.statement import Kind, Statement, make
from kiosk.proof.trust import Trust
from kiosk.proof.verify import Step, examine
from kiosk.retention.models import ArchivedDisclosure
from kiosk.retention.services import statements_about
from kiosk.retention.terms import years_after
from kiosk.staff.models import Officer, OfficerSession
from kiosk.traces.models import ExposureDigest
from tests.kiosk.backup.drill import Kiosk, count, rows, run
from tests.kiosk.ledger.making import AT
from tests.kiosk.ledger.whole import SAID, SCREEN, Whole
from tests.kiosk.proof.making import DATES, members
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE


@dataclass
class Drill:
    """A demonstration's ledger that is saved, goes on, and is lost."""

    whole: Whole
    here: Kiosk
    there: Kiosk
    home: Path

    def save(self) -> None:
        self.whole.seal()
        done = self.here("backup", self.home / "saved", "--keys", self.home / "keys.tar")
        assert done.exit_code == 0, done.output

    def hand_out(self, said: Statement, name: str, *, disclose: bool = True) -> Path:
        """Write the receipt that the person keeps."""
        with reading(self.whole.engine) as session:
            raw = receipts.best(session, said.hash, None, disclose=disclose)
        (self.home / name).write_bytes(raw)
        return self.home / name

    def lose(self) -> None:
        """Come back from the backup, and from what was published."""
        done = self.there(
            "restore", self.home / "saved", "--keys", self.home / "keys.tar",
            "--recover-from", self.whole.folder,
        )  # fmt: skip
        assert done.exit_code == 0, done.output

    def deposit(self, *files: Path) -> Result:
        return self.there("ledger", "deposit", *files)

    def audit(self) -> dict[str, Any]:
        done = self.there("ledger", "audit", "--json")
        assert done.exit_code == 0, done.output
        told: dict[str, Any] = json.loads(done.output)
        return told


@pytest.fixture
def drill(engine: Engine, database_url: str, empty_url: str, tmp_path: Path) -> Drill:
    key = LedgerKey.load_or_create(tmp_path / "data/keys", "demonstration")
    whole = Whole(engine, tmp_path / "data/registre", key=key)
    whole.enter()
    whole.decide(3)
    return Drill(
        whole,
        lambda *words: run(database_url, tmp_path / "data", *words),
        lambda *words: run(empty_url, tmp_path / "elsewhere", *words),
        tmp_path,
    )


def decide(whole: Whole, number: int, subject: str, account: str) -> Statement:
    """Record another decision of a person who is known already."""
    name, at = f"{number:032x}", AT + timedelta(seconds=number)
    openings = (Opening("account", bytes([number] * 16), account),)
    said = members(id=name, subject=subject, document=SAID, screen=SCREEN.hash)
    made = make(Kind.DECISION, "demonstration", at, said, openings)
    with writing(whole.engine) as session:
        services.record(session, made, openings, at)
        session.add(
            Decision(
                id=name, subject_id=subject, version_id=1, service="essai", terms="cgu", kind="accepted",
                sequence=2, decided_at=at, form_id=name, statement_hash=made.hash,
            )
        )  # fmt: skip
    return made


@ON_BOTH
@pytest.mark.requirement("S-59", "O-47")
def test_a_receipt_handed_back_restores_its_statement_and_its_decision(drill: Drill, other: Engine) -> None:
    drill.save()
    first, second = drill.whole.decide(2)
    drill.whole.seal()
    whole = drill.hand_out(first, "a.receipt.json")
    shared = drill.hand_out(second, "b.receipt.json", disclose=False)
    drill.lose()
    lost = drill.audit()
    assert (lost["recovered"], lost["decisions"]) == (2, 3)
    done = drill.deposit(whole, shared)
    assert done.exit_code == 0, done.output
    assert f"{first.hash} repris, feuille {lost['leaves'] - 2}, 2 champ(s) ouvert(s)" in done.output
    assert f"{second.hash} repris, feuille {lost['leaves'] - 1}, 0 champ(s) ouvert(s)" in done.output
    found = drill.audit()
    assert (found["recovered"], found["decisions"], found["statements"]["decision"]) == (0, 5, 5)
    before = rows(drill.whole.engine)
    for table in ("statement", "disclosure"):
        there = rows(other)[table]
        missing = [row for row in before[table] if row not in there]
        assert len(missing) == (2 if table == "disclosure" else 0), "only what the person kept to himself"
    assert count(other, LeafRow, LeafRow.statement_hash.is_(None)) == 2, "a leaf never changes"
    with reading(other) as session:
        row = session.scalars(select(Decision).where(Decision.statement_hash == first.hash)).one()
        assert (row.subject_id, row.version_id, row.kind, row.sequence) == (
            first.members["subject"], 1, "accepted", 1,
        )  # fmt: skip
        again = receipts.best(session, first.hash, None)
        assert receipts.standing(session, first.hash, {}).state is State.SEALED
    proved = examine(again, Trust((drill.whole.key.verifier,)))
    assert isinstance(proved.refused, SpecimenError)
    assert proved.refused.step == Step.ENVIRONMENT
    twice = drill.deposit(whole)
    assert (twice.exit_code, "déjà ici" in twice.output) == (0, True)


@ON_BOTH
def test_a_decision_joins_those_of_its_person_and_the_account_that_is_here(
    drill: Drill, other: Engine
) -> None:
    """One decided before the loss too; another had an account and no decision yet."""
    known, fresh = f"{1:032x}", "f" * 32
    with writing(drill.whole.engine) as session:
        session.execute(
            insert(Account).values(
                id=fresh, publisher="essai", service="essai", email="f@exemple.invalid",
                email_key="f@exemple.invalid", password_hash="x", password_changed_at=AT, created_at=AT,
            )
        )  # fmt: skip
    drill.save()
    with writing(drill.whole.engine) as session:
        session.add(Subject(id="e" * 32, account_id=fresh))
    made = [decide(drill.whole, 50, known, known), decide(drill.whole, 51, "e" * 32, fresh)]
    drill.whole.seal()
    files = [drill.hand_out(one, f"{one.hash}.json") for one in made]
    drill.lose()
    done = drill.deposit(*files)
    assert done.exit_code == 0, done.output
    with reading(other) as session:
        kept = session.scalars(select(Decision).where(Decision.statement_hash.in_([m.hash for m in made])))
        assert {one.subject_id: one.sequence for one in kept} == {known: 2, "e" * 32: 1}
        assert session.scalar(select(Subject.account_id).where(Subject.id == "e" * 32)) == fresh
    assert drill.audit()["decisions"] == 5


@ON_BOTH
@pytest.mark.requirement("P-31")
def test_what_was_erased_is_not_opened_again(drill: Drill, other: Engine) -> None:
    drill.save()
    (said,) = drill.whole.decide(1)
    drill.whole.seal()
    kept = drill.hand_out(said, "a.json")
    drill.whole.erase("request", [said])
    drill.whole.seal()
    drill.lose()
    done = drill.deposit(kept)
    assert done.exit_code == 0, done.output
    assert "0 champ(s) ouvert(s)" in done.output
    assert count(other, StatementRow, StatementRow.hash == said.hash) == 1
    assert count(other, Disclosure, Disclosure.statement_hash == said.hash) == 0
    drill.audit()


@ON_BOTH
@pytest.mark.requirement("P-31")
def test_what_opens_a_decision_of_a_deleted_account_goes_apart(drill: Drill, other: Engine) -> None:
    """The account was opened, and deleted, after the backup: nothing here leads from it to the decision."""
    drill.save()
    (said,) = drill.whole.decide(1)
    drill.whole.seal()
    kept = drill.hand_out(said, "a.json")
    drill.whole.erase("account", [said])
    drill.whole.seal()
    drill.lose()
    done = drill.deposit(kept)
    assert (done.exit_code, "0 champ(s) ouvert(s)" in done.output) == (0, True), done.output
    assert count(other, Disclosure, Disclosure.statement_hash == said.hash) == 0
    with reading(other) as session:
        held = session.scalars(select(ArchivedDisclosure)).all()
    assert {one.field for one in held} == {"account", "email"}
    assert {(one.statement_hash, one.subject_id, one.ends_at) for one in held} == {
        (said.hash, said.members["subject"], years_after(AT, 5))
    }
    assert drill.audit()["archived_disclosures"] == 2


def test_what_does_not_verify_or_was_not_lost_is_refused_by_name(drill: Drill, other: Engine) -> None:
    drill.save()
    (said,) = drill.whole.decide(1)
    drill.whole.seal()
    kept = drill.hand_out(said, "a.json")
    raw = kept.read_bytes()
    index = json.loads(raw)["proof"]["index"]
    changed = drill.home / "changed.json"
    changed.write_bytes(raw.replace(b'"index": %d' % index, b'"index": %d' % (index - 1)))
    foreign = stranger(drill, drill.home / "strange")
    nothing = drill.home / "nothing.json"
    nothing.write_bytes(b"{}")
    drill.lose()
    before = rows(other)
    done = drill.deposit(changed, foreign, nothing)
    assert done.exit_code == 1
    assert "changed.json : il ne se vérifie pas, étape 5" in done.output
    assert "strange.json : il ne se vérifie pas, étape 4" in done.output
    assert "nothing.json : il ne se vérifie pas, étape 1" in done.output
    assert rows(other) == before
    mixed = drill.deposit(nothing, kept)
    assert mixed.exit_code == 1
    assert f"{said.hash} repris" in mixed.output, "one that is refused keeps none of the others away"


def stranger(drill: Drill, home: Path) -> Path:
    """A receipt of another demonstration."""
    key = LedgerKey.load_or_create(home / "keys", "demonstration")
    engine = make_engine(f"sqlite:///{home}/x.sqlite3")
    migrations.upgrade(engine)
    whole = Whole(engine, home / "registre", 40, key=key)
    whole.enter()
    (said,) = whole.decide(1)
    whole.seal()
    made = Drill(whole, drill.here, drill.there, drill.home).hand_out(said, "strange.json")
    engine.dispose()
    return made


def test_a_promise_of_what_was_never_sealed_is_refused(drill: Drill, other: Engine) -> None:
    """The receipt holds; no leaf of ours has its hash."""
    drill.save()
    (said,) = drill.whole.decide(1)
    with reading(drill.whole.engine) as session:
        raw = receipts.best(session, said.hash, LocalSigner(drill.whole.key))
    (drill.home / "promise.json").write_bytes(raw)
    drill.lose()
    done = drill.deposit(drill.home / "promise.json")
    assert done.exit_code == 1
    assert "aucune feuille reprise n’a son empreinte" in done.output
    assert count(other, StatementRow, StatementRow.hash == said.hash) == 0


def test_a_decision_on_a_version_that_is_not_here_waits_for_it(drill: Drill, other: Engine) -> None:
    drill.save()
    document = SAID | {"version": "v2"}
    entered = {"id": "d" * 32, "document": document, "dates": DATES, "reason": None, "checkpoint": None}
    said = make(Kind.DECISION, "demonstration", AT, members(id="c" * 32, document=document))
    with writing(drill.whole.engine) as session:
        services.record(session, make(Kind.PUBLICATION, "demonstration", AT, entered), (), AT)
        services.record(session, said, (), AT)
    drill.whole.seal()
    kept = drill.hand_out(said, "a.json")
    drill.lose()
    before = rows(other)
    done = drill.deposit(kept)
    assert done.exit_code == 1
    assert "essai/cgu/v2" in done.output
    assert rows(other) == before


def test_a_decision_on_a_screen_that_is_not_here_waits_for_it(drill: Drill, other: Engine) -> None:
    drill.save()
    (said,) = drill.whole.decide(1, "e" * 64)
    drill.whole.seal()
    kept = drill.hand_out(said, "a.json")
    drill.lose()
    done = drill.deposit(kept)
    assert (done.exit_code, f"l’écran {'e' * 64}" in done.output) == (1, True)
    assert count(other, StatementRow, StatementRow.hash == said.hash) == 0


def record(
    whole: Whole,
    kind: Kind,
    said: dict[str, Any],
    openings: tuple[Opening, ...] = (),
    row: Base | None = None,
) -> Statement:
    """Record a statement of `kind`, and `row` with its hash."""
    made = make(kind, "demonstration", AT, said, openings)
    with writing(whole.engine) as session:
        services.record(session, made, openings, AT)
        if row is not None:
            row.statement_hash = made.hash  # type: ignore[attr-defined]
            session.add(row)
    return made


def contest(whole: Whole, about: Statement) -> Statement:
    subject, name = about.members["subject"], "c" * 32
    return record(
        whole,
        Kind.CONTESTATION,
        {"id": name, "subject": subject, "about": about.hash, "checkpoint": None},
        (Opening("account", b"a" * 16, subject), Opening("words", b"w" * 16, "Ce n’est pas moi.")),
        Contestation(id=name, subject_id=subject, about=about.hash, contested_at=AT, form_id="f" * 32),
    )


def notify(whole: Whole, about: Statement | None) -> Statement:
    subject, disputed = (about.members["subject"], about.hash) if about else (None, None)
    said = {
        "id": "7" * 32, "subject": subject, "about": disputed, "document": None, "purpose": "decision",
        "channel": "mail", "mail_hash": "5" * 64, "state": "handed",
    }  # fmt: skip
    return record(
        whole,
        Kind.NOTIFICATION,
        said,
        (Opening("email", b"e" * 16, "p@exemple.invalid"),),
        NotificationRow(
            subject_id=subject,
            about=disputed,
            purpose="decision",
            channel="mail",
            state="handed",
            handed_at=AT,
        ),
    )


def tell_day(
    whole: Whole, name: str = "8" * 32, lines: Sequence[bytes] = (b"a line that is lost",)
) -> Statement:
    said = {"id": name, "day": AT.date().isoformat(), "count": len(lines), "digest": exposure.digest(lines)}
    return record(whole, Kind.EXPOSURE, said, row=ExposureDigest(day=AT.date(), last_trace_id=1))


@pytest.mark.requirement("S-59", "O-47")
def test_a_contestation_comes_back_with_its_row_and_what_the_person_wrote(
    drill: Drill, other: Engine
) -> None:
    (decision,) = drill.whole.decide(1)
    drill.save()
    made = contest(drill.whole, decision)
    drill.whole.seal()
    kept = drill.hand_out(made, "a.json")
    drill.lose()
    done = drill.deposit(kept)
    assert done.exit_code == 0, done.output
    assert "2 champ(s) ouvert(s)" in done.output
    found = drill.audit()
    assert (found["recovered"], found["contestations"], found["statements"]["contestation"]) == (0, 1, 1)
    with reading(other) as session:
        row = session.scalars(select(Contestation)).one()
        assert (row.id, row.subject_id, row.about, row.contested_at, row.statement_hash) == (
            "c" * 32, decision.members["subject"], decision.hash, AT, made.hash,
        )  # fmt: skip
        about = statements_about(session, row.subject_id)
    assert made.hash in {one.statement_hash for one in about}, "a deletion and the term find what it opens"


@ON_BOTH
def test_a_contestation_of_a_decision_that_is_not_here_waits_for_it(drill: Drill, other: Engine) -> None:
    drill.save()
    (decision,) = drill.whole.decide(1)
    made = contest(drill.whole, decision)
    drill.whole.seal()
    files = [drill.hand_out(one, f"{one.hash}.json") for one in (made, decision)]
    drill.lose()
    before = rows(other)
    done = drill.deposit(files[0])
    assert (done.exit_code, decision.hash in done.output) == (1, True)
    assert rows(other) == before
    assert drill.deposit(files[1], files[0]).exit_code == 0
    assert drill.audit()["contestations"] == 1


@ON_BOTH
@pytest.mark.requirement("S-59", "O-47")
def test_a_notification_comes_back_with_its_row(drill: Drill, other: Engine) -> None:
    (decision,) = drill.whole.decide(1)
    drill.save()
    made = notify(drill.whole, decision)
    drill.whole.seal()
    kept = drill.hand_out(made, "a.json")
    drill.lose()
    done = drill.deposit(kept)
    assert (done.exit_code, "1 champ(s) ouvert(s)" in done.output) == (0, True), done.output
    found = drill.audit()
    assert (found["recovered"], found["notifications"]) == (0, 1)
    with reading(other) as session:
        (told,) = notifications.about(session, [decision.hash])[decision.hash]
        assert (told.purpose, told.channel, told.state, told.at) == ("decision", "mail", "handed", AT)
        about = statements_about(session, decision.members["subject"])
    assert made.hash in {one.statement_hash for one in about}


@pytest.mark.requirement("P-31")
def test_an_address_that_no_term_would_find_stays_closed(drill: Drill, other: Engine) -> None:
    """A notification that names no subject hangs on nobody: its address would never end."""
    drill.save()
    made = notify(drill.whole, None)
    drill.whole.seal()
    kept = drill.hand_out(made, "a.json")
    drill.lose()
    done = drill.deposit(kept)
    assert (done.exit_code, "0 champ(s) ouvert(s)" in done.output) == (0, True), done.output
    assert drill.audit()["notifications"] == 1
    assert count(other, Disclosure, Disclosure.statement_hash == made.hash) == 0


@ON_BOTH
def test_the_statement_of_a_day_comes_back_with_its_row(drill: Drill, other: Engine) -> None:
    drill.save()
    made = tell_day(drill.whole)
    drill.whole.seal()
    kept = drill.hand_out(made, "a.json")
    drill.lose()
    assert drill.deposit(kept).exit_code == 0
    found = drill.audit()
    assert (found["recovered"], found["days"]) == (0, 1)
    with reading(other) as session:
        day = session.scalars(select(ExposureDigest)).one()
        assert (day.day, day.statement_hash, day.last_trace_id) == (AT.date(), made.hash, 0)


def test_a_day_that_was_told_again_has_no_second_statement(drill: Drill, other: Engine) -> None:
    drill.save()
    made = tell_day(drill.whole)
    drill.whole.seal()
    kept = drill.hand_out(made, "a.json")
    drill.lose()
    again = tell_day(Whole(other, drill.home / "elsewhere/registre", key=drill.whole.key), "9" * 32, ())
    before = rows(other)
    done = drill.deposit(kept)
    assert (done.exit_code, again.hash in done.output) == (1, True)
    assert rows(other) == before
    assert drill.audit()["days"] == 1


def test_a_sanction_is_refused_and_nothing_of_it_is_kept(drill: Drill, other: Engine) -> None:
    drill.save()
    said = {
        "id": "6" * 32, "subject": f"{1:032x}", "document": SAID, "provision": "Article 4",
        "measure": "Suspension", "until": None, "act": "measure", "about": None, "answer_by": None,
        "decided_by": "Direction", "remedy": None,
    }  # fmt: skip
    made = record(drill.whole, Kind.SANCTION, said, (Opening("grounds", b"g" * 16, "Motif."),))
    drill.whole.seal()
    kept = drill.hand_out(made, "a.json")
    drill.lose()
    before = rows(other)
    done = drill.deposit(kept)
    assert (done.exit_code, "genre « sanction »" in done.output) == (1, True)
    assert rows(other) == before
    drill.audit()


def test_a_statement_of_nowhere_is_still_named_by_the_audit(drill: Drill, other: Engine) -> None:
    drill.save()
    drill.whole.decide(1)
    drill.whole.seal()
    drill.lose()
    stray = make(Kind.DECISION, "demonstration", AT, members(id="b" * 32))
    with writing(other) as session:
        session.execute(
            insert(StatementRow).values(hash=stray.hash, kind="decision", body=stray.body, recorded_at=AT)
        )
    done = drill.there("ledger", "audit", "--json")
    assert done.exit_code == 1
    assert json.loads(done.output)["key"] == stray.hash


@ON_BOTH
def test_a_restore_signs_everybody_out(drill: Drill, other: Engine) -> None:
    """What was closed after the backup is not open again."""
    with writing(drill.whole.engine) as session:
        session.add(
            Officer(
                id="o" * 32,
                publisher="essai",
                login="c.martin",
                name="Prénom Nom",
                function="Juriste",
                secret_hash="x",
                created_at=AT,
                deactivated_at=None,
            )
        )
        session.flush()
        session.add(
            OfficerSession(
                token_hash="a" * 64, officer_id="o" * 32, created_at=AT, expires_at=AT + timedelta(days=999)
            )
        )
    drill.save()
    drill.lose()
    assert (count(other, Officer), count(other, OfficerSession)) == (1, 0)
