"""The history of a text as `cgu-history/1`: what HISTORY.md says, and nothing lost of what changed."""

from __future__ import annotations

import json
from typing import Any

from cgu_archive.corpus import comparison
from cgu_archive.corpus.comparison import Side
from cgu_archive.corpus.hashing import canonical
from cgu_archive.corpus.history import history
from cgu_archive.corpus.history_document import FORMAT, to_json

FIRST = """## Article 1 – Objet

Le service est gratuit pour tous les usagers. Il est ouvert à tous les habitants.

## Article 2 – Secret

Le mot de passe contient au moins huit caractères et reste secret.
"""
SECOND = (
    FIRST.replace("huit", "douze")
    .replace(" Il est ouvert à tous les habitants.", "")
    .replace(
        "## Article 2",
        "## Article 2 – Droits\n\nChacun peut demander la copie de ses données.\n\n## Article 3",
    )
)


def written(*texts: str) -> Any:
    sides = [Side(f"{n}" * 64, f"v{n}", None) for n in range(len(texts))]
    found = history((comparison.read(text.encode()) for text in texts), sides)
    return json.loads(canonical(to_json(found, sides)))


def test_a_history_is_written_with_every_version_and_step() -> None:
    document = written(FIRST, SECOND)
    assert document["format"] == FORMAT == "cgu-history/1"
    assert document["versions"][1] == {"text_hash": "1" * 64, "label": "v1", "declared_on": None}
    (step,) = document["steps"]
    assert step["words"] == {"inserted": 12, "deleted": 8}
    assert step["kinds"] == {"edited": 2, "inserted": 1, "renumbered": 1}
    assert (step["changes"], step["provisions"], step["warnings"]) == (3, 3, [])
    assert "wording" in step["classes"]


def test_a_life_is_written_with_each_place_once() -> None:
    document = written(FIRST, FIRST, SECOND)
    (renumbered,) = (life for life in document["lives"] if len(life["places"]) == 2)
    assert renumbered["places"] == [
        {"first": 0, "last": 1, "number": "2", "title": "Secret", "address": "article-2"},
        {"first": 2, "last": 2, "number": "3", "title": "Secret", "address": "article-3"},
    ]
    assert renumbered["beginning"] is renumbered["ending"] is renumbered["again"] is None
    (event,) = renumbered["events"]
    assert event == {
        "at": 2,
        "kinds": ["renumbered", "edited"],
        "classes": ["wording", "numbering"],
        "words": {"inserted": 1, "deleted": 1},
        "source": None,
        "target": None,
        "passage": False,
    }
    assert document["lives"][-1]["beginning"] == {"kind": "inserted", "other": None}


def test_each_wording_is_written_once_with_its_stay_and_what_it_replaced() -> None:
    sentences = written(FIRST, FIRST, SECOND)["sentences"]
    by_text = {sentence["text"]: sentence for sentence in sentences}
    assert len(by_text) == len(sentences)
    removed = by_text["Il est ouvert à tous les habitants."]
    assert (removed["since"], removed["until"]) == (0, 1)
    new = by_text["Le mot de passe contient au moins douze caractères et reste secret."]
    assert (new["since"], new["until"], new["title"], new["stood"]) == (2, 2, False, None)
    (former,) = new["replaced"]
    assert sentences[former]["text"].startswith("Le mot de passe contient au moins huit")
    assert sentences[former]["life"] == new["life"]
    assert by_text["Article 3 – Secret"]["title"] is True
    assert by_text["Article 3 – Secret"]["since"] == 0


def test_a_sentence_that_came_back_says_when_it_stood() -> None:
    *_, back = written(FIRST, SECOND, FIRST)["sentences"]
    assert (back["since"], back["stood"]) == (2, [0, 0])
