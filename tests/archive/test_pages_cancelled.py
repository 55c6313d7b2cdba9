"""A version cancelled before it took effect: its addresses answer, nothing presents it as having applied."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from cgu_archive.corpus.checks import announced
from cgu_archive.corpus.model import Address, Cancellation, Mode, Version
from cgu_archive.feeds import feeds
from cgu_archive.pages import addresses, charts
from cgu_archive.pages.history import history_files
from cgu_archive.pages.model import Archive, Operator
from cgu_archive.pages.periods import periods
from cgu_archive.pages.site import pages
from tests.archive.html_reading import parse, words
from tests.builders import AT, a_corpus, a_metadata, a_service, a_version

pytestmark = pytest.mark.xdist_group("archive")

GONE = Cancellation(AT + timedelta(days=3), "Une phrase de trop.")
OPEN = "Le service est ouvert à toute personne majeure."
SECRET = "Le mot de passe contient douze caractères au moins."
NEVER = "Chacun paie dix euros par mois pour le service."


def version(number: int, *sentences: str, cancelled: bool = False, summary: str | None = None) -> Version:
    metadata = a_metadata(
        label=f"v{number}", published_at=AT + timedelta(days=number), summary=summary,
        effective_on=(AT + timedelta(days=10 * number)).date(), archived_on=AT.date(),
    )  # fmt: skip
    text = "# Conditions\n\n" + "".join(f"## Article {n}\n\n{one}\n\n" for n, one in enumerate(sentences, 1))
    return a_version(f"mairie/cgu/v{number}", text, metadata, cancellation=GONE if cancelled else None)


def archive(*versions: Version) -> Archive:
    files = {addresses.pdf(one.address): b"%PDF" for one in versions}
    at = datetime(2026, 12, 1, tzinfo=UTC)
    corpus = a_corpus(a_service("mairie", *versions))
    return Archive(corpus, Mode.DOCUMENTARY, at, None, None, Operator(), files)


def _page(number: int) -> str:
    return addresses.version(Address("mairie", "cgu", f"v{number}"))


@pytest.fixture(scope="module")
def held() -> Archive:
    return archive(version(1, OPEN), version(2, OPEN, NEVER, cancelled=True), version(3, OPEN, SECRET))


@pytest.fixture(scope="module")
def shown(held: Archive) -> dict[str, str]:
    return {page.address: words(parse(page.body), without="") for page in pages(held)}


def test_it_is_no_step_of_the_history_of_a_provision(held: Archive, shown: dict[str, str]) -> None:
    told = shown[addresses.history(held.corpus.version("mairie/cgu/v3").address)]
    assert NEVER not in told
    assert "v2" not in told
    (file,) = history_files(held).values()
    assert [one["label"] for one in json.loads(file)["versions"]] == ["v1", "v3"]


def test_its_own_addresses_answer_and_say_that_it_never_applied(shown: dict[str, str]) -> None:
    for address in (_page(2), "mairie/cgu/v2/histoire.html", "mairie/cgu/v2/depuis/v1.html"):
        assert "annulée" in shown[address], address
    assert "ne s’est jamais appliquée" in shown["mairie/cgu/v2/histoire.html"]
    since = shown["mairie/cgu/depuis/v2.html"]
    assert "elle ne s’est jamais appliquée" in since
    assert "pas encore pris effet" not in since


def test_the_next_version_follows_the_one_that_applied(shown: dict[str, str]) -> None:
    page = shown[_page(3)]
    assert "par rapport à v1" in page
    assert "v2 (annulée avant effet)" in page
    assert "motifs de" not in shown["mairie/cgu/v3/depuis/v1.html"]
    assert "v2 (annulée avant effet)" in shown[addresses.COMPARE]


def test_no_period_nor_picture_says_that_it_applied(held: Archive) -> None:
    terms = held.corpus.service("mairie").terms[0]
    assert "slug='v2'" not in str([one.answer for one in periods(terms)])
    picture = charts.life(terms, "CGU")
    assert picture.count("frise-barre") == 2
    assert "annulée avant effet" in picture


def test_feeds_and_summaries_tell_it_as_cancelled(held: Archive) -> None:
    (feed,) = (raw.decode() for address, raw in feeds(held).items() if "mairie" in address)
    assert "v2 (annulée avant effet)" in feed
    told = version(3, OPEN, SECRET, summary="L’article 1 est modifié.")
    found = {}
    for cancelled in (True, False):
        before = version(2, OPEN.replace("majeure", "mineure"), SECRET, cancelled=cancelled)
        corpus = archive(version(1, OPEN), before, told).corpus
        found[cancelled] = list(announced.check(corpus.service("mairie").terms[0]))
    assert found[True]  # article 1 is that of v1: what was cancelled does not count
    assert not found[False]


def test_a_document_whose_other_version_was_cancelled_keeps_its_addresses() -> None:
    found = {page.address for page in pages(archive(version(1, OPEN), version(2, NEVER, cancelled=True)))}
    assert {"mairie/cgu/v1/histoire.html", "mairie/cgu/v2/histoire.html"} <= found
