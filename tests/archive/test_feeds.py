"""The feeds announce every version, validate as RFC 4287 asks, and work wherever the archive is served."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

import pytest

from cgu_archive.corpus.model import Corpus, Mode
from cgu_archive.feeds import feeds
from cgu_archive.pages.model import Archive, Operator
from tests.archive.conftest import AT
from tests.builders import a_corpus, a_metadata, a_service, a_version

ATOM = "{http://www.w3.org/2005/Atom}"
pytestmark = pytest.mark.xdist_group("archive")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def an_archive(corpus: Corpus, site_url: str | None = None) -> Archive:
    return Archive(corpus, Mode.DOCUMENTARY, AT, site_url, None, Operator())


def two_versions() -> Corpus:
    old = a_version(metadata=a_metadata(label="v1"))
    new = a_version(
        "mairie/cgu/v2",
        metadata=a_metadata(label="v2", published_at=AT, summary="Un article de plus.", reason="Loi."),
    )
    return a_corpus(a_service("mairie", old, new))


def texts(root: ET.Element, tag: str) -> list[str]:
    return [found.text or "" for found in root.iter(ATOM + tag)]


@pytest.mark.requirement("M-34")
def test_a_feed_has_what_the_standard_requires() -> None:
    for raw in feeds(an_archive(two_versions())).values():
        root = ET.fromstring(raw)
        assert root.tag == ATOM + "feed"
        for element in (root, *root.iter(ATOM + "entry")):
            for tag in ("id", "title", "updated"):
                (one,) = element.findall(ATOM + tag)
                assert one.text
            assert element.find(f"{ATOM}author/{ATOM}name") is not None
        assert all(INSTANT.fullmatch(at) for at in texts(root, "updated") + texts(root, "published"))
        assert root.findtext(ATOM + "updated") == max(texts(root, "updated"))
        assert [link.get("rel") for link in root.findall(ATOM + "link")] == ["self", "alternate"]
        identities = texts(root, "id")
        assert len(set(identities)) == len(identities)
        assert all(identity.startswith("urn:uuid:") for identity in identities)


def test_the_newest_version_comes_first_with_its_reason_and_hash() -> None:
    corpus = two_versions()
    root = ET.fromstring(feeds(an_archive(corpus))["mairie/atom.xml"])
    new = corpus.version("mairie/cgu/v2")
    first = next(root.iter(ATOM + "entry"))
    summary = first.findtext(ATOM + "summary") or ""
    assert first.findtext(ATOM + "title") == "Mairie\u00a0: version v2"
    assert "Loi." in summary
    assert "sans valeur contractuelle\u00a0: Un article de plus." in summary
    assert new.text_hash in summary
    assert "Service imaginaire." in summary


def test_the_feed_of_all_announces_what_each_feed_announces() -> None:
    other = a_service("port", a_version("port/cgu/v1"))
    corpus = replace(two_versions(), services=(*two_versions().services, other))
    made = feeds(an_archive(corpus))
    everything = texts(ET.fromstring(made.pop("atom.xml")), "title")
    parts = [title for raw in made.values() for title in texts(ET.fromstring(raw), "title")[1:]]
    assert sorted(everything[1:]) == sorted(parts)
    assert len(parts) == 3


def test_links_follow_the_archive_wherever_it_is_served() -> None:
    corpus = two_versions()
    relative = ET.fromstring(feeds(an_archive(corpus))["mairie/atom.xml"])
    absolute = ET.fromstring(feeds(an_archive(corpus, "https://cgu.invalid/a/"))["mairie/atom.xml"])
    for one, other in zip(relative.iter(ATOM + "link"), absolute.iter(ATOM + "link"), strict=True):
        place = "https://cgu.invalid/a/mairie/atom.xml"
        assert urljoin(place, one.get("href") or "") == other.get("href")


def test_an_announcement_keeps_its_identity_when_the_archive_moves() -> None:
    here, there = (
        ET.fromstring(feeds(an_archive(two_versions(), site))["atom.xml"])
        for site in ("https://a.invalid/", "https://b.invalid/")
    )
    assert texts(here, "id") == texts(there, "id")


def test_a_feed_without_version_is_still_valid() -> None:
    root = ET.fromstring(feeds(an_archive(a_corpus(a_service("mairie"))))["mairie/atom.xml"])
    assert root.findtext(ATOM + "updated") == "2026-11-22T12:00:00Z"


def test_a_version_received_from_elsewhere_is_dated_by_its_entry(archive: Path) -> None:
    root = ET.fromstring((archive / "soffi/atom.xml").read_bytes())
    (entry,) = root.iter(ATOM + "entry")
    assert entry.findtext(ATOM + "updated") == "2026-11-21T23:00:00Z", "the day's first instant in Paris"


def test_each_link_of_the_built_feeds_leads_somewhere(archive: Path) -> None:
    site = "http://127.0.0.1:8000/archive/"
    found = list(archive.rglob("atom.xml"))
    assert len(found) == 7
    for feed in found:
        for link in ET.fromstring(feed.read_bytes()).iter(ATOM + "link"):
            assert (archive / (link.get("href") or "").removeprefix(site)).is_file()
