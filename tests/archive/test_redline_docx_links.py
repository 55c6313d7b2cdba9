"""Links of a comparison in Word: those that may be, and what tells that one changed."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from cgu_archive.rendering import LinkPolicy
from tests.archive.docx_cases import CASES, GUIDE, LINKS, LONG, of, word
from tests.archive.docx_checks import assert_both_ways
from tests.archive.docx_reading import W, accepted, body, links, parts, rejected


def comments(raw: bytes) -> str:
    return "".join(ElementTree.fromstring(parts(raw)["word/comments.xml"]).itertext())


def test_words_that_point_to_one_place_are_a_link_with_its_changes_inside() -> None:
    raw = assert_both_ways(of(*CASES["link-kept"]))
    assert {target for _, target in links(raw)} == {GUIDE}
    assert "".join(words for words, _ in links(raw)) == "le bon guide"
    came = [link.find(f"{W}ins") for link in body(raw).iter(f"{W}hyperlink")]
    assert ["".join(words.itertext()) for words in came if words is not None] == [" bon"]
    assert comments(raw) == ""
    relations = parts(raw)["word/_rels/document.xml.rels"].decode()
    assert relations.count('TargetMode="External"') == 1, "one target is named once"


def test_a_link_looks_like_one() -> None:
    raw = word(of(*CASES["link-kept"]), links=LINKS)
    for line, words in ((accepted(raw)[0], "le bon guide"), (rejected(raw)[0], "le guide")):
        said = [text for text, properties in line.marks if "rStyle Hyperlink" in properties]
        assert "".join(said) == words


def test_words_that_stay_and_point_elsewhere_are_no_link() -> None:
    raw = assert_both_ways(of(*CASES["link"]))
    assert links(raw) == []
    assert comments(raw) == "Lien\u00a0: https://exemple.invalid/a → https://exemple.invalid/b"


@pytest.mark.parametrize("name", ["link-moved", "sentence-moved-and-marked"])
def test_a_link_that_moved_and_changed_has_a_comment_that_came_with_it(name: str) -> None:
    raw = assert_both_ways(of(*CASES[name]))
    assert {target for _, target in links(raw)} == {GUIDE, f"{GUIDE}b"}
    assert comments(raw) == f"Lien\u00a0: {GUIDE} → {GUIDE}b"
    assert body(raw).find(f".//{W}moveTo/{W}r/{W}commentReference") is not None


@pytest.mark.requirement("P-49", "S-38")
def test_a_host_that_forbids_links_has_none() -> None:
    text = f"Voir [ceci](https://www.refuse.invalid/a) et [cela]({GUIDE})."
    raw = assert_both_ways(of(LONG, f"{LONG}\n\n{text}"))
    assert links(raw) == [("cela", GUIDE)]
    assert not any(b"refuse.invalid" in part for part in parts(raw).values())


@pytest.mark.parametrize(
    "target",
    [
        "https://exemple.invalid:99999/a",
        "https://exemple.invalid/a#b#c",
        "https://[::1]/",
        "https://exemple..invalid/",
        "javascript:alert(1)",
        "#article-1",
        "mailto:a@exemple.invalid?subject=b",
        "file:///etc/passwd",
    ],
)
def test_what_word_might_refuse_or_run_is_no_link(target: str) -> None:
    raw = assert_both_ways(of(LONG, f"{LONG} Voir [ceci](<{target}>)."))
    assert links(raw) == []


def test_nothing_is_a_link_unless_it_is_said_what_may_be() -> None:
    comparison = of(*CASES["link-kept"])
    assert links(word(comparison)) == []
    assert links(word(comparison, links=LinkPolicy(("exemple.invalid",)))) == []
