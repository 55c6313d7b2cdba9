"""A decision that the ledger lost is missing from a genuine bundle: it is said, and nothing else excused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.backup.depositing import deposit
from kiosk.db import make_engine, reading, writing
from kiosk.evidence import gathering
from kiosk.evidence.errors import LostDecisionError
from kiosk.evidence.services import Act
from kiosk.ledger import receipts, recovery
from kiosk.ledger.public_keys import trust_text
from kiosk.migrations import upgrade
from kiosk.monitor.sources import source
from kiosk.proof import bundle
from kiosk.proof.statement import Kind, Statement
from kiosk.proof.verify import Verdict
from kiosk.verifier import bundle_followed, main
from kiosk.verifier.bundle import BundleJudgement, State, judge_bundle
from kiosk.verifier.examination import Reservation
from tests.authority import Issued
from tests.kiosk.evidence.case import Case
from tests.kiosk.evidence.conftest import opened
from tests.kiosk.evidence.test_evidence import words
from tests.kiosk.evidence.test_views import DESK, signed_in
from tests.kiosk.ledger.tampering import tamper

DECIDE = "/dgefp/soffi/cgu/decider"
RECOVERIES = "registre/reprises/"


@dataclass(frozen=True)
class Lost:
    """A kiosk that came back from a backup without two decisions; who made them keeps the receipts."""

    case: Case
    first: bytes
    """Of the decision that the backup does not have."""
    first_hash: str
    second: bytes
    """Of the one after it, that it does not have either."""
    second_hash: str

    def hand_back(self, *receipts_: bytes) -> None:
        for raw in receipts_:
            with writing(self.case.site.engine) as session:
                done = deposit(session, raw, self.case.trust, environment="publisher", erasers=())
            assert done

    def made(self) -> dict[str, bytes]:
        return bundle.unpack(self.case.make(self.case.released()))


def judged(lost: Lost, files: dict[str, bytes]) -> BundleJudgement:
    kept = {name: content for name, content in files.items() if name != bundle.LISTING}
    return judge_bundle(bundle.pack(kept), lost.case.trust)


def of(files: dict[str, bytes], digest: str) -> str:
    """The receipt of the statement of this hash, by path."""
    (name,) = (one for one in files if one.startswith("justificatifs/") and digest[:12] in one)
    return name


def without(files: dict[str, bytes], digest: str) -> dict[str, bytes]:
    """The bundle without a decision nor anything named after it."""
    return {name: content for name, content in files.items() if digest[:12] not in name}


def decisions(case: Case) -> list[Statement]:
    with reading(case.site.engine) as session:
        found = gathering.entries(session, case.find(), list(case.offered))
    return [one.statement for one in found if one.kind is Kind.DECISION]


def copied(held: Path, to: Path) -> None:
    with closing(sqlite3.connect(held)) as here, closing(sqlite3.connect(to)) as there:
        here.backup(there)


def come_back(tmp_path: Path, texts_dir: Path, root: Issued, stamper: Issued) -> Iterator[Lost]:
    """A kiosk that decisions were made in, since the backup that it comes back from."""
    file, saved = tmp_path / "kiosk.sqlite3", tmp_path / "sauvegarde.sqlite3"
    engine = make_engine(f"sqlite:///{file}")
    upgrade(engine)
    case = opened(tmp_path, engine, texts_dir, root, stamper)
    browser = case.decide()
    case.seal()
    copied(file, saved)
    browser.get(DECIDE).send(choice="renoncer")
    case.site.clock.move(minutes=1)
    browser.get(DECIDE).accept()
    case.seal()
    first, second = decisions(case)[-2:]
    assert second.members["previous"] == first.hash
    with reading(case.site.engine) as session:
        kept = [receipts.best(session, one.hash, None) for one in (first, second)]
    case.site.engine.dispose()
    engine.dispose()
    copied(saved, file)
    with writing(case.site.engine) as session:
        done = recovery.recover(
            session, source(str(case.site.settings.ledger_dir)), case.trust, environment="publisher",
            statement_id="e" * 32, at=case.at,
        )  # fmt: skip
    assert done
    assert done.unknown >= 2
    case.seal()
    yield Lost(case, kept[0], first.hash, kept[1], second.hash)
    case.site.engine.dispose()
    engine.dispose()


@pytest.fixture
def lost(tmp_path: Path, texts_dir: Path, root: Issued, stamper: Issued) -> Iterator[Lost]:
    yield from come_back(tmp_path, texts_dir, root, stamper)


@dataclass(frozen=True)
class Handed:
    """A bundle that lacks a decision; tests only look at it."""

    lost: Lost
    files: dict[str, bytes]


@pytest.fixture(scope="module")
def handed(
    tmp_path_factory: pytest.TempPathFactory, texts_dir: Path, root: Issued, stamper: Issued
) -> Iterator[Handed]:
    for lost in come_back(tmp_path_factory.mktemp("perdu"), texts_dir, root, stamper):
        lost.hand_back(lost.second)
        yield Handed(lost, lost.made())


def test_a_bundle_whose_ledger_lost_a_decision_is_told_with_a_reservation(
    handed: Handed, tmp_path: Path
) -> None:
    lost, files = handed.lost, handed.files
    found = judged(lost, files)
    name = of(files, lost.second_hash)
    assert found.reservations == (Reservation(name, lost.first_hash),)
    assert (found.verdict, found.verified) == (Verdict.INTACT, False)
    assert not [piece for piece in found.pieces if piece.refused]
    (told,) = (piece for piece in found.pieces if piece.name.startswith(RECOVERIES))
    assert told.state is State.PROVED
    (tmp_path / "preuve.zip").write_bytes(
        bundle.pack({k: v for k, v in files.items() if k != bundle.LISTING})
    )
    (tmp_path / "cles").write_text(trust_text(lost.case.site.settings), "utf-8")
    call = [str(tmp_path / "preuve.zip"), "--trust", str(tmp_path / "cles"), "--lang"]
    done = CliRunner().invoke(main, [*call, "fr"])
    assert done.exit_code == 1, "nobody takes it for a whole one"
    first_line = done.output.splitlines()[0]
    assert first_line.endswith(" : Intact, sous réserve : une décision précédente manque")
    assert f"Réserve : {name} nomme la décision précédente, d’empreinte {lost.first_hash}" in done.output
    assert lost.first_hash in CliRunner().invoke(main, [*call, "en", "--json"]).output
    first_page = words(files["LISEZ-MOI.pdf"])
    assert "le registre dit avoir perdu, lors d’une reprise" in first_page
    assert "celle-ci peut en être" in first_page
    assert "l’a perdue" not in first_page, "nothing establishes it"


def test_without_what_tells_of_the_recovery_it_is_refused(handed: Handed) -> None:
    files = {name: content for name, content in handed.files.items() if not name.startswith(RECOVERIES)}
    assert judged(handed.lost, files).verdict is Verdict.ALTERED


def test_what_the_ledger_holds_must_be_there_whatever_it_lost(lost: Lost) -> None:
    """A loss excuses nothing that was recorded since, nor a decision that was handed back."""
    lost.hand_back(lost.second)
    browser = lost.case.browser().sign_in("dgefp")
    browser.get(DECIDE).send(choice="renoncer")
    lost.case.site.clock.move(minutes=1)
    browser.get(DECIDE).accept()
    lost.case.seal()
    middle, last = decisions(lost.case)[-2:]
    files = lost.made()
    assert judged(lost, files).verdict is Verdict.INTACT
    found = judged(lost, without(files, middle.hash))
    assert found.verdict is Verdict.ALTERED
    refused = next(piece for piece in found.pieces if piece.name == of(files, last.hash))
    assert "as previous is not here" in str(refused.refused)
    lost.hand_back(lost.first)
    files = lost.made()
    found = judged(lost, files)
    assert (found.verdict, found.verified, found.reservations) == (Verdict.INTACT, True, ())
    assert not [name for name in files if name.startswith(RECOVERIES)]
    taken = judged(lost, without(files, lost.first_hash))
    assert taken.verdict is Verdict.ALTERED, "it was in that bundle: nothing there tells of a loss"


def test_no_more_is_excused_than_was_lost(handed: Handed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decision that names it was lost as well: that makes two."""
    lost, files = handed.lost, handed.files
    read = bundle_followed._read
    monkeypatch.setattr(bundle_followed, "_read", lambda said: replace(read(said), lost=2))
    assert judged(lost, files).verdict is Verdict.INTACT
    monkeypatch.setattr(bundle_followed, "_read", lambda said: replace(read(said), lost=1))
    assert judged(lost, files).verdict is Verdict.ALTERED


