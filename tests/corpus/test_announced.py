"""A publisher's summary is checked on the provisions it names: no more, no less."""

from __future__ import annotations

from itertools import pairwise

import pytest

from cgu_archive.corpus import announced
from cgu_archive.corpus.announced import Announcement
from cgu_archive.corpus.comparison import compare, read
from cgu_archive.corpus.model import Corpus

BODIES = {
    "Objet": "Le service permet de déclarer une adresse aux services de la ville.",
    "Compte": "L’usager ouvre un compte avec une adresse électronique valide.",
    "Secret": "Le mot de passe contient au moins huit caractères et reste secret.",
    "Conservation": "Les données sont conservées trois ans après la fermeture du compte.",
    "Droits et recours": "Chacun peut demander la copie ou la rectification de ses données personnelles.",
}
NEW = ("Litiges", "Tout différend est porté devant le tribunal du siège de la ville.")


def text(*bodies: tuple[str, str]) -> str:
    return "# Conditions\n\n" + "".join(
        f"## Article {n} – {title}\n\n{body}\n\n" for n, (title, body) in enumerate(bodies, 1)
    )


OLD = text(*BODIES.items())
EDITED = OLD.replace("huit", "douze")
INSERTED = text(("Objet", BODIES["Objet"]), NEW, *list(BODIES.items())[1:])
DELETED = text(*(item for item in BODIES.items() if item[0] != "Compte"))
NUMBERED = "1. Le service est gratuit.\n2. Le compte est personnel.\n3. Le secret est gardé.\n"


def check(summary: str, new: str, old: str = OLD) -> Announcement:
    before, after = read(old.encode()), read(new.encode())
    return announced.check(summary, before, after, compare(before, after))


def said(summary: str, new: str, old: str = OLD) -> tuple[str, ...]:
    return announced.said(check(summary, new, old))


@pytest.mark.parametrize(
    ("summary", "new"),
    [
        ("L’article 3 demande douze caractères.", EDITED),
        ("Art. 3 : douze caractères.", EDITED),
        ("Article n° 3 modifié.", EDITED),
        ("Secret : douze caractères. Voir « Secret » (article 3).", EDITED),
        ("Article 2 ajouté.", INSERTED),
        ("Un article 2 est ajouté, les articles 2 à 5 deviennent les articles 3 à 6.", INSERTED),
        ("Article 2 supprimé.", DELETED),
        ("L’article 2 est supprimé ; les articles 3, 4 et 5 prennent les numéros précédents.", DELETED),
        ("Article 3 : douze caractères. L’article 4 ne change pas.", EDITED),
        ("Article 3 : mise en conformité avec l’article 6 du code civil.", EDITED),
        ("Article 3 : mise en conformité avec les articles 12 et 13 du RGPD.", EDITED),
    ],
)
def test_a_summary_that_says_what_changed_agrees(summary: str, new: str) -> None:
    found = check(summary, new)
    assert found == Announcement(names_any=True)
    assert found.agrees
    assert announced.said(found) == (
        "Le résumé nomme chaque disposition dont un mot a changé, et seulement celles-là.",
    )


def test_what_is_announced_and_did_not_change_is_said() -> None:
    assert said("Articles 3 et 4 modifiés.", EDITED) == (
        "Le résumé annonce l’article 4, dont aucun mot n’a changé.",
    )


def test_typography_is_no_reason_to_announce_a_provision() -> None:
    new = OLD.replace("L’usager", "L'usager")
    assert said("Article 2 modifié.", new) == ("Le résumé annonce l’article 2, dont aucun mot n’a changé.",)
    assert check("Article 3 modifié.", EDITED.replace("L’usager", "L'usager")).agrees


def test_a_link_is_worth_announcing() -> None:
    new = OLD.replace("données", "[données](https://ville.fr)", 1)
    assert check("Article 4 : un lien est ajouté.", new).agrees


def test_what_changed_unsaid_is_said() -> None:
    new = EDITED.replace("trois ans", "deux ans").replace(
        "# Conditions", "# Conditions\n\nUn préambule neuf."
    )
    assert said("Article 3 modifié.", new) == (
        "« Conditions » a changé et le résumé ne l’annonce pas.",
        "L’article 4 a changé et le résumé ne l’annonce pas.",
    )


