"""What a person keeps of a decision: the best proof there is, in three states, with or without their name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select

from kiosk.acceptance import documents
from kiosk.db import reading
from kiosk.ledger.errors import SealError
from kiosk.ledger.keys import PUBLIC_FILE, LedgerKey
from kiosk.ledger.models import CheckpointRow
from kiosk.ledger.sealing import seal_once
from kiosk.proof import note
from kiosk.proof.receipt import State
from kiosk.proof.trust import Trust, parse_trust
from kiosk.proof.verify import Examination, Verdict, examine, examine_tlog_proof
from kiosk.verifier import judge, pdf
from tests.kiosk.ledger.making import stamp
from tests.kiosk.proof.making import token
from tests.kiosk.web import EMAIL, Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE


def seal(site: Site) -> None:
    """Do what the worker does every so often."""
    key = LedgerKey.load_or_create(site.settings.keys_dir, site.settings.mode.value)
    assert seal_once(site.engine, key, site.clock, folder=site.settings.ledger_dir)


def attest(site: Site) -> None:
    """Have the newest checkpoint stamped by an authority called alpha."""
    with reading(site.engine) as session:
        head = session.scalars(select(CheckpointRow).order_by(CheckpointRow.size.desc()).limit(1)).one()
        text, size = note.parse(head.note).text, head.size
    site.clock.move(minutes=1)
    stamp(site.engine, size, token(text, site.clock.at).token, at=site.clock.at)


def trust(site: Site) -> Trust:
    """Trust in the ledger of the site."""
    return parse_trust((site.settings.keys_dir / PUBLIC_FILE).read_text("utf-8"))


def examined(site: Site, browser: Browser, path: str) -> Examination:
    return examine(browser.get(path).response.data, trust(site))


@ON_BOTH
@pytest.mark.requirement("S-58")
def test_a_person_is_told_how_far_their_decision_is_proved(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    page = browser.path
    assert "Enregistré. Justificatif signé, scellement en cours" in browser.words
    assert "tlog-proof" not in browser.html
    assert 'http-equiv="refresh"' not in browser.html
    assert "Actualiser" in browser.words
    signed = examined(site, browser, f"{page}.receipt.json").receipt
    assert signed
    assert signed.state is State.SIGNED

    seal(site)
    told = (
        "Justificatif scellé le 22 novembre 2026 à 09:00:00 (heure de Paris), heure du serveur, non attestée"
    )
    assert told in browser.get(page).words
    assert told in browser.get("/dgefp/mes-acceptations").words
    sealed = examined(site, browser, f"{page}.receipt.json")
    assert sealed.verdict is Verdict.SPECIMEN
    assert sealed.receipt
    assert sealed.receipt.state is State.SEALED

    attest(site)
    assert "Justificatif horodaté : heure attestée par alpha" in browser.get(page).words
    assert "Au plus tard le 22 novembre 2026 à 09:01:00" in browser.words
    assert "Actualiser" not in browser.words
    assert "heure attestée par alpha" in browser.get("/dgefp/mes-acceptations").words
    stamped = examined(site, browser, f"{page}.receipt.json").receipt
    assert stamped
    assert stamped.state is State.STAMPED


@pytest.mark.requirement("S-58")
def test_a_receipt_can_be_shared_without_saying_whose_it_is(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    page = browser.path
    for _ in range(2):
        browser.get(page)
        assert "Partager sans mes coordonnées" in browser.words
        shared = browser.get(f"{page}.receipt.json?sans=coordonnees").response
        assert EMAIL not in shared.text
        assert "-sans-coordonnees.receipt.json" in shared.headers["Content-Disposition"]
        found = examine(shared.data, trust(site))
        assert (found.verdict, found.receipt and found.receipt.disclosures) == (Verdict.SPECIMEN, ())
        assert EMAIL in browser.get(f"{page}.receipt.json").html
        if not site.count(CheckpointRow):
            seal(site)


def test_the_proof_of_inclusion_is_there_once_sealed(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    page = browser.path
    assert browser.get(f"{page}.tlog-proof").status == 503
    assert browser.response.headers["Retry-After"] == "5"
    assert "Pas encore scellé" in browser.words
    seal(site)
    assert f"{page}.tlog-proof" in browser.get(page).html
    proof = browser.get(f"{page}.tlog-proof").response
    assert proof.mimetype == "text/plain"
    assert EMAIL not in proof.text
    assert examine_tlog_proof(proof.data, trust(site)).verdict is Verdict.SPECIMEN


def test_without_who_signs_the_receipt_is_there_once_sealed(
    make_site: Callable[..., Site], engine: Engine
) -> None:
    site = make_site(engine, promises=False)
    browser = site.browser().sign_up("dgefp", "portail").accept()
    page = browser.path
    assert "Enregistré. Scellement en cours" in browser.words
    assert "signé" not in browser.words.split("Ce qu’il établit")[0]
    for path in (f"{page}.receipt.json", f"{page}.pdf"):
        assert browser.get(path).status == 503
        assert "Votre décision est enregistrée." in browser.words
    seal(site)
    found = examined(site, browser, f"{page}.receipt.json")
    assert found.receipt
    assert found.receipt.state is State.SEALED


def test_the_attestation_holds_the_best_receipt_and_bears_a_seal(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    page = browser.path
    seal(site)
    raw = browser.get(f"{page}.pdf").response.data
    assert pdf.receipt_of(raw) == browser.get(f"{page}.receipt.json").response.data
    assert pdf.sealed_by(raw) == "Cachet de démonstration sans valeur"
    assert judge(raw, trust(site)).verdict is Verdict.SPECIMEN


def test_an_attestation_that_cannot_be_sealed_is_not_given_without_its_seal(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_up("dgefp", "portail").accept()

    def fails(*_: object) -> bytes:
        raise SealError("no answer")

    monkeypatch.setattr(documents, "seal_pdf", fails)
    assert browser.get(f"{browser.path}.pdf").status == 503
    assert "n’est jamais donnée sans lui" in browser.words
