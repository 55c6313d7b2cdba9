"""What a machine can say of a page in Chromium, beside axe-core: size, letters, focus, words, fields."""

from __future__ import annotations

from typing import Any

import lxml.html
from playwright.sync_api import Page

from tests.demonstration import violations

NARROW, WIDE = 320, 1280
_STEPS = 10
_FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary"

_SENT = ".//input[@name] | .//select | .//textarea | .//button[@name or not(@type='button')]"

_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SHORTEN = """() => document.querySelectorAll('.paper').forEach(paper =>
  [...paper.querySelectorAll('p, li, h2, h3, h4, h5, h6, tr')].slice(80).forEach(one => one.remove()))"""
_CUT = """() => [...document.querySelectorAll('body *')].filter(one => {
  const style = getComputedStyle(one);
  const hides = [style.overflowX, style.overflowY].some(how => how === 'hidden' || how === 'clip');
  const cut = one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1;
  return hides && cut && one.clientWidth > 1 && one.checkVisibility();
}).map(one => one.outerHTML.slice(0, 120))"""
_FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  return [...document.querySelectorAll('*')].indexOf(one);
}"""
_UNSEEN = """focusable => [...document.querySelectorAll(focusable)].filter(one => {
  if (one.disabled || !one.checkVisibility()) return false;
  one.focus({preventScroll: true});
  if (document.activeElement !== one) return false;
  const style = getComputedStyle(one);
  return style.outlineStyle === 'none' && style.boxShadow === 'none';
}).map(one => one.outerHTML.slice(0, 120))"""


def faults(page: Page) -> list[str]:
    """Return everything that is wrong with the page, at both widths and with letters twice as large."""
    page.set_viewport_size({"width": WIDE, "height": 900})
    found = violations(page)
    found += _of_words(page) + _of_fields(page) + _of_keys(page)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found += _of_size(page, "with letters twice as large")
    found += [f"cut with letters twice as large: {one}" for one in page.evaluate(_CUT)]
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size({"width": NARROW, "height": 700})
    found += _of_size(page, f"at {NARROW} px")
    return found


def faults_of_errors(page: Page) -> list[str]:
    """Return what is wrong with a page that says what is missing, its ways and sizes having been seen."""
    return violations(page) + _of_words(page) + _of_fields(page)


def shorten(page: Page) -> None:
    """Leave of a long text its beginning: the whole of it is examined on the page where it is read."""
    page.evaluate(_SHORTEN)


def _of_size(page: Page, when: str) -> list[str]:
    wide = page.evaluate(_TOO_WIDE)
    return [f"{wide} px too wide {when}"] if wide > 0 else []


def _of_words(page: Page) -> list[str]:
    """Language, title and first heading; a page of errors says so in its title, in words and to the ear."""
    found = []
    if page.locator("html").get_attribute("lang") != "fr":
        found.append("no language")
    if (count := page.locator("h1").count()) != 1:
        found.append(f"{count} headings of the first level")
    wrong = page.locator("[aria-invalid=true]").count() > 0
    if wrong and not page.locator("[role=alert]").count():
        found.append("errors that nothing announces")
    if page.locator("main [role=alert].errors").count() and not page.title().startswith("Erreur - "):
        found.append(f"errors under the title « {page.title()} »")
    silent = page.locator(".done:not([role=status])").count()
    return [*found, *(["a message of success that nothing announces"] if silent else [])]


def _of_fields(page: Page) -> list[str]:
    """What describes a field is on the page, errors too; browsers may fill it (WCAG 1.3.5)."""
    tree, found = lxml.html.document_fromstring(page.content()), []
    ids = [one.get("id") for one in tree.xpath("//*[@id]")]
    found += [f"two elements are « {one} »" for one in set(ids) if ids.count(one) > 1]
    for one in tree.xpath("//input | //select | //textarea"):
        described = (one.get("aria-describedby") or "").split()
        name = one.get("id") or one.get("name")
        found += [
            f"{name}: described by « {other} », which is nowhere" for other in described if other not in ids
        ]
        if one.get("aria-invalid") == "true" and not any("erreur" in other for other in described):
            found.append(f"{name}: wrong, and not described by what is wrong")
        if one.get("type") in ("email", "tel", "password") and not one.get("autocomplete"):
            found.append(f"{name}: no autocomplete")
    return found


def _of_keys(page: Page) -> list[str]:
    """Tab goes through the page in its order, and what has the focus shows it."""
    places = []
    page.evaluate("document.activeElement && document.activeElement.blur()")
    for _ in range(_STEPS):
        page.keyboard.press("Tab")
        place = page.evaluate(_FOCUSED)
        if place is None:
            break
        places.append(place)
    found = [] if places == sorted(places) else [f"the focus does not follow the page: {places}"]
    if not places:
        found.append("nothing has the focus")
    return found + [f"the focus is not seen: {one}" for one in page.evaluate(_UNSEEN, _FOCUSABLE)]


def forms(html: str) -> list[tuple[Any, ...]]:
    """Return the forms of a page: where each goes, how, and the fields and buttons it has, in order."""
    return [
        (
            form.get("action"), form.get("method"),
            [
                (one.tag, one.get("type"), one.get("name"))
                for one in form.xpath(_SENT)
            ],
        )
        for form in lxml.html.document_fromstring(html).iter("form")
    ]  # fmt: skip