def test_an_insertion_and_a_deletion_unsaid_are_said_but_not_their_cascade() -> None:
    assert said("Article 1 modifié.", INSERTED) == (
        "Le résumé annonce l’article 1, dont aucun mot n’a changé.",
        "L’article 2 a changé et le résumé ne l’annonce pas.",
    )
    assert [place.number for place in check("Article 3 modifié.", DELETED).unannounced] == ["2"]


def test_a_number_nobody_has_is_said() -> None:
    assert said("Articles 3 et 12 modifiés.", EDITED) == (
        "Le résumé nomme « article 12 », que ni l’ancien texte ni le nouveau n’ont.",
    )


def test_a_range_announces_each_provision_of_it() -> None:
    unchanged = check("Les articles 2 à 5 sont modifiés.", EDITED).unchanged
    assert [place.number for place in unchanged] == ["2", "4", "5"]
    huge = check("Les articles 3 à 99999 sont modifiés.", EDITED)
    assert huge.unknown == ("article 99999",)


def test_a_provision_announces_those_it_holds_but_not_the_one_above() -> None:
    old = "## Article 1 – Objet\n\nLe service est gratuit.\n\n### 1.1 Compte\n\nIl est personnel.\n"
    new = old.replace("personnel", "partagé")
    assert check("Article 1 modifié.", new, old).agrees
    assert check("Section 1.1 modifiée.", new, old).agrees
    above = check("Section 1.1 modifiée.", new.replace("gratuit", "payant"), old)
    assert [place.address for place in above.unannounced] == ["article-1"]


@pytest.mark.parametrize("summary", ["Paragraphe 2 modifié.", "§ 2 modifié.", "Points 2 modifiés.", "§§ 2."])
def test_numbered_paragraphs_are_named_in_many_ways(summary: str) -> None:
    new = NUMBERED.replace("personnel", "partagé")
    assert check(summary, new, NUMBERED).agrees
    (place,) = check(summary.replace("2", "3"), new, NUMBERED).unannounced
    assert announced.said(Announcement(names_any=True, unannounced=(place,))) == (
        "Le paragraphe 2 a changé et le résumé ne l’annonce pas.",
    )


@pytest.mark.parametrize(
    "summary", ["Diverses améliorations.", "Mise en conformité avec l’article 6 du code."]
)
def test_a_summary_that_names_nothing_cannot_be_checked(summary: str) -> None:
    assert said(summary, EDITED) == ("Le résumé ne nomme aucune disposition : rien ne peut être vérifié.",)


def test_a_title_in_full_names_its_provision() -> None:
    new = OLD.replace("la copie ou ", "")
    assert check("Droits et recours : la copie n’est plus proposée.", new).agrees


def test_a_passage_that_moved_is_announced_by_either_end() -> None:
    extra = "Ce passage assez long peut être retrouvé ailleurs dans le texte de la ville."
    old = OLD.replace("valide.", f"valide.\n\n{extra}")
    new = OLD.replace("du compte.", f"du compte.\n\n{extra}")
    assert check("Un passage va de l’article 2 à l’article 4.", new, old).agrees
    assert check("Article 3.", new, old).unannounced == (), "it moved, and lost no word"


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("## Partie 2 – Compte", "La partie 2"),
        ("## Section 2 – Compte", "La section 2"),
        ("## Annexe 2 – Compte", "L’annexe 2"),
        ("## Chapitre 2 – Compte", "Le chapitre 2"),
        ("## Compte de l’usager", "« Compte de l’usager »"),
        ("", "Le début du texte"),
    ],
)
def test_each_provision_is_called_by_its_name(heading: str, expected: str) -> None:
    body = "Le compte de l’usager est personnel et gratuit."
    old = f"{heading}\n\n{body}\n\n## Article 9 – Fin\n\nFin du texte.\n"
    (sentence,) = said("Article 9.", old.replace("gratuit", "payant").replace("Fin du", "Bout du"), old)
    assert sentence == f"{expected} a changé et le résumé ne l’annonce pas."


def test_the_summaries_of_the_demonstration_agree(corpus: Corpus) -> None:
    versions = corpus.service("demonstration").document("cgu").versions
    checked = 0
    for before, after in pairwise(versions):
        if after.metadata.summary is not None:
            found = check(after.metadata.summary, after.text.decode(), before.text.decode())
            assert found.names_any
            assert found.agrees, announced.said(found)
            checked += 1
    assert checked >= 3
