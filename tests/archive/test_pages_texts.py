"""The page of a version holds the text it was made from: every word, number and title, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from cgu_archive.corpus import provisions
from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Corpus, Mode, Version
from cgu_archive.corpus.notes import LinkRecord
from cgu_archive.pages import addresses, entries
from cgu_archive.pages.model import Archive, Operator
from cgu_archive.pages.texts import version_page
from cgu_archive.rendering.words import weight
from tests.archive.html_reading import classes, having, parse, read, the, words
from tests.builders import AT, TEXT, a_corpus, a_metadata, a_service, a_version
from tests.conftest import ROOT

pytestmark = pytest.mark.xdist_group("archive")

REAL = ("portail", "soffi", "tableau-de-bord", "ocapiat", "monjob62")
LATER = AT + timedelta(days=1)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def published() -> list[str]:
    return [
        str(version.address) for _, _, version in load(ROOT / "cgu_texts").versions() if version.published
    ]


def page(archive: Path, address: str) -> Element:
    return read(archive / address / "index.html")


def squeezed(text: str) -> str:
    return " ".join(text.replace(" | ", " ").split())


@pytest.mark.parametrize("service", REAL)
@pytest.mark.requirement("P-03")
def test_a_page_reads_exactly_as_its_text(archive: Path, corpus: Corpus, service: str) -> None:
    for _, _, version in corpus.versions():
        if version.address.service != service or not version.published:
            continue
        text = the(page(archive, str(version.address)), "texte")
        assert words(text) == squeezed(provisions.read(version.text).text())


@pytest.mark.requirement("S-05", "S-02")
def test_soffi_shows_its_paragraphs_1_to_88_in_order(archive: Path) -> None:
    text = the(page(archive, "soffi/cgu/sans-date-1"), "texte")
    shown = []
    for element in text.iter():
        if "paragraph" in classes(element):
            found = re.match(r"(\d+)\.", words(element))
            assert found, words(element)[:40]
            shown.append(int(found[1]))
            assert element.get("id") == f"p-{found[1]}"
    assert shown == list(range(1, 89))
    assert "Version finale : Date de mise en ligne :" in words(text), "blanks stay blank"


@pytest.mark.parametrize("service", REAL)
def test_titles_are_those_of_the_text_in_order(archive: Path, corpus: Corpus, service: str) -> None:
    for _, _, version in corpus.versions():
        if version.address.service == service and version.published:
            text = the(page(archive, str(version.address)), "texte")
            shown = [words(element) for element in text.iter() if element.tag in HEADINGS]
            assert shown == titles(version)


def titles(version: Version) -> list[str]:
    return [
        squeezed(next(iter(provision.own_lines())))
        for provision in provisions.read(version.text).walk()
        if provision.heading is not None
    ]


@pytest.mark.parametrize("service", REAL)
def test_each_provision_has_a_permalink_to_itself(archive: Path, service: str) -> None:
    (address,) = [address for address in published() if address.startswith(f"{service}/")]
    text = the(page(archive, address), "texte")
    own = [element for element in text.iter() if "provision" in classes(element)]
    links = [link.get("href") for link in having(text, "permalien")]
    assert own
    assert links == [f"#{element.get('id')}" for element in own]


@pytest.mark.parametrize("address", published())
def test_no_link_is_part_of_the_name_of_a_heading(archive: Path, address: str) -> None:
    """Who walks from heading to heading hears the titles of the text, and nothing of ours."""
    text = the(page(archive, address), "texte")
    headings = [element for element in text.iter() if element.tag in HEADINGS]
    assert headings
    assert not [link for heading in headings for link in having(heading, "hors-texte")]
    beside = [line for line in having(text, "titre") if list(having(line, "permalien"))]
    assert len(beside) == len(headings)


def test_the_contents_lead_to_the_titles(archive: Path) -> None:
    tree = page(archive, "soffi/cgu/sans-date-1")
    contents = the(tree, "sommaire")
    targets = [link.get("href") for link in contents.iter("a")]
    ids = {element.get("id") for element in tree.iter()}
    assert "#p-34" in targets
    assert {target.removeprefix("#") for target in targets if target} <= ids
    beside = the(tree, "md-nav--secondary")
    assert [link.get("href") for link in beside.iter("a")] == targets


@pytest.mark.parametrize("address", published())
@pytest.mark.requirement("P-60", "S-49")
def test_each_version_is_offered_for_download(archive: Path, address: str) -> None:
    offered = the(page(archive, address), "telecharger")
    assert "Document proposé au téléchargement" in words(offered)
    files = {link.get("href"): words(item) for item in offered.iter("li") for link in item.iter("a")}
    service, terms, slug = address.split("/")
    assert f"{service}-{terms}-{slug}.pdf" in files
    assert "Télécharger en Word (DOCX)" in files[f"{service}-{terms}-{slug}.docx"]
    for name, label in files.items():
        size = (archive / address / str(name)).stat().st_size
        assert label.endswith(f"({weight(size)})".replace("\u00a0", " "))


@pytest.mark.parametrize("address", published())
def test_each_version_says_its_hash_and_how_to_check_it(archive: Path, corpus: Corpus, address: str) -> None:
    version = corpus.version(address)
    card = the(page(archive, address), "fiche")
    assert version.text_hash in words(card)
    assert version.metadata_hash in words(card)
    assert "sha256sum texte.md" in words(card)


@pytest.mark.parametrize("address", published())
@pytest.mark.requirement("P-02")
def test_each_version_names_its_publisher(archive: Path, corpus: Corpus, address: str) -> None:
    service = corpus.service(address.split("/")[0])
    (publisher,) = list(having(page(archive, address), "editeur"))
    assert service.publisher.title in words(publisher)


@pytest.mark.requirement("S-02", "M-02")
@pytest.mark.parametrize("address", ["soffi/cgu/sans-date-1", "monjob62/cgu/sans-date-1"])
def test_an_undated_text_is_said_to_be_so(archive: Path, corpus: Corpus, address: str) -> None:
    tree = page(archive, address)
    short = corpus.version(address).text_hash
    (title,) = tree.iter("h1")
    assert "version reçue le 22 novembre 2026, sans date ni numéro, empreinte" in words(title)
    assert f"{short[:4]} {short[4:8]}" in words(title)
    facts = {words(row[0]): words(row[1]) for row in the(tree, "dates")}
    assert facts == {
        "Date que le texte porte": "Non renseigné dans le texte source",
        "Approbation": "Non renseigné dans le texte source",
        "Mise en ligne": "Non renseigné dans le texte source",
        "Prise d’effet": "Non renseigné dans le texte source",
        "Acceptation exigée à partir de": "Non renseigné dans le texte source",
        "Entrée dans cette archive": "22 novembre 2026",
    }


@pytest.mark.requirement("P-01")
def test_a_month_is_never_made_a_day(archive: Path) -> None:
    tree = page(archive, "portail/cgu/2024-01")
    assert {words(row[0]): words(row[1]) for row in the(tree, "dates")}[
        "Date que le texte porte"
    ] == "janvier 2024"
    for file in (archive / "portail").rglob("*.html"):
        assert "1er janvier" not in words(read(file))


@pytest.mark.requirement("O-01")
def test_what_a_version_says_of_itself_is_shown(archive: Path) -> None:
    board = page(archive, "tableau-de-bord/cgu/v0.3")
    assert "v0.3" in words(next(board.iter("h1")))
    assert "29 mars 2024" in words(the(board, "dates"))
    council = page(archive, "ocapiat/cgu/ca-2025-04-08")
    assert "Conseil d’administration" in words(the(council, "fiche"))
    dates = {words(row[0]): words(row[1]) for row in the(council, "dates")}
    assert dates["Approbation"] == "8 avril 2025"
    assert dates["Entrée dans cette archive"] == "22 novembre 2026"
    for other in ("Date que le texte porte", "Mise en ligne", "Prise d’effet"):
        assert dates[other] == "Non renseigné dans le texte source"
    assert "Délibération du 17 décembre 2018" in words(
        the(page(archive, "monjob62/cgu/sans-date-1"), "fiche")
    )


@pytest.mark.requirement("S-15")
def test_soffi_says_that_the_online_version_prevails(archive: Path) -> None:
    for path in ("soffi/index.html", "soffi/cgu/sans-date-1/index.html"):
        assert "La version en ligne prévaut sur toute autre" in words(the(read(archive / path), "mentions"))


@pytest.mark.requirement("S-38", "P-49")
def test_no_page_links_to_a_host_that_forbids_it(archive: Path) -> None:
    for file in archive.rglob("*.html"):
        for link in read(file).iter("a"):
            assert "soffi.emploi.gouv.fr" not in (link.get("href") or ""), file
    inactive = [words(span) for span in having(page(archive, "soffi/cgu/sans-date-1"), "lien-inactif")]
    assert any("soffi.emploi.gouv.fr" in said for said in inactive), "its address is still read"


@pytest.mark.requirement("S-31")
def test_greek_letters_stay_and_make_no_address(archive: Path) -> None:
    tree = page(archive, "soffi/cgu/sans-date-1")
    assert "μισι.dgefp@emploi.gouv.fr" in words(the(tree, "texte"))
    assert not [link for link in tree.iter("a") if "μισι" in (link.get("href") or "")]


@pytest.mark.requirement("P-51")
def test_a_link_is_removed_by_one_line_and_one_build() -> None:
    text = TEXT + "\nVoir [le portail](https://portail.invalid/accueil).\n"
    for refused, links in (([], 1), (["portail.invalid"], 0)):
        corpus = a_corpus(a_service("mairie", a_version(text=text), unlinked_hosts=refused))
        (held,) = entries.held(corpus)
        files = {addresses.pdf(held.version.address): b"%PDF"}
        archive = Archive(corpus, Mode.DOCUMENTARY, AT, None, None, Operator(), files)
        shown = the(parse(version_page(archive, held).body), "texte")
        assert sum("portail.invalid" in (link.get("href") or "") for link in shown.iter("a")) == links
        assert "Voir le portail" in words(shown)


@pytest.mark.requirement("M-31")
def test_a_link_removed_in_the_register_is_off_every_page_and_its_words_stay() -> None:
    text = TEXT + "\nVoir [le portail](https://portail.invalid/accueil).\n"
    day = date(2026, 1, 5)
    for removed_on, links in ((None, 1), (day, 0)):
        reason = "Contenu illicite." if removed_on else None
        record = LinkRecord("https://portail.invalid/accueil", day, removed_on, reason)
        corpus = a_corpus(replace(a_service("mairie", a_version(text=text)), links=(record,)))
        (held,) = entries.held(corpus)
        files = {addresses.pdf(held.version.address): b"%PDF"}
        archive = Archive(corpus, Mode.DOCUMENTARY, AT, None, None, Operator(), files)
        shown = the(parse(version_page(archive, held).body), "texte")
        assert sum("portail.invalid" in (link.get("href") or "") for link in shown.iter("a")) == links
        assert "Voir le portail" in words(shown)


def test_a_corrected_version_and_its_correction_name_each_other() -> None:
    wrong = a_version(metadata=a_metadata(label="v1"))
    right = a_version(
        "mairie/cgu/v2",
        TEXT + "\nUn mot.\n",
        a_metadata(label="v2", corrects="v1", reason="un mot manquait", published_at=LATER),
    )
    corpus = a_corpus(a_service("mairie", wrong, right))
    files = {addresses.pdf(version.address): b"%PDF" for version in (wrong, right)}
    archive = Archive(corpus, Mode.DOCUMENTARY, LATER, None, None, Operator(), files)
    before, after = (words(parse(version_page(archive, held).body)) for held in entries.held(corpus))
    assert (
        "Cette version contenait une erreur (un mot manquait). Elle est remplacée par version v2"
        " depuis le 6 janvier 2026 à 9 h 00." in before
    )
    assert "À lire aujourd’hui : version v2." in before
    assert "Cette version en corrige une autre : version v1." in after


@pytest.mark.requirement("P-59")
@pytest.mark.parametrize("address", published())
def test_the_notice_of_rights_of_each_text_is_at_its_bottom(
    archive: Path, corpus: Corpus, address: str
) -> None:
    service = corpus.service(address.split("/")[0])
    for file in (f"{address}/index.html", f"{service.slug}/index.html"):
        said = words(the(read(archive / file), "mentions"))
        assert service.notices
        for notice in service.notices:
            assert " ".join(notice.split()) in said
        for notice in service.publisher_notices:
            assert notice not in said, "only the publisher says these"


@pytest.mark.requirement("P-48", "S-37")
def test_links_out_of_the_archive_say_so(archive: Path) -> None:
    for address in published():
        for link in page(archive, address).iter("a"):
            if (link.get("href") or "").startswith("http"):
                assert words(link, without="").endswith("(lien externe)")
                assert link.get("rel") == "external noopener noreferrer"
