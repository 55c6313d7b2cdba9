"""What nobody sees, or would turn the line, is shown by its code in every form of a comparison."""

from __future__ import annotations

import sys
import unicodedata
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from playwright.sync_api import sync_playwright

from cgu_archive.corpus.comparison import Comparison, Side, compare_bytes
from cgu_archive.redline import redline_html, redline_terminal
from cgu_archive.redline.docx import redline_docx
from cgu_archive.redline.page import redline_page
from cgu_archive.redline.printing import redline_pdf
from cgu_archive.redline.unseen import HARMFUL, UNSEEN
from tests.archive.docx_reading import accepted, parts, rejected
from tests.archive.html_reading import having, parse, the, words
from tests.archive.pdf_reading import Reading

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
OLD = "# Conditions\n\n## Article 1\n\nLe préavis est de 12 mois.\n"
TURNS = ["\x0b", "\x1b", "\x7f", "\x85", "\x9b", "\u061c", "\u200e", "\u200f", "\u2028", "\u202d", "\u202e",
         "\u2060", "\u2066", "\u2067", "\u2069", "\ufeff", "\U000e0041"]  # fmt: skip
NO_INK = [*TURNS, "\u034f", "\u00ad", "\u200b", "\u200d", "\u3164", "\ufe00", "\ufe0f", "\U000e0100"]


def code(letter: str) -> str:
    return f"[U+{ord(letter):04X}]"


def of(old: str, new: str) -> Comparison:
    return compare_bytes(old.encode(), new.encode())


def page(found: Comparison) -> str:
    return redline_page(found, names=("avant.md", "après.md"))


def test_every_character_that_acts_on_the_line_or_has_no_ink_is_known() -> None:
    for letter in map(chr, range(sys.maxunicode + 1)):
        if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") and letter not in "\t\n":
            assert UNSEEN.match(letter), code(letter)
        if unicodedata.bidirectional(letter) in (
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        ):
            assert HARMFUL.match(letter), code(letter)
        if unicodedata.category(letter) in ("Zs", "Ll", "Lu", "Nd", "Po"):
            assert not UNSEEN.match(letter), code(letter)


@pytest.mark.parametrize("letter", NO_INK)
def test_what_came_without_ink_is_shown_in_the_page(letter: str) -> None:
    for found, tag in (
        (of(OLD, OLD.replace("12", f"{letter}12{letter}")), "ins"),
        (of(OLD.replace("12", f"12{letter}"), OLD), "del"),
    ):
        html = redline_html(found)
        assert letter not in html
        changed = "".join("".join(one.itertext()) for one in the(parse(html), "compare").iter(tag))
        assert code(letter) in changed


@pytest.mark.parametrize("letter", NO_INK)
def test_what_is_quoted_in_the_list_is_shown(letter: str) -> None:
    html = redline_html(of(OLD, OLD.replace("préavis", f"pré{letter}avis{letter}dû")))
    told = " ".join(words(one, without="") for one in having(parse(html), "changements"))
    assert code(letter) in told


@pytest.mark.parametrize("letter", TURNS)
def test_what_turns_the_line_is_shown_where_nothing_changed_too(letter: str) -> None:
    titled = OLD.replace("## Article 1", f"## Article 1 – Du{letter}rée")
    found = of(titled, titled.replace("12", "13"))
    for shown in (redline_html(found), page(found)):
        assert letter not in shown
        assert code(letter) in shown
    for cited in (redline_html(found, whole=False), redline_terminal(found)):
        assert letter not in cited
        assert code(letter) in cited or letter.isspace(), "white space is one space in a title that is cited"


def test_ordinary_joiners_are_left_alone_where_nothing_changed() -> None:
    text = OLD.replace("préavis", "pré\u00adavis ⚠\ufe0f 👩\u200d👧")
    html = redline_html(of(text, text.replace("12", "13")))
    assert "pré\u00adavis ⚠\ufe0f 👩\u200d👧" in html


def test_names_and_labels_turn_nothing() -> None:
    side = Side(label="v\u202e1", declared_on=None)
    found = compare_bytes(OLD.encode(), OLD.replace("12", "13").encode(), old_side=side, new_side=side)
    html = redline_page(found, names=("a\u202e.md", "b\x9b.md"), banners=["\u2066"], notices=["\u2067"])
    assert not set(html) & set("\u202e\x9b\u2066\u2067")
    assert html.count(code("\u202e")) >= 3


@pytest.mark.parametrize("letter", NO_INK)
def test_word_is_shown_it_too(letter: str) -> None:
    if ord(letter) < 0x80:
        pytest.skip("shown by its picture")
    found = of(OLD, OLD.replace("12", f"12{letter}"))
    raw = redline_docx(found, title=f"T\u202e{letter}", author="A\u202e", at=AT, notices=["\u202e"])
    for name, part in parts(raw).items():
        assert "\u202e" not in part.decode(), name
    ElementTree.fromstring(parts(raw)["word/document.xml"])
    assert accepted(raw)[-1].text == f"Le préavis est de 12{code(letter)} mois."
    assert rejected(raw)[-1].text == "Le préavis est de 12 mois."


def test_paper_is_shown_it_too() -> None:
    text = OLD.replace("12", "\u202e12 \u2066et\u2069 \U000e0041\u200b")
    found = of(OLD, text)
    raw = redline_pdf(found, names=("a\u202e.md", "b.md"), at=AT, notices=["\u2067"])
    shown = "".join("".join(Reading(raw).lines()).split())
    for letter in "\u202e\u2066\u2069\U000e0041\u200b":
        assert code(letter) in shown
        assert letter not in shown


def test_in_a_browser_nothing_is_mirrored_after_it() -> None:
    new = OLD.replace("12 mois", "\u202e12 mois \u05d0\u05d1") + "\nLe service coûte 21 euros.\n"
    html = page(of(OLD, new))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        shown = browser.new_page()
        shown.set_content(html)
        styles = shown.evaluate(
            "[...document.querySelectorAll('ins, del, .hors-texte')]"
            ".map((one) => getComputedStyle(one).unicodeBidi)"
        )
        mirrored = shown.evaluate(
            """() => {
              const range = document.createRange();
              const left = (node, at) => {
                range.setStart(node, at);
                range.setEnd(node, at + 1);
                return range.getBoundingClientRect().left;
              };
              const top = document.querySelector(".redline");
              const walk = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
              const found = [];
              while (walk.nextNode()) {
                const at = walk.currentNode.textContent.search(/[a-z0-9][a-z0-9]/);
                if (at >= 0 && left(walk.currentNode, at) > left(walk.currentNode, at + 1)) {
                  found.push(walk.currentNode.textContent);
                }
              }
              return found;
            }"""
        )
        browser.close()
    assert set(styles) == {"isolate"}
    assert mirrored == []
