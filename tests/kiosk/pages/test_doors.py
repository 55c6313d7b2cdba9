"""Every address, asked by everybody: who comes in, who is led elsewhere, and who learns nothing."""

from __future__ import annotations

import itertools

import pytest
from werkzeug.test import TestResponse

from kiosk.acceptance.gate import is_gated
from tests.kiosk.pages.town import Town

COLUMNS = (
    "", "password", "jamais", "ancienne", "actuelle", "elsewhere",
    "evidence", "support", "sanctions", "author", "officer elsewhere",
)  # fmt: skip
"""A stranger, somebody who signs up, who accepted nothing, a former version, that in force; a person of
another publisher; officers by role, the last of another publisher. What belongs to one person is that of
`actuelle`."""

# o comes in (or is told what the form lacks), x proves who they are first, d decides first, n is refused,
# - finds nothing there, > is led on to where they belong
DOORS = {
    "everyone": "ooooo o oooo o",
    "signed out": "oo>>> o oooo o",
    "candidate": "xoooo x xxxx x",
    "step": "x>>>> x xxxx x",
    "gate": "xdddo x xxxx x",
    "person": "xxooo x xxxx x",
    "shared": "xx>>> x xxxx x",
    "empty": "xx--- x xxxx x",
    "own": "xx--o x xxxx x",
    "evidence": "xxxxx x onnn x",
    "support": "xxxxx x nonn x",
    "sanctions": "xxxxx x nnon x",
    "author": "xxxxx x nnno x",
    "other desk": "xxxxx x nnnn x",
    "team": "xxxxx x oooo x",
}
WHO = {
    "everyone": """
        languages.choose
        site.landing site.archive site.ledger site.font site.style site.script site.healthz site.security_txt
        site.accessibility site.legal_notice site.privacy site.sitemap site.verify static texts.read
        texts.read_version texts.docx texts.pdf texts.source texts.attachment comparing.compare
        comparing.as_word anonymous.decide anonymous.record anonymous.ask_code anonymous.read_back
        representatives.decide representatives.record
        accounts.by_post accounts.by_post_form
        accounts.sign_up accounts.signed_out accounts.verify accounts.verify_link accounts.forgotten
        accounts.verify_reset accounts.verify_reset_link accounts.reset accounts.renew accounts.lost_mailbox
        accounts.recover_by_code
        accounts.recover_by_publisher accounts.verify_recovery accounts.verify_recovery_link
        accounts.end_recovery accounts.recovery_submitted accounts.object_to_recovery staff.sign_in
        legal_desk.read_through_link legal_desk.attachment_through_link legal_desk.print_through_link""",
    "signed out": "accounts.sign_in retention.deleted",
    "candidate": "acceptance.decide acceptance.record",
    "step": "accounts.choose_password accounts.choose_profile accounts.identity",
    "gate": "acceptance.space",
    "person": """
        receipts.decisions accounts.account accounts.change_address accounts.edit_details
        accounts.open_sessions accounts.password_change accounts.recovery_codes_page accounts.verify_address
        accounts.verify_address_link retention.ask retention.delete retention.erase retention.rights
        sanctions.listing space.export space.history accounts.sign_out""",
    "shared": "shared.go_on shared.lock shared.warning",
    "empty": "accounts.preferences",
    "own": """
        receipts.receipt receipts.attestation receipts.comparison_json receipts.receipt_json
        receipts.tlog_proof
        contesting.contest contesting.record contesting.receipt_json contesting.tlog_proof sanctions.one
        sanctions.answer sanctions.receipt_json""",
    "evidence": """
        evidence.requests evidence.ask evidence.one evidence.approve evidence.export
        evidence.refuse""",
    "support": """
        administration.overview administration.listing administration.search administration.person
        administration.deactivate administration.reactivate administration.contest
        administration.incident_register
        administration.closed_services administration.close administration.reopen administration.notices
        administration.write_notice administration.confirm_notice administration.stop_notice
        administration.letters administration.contest_by_letter""",
    "sanctions": """
        measures.listing measures.notice measures.one measures.decide measures.confirm measures.withdraw
        measures.drop measures.restore""",
    "author": """
        legal_desk.abandon legal_desk.close legal_desk.comment legal_desk.comments legal_desk.compare
        legal_desk.compared_in_word legal_desk.correct legal_desk.listing legal_desk.look_over
        legal_desk.make_draft legal_desk.mend legal_desk.one legal_desk.prepare legal_desk.preview
        legal_desk.preview_typed legal_desk.receive legal_desk.receive_again legal_desk.received_file
        legal_desk.rules legal_desk.sheet legal_desk.silence legal_desk.source legal_desk.submit
        legal_desk.take_file legal_desk.text legal_desk.version_history legal_desk.version_history_json
        legal_desk.version_proof legal_desk.watch_file legal_desk.watch_picture legal_desk.watch_version
        legal_desk.visa legal_desk.reading_links legal_desk.close_reading_link
        legal_desk.link_registers legal_desk.one_link legal_desk.act_on_link
        legal_desk.word_file legal_desk.project_pdf legal_desk.write_text legal_desk.attached
        legal_desk.attach legal_desk.retitle_attachment legal_desk.detach legal_desk.attachment_file""",
    "other desk": """
        legal_desk.approval legal_desk.approve legal_desk.send_back legal_desk.withdraw legal_desk.release
        legal_desk.schedule legal_desk.unschedule legal_desk.cancel legal_desk.undelivered_form
        legal_desk.undelivered_list legal_desk.reminder_form legal_desk.ask_reminder
        legal_desk.stop_reminder legal_desk.announcement legal_desk.turn_announcement
        legal_desk.deciders_form legal_desk.deciders_list""",
    "team": """
        staff.home staff.journal staff.colleagues staff.change_secret staff.own_factors staff.application
        staff.prove staff.prove_key staff.ask_key staff.ask_new_key staff.add_key staff.make_codes
        staff.remove_factor staff.reset_factors staff.sign_out""",
}
"""Which door each endpoint is behind."""
LEAVING = ("accounts.sign_out", "staff.sign_out")
_SIGN_IN = ("/dgefp/connexion", "/dgefp/equipe/connexion")
_numbers = itertools.count()


