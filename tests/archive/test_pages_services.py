"""The home page, the pages of services and the dates: honest states, nothing lost unsaid."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from cgu_archive.corpus.model import Corpus
from tests.archive.html_reading import having, read, the, words

pytestmark = pytest.mark.xdist_group("archive")

REAL = ("portail", "soffi", "tableau-de-bord", "ocapiat", "monjob62")


def service(archive: Path, slug: str) -> Element:
    return read(archive / slug / "index.html")


def test_the_home_page_has_three_doors_then_the_date_then_the_services_then_the_kiosk(archive: Path) -> None:
    tree = read(archive / "index.html")
    doors = [words(door[0]) for door in having(tree, "porte")]
    assert doors == ["Lire et télécharger", "Comparer", "Vérifier un justificatif"]
    text = words(tree)
    order = [*doors, "Texte à la date du", "Les services", "Se connecter pour décider"]
    places = [text.index(words_) for words_ in order[1:]]
    assert places == sorted(places)
    (connect,) = [link for link in tree.iter("a") if words(link) == "Se connecter pour décider"]
    assert connect.get("href") == "/"


def test_the_home_page_gives_the_honest_state_of_each_service(archive: Path, corpus: Corpus) -> None:
    cards = {words(card.find("h3")): card for card in having(read(archive / "index.html"), "carte")}  # type: ignore[arg-type]
    assert set(cards) == {one.name for one in corpus.services}
    for one in corpus.services:
        state = words(the(cards[one.name], "etat"))
        assert state == ("En vigueur" if one.fictional else "Dernière version connue")
    board = words(cards["Tableau de bord de l’apprentissage"])
    assert "Une version v0.4 du 20 janvier 2025 est connue et n’est pas détenue par cette archive." in board


@pytest.mark.parametrize("slug", REAL)
def test_a_real_text_is_never_said_to_be_in_force(archive: Path, slug: str) -> None:
    for file in (archive / slug).rglob("*.html"):
        tree = read(file)
        assert "En vigueur" not in {words(state) for state in having(tree, "etat")}
        banner = words(the(tree, "bandeau"))
        assert "Démonstration : les décisions enregistrées ici n’ont aucun effet." in banner
        assert "Copie documentaire, non officielle." in banner


def test_the_banner_names_the_publisher_and_the_day_the_text_was_received(archive: Path) -> None:
    said = words(the(read(archive / "ocapiat/cgu/ca-2025-04-08/index.html"), "bandeau"))
    assert "Texte d’OCAPIAT, reçu le 22 novembre 2026. Seule la publication d’OCAPIAT fait foi." in said
    said = words(the(service(archive, "monjob62"), "bandeau"))
    assert "Texte du Département du Pas-de-Calais, reçu le 22 novembre 2026." in said


def test_every_page_of_the_imaginary_service_says_it_is_imaginary(archive: Path) -> None:
    pages = list((archive / "demonstration").rglob("*.html"))
    assert len(pages) > 6
    for file in pages:
        assert "Service imaginaire" in words(the(read(file), "bandeau")), file


def test_a_service_page_lists_every_version_with_its_dates_hash_reason_and_files(
    archive: Path, corpus: Corpus
) -> None:
    for one in corpus.services:
        tree = service(archive, one.slug)
        for terms in one.terms:
            rows = {row.get("id"): row for row in tree.iter("tr") if row.get("id")}
            assert list(rows) == [f"{terms.slug}-{v.address.slug}" for v in reversed(terms.published)]
            for version in terms.published:
                row = rows[f"{terms.slug}-{version.address.slug}"]
                assert version.text_hash in words(row)
                assert f"{version.text_hash[:4]} {version.text_hash[4:8]}" in words(row)
                assert (version.metadata.reason or "?")[:20] in words(row)
                assert len(list(the(row, "dates"))) == 6
                links = {link.get("href") for link in row.iter("a")}
                folder = f"{terms.slug}/{version.address.slug}"
                assert {f"{folder}/index.html", f"{folder}/texte.md"} <= links
                assert (f"{folder}/source.txt" in links) == (version.source_text is not None)


def test_the_picture_of_a_text_s_life_is_said_in_words_too(archive: Path) -> None:
    picture = the(service(archive, "demonstration"), "frise")
    said = picture.get("aria-label") or ""
    assert picture.get("role") == "img"
    for version in ("v1", "v2", "v3", "v4", "v5", "v6"):
        assert f"{version}\u00a0: prise d’effet le" in said
    undated = the(service(archive, "soffi"), "frise")
    assert "date de prise d’effet inconnue" in (undated.get("aria-label") or "")


def test_lost_contacts_are_said_to_be_lost(archive: Path, corpus: Corpus) -> None:
    for one in corpus.services:
        contacts = {words(row[0]): words(row[1]) for row in the(service(archive, one.slug), "contacts")}
        for contact in one.contacts.values():
            if contact is None:
                continue
            said = contacts[" ".join(contact.label.split())]
            if contact.lost:
                assert said == "Adresse perdue dans le texte reçu"
            else:
                known = (contact.url, contact.email, contact.phone, contact.postal)
                assert all(part in said for part in known if part)


def test_what_is_not_held_is_said(archive: Path) -> None:
    said = words(service(archive, "ocapiat"))
    assert "nomme les « conditions particulières »" in said.replace("\u00a0", " ")
    assert "personne ne les a remises à cette archive" in said
    assert "Une version v0.4 du 20 janvier 2025 est connue" in words(service(archive, "tableau-de-bord"))


@pytest.mark.requirement("P-61", "T-25", "S-64")
@pytest.mark.parametrize(
    ("slug", "court"),
    [
        ("portail", "tribunal administratif de Paris"),
        ("tableau-de-bord", "tribunal administratif de Paris"),
        ("soffi", "Non précisée dans le texte"),
    ],
)
def test_law_and_court_are_those_the_text_names(archive: Path, slug: str, court: str) -> None:
    facts = {words(row[0]): words(row[1]) for row in the(service(archive, slug), "faits")}
    assert facts["Droit applicable"] == "droit français"
    assert facts["Juridiction"] == court


@pytest.mark.requirement("O-61")
def test_support_hours_are_shown_in_paris_time(archive: Path) -> None:
    contacts = words(the(service(archive, "ocapiat"), "contacts"))
    assert "du lundi au vendredi, de 7 h 30 à 19 h 30, heure de Paris" in contacts
    for address in ("nous-contacter", "faq-foire-aux-questions"):
        assert f"https://www.ocapiat.fr/{address}/" in contacts


def test_a_service_that_asks_for_another_s_text_leads_to_it(archive: Path) -> None:
    soffi, portal = (words(the(service(archive, slug), "lies")) for slug in ("soffi", "portail"))
    assert "Portail de service" in soffi
    assert "SOFFi" in portal


def test_what_a_new_version_asks_of_people_is_what_each_text_promises(archive: Path) -> None:
    for slug in REAL:
        facts = {words(row[0]): words(row[1]) for row in the(service(archive, slug), "faits")}
        asked = "portée à la connaissance" if slug == "monjob62" else "à accepter de nouveau"
        assert asked in facts["Nouvelle version"]


def test_the_ten_solutions_of_one_text_are_listed(archive: Path, corpus: Corpus) -> None:
    said = words(service(archive, "ocapiat"))
    assert len(corpus.service("ocapiat").solutions) == 10
    assert all(solution in said for solution in corpus.service("ocapiat").solutions)


@pytest.mark.requirement("M-34")
def test_each_service_page_announces_its_feed(archive: Path) -> None:
    for slug in (*REAL, "demonstration"):
        (feed,) = [link for link in service(archive, slug).iter("link") if "atom" in (link.get("type") or "")]
        assert (archive / slug / str(feed.get("href"))).is_file()


def test_the_date_field_works_without_script(archive: Path) -> None:
    (form,) = [
        form for form in read(archive / "index.html").iter("form") if form.get("action") == "dates.html"
    ]
    assert form.get("method") == "get"
    tree = read(archive / "dates.html")
    sections = list(having(tree, "document"))
    assert len(sections) == 6
    for section in sections:
        assert [row for row in section.iter("tr") if row.get("data-du") is not None]


def test_the_dates_of_an_undated_text_are_unknown(archive: Path) -> None:
    (row,) = [row for row in read(archive / "soffi/dates.html").iter("tr") if row.get("data-du") is not None]
    assert words(row).startswith("À toute date Inconnu.")
    assert (row.get("data-du"), row.get("data-au")) == ("", "")


def test_the_plan_of_the_site_leads_to_every_version(archive: Path, corpus: Corpus) -> None:
    links = {link.get("href") for link in read(archive / "plan-du-site.html").iter("a")}
    for _, _, version in corpus.versions():
        assert (f"{version.address}/index.html" in links) == version.published
