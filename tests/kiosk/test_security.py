"""Deny by default, headers on everything, nothing personal in the log."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine
from werkzeug.routing import Rule

from kiosk.security import HEADERS, is_public, safe_next
from kiosk.staff.roles import Role
from tests.kiosk.staff.conftest import Team
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Site

PUBLIC = {
    "static",
    "languages.choose",
    "site.landing",
    "site.archive",
    "site.ledger",
    "site.font",
    "site.style",
    "site.script",
    "site.healthz",
    "site.security_txt",
    "site.accessibility",
    "site.legal_notice",
    "site.privacy",
    "site.sitemap",
    "site.verify",
    "anonymous.decide",
    "anonymous.record",
    "anonymous.ask_code",
    "anonymous.read_back",
    "representatives.decide",
    "representatives.record",
    "texts.read",
    "texts.read_version",
    "texts.docx",
    "texts.pdf",
    "texts.source",
    "texts.attachment",
    "comparing.compare",
    "comparing.as_word",
    "accounts.by_post",
    "accounts.by_post_form",
    "accounts.sign_up",
    "accounts.verify",
    "accounts.verify_link",
    "accounts.forgotten",
    "accounts.verify_reset",
    "accounts.verify_reset_link",
    "accounts.reset",
    "accounts.renew",
    "accounts.lost_mailbox",
    "accounts.recover_by_code",
    "accounts.recover_by_publisher",
    "accounts.verify_recovery",
    "accounts.verify_recovery_link",
    "accounts.end_recovery",
    "accounts.recovery_submitted",
    "accounts.object_to_recovery",
    "accounts.sign_in",
    "accounts.signed_out",
    "retention.deleted",
}
"""Every door that is open to everyone; a new one must be put here on purpose."""
VALUES = {
    "publisher": "dgefp",
    "service": "soffi",
    "terms": "cgu",
    "slug": "sans-date-1",
    "token": "0" * 32,
    "decision_id": "0" * 32,
    "contestation_id": "0" * 32,
    "path": "index.html",
    "filename": "kiosk.css",
    "name": "fonts.css",
}


def path_of(site: Site, rule: Rule) -> str:
    with site.app.test_request_context():
        adapter = site.app.url_map.bind("localhost")
        return adapter.build(rule.endpoint, {name: VALUES[name] for name in rule.arguments})


def test_the_list_of_public_doors_is_this_one(site: Site) -> None:
    assert {name for name in site.app.view_functions if is_public(site.app, name)} == PUBLIC


@pytest.mark.requirement("P-50", "S-39")
def test_every_answer_forbids_framing_and_carries_the_headers(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    site.settings.archive_dir.mkdir()
    (site.settings.archive_dir / "index.html").write_text("<title>Archive</title>")
    paths = {path_of(site, rule) for rule in site.app.url_map.iter_rules() if "GET" in rule.methods}
    for path in sorted(paths | {"/nulle-part", "/archive/"}):
        answer = browser.client.get(path)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (path, name)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        answer.close()
    with browser.client.get("/archive/") as answer:
        assert answer.data == b"<title>Archive</title>"


def test_no_page_has_a_style_or_a_script_in_line(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "soffi", profile="opco")
    for path in ("/", "/dgefp/soffi/cgu", "/dgefp/portail/cgu/decider", "/dgefp/connexion", "/nulle-part"):
        html = browser.get(path).html
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)
        assert not re.search(r'(?:src|href)="https?://[^"]*"[^>]*rel="stylesheet"', html)


def test_the_archive_serves_nothing_beside_it(site: Site) -> None:
    site.settings.archive_dir.mkdir()
    (site.settings.archive_dir.parent / "secret.txt").write_text("no")
    (site.settings.archive_dir / "soffi").mkdir()
    client = site.app.test_client()
    for path in ("/archive/../secret.txt", "/archive/%2e%2e/secret.txt", "/archive//secret.txt"):
        assert client.get(path).status_code in (301, 308, 404)
        assert client.get(path, follow_redirects=True).status_code == 404
    assert client.get("/archive/soffi").location == "/archive/soffi/"


def test_a_form_without_its_token_changes_nothing(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of")
    data = browser.form().values | {"box": "1", "choice": "accepter"}
    del data["csrf_token"]
    answer = browser.client.post(browser.path, data=data)
    assert answer.status_code == 400
    assert site.mails(EMAIL)[-1]["subject"].startswith("Vérifiez")


def test_cookies_are_hidden_from_scripts_and_from_other_sites(site: Site) -> None:
    cookie = site.app.test_client().get("/dgefp/connexion").headers["Set-Cookie"]
    assert cookie.startswith("kiosk=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age" not in cookie
    assert "Expires" not in cookie


@pytest.mark.requirement("O-11", "O-44")
def test_over_tls_cookies_are_bound_to_the_host_and_tls_is_kept(
    make_site: Callable[..., Site], engine: Engine
) -> None:
    secure = make_site(engine, public_url="https://cgu.example.org")
    answer = secure.app.test_client().get("/dgefp/connexion", base_url="https://cgu.example.org")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-kiosk=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(("proxies", "expected"), [(0, 429), (1, 422)])
def test_a_forwarded_address_counts_only_from_our_own_proxies(
    make_site: Callable[..., Site], engine: Engine, proxies: int, expected: int
) -> None:
    site = make_site(engine, trusted_proxies=proxies)
    for number in range(21):
        one = site.browser().get("/dgefp/connexion")
        data = one.form().values | {"email": f"compte{number}@example.org", "password": "faux"}
        answer = one.client.post(
            "/dgefp/connexion", data=data, headers={"X-Forwarded-For": f"198.51.100.{number}"}
        )
    assert answer.status_code == expected


def test_the_log_of_a_whole_journey_holds_nothing_personal(site: Site, browser: Browser) -> None:
    browser.sign_up("ocapiat", "ocapiat", profile="cfa")
    browser.accept(organisation_name="CFA des Prés", siren="732829320", capacity="1")
    receipt = browser.path
    browser.get(f"/ocapiat/connexion?next=/ocapiat/ocapiat/&q={EMAIL}")
    site.browser().sign_in("ocapiat", password="faux faux faux")
    browser.get("/nulle-part/camille.martin")
    lines = [json.loads(line) for line in site.log.getvalue().splitlines()]
    assert len(lines) >= 10
    assert {"at", "method", "route", "status", "milliseconds"} <= lines[0].keys()
    written = site.log.getvalue()
    personal = (
        EMAIL,
        "camille",
        "127.0.0.1",
        PASSWORD,
        "CFA",
        "732829320",
        receipt.rsplit("/", 1)[-1],
        "faux",
    )
    assert [word for word in personal if word in written] == []


def test_a_failure_is_logged_without_what_was_typed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.app.testing = False

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise ValueError(EMAIL)

    monkeypatch.setattr("kiosk.accounts.services.start_verification", broken)
    browser = site.browser().get("/dgefp/portail/inscription").send(email=EMAIL)
    assert browser.status == 500
    assert "ValueError" in site.log.getvalue()
    assert EMAIL not in site.log.getvalue()
    assert EMAIL not in browser.html


@pytest.mark.parametrize("target", [None, "", "/", "dgefp/x", "/dgefp", "/dgefp/.well-known", "/dgefp/A"])
def test_a_target_that_is_no_plain_path_of_the_publisher_is_dropped(target: str | None) -> None:
    assert safe_next(target, "dgefp") is None


def test_a_plain_path_of_the_publisher_is_kept() -> None:
    assert safe_next("/dgefp/soffi/cgu/decider", "dgefp") == "/dgefp/soffi/cgu/decider"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_postgresql_cannot_hold_is_refused_and_not_a_failure(
    make_site: Callable[..., Site], engine: Engine
) -> None:
    site = make_site(engine, administration=True)
    site.app.testing = False
    assert site.browser().get("/dgefp/equipe").send(login="a\x00b", secret="x").status == 400
    team = Team(site)
    team.add("s.port", Role.SUPPORT)
    officer = team.come("s.port")
    team.enrol(officer)
    carried = {"csrf_token": officer.get("/dgefp/administration").forms[0].values["csrf_token"]}
    part = {"clientDataJSON": "YQ", "authenticatorData": "YQ", "signature": "YQ"}
    answer = json.dumps({"id": "a\x00", "rawId": "YQ", "type": "public-key", "response": part})
    for path, typed, expected in (
        ("equipe/preuve/cle", {"answer": answer}, 422),
        ("administration/liste", {"reason": "Appel.", "after": "\x00"}, 400),
    ):
        found = officer.client.post(f"/dgefp/{path}", data=carried | typed)
        assert found.status_code == expected, path
    person = site.browser().sign_up("dgefp", "soffi", profile="opco")
    assert person.get("/dgefp/soffi/cgu/decider?version=%00").status == 404
