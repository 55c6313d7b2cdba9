"""Accept without an account, where the text says that the service is used without one."""

from __future__ import annotations

import json
import re
from secrets import token_bytes

import pytest
from sqlalchemy import select

from kiosk.acceptance.models import ReceiptCode, Subject
from kiosk.accounts.models import Account
from kiosk.db import reading
from kiosk.ledger.models import Disclosure
from kiosk.proof.verify import Verdict, examine
from kiosk.retention.erasures import Office
from kiosk.retention.expiring import keep_terms
from kiosk.retention.models import ArchivedDisclosure
from tests.kiosk.acceptance.test_journeys import decisions, members, seal, trusted
from tests.kiosk.web import EMAIL, Browser, Site

PAGE = "/ocapiat/ocapiat/cgu/sans-compte"
READ_BACK = "/ocapiat/ocapiat/justificatif"
DECLARED = {
    "solution": "DPC Express", "email": EMAIL, "organisation_name": "CFA des Prés", "siren": "732829320",
    "capacity": "1", "box": "1",
}  # fmt: skip


def code_of(browser: Browser) -> str:
    found = re.search(r"[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}", browser.words)
    assert found, browser.words
    return found.group()


@pytest.mark.requirement("O-05", "O-06", "O-08")
def test_somebody_without_an_account_accepts_and_reads_the_receipt_with_a_code(
    site: Site, browser: Browser
) -> None:
    browser.get(PAGE)
    assert "conditions générales, conditions particulières" in browser.words
    assert browser.form().checked == []
    browser.send(**DECLARED)
    code = code_of(browser)
    company, own = decisions(site)
    said = [members(site, one) for one in (company, own)]
    assert [one["capacity"] for one in said] == ["organisation", "self"]
    for one in said:
        assert one["authentication"]["method"] == "declared"
        assert "Identité déclarée, non vérifiée." in one["wording"]["statements"]
        assert "Service utilisé : DPC Express." in [
            words.replace("\u00a0", " ") for words in one["wording"]["statements"]
        ]
        assert EMAIL not in json.dumps(one)
    assert set(said[1]["commitments"]) == {"email"}
    assert (site.count(Account), site.count(Subject)) == (0, 0)
    assert site.mails() == []
    seal(site)
    other = site.browser().get(READ_BACK).send(code=code.lower().replace("-", " "))
    assert "Identité déclarée, non vérifiée." in other.words
    form = next(one for one in other.forms if one.values.get("decision") == own.id)
    answer = other.client.post(READ_BACK, data=form.values)
    assert answer.headers["Content-Disposition"].endswith(f'justificatif-{own.id}.receipt.json"')
    assert examine(answer.data, trusted(site)).verdict is Verdict.SPECIMEN
    assert json.loads(answer.data)["disclosures"][0]["value"] == EMAIL


def test_the_code_is_kept_hashed_and_the_same_form_accepts_once(site: Site, browser: Browser) -> None:
    form = browser.get(PAGE).form()
    code = code_of(browser.send(**DECLARED | {"email": ""}))
    with reading(site.engine) as session:
        (kept,) = session.scalars(select(ReceiptCode.code_hash))
        assert code.replace("-", "") not in kept
        assert set(session.scalars(select(Disclosure.field))) == {
            "organisation_name", "siren", "capacity_declaration",
        }  # fmt: skip
    again = browser.client.post(PAGE, data=form.values | DECLARED)
    assert "Cette acceptation était déjà enregistrée" in again.get_data(as_text=True)
    assert len(decisions(site)) == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_declared_is_set_apart_then_destroyed_and_the_code_ends_with_it(
    site: Site, browser: Browser
) -> None:
    code = code_of(browser.get(PAGE).send(**DECLARED))
    seal(site)
    office = Office(site.app.extensions["kiosk"].services, "demonstration", "http://localhost", token_bytes)
    keep_terms(site.engine, office, site.clock, stopped=lambda: False)
    assert site.count(Disclosure) == 0
    assert site.count(ArchivedDisclosure) == 5
    browser.get(READ_BACK).send(code=code)
    form = next(one for one in browser.forms if "decision" in one.values)
    held = json.loads(browser.client.post(READ_BACK, data=form.values).data)
    assert held["disclosures"] == []
    site.clock.move(days=6 * 366)
    keep_terms(site.engine, office, site.clock, stopped=lambda: False)
    assert (site.count(ArchivedDisclosure), site.count(ReceiptCode)) == (0, 0)
    assert browser.get(READ_BACK).send(code=code).status == 422


@pytest.mark.parametrize("missing", ["solution", "siren", "capacity", "box"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_is_recorded_while_something_is_missing(site: Site, browser: Browser, missing: str) -> None:
    browser.get(PAGE).send(**{name: value for name, value in DECLARED.items() if name != missing})
    assert browser.status == 422
    assert f'href="#{missing}"' in browser.html
    assert f'id="{missing}"' in browser.html
    assert decisions(site) == []
    assert browser.send(**DECLARED | {"email": "pas une adresse"}).status == 422
    assert browser.send(**DECLARED).status == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_codes_are_not_guessed_and_acceptances_not_poured(site: Site, browser: Browser) -> None:
    for _ in range(20):
        assert browser.get(READ_BACK).send(code="AAAA-BBBB-CCCC").status == 422
    assert browser.get(READ_BACK).send(code="AAAA-BBBB-CCCC").status == 429
    for _ in range(10):
        assert browser.get(PAGE).send(**DECLARED).status == 200
    assert browser.get(PAGE).send(**DECLARED).status == 429
    assert len(decisions(site)) == 20


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_other_service_is_accepted_without_an_account(site: Site, browser: Browser) -> None:
    for path in ("/dgefp/soffi/cgu/sans-compte", "/dgefp/soffi/justificatif"):
        assert browser.get(path).status == 404
    browser.get(PAGE)
    assert browser.client.post("/dgefp/soffi/cgu/sans-compte", data=browser.form().values).status_code == 404
    forged = browser.form().values | DECLARED | {"shown": browser.form().values["shown"][:-2] + "AA"}
    assert browser.client.post(PAGE, data=forged).status_code == 409
    assert decisions(site) == []
