"""The comparison pages: at addresses for ever, between neighbours, and since the version one accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cgu_archive.corpus.model import Corpus, Mode, Version
from cgu_archive.pages import addresses
from cgu_archive.pages.comparisons import compare_page, comparison_pages
from cgu_archive.pages.entries import COMPARED
from cgu_archive.pages.model import Archive, Operator, Page
from tests.archive.html_reading import parse, read, the, words
from tests.builders import AT, TEXT, a_corpus, a_metadata, a_service, a_version

pytestmark = pytest.mark.xdist_group("archive")


def version(number: int, **changes: object) -> Version:
    metadata = {"label": f"v{number}", "published_at": AT + timedelta(days=number)} | changes
    text = TEXT.replace("gratuit", f"gratuit {number} fois")
    return a_version(f"mairie/cgu/v{number}", text, a_metadata(**metadata))


def pages(
    *versions: Version, at: datetime = AT + timedelta(days=90), kiosk: str | None = None
) -> dict[str, Page]:
    corpus = a_corpus(a_service("mairie", *versions))
    files = {addresses.pdf(version.address): b"%PDF" for version in versions}
    archive = Archive(corpus, Mode.DOCUMENTARY, at, None, kiosk, Operator(), files)
    (service,) = corpus.services
    (terms,) = service.terms
    found = [*comparison_pages(archive, service, terms), compare_page(archive)]
    return {page.address: page for page in found}


def said(page: Page) -> str:
    return words(parse(page.body), without="")


@pytest.mark.requirement("S-12")
def test_what_is_deleted_and_added_is_told_apart_without_colour() -> None:
    found = pages(version(1), version(2))
    tree = parse(found["mairie/cgu/v2/depuis/v1.html"].body)
    assert "".join(words(e) for e in tree.iter("del")) == "1"
    assert "".join(words(e) for e in tree.iter("ins")) == "2"


def test_each_version_is_compared_with_the_eleven_before_it() -> None:
    versions = [version(number) for number in range(1, 15)]
    found = pages(*versions)
    newest = sorted(address for address in found if address.startswith("mairie/cgu/v14/depuis/"))
    assert newest == sorted(f"mairie/cgu/v14/depuis/v{number}.html" for number in range(3, 14))
    assert len(newest) == COMPARED


def test_every_version_has_a_page_that_tells_what_changed_since() -> None:
    found = pages(version(1), version(2), version(3))
    since = said(found["mairie/cgu/depuis/v1.html"])
    assert "ce qui a changé depuis v1" in since
    assert "le texte à lire aujourd’hui" in since
    assert said(found["mairie/cgu/depuis/v3.html"]).count("Rien :") == 1


def test_the_reasons_of_every_step_between_are_given() -> None:
    second = version(2, reason="Première raison.", summary="Un résumé.")
    found = pages(version(1), second, version(3, reason="Seconde raison."))
    told = said(found["mairie/cgu/v3/depuis/v1.html"])
    assert told.index("Première raison.") < told.index("Seconde raison.")
    assert "Résumé de l’éditeur, sans valeur contractuelle : Un résumé." in told.replace("\u00a0", " ")


def test_a_version_to_come_is_not_said_to_be_past() -> None:
    found = pages(version(1), version(2, published_at=AT + timedelta(days=200)))
    told = said(found["mairie/cgu/depuis/v2.html"])
    assert "n’a pas encore pris effet" in told
    assert "Voir ce qui changera" in told
    assert "À venir" in said(found["mairie/cgu/v2/depuis/v1.html"])


def test_before_any_version_takes_effect_there_is_no_text_to_compare_with() -> None:
    found = pages(version(1), at=datetime(2020, 1, 1, tzinfo=UTC))
    assert list(found) == ["comparer.html"]


def test_a_single_version_says_there_is_nothing_to_compare() -> None:
    assert "il n’y a encore rien à comparer" in said(pages(version(1))["comparer.html"])


def test_the_same_texts_are_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from cgu_archive.pages import comparisons

    asked = []
    compare = comparisons.comparison.compare
    monkeypatch.setattr(
        comparisons.comparison, "compare", lambda *texts, **sides: asked.append(1) or compare(*texts, **sides)
    )
    pages(version(1), version(2))
    assert len(asked) == 1, "« v2 depuis v1 » and « depuis v1 » show the same comparison"


def test_the_real_archive_compares_every_pair_of_the_imaginary_service(archive: Path, corpus: Corpus) -> None:
    (terms,) = corpus.service("demonstration").terms
    published = [version.address.slug for version in terms.published]
    links = {link.get("href") for link in read(archive / "comparer.html").iter("a")}
    for last, new in enumerate(published):
        for old in published[max(0, last - COMPARED) : last]:
            address = f"demonstration/cgu/{new}/depuis/{old}.html"
            assert (archive / address).is_file()
            assert address in links
        assert (archive / f"demonstration/cgu/depuis/{new}.html").is_file()


def test_pages_that_compare_are_kept_out_of_the_search() -> None:
    assert {page.search for page in pages(version(1), version(2)).values()} == {()}


def test_two_texts_with_the_same_words_say_so() -> None:
    same = replace(version(2), text=version(1).text, text_hash=version(1).text_hash)
    assert not list(parse(pages(version(1), same)["mairie/cgu/v2/depuis/v1.html"].body).iter("ins"))


def test_what_depends_on_the_versions_is_not_shared_by_those_that_have_the_same_text() -> None:
    """v1 and v3 are one text: v2 changed it under another label, v4 under the same one as v3."""
    third = replace(version(3), text=version(1).text, text_hash=version(1).text_hash)
    fourth = version(4, label="v3")
    fourth = replace(fourth, text=version(2).text, text_hash=version(2).text_hash)
    found = pages(version(1), version(2), third, fourth)
    warned = "Le texte change sans changer de numéro"
    assert warned not in said(found["mairie/cgu/v2/depuis/v1.html"])
    assert warned in said(found["mairie/cgu/v4/depuis/v3.html"])


def test_a_text_that_comes_back_is_said_to_be_that_of_an_earlier_version() -> None:
    third = replace(version(3), text=version(1).text, text_hash=version(1).text_hash)
    told = said(pages(version(1), version(2), third)["mairie/cgu/v3/depuis/v2.html"])
    assert "exactement celui d’une version antérieure (v1)" in told.replace("\u00a0", " ")


def test_comparisons_are_dropped_after_their_last_page() -> None:
    """A document of sixty versions has seven hundred of them."""
    from cgu_archive.pages import comparisons

    versions = [version(number) for number in range(1, 31)]
    corpus = a_corpus(a_service("mairie", *versions))
    files = {addresses.pdf(one.address): b"%PDF" for one in versions}
    at = AT + timedelta(days=90)
    archive = Archive(corpus, Mode.DOCUMENTARY, at, None, None, Operator(), files)
    (service,) = corpus.services
    (terms,) = service.terms
    told = comparisons._Told(archive, service, terms, versions[-1])
    most_redlines = most_texts = 0
    for _ in told.pages():
        most_redlines = max(most_redlines, len(told._redlines))
        most_texts = max(most_texts, len(told._texts))
    assert most_redlines <= COMPARED
    assert most_texts <= COMPARED + 2
    assert told._redlines == {}
    assert told._texts == {}


def test_filters_are_asked_for_around_every_comparison() -> None:
    tree = parse(pages(version(1), version(2))["mairie/cgu/v2/depuis/v1.html"].body)
    (holder,) = [element for element in tree.iter() if element.get("data-filtres") is not None]
    assert the(holder, "redline") is not None


def test_two_versions_are_chosen_from_lists_and_compared_by_the_kiosk() -> None:
    body = pages(version(1), version(2), kiosk="https://kiosque.invalid/")["comparer.html"].body
    (form,) = parse(body).iter("form")
    assert form.get("action") == "https://kiosque.invalid/ville/mairie/cgu/comparer"
    assert form.get("hidden") is None
    chosen = {
        select.get("name"): [(o.get("value"), o.get("selected") is not None) for o in select.iter("option")]
        for select in form.iter("select")
    }
    assert chosen == {"de": [("v2", False), ("v1", True)], "a": [("v2", True), ("v1", False)]}
    links = [link.get("href") for link in parse(body).iter("a")]
    assert "https://kiosque.invalid/ville/mairie/cgu/comparer?de=v2&a=v1" in links


def test_without_kiosk_the_command_is_given_and_nothing_is_sent() -> None:
    tree = parse(pages(version(1), version(2))["comparer.html"].body)
    (form,) = tree.iter("form")
    assert form.get("action") is None
    assert form.get("hidden") is not None
    assert [words(code) for code in tree.iter("code")] == ["cgu compare mairie/cgu/v2 mairie/cgu/v1"]
