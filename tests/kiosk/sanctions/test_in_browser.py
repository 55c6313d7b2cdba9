"""The pages of a person whom a measure concerns, in a real browser: narrow and wide, examined by axe."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from kiosk.accounts import services as accounts
from kiosk.db import writing
from kiosk.sanctions import services
from kiosk.security import keyed_hasher
from tests.demonstration import chromium, violations
from tests.kiosk.sanctions.people import OFFICER, Case, ruling

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]
PICTURES = os.environ.get("CGU_PICTURES")
"""Folder to put pictures of the pages in, when one wants to look at them."""


@pytest.fixture
def address(case: Case) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, case.site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def cookie(case: Case) -> str:
    """The cookie of a browser where the person is signed in."""
    site = case.site
    with writing(site.engine) as session:
        opened = accounts.sign_in(
            session, case.account_id, at=site.clock(), randomness=case.office.randomness,
            hasher=keyed_hasher(site.settings.secret_key),
        )  # fmt: skip
    signer = site.app.session_interface.get_signing_serializer(site.app)  # type: ignore[attr-defined]
    return str(signer.dumps({"sign_in": opened.token}))


def test_a_suspended_person_reads_answers_and_finds_the_way(case: Case, address: str) -> None:
    made = case.act(services.notify, case.account_id, OFFICER, case.notice(), case.site.clock())
    case.work()
    case.site.clock.move(days=9)
    case.act(services.decide, "dgefp", made.procedure_id, OFFICER, ruling(), case.site.clock())
    case.work()
    with chromium() as browser:
        for width in (390,):
            context = browser.new_context(
                base_url=address, viewport={"width": width, "height": 800}, java_script_enabled=True
            )
            context.add_cookies([{"name": "kiosk", "value": cookie(case), "url": address}])
            page = context.new_page()
            for name, path in (
                ("fermé", "/dgefp/soffi/"),
                ("liste", "/dgefp/mesures"),
                ("procédure", f"/dgefp/mesures/{made.procedure_id}"),
            ):
                page.goto(path)
                assert violations(page) == [], (name, width)
                wide = page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                assert wide <= 0, (name, width)
                if PICTURES:
                    page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
            page.get_by_role("button", name="Envoyer ma réponse").click()
            expect(page.get_by_role("alert")).to_contain_text("Écrivez votre réponse.")
            assert violations(page) == []
            page.get_by_role("textbox", name="Votre réponse").fill(f"Retirés, à {width} px.")
            page.get_by_role("button", name="Envoyer ma réponse").click()
            expect(page.get_by_role("status")).to_contain_text("Réponse enregistrée")
            assert violations(page) == []
            context.close()
    assert [one.act for one in case.acts()].count("answer") == 1
