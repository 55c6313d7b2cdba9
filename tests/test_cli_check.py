"""`cgu check`: what is asked to be read, how it is told, and what mends a draft."""

from __future__ import annotations

import io
import json
import sys

import pytest

from cgu_archive import cli
from tests.builders import write_draft, write_published, write_service
from tests.test_cli import V1, V2, Cgu, cgu, root  # noqa: F401 - pytest finds its fixtures here

TEXT = "# Titre\n\nGérer les accès les accès.\n\nDevant la CSA, d’Portail.\n"
MENDED = "# Titre\n\nGérer les accès.\n\nDevant la CSA, de Portail.\n"


@pytest.fixture
def drafted(cgu: Cgu) -> Cgu:  # noqa: F811
    """A published version and a draft that say the same."""
    write_published(cgu.root, text=TEXT)
    write_draft(cgu.root, V2, TEXT + "\nLe droit le droit.\n")
    return cgu


def numbers(cgu: Cgu, *arguments: str) -> list[tuple[str, str]]:  # noqa: F811
    cgu("check", *arguments, "--json")
    return [(one["file"].split("/")[2], one["number"]) for one in json.loads(cgu.out)["findings"]]


def test_findings_are_told_by_version_and_line_among_their_words(drafted: Cgu) -> None:
    assert drafted("check") == 0
    assert drafted.out.splitlines() == [
        V1,
        f"Avertissement : {V1}/texte.md:3: « les accès » : dit 2 fois de suite."
        " Le texte reste tel quel ; seul l’éditeur le corrige, par une nouvelle version. [L-07]",
        "    titre : … Gérer ⟦les accès les accès⟧. …",
        f"Avertissement : {V1}/texte.md:5: « d’Portail » : élision devant une consonne, reste probable"
        " d’un remplacement. Le texte reste tel quel ; seul l’éditeur le corrige, par une nouvelle version."
        " [L-09]",
        "    titre : … Devant la CSA, ⟦d’Portail⟧. …",
        "",
        V2,
        f"Avertissement : {V2}/texte.md:3: « les accès » : dit 2 fois de suite."
        " Retirez l’une des deux fois. [L-07]",
        "    titre : … Gérer ⟦les accès les accès⟧. …",
        f"Avertissement : {V2}/texte.md:5: « d’Portail » : élision devant une consonne, reste probable"
        " d’un remplacement. Écrivez « de Portail », ou rétablissez l’article. [L-09]",
        "    titre : … Devant la CSA, ⟦d’Portail⟧. …",
        f"Remarque : {V2}/texte.md:5: « CSA » : sigle que le texte ne développe pas."
        " Écrivez-le en toutes lettres la première fois, le sigle entre parenthèses. [L-16]",
        "    titre : … Devant la ⟦CSA⟧, d’Portail. …",
        f"Avertissement : {V2}/texte.md:7: « le droit » : dit 2 fois de suite."
        " Retirez l’une des deux fois. [L-07]",
        "    titre : … ⟦Le droit le droit⟧. …",
        "0 erreur(s), 5 avertissement(s), 1 remarque(s).",
    ]


def test_one_rule_one_level_one_address_or_the_drafts(drafted: Cgu) -> None:
    write_service(drafted.root, "port", name="Port")
    write_published(drafted.root, "port/cgu/v9", "# Port\n\nLe port le port.\n")
    assert numbers(drafted, "--rule", "L-16") == [("v1", "L-16"), ("v2", "L-16")]
    assert numbers(drafted, "--rule", "L-09", V1) == [("v1", "L-09")]
    assert numbers(drafted, "port") == [("v9", "L-07")]
    assert numbers(drafted, "port/cgu/v9") == [("v9", "L-07")]
    assert numbers(drafted, "--drafts", "--level", "warning") == [
        ("v2", "L-07"),
        ("v2", "L-09"),
        ("v2", "L-07"),
    ]
    assert ("v1", "L-16") in numbers(drafted, "--level", "info")
    assert numbers(drafted, "--level", "error") == []


@pytest.mark.parametrize("address", ["ailleurs", "mairie/autre", "mairie/cgu/v9", "a/b/c/d"])
def test_an_address_that_is_not_there_is_a_wrong_call(drafted: Cgu, address: str) -> None:
    assert drafted("check", address) == 2
    assert "Adresse inconnue" in drafted.err


def test_errors_of_what_was_asked_make_the_exit_code(cgu: Cgu) -> None:  # noqa: F811
    write_draft(cgu.root, V1, "# Titre\n\n[ici](#)\n")
    assert cgu("check") == 1
    assert cgu("check", "--rule", "L-02") == 1
    assert f"Erreur : {V1}/texte.md:3: lien « ici » sans adresse." in cgu.err
    assert "[L-02 link-lost]" in cgu.err
    assert cgu("check", "--rule", "L-07") == 0


def test_places_and_fixes_are_in_the_json(drafted: Cgu) -> None:
    drafted("check", V2, "--rule", "L-07", "--json")
    first = json.loads(drafted.out)["findings"][0]
    assert (first["line"], first["columns"], first["provision"]) == (3, [7, 25], "titre")
    assert (first["words"], first["number"]) == ("les accès les accès", "L-07")
    assert first["fix"] == [{"start": 24, "end": 34, "words": ""}]


def test_drafts_are_mended_after_a_yes_and_published_texts_never(
    drafted: Cgu, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (drafted.root / V1 / "texte.md").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert drafted("check", "--fix") == 1
    assert "Gérer les accès⟦ les accès⟧. → Gérer les accès⟦⟧." in drafted.err
    assert "rien n’a été fait" in drafted.err
    monkeypatch.setattr(sys, "stdin", io.StringIO("oui\n"))
    assert drafted("check", "--fix") == 0
    assert f"Corrigé : {V2}, 3 correction(s)." in drafted.out
    assert (drafted.root / V2 / "texte.md").read_text("utf-8") == MENDED + "\nLe droit.\n"
    assert (drafted.root / V1 / "texte.md").read_bytes() == before
    assert drafted("check", "--fix", "--yes") == 0
    assert drafted.out == "Rien à corriger automatiquement.\n"


def test_a_draft_that_changed_in_the_meantime_is_left_alone(
    drafted: Cgu, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(question: str) -> None:
        (drafted.root / V2 / "texte.md").write_text("autre", "utf-8")

    monkeypatch.setattr("cgu_archive.cli.checking.confirm", changed)
    assert drafted("check", "--fix") == 1
    assert "vient de changer" in drafted.err
    assert (drafted.root / V2 / "texte.md").read_text("utf-8") == "autre"


def test_attestations_are_read_on_the_day_of_the_command(cgu: Cgu, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    write_draft(cgu.root, V1)
    yml = cgu.root / V1 / "version.yml"
    said = 'homologation:\n  act: "Délibération"\n  on: "2023-03-01"\n'
    yml.write_text(yml.read_text("utf-8").replace("homologation: null\n", said), "utf-8")
    assert numbers(cgu) == []
    monkeypatch.setattr(cli, "_now", lambda: cli.INSTANT.convert("2026-03-02", None, None))
    assert numbers(cgu) == [("v1", "L-27")]
