"""What the archive says of the life of each provision and sentence, and where a permalink leads today."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from cgu_archive.corpus.errors import UnreadableTextError
from cgu_archive.corpus.model import Corpus, Mode, Version
from cgu_archive.pages import addresses, entries, history
from cgu_archive.pages.comparisons import comparison_pages
from cgu_archive.pages.history import history_pages
from cgu_archive.pages.model import Archive, Operator, Page
from cgu_archive.pages.past import Past, Pasts
from cgu_archive.pages.services import service_page
from cgu_archive.pages.texts import version_page
from tests.archive.html_reading import having, parse, read, the, words
from tests.builders import AT, a_corpus, a_metadata, a_service, a_version, an_accession

pytestmark = pytest.mark.xdist_group("archive")

LATER = datetime(2026, 12, 1, tzinfo=UTC)
OBJECT = ("Objet", "Le service permet de déclarer une adresse aux services de la ville.")
ACCOUNT = ("Compte", "L’usager ouvre un compte avec une adresse électronique valide.")
PASSWORD = ("Secret", "Le mot de passe contient au moins huit caractères et reste secret.")
DATA = ("Conservation", "Les données sont conservées trois ans après la fermeture du compte.")
RIGHTS = ("Droits", "Chacun peut demander la copie ou la rectification de ses données personnelles.")
COURT = ("Litiges", "Tout différend est porté devant le tribunal du siège de la commune.")
LONGER = (PASSWORD[0], PASSWORD[1].replace("huit", "douze"))


def text(*articles: tuple[str, str]) -> str:
    return "# Conditions\n\n" + "".join(
        f"## Article {n} – {title}\n\n{body}\n\n" for n, (title, body) in enumerate(articles, 1)
    )


def versions(*texts: str, **changes: Any) -> list[Version]:
    return [
        a_version(
            f"mairie/cgu/v{n}",
            body,
            a_metadata(
                **{"label": f"v{n}", "published_at": AT + timedelta(days=n), "archived_on": AT.date()}
                | changes
            ),
        )
        for n, body in enumerate(texts, 1)
    ]


def an_archive(*held: Version, at: datetime = LATER) -> Archive:
    corpus = a_corpus(a_service("mairie", *held))
    files = {addresses.pdf(version.address): b"%PDF" for version in held}
    return Archive(corpus, Mode.DOCUMENTARY, at, None, None, Operator(), files)


def pages(archive: Archive) -> list[Page]:
    (service,) = archive.corpus.services
    return list(history_pages(archive, service, service.terms[0]))


def told(archive: Archive, rank: int) -> Element:
    return parse(pages(archive)[rank].body)


def shown(archive: Archive, rank: int) -> Element:
    """Return the text of a version as its page shows it."""
    return the(parse(version_page(archive, list(entries.held(archive.corpus))[rank]).body), "texte")


def past(archive: Archive) -> Past:
    (service,) = archive.corpus.services
    found = archive.pasts.of(service, service.terms[0])
    assert found is not None
    return found


def section(tree: Element, address: str) -> Element:
    (found,) = (element for element in tree.iter() if element.get("id") == address)
    return found


def lines(tree: Element, address: str) -> list[tuple[str, str]]:
    found = the(section(tree, address), "dites").findall("li")
    return [(" ".join(map(words, having(item, "dite"))), words(the(item, "depuis"))) for item in found]


def first(tree: Element, address: str) -> str:
    """Return the sentences that tell the life of a provision."""
    said = section(tree, address).find("p")
    assert said is not None
    return words(said)


def note(archive: Archive, rank: int, address: str) -> tuple[str, str | None]:
    """Return what the page of a version adds at a provision, and where that leads."""
    found = [element for element in section(shown(archive, rank), address) if element.get("class")]
    for element in found:
        if "devenu" in (element.get("class") or ""):
            link = element.find("a")
            return words(element, without=""), link.get("href") if link is not None else None
    return "", None


# The page of a version


def test_a_permalink_says_where_its_provision_is_today() -> None:
    archive = an_archive(*versions(text(OBJECT, PASSWORD, DATA), text(OBJECT, RIGHTS, PASSWORD, DATA)))
    assert note(archive, 0, "article-1") == ("", None)
    assert note(archive, 0, "article-2") == (
        "Devenu l’article 3 dans v2", "../v2/index.html#article-3",
    )  # fmt: skip
    assert note(archive, 1, "article-3") == ("", None), "the version read today needs no note"


def test_it_says_what_was_deleted_and_by_which_version() -> None:
    archive = an_archive(*versions(text(OBJECT, DATA), text(OBJECT, DATA), text(OBJECT)))
    assert note(archive, 0, "article-2") == ("Supprimé par v3", None)


def test_it_says_when_another_text_took_the_number() -> None:
    archive = an_archive(*versions(text(OBJECT, PASSWORD), text(OBJECT, COURT)))
    assert note(archive, 0, "article-2") == (
        "Supprimé par v2, où un autre texte prend son numéro", None,
    )  # fmt: skip


def test_it_follows_what_was_merged_then_renumbered() -> None:
    merged = ("Secret", f"{PASSWORD[1]}\n\n{DATA[1]}")
    held = versions(text(OBJECT, PASSWORD, DATA), text(OBJECT, merged), text(RIGHTS, OBJECT, merged))
    assert note(an_archive(*held), 0, "article-3") == (
        "Réuni à l’article 3 dans v3", "../v3/index.html#article-3",
    )  # fmt: skip


def test_it_says_what_only_moved() -> None:
    def sections(*order: tuple[str, str]) -> str:
        return "# Conditions\n\n" + "".join(f"## {title}\n\n{body}\n\n" for title, body in order)

    held = versions(sections(OBJECT, PASSWORD, DATA, RIGHTS), sections(OBJECT, DATA, RIGHTS, PASSWORD))
    assert note(an_archive(*held), 0, "secret") == ("Déplacée dans v2", "../v2/index.html#secret")


def test_a_deleted_title_says_where_what_it_held_went() -> None:
    before = (
        f"## Article 1 – Objet\n\n{OBJECT[1]}\n\n## Article 2 – Suite\n\n### 2.1 Secret\n\n{PASSWORD[1]}\n"
    )
    after = f"## Article 1 – Objet\n\n{OBJECT[1]}\n\n## Article 2 – Secret\n\n{PASSWORD[1]}\n"
    archive = an_archive(*versions(before, after))
    found = [note(archive, 0, address)[0] for address in ("article-2", "section-2-1")]
    assert any("l’article 2" in said for said in found)


def test_a_version_to_come_says_nothing_of_where_things_are_today() -> None:
    held = versions(text(OBJECT, PASSWORD), text(OBJECT, RIGHTS, PASSWORD))
    archive = an_archive(*held, at=AT + timedelta(days=1, hours=1))
    assert note(archive, 0, "article-2") == note(archive, 1, "article-3") == ("", None)
    before_all = an_archive(*held, at=AT)
    assert note(before_all, 0, "article-2") == ("", None)


def test_each_provision_leads_to_its_history_and_no_word_of_the_text_changes() -> None:
    archive = an_archive(*versions(text(OBJECT, PASSWORD), text(OBJECT, RIGHTS, PASSWORD)))
    tree = shown(archive, 0)
    links = {link.get("href"): link.get("aria-label") for link in having(tree, "histoire")}
    assert links == {
        "histoire.html#conditions": "Histoire : «\u00a0Conditions\u00a0»",
        "histoire.html#article-1": "Histoire : l’article 1",
        "histoire.html#article-2": "Histoire : l’article 2",
    }
    assert words(tree) == " ".join(text(OBJECT, PASSWORD).replace("#", "").split())


def test_numbered_paragraphs_have_their_notes_too() -> None:
    one, two, three = (f"{body}\n" for _, body in (OBJECT, PASSWORD, DATA))
    archive = an_archive(*versions(f"1. {one}2. {two}", f"1. {one}2. {three}3. {two}"))
    assert note(archive, 0, "p-2") == ("Devenu le paragraphe 3 dans v2", "../v2/index.html#p-3")
    typed = an_archive(*versions(f"1.1 {one}\n1.2 {two}", f"1.1 {one}\n1.2 {three}\n1.3 {two}"))
    assert note(typed, 0, "p-1-2") == ("Devenu le paragraphe 1.3 dans v2", "../v2/index.html#p-1-3")
    bare = an_archive(*versions(f"1. {one}2. - {two}", f"1. {one}2. {three}3. - {two}"))
    assert note(bare, 0, "p-2")[0] == "Devenu le paragraphe 3 dans v2"


def test_a_single_version_has_neither_history_nor_notes() -> None:
    archive = an_archive(*versions(text(OBJECT)))
    assert pages(archive) == []
    tree = parse(version_page(archive, next(iter(entries.held(archive.corpus)))).body)
    assert "Histoire" not in words(tree, without="")
    (service,) = archive.corpus.services
    assert "Ce que chaque version a changé" not in service_page(archive, service).body


# The history page


def test_each_sentence_says_since_when_and_what_it_replaced() -> None:
    archive = an_archive(*versions(text(OBJECT, PASSWORD), text(OBJECT, RIGHTS, LONGER)))
    tree = told(archive, 1)
    assert lines(tree, "article-1") == [(OBJECT[1], "Dès v1")]
    assert lines(tree, "article-2") == [(RIGHTS[1], "Depuis v2")]
    assert lines(tree, "article-3") == [(LONGER[1], "Depuis v2")]
    (details,) = the(section(tree, "article-3"), "dites").iter("details")
    assert words(details).startswith(f"A remplacé une phrase {PASSWORD[1]} Dans v1. Son histoire")
    (link,) = details.iter("a")
    assert link.get("href") == "../v1/histoire.html#article-2"


def test_sentences_of_the_same_age_stand_together() -> None:
    both = ("Objet", f"{OBJECT[1]} {DATA[1]}\n\n{RIGHTS[1]}")
    archive = an_archive(*versions(text(both), text(both)))
    assert lines(told(archive, 1), "article-1") == [(f"{OBJECT[1]} {DATA[1]} {RIGHTS[1]}", "Dès v1")]


def test_a_life_is_told_with_a_link_to_each_end_of_each_number() -> None:
    held = versions(*[text(OBJECT, PASSWORD)] * 2, *[text(OBJECT, RIGHTS, PASSWORD)] * 2, text(OBJECT))
    tree = told(an_archive(*held), 2)
    assert first(tree, "article-3") == (
        "Cette disposition figure déjà dans v1, la plus ancienne version détenue."
        " Elle est l’article 2 jusqu’à v2, l’article 3 depuis v3. Elle est supprimée par v5."
    )
    stops = the(section(tree, "article-3"), "etapes")
    assert [words(stop) for stop in stops] == ["L’article 2 : v1 à v2", "L’article 3 : v3 à v4"]
    assert [link.get("href") for link in stops.iter("a")] == [
        "../v1/index.html#article-2", "../v2/index.html#article-2",
        "index.html#article-3", "../v4/index.html#article-3",
    ]  # fmt: skip


def test_what_each_version_did_leads_to_the_comparison_that_shows_it() -> None:
    archive = an_archive(*versions(text(OBJECT, PASSWORD), text(OBJECT, RIGHTS, LONGER)))
    details = the(section(told(archive, 1), "article-3"), "changee")
    assert words(details) == (
        "1 version l’a changée v2 : comparaison : renumérotée, modifiée, 1 mot ajouté, 1 mot supprimé"
    )
    (link,) = details.iter("a")
    assert link.get("href") == "depuis/v1.html"


def test_what_a_version_no_longer_has_is_listed_first() -> None:
    archive = an_archive(*versions(text(OBJECT, DATA), text(OBJECT)))
    gone = the(told(archive, 1), "vie-finie")
    assert words(gone) == "Ce que v2 n’a plus Article 2 – Conservation. Elle est supprimée par v2."
    assert [link.get("href") for link in gone.iter("a")] == ["../v1/histoire.html#article-2"]
    assert not list(having(told(archive, 0), "vie-finie"))


def test_sentences_taken_away_are_shown_the_last_ones_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_REMOVED", 1)
    whole = ("Objet", f"{OBJECT[1]} {RIGHTS[1]} {DATA[1]}")
    less = ("Objet", f"{OBJECT[1]} {RIGHTS[1]}")
    archive = an_archive(*versions(text(whole), text(less), text(OBJECT)))
    removed = the(told(archive, 2), "retirees")
    said = words(removed)
    assert said.startswith(f"2 phrases retirées sans remplacement {RIGHTS[1]} De v1 à v2.")
    assert said.endswith("La plus ancienne est dans les comparaisons.")
    one = words(the(told(archive, 1), "retirees"))
    assert one.startswith(f"1 phrase retirée sans remplacement {DATA[1]} Dans v1.")


def test_a_sentence_that_came_back_says_so() -> None:
    archive = an_archive(*versions(*(text(("Objet", f"{OBJECT[1]} {x[1]}")) for x in (DATA, RIGHTS, DATA))))
    (_, (_, since)) = lines(told(archive, 2), "article-1")
    assert since == "Depuis v3. Cette phrase était déjà là dans v1"
    longer = [DATA, DATA, RIGHTS, DATA]
    archive = an_archive(*versions(*(text(("Objet", f"{OBJECT[1]} {x[1]}")) for x in longer)))
    (_, (_, since)) = lines(told(archive, 3), "article-1")
    assert since == "Depuis v4. Cette phrase était déjà là de v1 à v2"


def test_a_provision_that_came_back_says_so() -> None:
    archive = an_archive(*versions(text(OBJECT, DATA), text(OBJECT), text(OBJECT, DATA)))
    assert first(told(archive, 2), "article-2") == (
        "Cette disposition est ajoutée par v3. Les mêmes mots étaient déjà dans l’article 2 jusqu’à v1."
    )


def test_merging_and_drawing_apart_are_told_on_both_sides() -> None:
    both = ("Secret", f"{PASSWORD[1]}\n\n{DATA[1]}")
    apart = told(an_archive(*versions(text(OBJECT, both), text(OBJECT, PASSWORD, DATA))), 1)
    assert first(apart, "article-3") == "Cette disposition est tirée de l’article 2 par v2."
    assert "un passage en est tiré, vers l’article 3" in words(the(section(apart, "article-2"), "changee"))
    archive = an_archive(*versions(text(OBJECT, PASSWORD, DATA), text(OBJECT, both)))
    assert first(told(archive, 0), "article-3").endswith("Elle est réunie à l’article 2 par v2.")
    joined = told(archive, 1)
    assert "l’article 3 lui est réuni" in words(the(section(joined, "article-2"), "changee"))


def test_a_number_taken_by_another_text_is_told_on_both_sides() -> None:
    archive = an_archive(*versions(text(OBJECT, PASSWORD), text(OBJECT, COURT)))
    assert first(told(archive, 0), "article-2").endswith(
        "Elle est supprimée par v2, où un autre texte prend son numéro : Article 2 – Litiges."
    )
    assert first(told(archive, 1), "article-2") == (
        "Cette disposition est ajoutée par v2."
        " Elle prend le numéro d’une autre, supprimée : Article 2 – Secret."
    )


def test_a_title_that_became_a_mere_line_or_was_one_is_told() -> None:
    with_title = f"## Article 1 – Objet\n\n{OBJECT[1]}\n\n### Motif\n\n{RIGHTS[1]}\n"
    without = with_title.replace("### Motif", "Motif")
    assert first(told(an_archive(*versions(with_title, without)), 0), "motif").endswith(
        "Elle n’est plus distincte depuis v2 ; ses mots sont dans l’article 1."
    )
    assert first(told(an_archive(*versions(without, with_title)), 1), "motif") == (
        "Cette disposition est distincte depuis v2 ; ses mots étaient dans l’article 1."
    )


def test_a_passage_received_is_told() -> None:
    before = text(("Objet", f"{OBJECT[1]}\n\n{RIGHTS[1]}"), ("Conservation", f"{DATA[1]}\n\n{ACCOUNT[1]}"))
    after = text(OBJECT, ("Conservation", f"{DATA[1]}\n\n{ACCOUNT[1]}\n\n{RIGHTS[1]}"))
    tree = told(an_archive(*versions(before, after)), 1)
    assert "reçoit un passage de l’article 1" in words(the(section(tree, "article-2"), "changee"))


def test_a_change_without_a_word_is_told_as_such() -> None:
    archive = an_archive(*versions(text(ACCOUNT), text((ACCOUNT[0], ACCOUNT[1].replace("’", "'")))))
    tree = told(archive, 1)
    assert words(the(section(tree, "article-1"), "changee")).endswith("modifiée, aucun mot : typographie")
    assert lines(tree, "article-1") == [(ACCOUNT[1].replace("’", "'"), "Dès v1")]


def test_the_page_says_that_nobody_attested_the_order_of_received_versions() -> None:
    received = [
        a_version(f"mairie/cgu/v{n}", text(OBJECT, x), an_accession()) for n, x in enumerate((DATA, RIGHTS))
    ]
    said = words(told(an_archive(*received), 1))
    assert "leur éditeur ne l’a pas attesté" in said
    published = words(told(an_archive(*versions(text(OBJECT), text(DATA))), 1))
    assert "attesté" not in published
    assert "D’autres versions ont pu exister avant la plus ancienne" in published


def test_versions_of_the_same_name_are_told_apart_by_their_hash() -> None:
    received = [
        a_version(f"mairie/cgu/v{n}", text(OBJECT, x), an_accession()) for n, x in enumerate((DATA, RIGHTS))
    ]
    found = past(an_archive(*received))
    assert len(set(found.names)) == 2
    assert all("empreinte" in name for name in found.names)
    assert found.the(0).startswith("la version reçue le 5 janvier 2026, empreinte ")


def test_a_document_is_told_once_per_build() -> None:
    held = versions(text(OBJECT), text(DATA))
    archive = an_archive(*held)
    assert past(archive) is past(archive)
    assert Pasts() is not archive.pasts


def test_a_sentence_that_moves_inside_its_provision_does_not_move_it() -> None:
    title, first = ACCOUNT
    second = "La ville répond à toute demande d’ouverture dans un délai de quinze jours ouvrés."
    third = "Le titulaire du compte en reste responsable jusqu’à sa fermeture effective."
    before, after = (" ".join(order) for order in ((first, second, third), (second, first, third)))
    archive = an_archive(*versions(text(OBJECT, (title, before)), text(OBJECT, (title, after))))
    happened = the(section(told(archive, 1), "article-2"), "changee")
    assert "un passage y change de place" in words(happened)
    old = the(parse(version_page(archive, next(iter(entries.held(archive.corpus)))).body), "texte")
    assert not list(having(old, "devenu"))


# The check of a summary


def test_the_check_of_a_summary_stands_beside_it() -> None:
    one, two = versions(text(OBJECT, PASSWORD), text(OBJECT, LONGER), summary="Article 1 : objet précisé.")
    archive = an_archive(one, two)
    assert past(archive).announced(one) == ()
    held = list(entries.held(archive.corpus))
    found = the(parse(version_page(archive, held[1]).body), "verification")
    assert words(found) == (
        "Le résumé annonce l’article 1, dont aucun mot n’a changé."
        " L’article 2 a changé et le résumé ne l’annonce pas."
        " Vérification automatique, non exhaustive : lisez la comparaison."
    )
    assert not list(having(parse(version_page(archive, held[0]).body), "verification"))


# How much each version changed


def measures(archive: Archive) -> list[Element]:
    (service,) = archive.corpus.services
    return list(the(parse(service_page(archive, service).body), "mesures"))


def test_the_service_page_measures_each_version_in_words_and_bars() -> None:
    typography = text(OBJECT, RIGHTS, LONGER).replace("au moins", "au\u00a0moins")
    archive = an_archive(
        *versions(
            text(OBJECT, PASSWORD), text(OBJECT, RIGHTS, LONGER), text(OBJECT, RIGHTS, LONGER), typography
        )
    )
    lines = measures(archive)
    nothing = "0 mot ajouté 0 mot supprimé"
    assert [words(line, without="lu") for line in lines] == [
        f"v4 {nothing} 1 changement. Aucun mot modifié. Seuls changent : typographie.",
        f"v3 {nothing} Les deux textes sont identiques.",
        "v2 16 mots ajoutés 1 mot supprimé 2 changements. 1 disposition modifiée, 1 disposition ajoutée."
        " Changent aussi : numéros.",
    ]
    assert [link.get("href") for line in lines for link in line.iter("a")] == [
        f"cgu/v{n}/depuis/v{n - 1}.html" for n in (4, 3, 2)
    ]
    bars = [[name for name in ("barre-ajout", "barre-retrait") for _ in having(line, name)] for line in lines]
    assert bars == [[], [], ["barre-ajout", "barre-retrait"]]


def test_the_changes_of_a_version_are_the_lines_of_its_comparison() -> None:
    """Renumbered references and provisions are told as the list tells them: together, once."""
    kinds = ("habitant", "voisin", "commerçant", "visiteur", "bénévole")
    articles, later = (
        [(kind.title(), f"Le {kind} garde son secret, comme le dit l’article {n + 3}.") for kind in kinds]
        for n in (0, 1)
    )
    old, new = versions(text(OBJECT, *articles), text(RIGHTS, OBJECT, *later))
    archive = an_archive(old, new)
    (line,) = measures(archive)
    held = list(entries.held(archive.corpus))
    pages = list(comparison_pages(archive, held[0].service, held[0].terms))
    (page,) = (page for page in pages if page.address == addresses.comparison(new.address, old.address))
    listed = list(the(parse(page.body), "changements"))
    (count,) = line.iter("strong")
    assert int(words(count).split()[0]) == len(listed)
    assert past(archive).history.steps[0].changes > len(listed)


# In the archive that people read


def test_each_version_of_the_imaginary_service_has_its_history(archive: Path, corpus: Corpus) -> None:
    document = corpus.service("demonstration").document("cgu")
    for version in document.published:
        tree = read(archive / addresses.history(version.address))
        ids = [element.get("id") for element in tree.iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        text = read(archive / addresses.version(version.address))
        anchors = {element.get("id") for element in having(text, "provision")}
        assert {element.get("id") for element in having(tree, "vie-disposition")} == anchors
        assert len(list(tree.iter("h1"))) == 1
    assert not (archive / "soffi/cgu/sans-date-1/histoire.html").exists()


def test_the_demonstration_tells_its_renumbering(archive: Path) -> None:
    tree = read(archive / "demonstration/cgu/v6/histoire.html")
    assert "Elle est l’article 8 jusqu’à v3, l’article 9 depuis v4." in first(tree, "article-9")
    old = the(read(archive / "demonstration/cgu/v3/index.html"), "texte")
    (said,) = (e for e in section(old, "article-8") if "devenu" in (e.get("class") or ""))
    assert words(said, without="") == "Devenu l’article 9 dans v6"


def test_the_history_is_written_for_machines_too(archive: Path, corpus: Corpus) -> None:
    document = json.loads((archive / "demonstration/cgu/histoire.json").read_bytes())
    published = corpus.service("demonstration").document("cgu").published
    assert document["format"] == "cgu-history/1"
    assert [side["text_hash"] for side in document["versions"]] == [v.text_hash for v in published]
    assert not (archive / "soffi/cgu/histoire.json").exists()


def test_a_text_that_cannot_be_read_is_named() -> None:
    good = versions(text(OBJECT))[0]
    archive = an_archive(good, a_version("mairie/cgu/v2", b"\xff", a_metadata()))
    with pytest.raises(UnreadableTextError, match=r"mairie/cgu/v2/texte\.md"):
        past(archive)