def asked(town: Town, who: str, endpoint: str, method: str) -> TestResponse:
    """Ask once, from a network address that asked nothing before."""
    client = town.site.app.test_client()
    for name, value in town.cookies(who):
        client.set_cookie(name, value)
    near, far = divmod(next(_numbers), 250)
    base = {"REMOTE_ADDR": f"10.0.{near}.{far}"}
    answer = client.open(town.path(endpoint, method), method=method, environ_base=base)
    answer.close()
    return answer


def sign(door: str, answer: TestResponse) -> str:
    """Return what an answer means at a door."""
    if answer.status_code == 303:
        place = answer.location.partition("?")[0]
        led = _SIGN_IN[door in ("evidence", "support", "sanctions", "author", "other desk", "team")]
        if place == led and answer.request.method == "GET":
            return "x"
        if place.endswith("/decider"):
            return "d"
        return ">" if door in ("signed out", "step", "shared") else "o"
    known = {200: "o", 400: "o", 422: "o", 401: "x", 403: "n", 404: "-", 409: "d"}
    return known[answer.status_code]


def requests(town: Town) -> list[tuple[str, str]]:
    """Every endpoint and method, those that end a session last."""
    found = {
        (rule.endpoint, method)
        for rule in town.site.app.url_map.iter_rules()
        for method in rule.methods & {"GET", "POST"}
    }
    return sorted(found, key=lambda one: (one[0] in LEAVING, one[1], one[0]))


def test_every_address_is_behind_a_door_and_one_alone_is_gated(town: Town) -> None:
    """Reading, deciding, receipts, rights, leaving: none of it asks for an acceptance (O-41, S-54)."""
    named = [endpoint for endpoints in WHO.values() for endpoint in endpoints.split()]
    assert sorted(named) == sorted({endpoint for endpoint, _ in requests(town)})
    views = town.site.app.view_functions
    assert [endpoint for endpoint in views if is_gated(views[endpoint])] == WHO["gate"].split()


@pytest.mark.requirement("P-07", "S-22", "T-04")
def test_everybody_finds_the_doors_that_are_theirs_and_no_other(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(town.site.app.config, "WTF_CSRF_ENABLED", False)  # its own test is below
    door_of = {endpoint: door for door, endpoints in WHO.items() for endpoint in endpoints.split()}
    found, expected = {}, {}
    for endpoint, method in requests(town):
        door = door_of[endpoint]
        answers = [asked(town, who, endpoint, method) for who in COLUMNS]
        if door == "everyone":
            seen = {(one.status_code, one.headers.get("Location", "")) for one in answers}
            assert len(seen) == 1, (endpoint, method, seen)
            assert seen.pop()[0] in (200, 303, 400, 404, 409, 422), (endpoint, method)
            continue
        found[endpoint, method] = "".join(sign(door, one) for one in answers)
        expected[endpoint, method] = DOORS[door].replace(" ", "")
    # What is not told apart before the form is whole, so that nothing is learnt of what others hold.
    for endpoint in ("contesting.record", "sanctions.answer"):
        expected[endpoint, "POST"] = expected["receipts.decisions", "GET"]
    # The page of a step is that of whoever is at it.
    for method in ("GET", "POST"):
        expected["accounts.choose_password", method] = "xo>>>xxxxxx"
    expected["accounts.sign_in", "POST"] = "o" * len(COLUMNS)
    expected["staff.home", "GET"] = expected["staff.journal", "GET"]
    assert found == expected


def test_no_form_is_taken_without_its_token(town: Town) -> None:
    posts = [endpoint for endpoint, method in requests(town) if method == "POST"]
    assert len(posts) > 60
    for endpoint in posts:
        for who in ("actuelle", "several"):
            assert asked(town, who, endpoint, "POST").status_code in (400, 401), (endpoint, who)
