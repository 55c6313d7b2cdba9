"""A person who does not read French well, in a real browser, on a phone: the page, then the decision."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.demonstration import Demonstration, sign_up, violations
from tests.e2e.keyboard import Keyboard

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]


def test_a_decision_is_explained_in_english_and_taken_in_french(
    open_page: Callable[..., Page], demonstration: Demonstration
) -> None:
    page = open_page(width=320)
    sign_up(page, demonstration, "english@exemple.fr", "/dgefp/portail")
    assert page.url.endswith("/dgefp/portail/cgu/decider")
    Keyboard(page).follow("English")
    assert page.url.endswith("/dgefp/portail/cgu/decider")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_text("Only the French text is binding.")).to_be_visible()
    accept = page.get_by_role("button", name="Accepter ces conditions")
    expect(accept).to_have_accessible_description("Accept these terms")
    assert violations(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    page.locator("#box").check()
    accept.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You accepted")
    assert violations(page) == []
