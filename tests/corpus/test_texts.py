"""The five texts say what was received, are numbered as received, and are addressed as they always were."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cgu_archive.corpus import markdown, provisions
from cgu_archive.corpus.dates import PartialDate
from cgu_archive.corpus.markdown import Block, Inline
from cgu_archive.corpus.model import Corpus, Service
from cgu_archive.corpus.provisions import Provision
from cgu_archive.rendering import LinkPolicy, text_to_html
from tests.conftest import ROOT
from tests.corpus import visible

PLAIN = {"portail/cgu/2024-01", "ocapiat/cgu/ca-2025-04-08"}
"""Texts received without any markup; the others were received in Markdown."""
REAL = sorted(PLAIN | {"tableau-de-bord/cgu/v0.3", "soffi/cgu/sans-date-1", "monjob62/cgu/sans-date-1"})
GOLD = ROOT / "tests" / "assets" / "addresses"


def tree(corpus: Corpus, address: str) -> Provision:
    return provisions.read(corpus.version(address).text)


def page(corpus: Corpus, address: str) -> str:
    return text_to_html(tree(corpus, address), LinkPolicy())


# What a reader reads, token for token


def tokens(words: str) -> list[str]:
    """Return the words and single punctuation characters of `words`."""
    return re.findall(r"\w+|[^\w\s]", words)


def received(raw: bytes, *, plain: bool) -> list[str]:
    """Return the tokens of a text as it was received: bullets and marks say nothing, all the rest does."""
    text = raw.decode("utf-8")
    if not plain:
        return list(shown(markdown.parse(text)))
    return tokens("\n".join(re.sub(r"^\s*[-–•](?=\s|$)", "", line) for line in text.splitlines()))


def shown(blocks: tuple[Block, ...]) -> Iterator[str]:
    """Yield the tokens of `blocks`, and where their links lead when their words do not say it."""
    for block in blocks:
        match block:
            case markdown.Heading(_, inlines) | markdown.Paragraph(inlines):
                yield from tokens("".join(written(inlines)))
            case markdown.List(_, items):
                for item in items:
                    yield from tokens(item.marker)
                    yield from shown(item.blocks)
            case markdown.Rule():
                pass
            case _:
                pytest.fail(f"no text of this archive has a {type(block).__name__}")


def written(inlines: tuple[Inline, ...]) -> Iterator[str]:
    for inline in inlines:
        match inline:
            case markdown.Text(text):
                yield text
            case markdown.Strong(children) | markdown.Emphasis(children):
                yield from written(children)
            case markdown.Link(target, children):
                words = "".join(written(children))
                yield words if target == words else f"{words} {target} "
            case markdown.Break():
                yield "\n"
            case _:
                pytest.fail(f"no text of this archive has a {type(inline).__name__}")


@pytest.mark.requirement("P-03")
@pytest.mark.parametrize("address", REAL)
def test_a_text_says_what_was_received_token_for_token(corpus: Corpus, address: str) -> None:
    version = corpus.version(address)
    assert version.source_text is not None
    before = received(version.source_text, plain=address in PLAIN)
    after = list(shown(markdown.parse(version.text.decode("utf-8"))))
    changes = [line for line in difflib.ndiff(before, after) if line[0] in "+-"] if before != after else []
    assert changes == []
    assert len(after) > 1500


@pytest.mark.parametrize("address", REAL)
def test_one_word_lost_added_or_changed_would_show(corpus: Corpus, address: str) -> None:
    version = corpus.version(address)
    text = version.text.decode("utf-8")
    before = list(shown(markdown.parse(text)))
    for changed in (
        text.replace("responsable", "", 1),
        text.replace("responsable", "responsable responsable", 1),
        text.replace("responsable", "Responsable", 1),
        text.replace("’", "'", 1) if "’" in text else text.replace("'", "’", 1),
        text.replace(".", ",", 1),
        text.replace("(", "", 1),
    ):
        assert changed != text
        assert list(shown(markdown.parse(changed))) != before


@pytest.mark.requirement("P-03")
@pytest.mark.parametrize("address", REAL)
def test_the_tree_and_the_page_say_the_same_words(corpus: Corpus, address: str) -> None:
    said = tokens(tree(corpus, address).text())
    assert tokens(visible.words(page(corpus, address))) == said


@pytest.mark.requirement("P-03")
def test_the_two_catalogues_of_the_portail_keep_their_duplicates(corpus: Corpus) -> None:
    text = tree(corpus, "portail/cgu/2024-01")
    first = [line for line in text.find("section-1").text().splitlines() if "DACCORD" in line]
    assert len(first) == 2
    lists = [block for p in text.walk() for block in p.blocks if isinstance(block, markdown.List)]
    assert [len(block.items) for block in lists[:2]] == [18, 17]


@pytest.mark.requirement("S-31")
def test_the_greek_letters_of_soffi_stay_and_lead_nowhere(corpus: Corpus) -> None:
    html = page(corpus, "soffi/cgu/sans-date-1")
    assert "μισι.dgefp@emploi.gouv.fr" in visible.words(html)
    assert "mailto:" not in html
    incident = corpus.service("soffi").contacts["incident"]
    assert incident is not None
    assert incident.email == "misi.dgefp@emploi.gouv.fr"


@pytest.mark.requirement("S-02", "M-02")
@pytest.mark.parametrize(
    ("address", "blanks"),
    [
        ("soffi/cgu/sans-date-1", ["Version finale :", "Date de mise en ligne :"]),
        ("monjob62/cgu/sans-date-1", ["Dernière mise à jour :"]),
    ],
)
def test_blanks_stay_blank_and_what_they_would_say_unknown(
    corpus: Corpus, address: str, blanks: list[str]
) -> None:
    version = corpus.version(address)
    lines = tree(corpus, address).text().splitlines()
    assert set(blanks) <= {line.strip() for line in lines}
    assert version.metadata.label is None
    assert version.metadata.declared_on is None
    assert version.metadata.published_at is None


# Numbers and titles


@pytest.mark.requirement("S-05")
def test_the_numbers_of_soffi_are_1_to_88_in_the_tree_and_on_the_page(corpus: Corpus) -> None:
    text = tree(corpus, "soffi/cgu/sans-date-1")
    numbered = [p for p in text.walk() if p.kind is provisions.Kind.PARAGRAPH]
    assert [p.number for p in numbered] == [str(number) for number in range(1, 89)]
    assert [p.address for p in numbered] == [f"p-{number}" for number in range(1, 89)]
    html = page(corpus, "soffi/cgu/sans-date-1")
    begins = r'<section class="provision paragraph" id="p-(\d+)">'
    shown_numbers = [
        (identifier, visible.words(section).split()[0])
        for identifier, section in re.findall(begins + r"(.*?)(?=<section|</section>)", html, re.DOTALL)
    ]
    assert shown_numbers == [(str(number), f"{number}.") for number in range(1, 89)]
    assert "<ol" not in html, "a browser would count again"


@pytest.mark.parametrize("address", REAL)
def test_the_titles_of_the_page_are_those_of_the_text(corpus: Corpus, address: str) -> None:
    blocks = markdown.parse(corpus.version(address).text.decode("utf-8"))
    titles = [markdown.plain(b.inlines) for b in blocks if isinstance(b, markdown.Heading)]
    assert visible.headings(page(corpus, address)) == [" ".join(title.split()) for title in titles]
    assert len(titles) > 10


@pytest.mark.parametrize("address", REAL)
def test_every_provision_is_an_anchor_of_the_page(corpus: Corpus, address: str) -> None:
    identifiers = re.findall(r'<section class="provision [a-z]+" id="([^"]+)">', page(corpus, address))
    assert identifiers == [p.address for p in tree(corpus, address).walk()][1:]


# Addresses are for ever


def gold(address: str) -> Path:
    return GOLD / f"{address.replace('/', '_')}.txt"


def published(corpus: Corpus) -> list[str]:
    return [str(version.address) for _, _, version in corpus.versions() if version.published]


def test_the_addresses_of_every_published_provision_never_change(corpus: Corpus) -> None:
    """An address that changed breaks links, rules and receipts: mend the code, never the gold file."""
    assert {gold(address).name for address in published(corpus)} == {path.name for path in GOLD.iterdir()}
    for address in published(corpus):
        now = [provision.address for provision in tree(corpus, address).walk()]
        assert now == gold(address).read_text(encoding="utf-8").split(), address


# Metadata of the five texts


@pytest.mark.requirement("P-01")
def test_the_portail_declares_a_month(corpus: Corpus) -> None:
    assert corpus.version("portail/cgu/2024-01").metadata.declared_on == PartialDate(2024, 1)


@pytest.mark.requirement("T-01")
def test_the_label_of_the_tableau_de_bord_is_kept_beside_its_date(corpus: Corpus) -> None:
    metadata = corpus.version("tableau-de-bord/cgu/v0.3").metadata
    assert (metadata.label, metadata.declared_on) == ("v0.3", PartialDate(2024, 3, 29))


@pytest.mark.requirement("O-01")
def test_the_approval_of_ocapiat_is_none_of_its_other_dates(corpus: Corpus) -> None:
    metadata = corpus.version("ocapiat/cgu/ca-2025-04-08").metadata
    assert metadata.approval is not None
    assert (metadata.approval.body, str(metadata.approval.on)) == ("Conseil d’administration", "2025-04-08")
    assert (metadata.declared_on, metadata.published_at, metadata.effective_on) == (None, None, None)


@pytest.mark.requirement("M-01")
def test_the_homologation_of_monjob62_is_recorded(corpus: Corpus) -> None:
    homologation = corpus.version("monjob62/cgu/sans-date-1").metadata.homologation
    assert homologation is not None
    assert str(homologation.on) == "2018-12-17"
    assert "17 décembre 2018" in homologation.act


@pytest.mark.requirement("P-02")
def test_each_service_names_its_publisher(corpus: Corpus) -> None:
    names = {service.slug: service.publisher.name for service in corpus.services if not service.fictional}
    assert names == {
        "portail": "DGEFP",
        "tableau-de-bord": "DGEFP",
        "soffi": "DGEFP",
        "ocapiat": "OCAPIAT",
        "monjob62": "Département du Pas-de-Calais",
    }


@pytest.mark.requirement("P-49", "S-38")
@pytest.mark.parametrize("slug", ["soffi"])
def test_a_host_that_refuses_links_is_read_never_linked(corpus: Corpus, slug: str) -> None:
    service: Service = corpus.service(slug)
    assert service.unlinked_hosts
    (terms,) = service.terms
    html = text_to_html(provisions.read(terms.versions[0].text), LinkPolicy(service.unlinked_hosts))
    for host in service.unlinked_hosts:
        assert not re.search(rf'href="[^"]*//{re.escape(host)}', html)
    assert "https://www.soffi.emploi.gouv.fr/mes-collectes-formation" in visible.words(html)
