"""What `cgu-verify` tells of a statement of any kind, in plain words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from click.testing import CliRunner

from kiosk.proof import kinds, receipt, statement
from kiosk.proof.times import Bounds
from kiosk.verifier import main
from kiosk.verifier.facts import facts
from kiosk.verifier.words_english import ENGLISH
from kiosk.verifier.words_french import FRENCH
from tests.kiosk.proof.making import (
    DOCUMENT,
    PUBLISHER,
    SUCCESSOR,
    Log,
    Receipt,
    accession,
    decision,
    trust_text,
)
from tests.vectors.cases_receipt import example

ABOUT = decision().hash


def held(kind: str, **members: Any) -> Receipt:
    """A sealed receipt of a statement of this kind."""
    body = rfc8785.dumps(example(kind) | members)
    return Receipt(body, proof=Log([accession(0).body, body]).proof(1, 2))


def told(tmp_path: Path, kind: str, **members: Any) -> str:
    """What is printed of it."""
    (tmp_path / "a.json").write_bytes(receipt.dump(held(kind, **members)))
    (tmp_path / "cles").write_text(trust_text(PUBLISHER))
    done = CliRunner().invoke(
        main, [str(tmp_path / "a.json"), "--trust", str(tmp_path / "cles"), "--lang", "fr"]
    )
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.requirement("S-58")
@pytest.mark.parametrize(
    ("kind", "members", "lines"),
    [
        (
            "decision", {"capacity": "organisation", "previous": None},
            ("Objet : acceptée", "Qualité : au nom d’une organisation", "Case : un texte",
             "Données gardées : un texte"),
        ),
        (
            "contestation", {"about": ABOUT},
            ("Objet : contestation d’une décision", f"Décision contestée : {ABOUT}"),
        ),
        (
            "notification", {"purpose": "decision", "channel": "mail", "state": "refused", "about": ABOUT},
            ("Objet : avis envoyé", "But de l’avis : decision", "Voie : courriel", "Remise : non remis",
             f"Enregistrement concerné : {ABOUT}"),
        ),
        (
            "exposure", {"day": "2026-11-21", "count": 12},
            ("Objet : relevé de ce qui a été montré", "Jour : 2026-11-21", "Lignes du relevé : 12"),
        ),
        (
            "erasure", {"act": "term", "statements": [ABOUT] * 7, "decided_by": None, "remedy": None},
            ("Objet : effacement de données personnelles", "Cause : fin de la durée de conservation",
             f"Enregistrements concernés : {', '.join([ABOUT] * 5)}, et 2 autres"),
        ),
        (
            "erasure", {"act": "request", "statements": []},
            ("Cause : demande d’effacement", "Enregistrements concernés : aucun"),
        ),
        (
            "sanction", {
                "act": "measure", "about": ABOUT, "provision": "article-7", "measure": "accès suspendu",
                "until": None, "decided_by": "La directrice", "remedy": None,
            },
            ("Objet : mesure concernant un compte", "Acte : mesure décidée",
             f"Enregistrement concerné : {ABOUT}", "Disposition : article-7", "Mesure : accès suspendu",
             "Jusqu’au : sans terme fixé", "Décidé par : La directrice"),
        ),
        (
            "key-change", {"new": SUCCESSOR.verifier.encode(), "reason": "stolen"},
            ("Objet : changement de clé du registre", f"Nouvelle clé : {SUCCESSOR.verifier.encode()}",
             "Motif : clé volée"),
        ),
        (
            "screens", {"release": "1.2.0", "files": {"b.css": "a" * 64}},
            ("Objet : écran de décision", "Version du logiciel : 1.2.0",
             f"Fichiers de l’écran : b.css : {'a' * 64}"),
        ),
        (
            "incident", {"nature": "recovery", "details": {"published": 9, "leaves": 7}},
            ("Objet : incident du registre", "Nature : reprise du registre",
             "Détails : leaves : 7, published : 9"),
        ),
        (
            "decision", {"together": [example("decision")["document"]], "decision": "awaiting"},
            ("Objet : acceptée, dans l’attente de l’accord du représentant légal",
             f"Sous la même case : un texte/un texte/un texte ({'ab' * 32})"),
        ),
        (
            "publication", {"reason": "coquille"},
            ("Objet : publication d’une version", "Texte : un texte/un texte/un texte", "Motif : coquille"),
        ),
        (
            "accession", {"reason": None},
            ("Objet : entrée d’un texte reçu", "Entrée dans l’archive le : un texte"),
        ),
    ],
)  # fmt: skip
def test_each_kind_is_told_by_what_it_is_about(
    tmp_path: Path, kind: str, members: dict[str, Any], lines: tuple[str, ...]
) -> None:
    printed = told(tmp_path, kind, **members)
    for line in lines:
        assert f"  {line}\n" in printed
    for name, value in members.items():
        if value is None and name in ("previous", "reason", "decided_by", "remedy"):
            assert f"{FRENCH.members[f'{kind}.{name}']} :" not in printed, "what is not there is not told"


@pytest.mark.parametrize("words", [FRENCH, ENGLISH])
def test_every_kind_has_words_of_its_own_in_both_languages(words: Any) -> None:
    for kind in kinds.MEMBERS:
        whole = example(kind)
        beside = {name: [whole["document"]] for name in kinds.OPTIONAL.get(kind, {})}
        said = held(kind, **beside)
        found = facts(said, statement.parse(said.statement), Bounds(), words)
        own = {label for name, label in words.members.items() if name.startswith(f"{kind}.")}
        assert own
        assert own <= found.keys(), "the label of one takes the place of another's"


def test_what_no_kind_checks_is_told_without_being_trusted() -> None:
    whole = {
        "format": statement.FORMER_FORMAT, "kind": "decision", "environment": None, "decision": ["accepted"],
        "at": 1.5, "document": {"service": True, "label": "v1"}, "wording": [], "capacity": {"self": 1},
    }  # fmt: skip
    said = statement.parse(rfc8785.dumps(whole))
    found = facts(Receipt(said.body, promise="x"), said, Bounds(), FRENCH)
    assert found["Objet"] == "décision"
    assert found["Texte"] == "illisible/illisible/illisible"
    assert (found["Numéro"], found["Environnement"]) == ("v1", "illisible")
    assert found["Heure"].startswith("illisible (heure du serveur")
    assert found["Qualité"] == "self : 1"


def test_a_title_of_a_document_is_never_taken_for_a_word_of_ours(tmp_path: Path) -> None:
    printed = told(tmp_path, "sanction", document=DOCUMENT | {"label": "a\n  Jusqu’au : demain"})
    assert "\n  Jusqu’au : demain" not in printed
    assert json.dumps(DOCUMENT["version"]).strip('"') in printed