@pytest.mark.parametrize("what", ["another statement", "another name"])
def test_nothing_else_passes_for_what_tells_of_a_recovery(handed: Handed, what: str) -> None:
    lost, files = handed.lost, dict(handed.files)
    (name,) = (one for one in files if one.startswith(RECOVERIES))
    content = files.pop(name)
    if what == "another statement":
        content = next(files[one] for one in files if one.endswith("publication.tlog-proof"))
    else:
        name = f"{RECOVERIES}{'0' * 64}.tlog-proof"
    files[name] = content
    found = judged(lost, files)
    assert found.verdict is Verdict.ALTERED
    assert next(piece for piece in found.pieces if piece.name == name).state is State.REFUSED


ROW = "DELETE FROM decision WHERE statement_hash = :hash"
EVERYTHING = (
    ROW,
    "DELETE FROM disclosure WHERE statement_hash = :hash",
    "UPDATE ledger_leaf SET statement_hash = NULL WHERE statement_hash = :hash",
    "DELETE FROM statement WHERE hash = :hash",
)


@pytest.mark.parametrize("done", [(ROW,), EVERYTHING], ids=["its row", "all of it"])
def test_a_decision_that_was_taken_away_is_not_said_to_be_lost(case: Case, done: tuple[str, ...]) -> None:
    """Without a loss of data nothing explains it: no file tells a judge that something does."""
    browser = case.browser().sign_in("dgefp").get(DECIDE)
    browser.send(choice="renoncer")
    case.site.clock.move(minutes=1)
    browser.get(DECIDE).accept()
    case.seal()
    taken, after = decisions(case)[-2:]
    assert after.members["previous"] == taken.hash
    request_id = case.released()
    for statement in done:
        tamper(case.site.engine, statement, hash=taken.hash)
    with pytest.raises(LostDecisionError, match=f"empreinte {taken.hash}.*kiosk ledger audit"):
        case.make(request_id)
    jurist = signed_in(case, "c.martin").get(f"{DESK}/dossiers/{request_id}")
    jurist.send(at=f"{DESK}/dossiers/{request_id}/fichier")
    assert f"La décision d’empreinte {taken.hash}" in jurist.words
    assert [act.act for act in case.get(request_id).acts] == [Act.APPROVED], "nothing was handed out"


def test_a_recovery_does_not_excuse_a_decision_whose_statement_is_held(lost: Lost) -> None:
    lost.hand_back(lost.second)
    lost.hand_back(lost.first)
    tamper(lost.case.site.engine, ROW, hash=lost.first_hash)
    with pytest.raises(LostDecisionError, match=lost.first_hash):
        lost.made()
