"""What an auditor reads of a version, takes away and checks; what an audit finds when a row is another."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk import worker
from kiosk.db import writing
from kiosk.ledger.deviations import DeviationError
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.models import StatementRow
from kiosk.ledger.rows import snapshot
from kiosk.legal_desk import audit, drafts
from kiosk.legal_desk.acts import Detail
from kiosk.legal_desk.policy import Act
from kiosk.notices import publication
from kiosk.staff.roles import Role
from kiosk.verifier.cli import main as verify
from kiosk.worker import WorkerContext
from tests.kiosk.ledger.tampering import tamper
from tests.kiosk.legal_desk.team import DESK, Team

PAGE = f"{DESK}/versions/soffi/cgu/v2"


def published(team: Team) -> str:
    """A version that somebody wrote, another approved, and a third published; returns its draft."""
    author, reviewer = team.officer("a.uteur", Role.AUTHOR), team.officer("r.electeur", Role.REVIEWER)
    publisher = team.officer("p.ublie", Role.PUBLISHER)
    held = team.approved(author, [reviewer])
    team.do(held.draft.id, Act.COMMENTED, reviewer, Detail(words="Relu.", place="article-7"))
    held = team.get(held.draft.id)
    with writing(team.site.engine) as session:
        what = drafts.content(drafts.revision(session, held))
        version = publication.publish(
            session, team.service, drafts.as_version(held, what), environment="demonstration",
            reason=None, at=team.site.clock(),
        )  # fmt: skip
        team.in_session(
            session, held.draft.id, Act.PUBLISHED, publisher, Detail(version_id=version.id)
        )  # fmt: skip
    worker.seal(WorkerContext(team.site.settings, team.site.engine, team.site.clock))
    return held.draft.id


def audited(team: Team) -> int:
    with snapshot(team.site.engine) as session:
        kinds = session.scalars(select(StatementRow.kind)).all()
        return audit.audit(session, Counter(kinds))


def test_every_act_of_a_version_is_shown_and_its_proof_verifies(
    light_team: Team, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    team = light_team
    published(team)
    browser = team.come("p.ublie").get(PAGE)
    assert browser.status == 200, browser.words
    for words in ("Brouillon ouvert", "Approbation", "« Relu. »", "Justificatif scellé", "Publication"):
        assert words in browser.words
    assert "Prénom" not in browser.words.partition("Historique de")[2], "functions, never names"
    told = json.loads(browser.get(f"{PAGE}/historique.json").html)
    assert [one["act"] for one in told["acts"]] == [
        "opened", "submitted", "approved", "commented", "published",
    ]  # fmt: skip
    author, _, reviewer, again, publisher = [one["officer"] for one in told["acts"]]
    assert reviewer == again
    assert len({author, reviewer, publisher}) == 3, "three people, whatever they are called"
    assert all(one[:4] in browser.get(PAGE).words for one in (author, reviewer, publisher))
    assert set(told["proofs"].values()) == {"sealed"}
    trust = tmp_path / "confiance.vkey"
    key = LedgerKey.load_or_create(team.site.settings.keys_dir, "demonstration")
    trust.write_text(f"{key.verifier.encode()}\n", "utf-8")
    for digest in (told["statement"], told["acts"][2]["statement"]):
        file = tmp_path / f"{digest[:8]}.receipt.json"
        file.write_text(browser.get(f"{PAGE}/preuves/{digest}").html, "utf-8")
        with pytest.raises(SystemExit):
            verify([str(file), "--trust", str(trust)])
        said = capsys.readouterr().out
        assert "Spécimen sans valeur" in said, "a demonstration, which proves nothing"
        assert said.count(" : NON") == 1, said
        assert digest == told["statement"] or f"Personne qui a agi, par son numéro : {reviewer}" in said, said
    assert browser.get(f"{PAGE}/preuves/{'0' * 64}").status == 404


def test_a_published_version_leads_to_its_correction_and_is_compared_with_the_one_before(
    light_team: Team,
) -> None:
    team = light_team
    draft_id = published(team)
    correct = f"{DESK}/preparer/rectificatif/soffi/cgu/v2"
    browser = team.come("a.uteur").get(f"{DESK}/brouillons/{draft_id}")
    assert correct in browser.html
    assert "identiques" not in browser.words, "compared with itself"
    assert "À corriger avant de soumettre" not in browser.words
    assert correct in browser.get(PAGE).html
    assert browser.get(correct).status == 200
    received = f"{DESK}/versions/portail/cgu/"
    assert received in browser.get(DESK).html, "what came by files is watched too"
    assert correct not in team.come("r.electeur").get(f"{DESK}/brouillons/{draft_id}").html


def test_others_have_no_history(light_team: Team) -> None:
    published(light_team)
    light_team.officer("s.upport", Role.SUPPORT)
    light_team.officer("o.pca", Role.PUBLISHER, publisher="ocapiat")
    for path in (PAGE, f"{PAGE}/historique.json", f"{DESK}/versions/ocapiat/cgu/ca-2025-04-08"):
        assert light_team.come("s.upport").get(path).status == 403
    elsewhere = PAGE.replace("/dgefp/", "/ocapiat/")
    assert light_team.come("o.pca", "ocapiat").get(elsewhere).status == 404


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("UPDATE draft_act SET function = 'Autre' WHERE number = 3", "draft_act"),
        ("UPDATE draft_act SET act = 'visa' WHERE number = 3", "draft_act"),
        (
            "UPDATE draft_act SET officer_id = (SELECT officer_id FROM draft_revision) WHERE number = 3",
            "draft_act",
        ),
        ("DELETE FROM draft_act WHERE number = 4", "draft_act"),
        ("DELETE FROM draft_act WHERE number = 5", "draft_act"),
        ("UPDATE draft_revision SET text = x'23'", "draft_revision"),
        ("UPDATE published_version SET text_hash = 'x' WHERE slug = 'v2'", "published_version"),
        ("UPDATE disclosure SET value = 'Pas relu.' WHERE field = 'words'", "draft_act"),
        ("DELETE FROM disclosure WHERE field = 'words'", "draft_act"),
        ("UPDATE draft SET slug = 'v3'", "published_version"),
        ("UPDATE draft_act SET officer_id = 'x' WHERE number IN (1, 3)", "draft_act"),
        ("UPDATE draft_act SET officer_id = 'x' WHERE number = 1", "draft_act"),
        ("UPDATE draft_revision SET officer_id = 'x'", "draft_revision"),
        ("UPDATE draft_act SET place = 'article-8' WHERE number = 4", "draft_act"),
        ("UPDATE draft_act SET about = 2 WHERE number = 4", "draft_act"),
        ("UPDATE disclosure SET value = 'x' WHERE field = 'officer'", "draft_act"),
        ("DELETE FROM disclosure WHERE field = 'officer'", "draft_act"),
    ],
)  # fmt: skip
def test_an_audit_finds_what_is_not_as_it_was(light_team: Team, change: str, table: str) -> None:
    published(light_team)
    assert audited(light_team) == 5
    tamper(light_team.site.engine, change)
    with pytest.raises(DeviationError) as found:
        audited(light_team)
    assert found.value.table == table
