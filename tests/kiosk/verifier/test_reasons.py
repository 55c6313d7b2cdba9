"""Every reason that `cgu-verify` gives is told in the language of the answer."""

from __future__ import annotations

import ast
import base64
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import kiosk.proof
import kiosk.verifier
from kiosk.proof.errors import AlteredError, MalformedError, ProofError, TimeError
from kiosk.verifier.reasons import FRENCH as REASONS
from kiosk.verifier.reasons import reason
from kiosk.verifier.words_english import ENGLISH
from kiosk.verifier.words_french import FRENCH
from tests.kiosk.proof import test_vectors as vectors
from tests.vectors import cases_browser

ENGLISH_WORDS = re.compile(r"\b(?:the|of|is|not|that|expected|found|an|and|one|its|was|by|here)\b")
ERRORS = {one.__name__ for one in ProofError.__subclasses__()}


def raised() -> Iterator[tuple[str, int]]:
    """Every template that an error is made with, and how many values go with it."""
    for package in (kiosk.proof, kiosk.verifier):
        for file in sorted(Path(package.__path__[0]).glob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
                    given = node.args[1:] if node.func.id == "TimeError" else node.args
                    assert isinstance(given[0], ast.Constant), f"{file.name}, {node.lineno}: no template"
                    yield given[0].value, len(given) - 1


def places(template: str) -> list[tuple[str | None, str | None, str | None]]:
    return [(name, spec, how) for _, name, spec, how in string.Formatter().parse(template) if name == ""]


def test_every_reason_has_its_words_in_french() -> None:
    found = dict(raised())
    assert len(found) > 150
    assert set(found) == set(REASONS), "what is raised, and what is told"
    for template, count in found.items():
        assert len(places(template)) == count, template
        assert places(template) == places(REASONS[template]), template


REFUSED = [file for file in vectors.FILES if json.loads(file.read_bytes())["expected"]["error"]]


@pytest.mark.parametrize("file", REFUSED, ids=lambda file: file.stem)
def test_why_a_vector_is_refused_is_told_without_english(file: Path) -> None:
    said = json.loads(file.read_bytes())
    whole = said["kind"] == "receipt" or file.stem.startswith("browser-")
    evaluate = cases_browser.evaluate if whole else vectors.EVALUATED[said["kind"]]
    with pytest.raises(ProofError) as caught:
        evaluate(said["kind"], base64.b64decode(said["input"]), said["trust"])
    told = reason(caught.value, FRENCH)
    assert not ENGLISH_WORDS.search(told), told


def test_a_reason_is_told_in_the_language_of_the_answer() -> None:
    error = MalformedError("bundle: at most {} files expected, {} found", 5, 6)
    assert reason(error, FRENCH) == "dossier : 5 fichiers au plus attendus, 6 trouvés"
    assert reason(error, ENGLISH) == str(error) == "bundle: at most 5 files expected, 6 found"


def test_a_reason_within_a_reason_is_told_too() -> None:
    inner = MalformedError("DER: a tag and a length expected")
    error = TimeError("malformed", "time token: {}", inner)
    assert reason(error, FRENCH) == "jeton d’horodatage : DER : une étiquette et une longueur attendues"
    assert str(error) == "time token: DER: a tag and a length expected"


def test_what_a_library_says_in_english_is_not_repeated() -> None:
    error = TimeError("malformed", "time token: {}", ValueError("error parsing asn1 value"))
    assert reason(error, FRENCH) == "jeton d’horodatage : il n’est pas comme attendu"


@pytest.mark.parametrize("said", ["text", "{}", "{0}", "previous"])
def test_what_the_file_says_stays_as_it_says_it(said: str) -> None:
    error = AlteredError("the statement commits to no field {!r}", said)
    assert reason(error, FRENCH) == f"l’enregistrement n’engage aucun champ {said!r}"


def test_words_of_ours_among_the_values_are_told_in_french() -> None:
    error = AlteredError("what it names as {} is not here", "previous")
    assert reason(error, FRENCH) == "ce qu’il nomme n’est pas dans le dossier : la décision précédente"
