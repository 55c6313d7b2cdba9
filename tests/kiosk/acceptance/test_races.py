"""Two at once, on both databases: a box decides whole or not at all, and one link agrees once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from cgu_archive.corpus import freezing
from cgu_archive.corpus.loader import load
from kiosk.acceptance.models import RepresentativeRequest
from kiosk.db import writing
from kiosk.texts.registering import sync
from tests.builders import write_draft
from tests.kiosk.acceptance.test_bundled import (  # noqa: F401 - pytest finds its fixtures here
    DECIDE,
    ORGANISATION,
    deposited,
    three,
)
from tests.kiosk.acceptance.test_journeys import decisions, members
from tests.kiosk.acceptance.test_representatives import (  # noqa: F401 - and this one
    ASSISTED,
    link,
    waiting,
)
from tests.kiosk.acceptance.test_representatives import DECIDE as MONJOB
from tests.kiosk.acceptance.test_representatives import SPACE as MONJOB_SPACE
from tests.kiosk.web import Browser, Site


def at_once(*acts: Callable[[], int]) -> list[int]:
    """Do acts in threads that start together; returns the status of each answer, in their order."""
    barrier = Barrier(len(acts))

    def act(one: Callable[[], int]) -> int:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [done.result(60) for done in [pool.submit(act, one) for one in acts]]


def post(site: Site, browser: Browser, path: str, values: dict[str, str]) -> Callable[[], int]:
    """Return what sends a form from another tab of `browser`."""
    cookie = browser.client.get_cookie("kiosk")
    assert cookie

    def send() -> int:
        client = site.app.test_client()
        client.set_cookie("kiosk", cookie.value)
        return client.post(path, data=values).status_code

    return send


@pytest.mark.requirement("O-08")
def test_two_tabs_accept_a_box_and_every_document_is_decided_once(three: Site) -> None:  # noqa: F811
    browser = three.browser().sign_up("ocapiat", "ocapiat", profile="cfa")
    accepted = ORGANISATION | {"box": "1", "choice": "accepter"}
    forms = [browser.get(DECIDE).form().values | accepted for _ in range(2)]
    assert at_once(*(post(three, browser, DECIDE, one) for one in forms)) == [303, 303]
    found = Counter((one.terms, members(three, one)["capacity"]) for one in decisions(three))
    expected = {(terms, whose) for terms in ("cgu", "cg", "cp") for whose in ("organisation", "self")}
    assert found == Counter(expected)


@pytest.mark.requirement("O-08")
def test_a_publication_during_an_acceptance_of_a_box_is_accepted_with_nothing(
    three: Site,  # noqa: F811
    deposited: Path,  # noqa: F811
) -> None:
    """Whichever comes first, no decision is on a text that was not shown, and none is alone."""
    browser = three.browser().sign_up("ocapiat", "ocapiat", profile="cfa")
    values = browser.form().values | ORGANISATION | {"box": "1", "choice": "accepter"}
    write_draft(deposited, "ocapiat/cg/v2", "# Conditions\n\n## Article 1 – Objet\n\nTexte cg, deux.\n")
    freezing.freeze(deposited, "ocapiat/cg/v2", at=three.clock(), reason_kind="other")
    corpus = load(deposited)

    def publish() -> int:
        with writing(three.engine) as session:
            sync(session, corpus, "demonstration", three.clock())
        return 0

    three.clock.move(minutes=1)
    status, _ = at_once(post(three, browser, DECIDE, values), publish)
    versions = {(one.terms, members(three, one)["document"]["version"]) for one in decisions(three)}
    assert (status, len(decisions(three))) in {(303, 6), (409, 0)}
    assert ("cg", "v2") not in versions
    browser.get("/ocapiat/ocapiat/")
    assert browser.path == DECIDE, "what was published is asked"


@pytest.mark.requirement("M-25")
def test_one_link_clicked_twice_at_once_agrees_once(site: Site, waiting: Browser) -> None:  # noqa: F811
    address, other = link(site), site.browser()
    site.clock.move(minutes=1)
    values = other.get(address).form().values | {"box": "1", "choice": "accepter"}
    statuses = at_once(*(post(site, other, address, values) for _ in range(2)))
    assert sorted(statuses) in ([200, 404], [200, 409])
    assert [one.kind for one in decisions(site)] == ["awaiting", "accepted"]
    assert waiting.get(MONJOB_SPACE).path == MONJOB_SPACE


@pytest.mark.requirement("M-25")
@pytest.mark.parametrize("choice", ["refuser", "accepter"])
def test_an_agreement_and_a_change_of_mind_at_once_come_one_after_the_other(
    site: Site,
    waiting: Browser,  # noqa: F811
    choice: str,
) -> None:
    """Who refuses meanwhile is never let in by an agreement to what they took back."""
    address, other = link(site), site.browser()
    site.clock.move(minutes=1)
    agreeing = other.get(address).form().values | {"box": "1", "choice": "accepter"}
    taken_back = {"box": "1", "full_capacity": "1"} if choice == "accepter" else {}
    changing = waiting.get(MONJOB).form().values | {"choice": choice} | taken_back
    changed, agreed = at_once(post(site, waiting, MONJOB, changing), post(site, other, address, agreeing))
    kinds = [one.kind for one in decisions(site)]
    said = [members(site, one)["capacity"] for one in decisions(site)]
    if choice == "refuser":
        assert changed == 303
        assert (agreed, kinds) in [
            (200, ["awaiting", "accepted", "refused"]), (409, ["awaiting", "refused"]),
            (404, ["awaiting", "refused"]),
        ]  # fmt: skip
        assert waiting.get(MONJOB_SPACE).path == MONJOB
    else:
        assert kinds == ["awaiting", "accepted"]
        assert (said[1], agreed) in {("self", 409), ("self", 404), ("representative", 200)}
        assert waiting.get(MONJOB_SPACE).path == MONJOB_SPACE
    assert site.count(RepresentativeRequest) <= (1 if agreed in (404, 409) else 0)
