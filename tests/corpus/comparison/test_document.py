from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from cgu_archive.corpus.comparison import (
    FORMAT,
    Side,
    compare_bytes,
    comparison_hash,
    hashed_bytes,
    rebuild,
    to_json,
)
from cgu_archive.corpus.comparison.document import ENGINE
from cgu_archive.corpus.hashing import canonical, text_hash
from cgu_archive.corpus.model import Corpus

OLD = "# Conditions\n\n## Article 1 – Prix\n\nIl paie 12 €.\r\n\n## Article 2 – Fin\n\nFin.\n"
NEW = "# Conditions\n\n## Article 1 – Prix\n\nIl paie 15 €.\r\n\n## Article 3 – Fin\n\nFin.\n"


def test_the_document_says_what_changed_in_the_promised_form() -> None:
    document = to_json(compare_bytes(OLD.encode(), NEW.encode()))
    assert json.loads(json.dumps(document)) == document
    assert document["format"] == FORMAT == "cgu-comparison/1"
    assert document["words"] == {"inserted": 1, "deleted": 1}
    assert document["classes"] == ["wording", "numbering"]
    assert document["changes"] == [
        {
            "kinds": ["edited"],
            "classes": ["wording"],
            "scope": "provision",
            "same": True,
            "old": {"number": "1", "title": "Prix", "address": "article-1"},
            "new": {"number": "1", "title": "Prix", "address": "article-1"},
            "words": {"inserted": 1, "deleted": 1},
            "sentences": 1,
            "callouts": [{"kind": "amount", "old": "12 €", "new": "15 €"}],
            "rows": [2],
            "moves": [],
        },
        {
            "kinds": ["renumbered"],
            "classes": ["numbering"],
            "scope": "provision",
            "same": True,
            "old": {"number": "2", "title": "Fin", "address": "article-2"},
            "new": {"number": "3", "title": "Fin", "address": "article-3"},
            "words": {"inserted": 0, "deleted": 0},
            "sentences": 0,
            "callouts": [],
            "rows": [3],
            "moves": [],
        },
    ]
    assert document["warnings"] == [
        {
            "kind": "number-skipped",
            "details": ["3", "2"],
            "place": {"number": "3", "title": "Fin", "address": "article-3"},
        }
    ]
    assert {"old": "article-2", "new": "article-3"} in document["pairs"]  # type: ignore[operator]


def test_a_side_that_has_none_is_null() -> None:
    document = to_json(compare_bytes(b"a", b"a\n\n## Article 1\n\nb"))
    (change,) = document["changes"]  # type: ignore[union-attr, misc]
    assert change["old"] is None
    assert change["new"]["address"] == "article-1"


def test_both_texts_are_rebuilt_from_the_document_alone() -> None:
    document = json.loads(json.dumps(to_json(compare_bytes(OLD.encode(), NEW.encode()))))
    assert rebuild(document) == (OLD.encode(), NEW.encode())


def test_a_moved_sentence_is_told_at_both_ends() -> None:
    stays, goes = "Le service est ouvert à tous les agents.", "Chaque compte est personnel et nominatif."
    old, new = f"{goes} {stays}\n", f"{stays} {goes}\n"
    document = json.loads(json.dumps(to_json(compare_bytes(old.encode(), new.encode()))))
    assert document["rows"][0]["spans"] == [
        ["-", f"{goes} ", None, 0],
        ["=", stays, None],
        ["+", f" {goes}", None, 0],
    ]
    assert document["moves"] == [{"from": 0, "to": 0, "change": 0, "cut": False}]
    assert document["changes"][0]["kinds"] == ["moved"]
    assert document["changes"][0]["moves"] == [0]
    assert document["words"] == {"inserted": 0, "deleted": 0}
    assert rebuild(document) == (old.encode(), new.encode())


def test_the_hash_is_of_the_whole_comparison() -> None:
    first = compare_bytes(OLD.encode(), NEW.encode())
    assert comparison_hash(first) == comparison_hash(compare_bytes(OLD.encode(), NEW.encode()))
    named = compare_bytes(OLD.encode(), NEW.encode(), old_side=Side(None, "v1"), new_side=Side(None, "v1"))
    assert named.warnings != first.warnings
    assert comparison_hash(first) == comparison_hash(named), "the texts alone decide"
    assert comparison_hash(first) != comparison_hash(compare_bytes(NEW.encode(), OLD.encode()))
    assert len(comparison_hash(first)) == 64


def test_what_is_hashed_is_canonical_and_still_holds_both_texts() -> None:
    found = compare_bytes(OLD.encode(), NEW.encode(), old_side=Side(None, "v1"), new_side=Side(None, "v1"))
    raw = hashed_bytes(found)
    assert text_hash(raw) == comparison_hash(found)
    document = json.loads(raw)
    assert canonical(document) == raw
    assert rebuild(document) == (OLD.encode(), NEW.encode())
    assert "warnings" not in document
    assert document["old"] == {"text_hash": text_hash(OLD.encode())}
    assert {**document, **{key: to_json(found)[key] for key in ("old", "new", "warnings")}} == to_json(found)


SEEDED = """
import sys
from itertools import permutations
from pathlib import Path
from cgu_archive.corpus.comparison import compare, comparison_hash, read
texts = [read(Path(name).read_bytes()) for name in sys.argv[1:]]
for old, new in permutations(texts, 2):
    print(comparison_hash(compare(old, new)))
"""


def test_the_hash_does_not_depend_on_the_process(texts_dir: Path) -> None:
    """Two texts that have little in common: many ties to break, that the order of a set must not break."""
    texts = [
        str(path) for path in sorted(texts_dir.glob("*/cgu/*/texte.md")) if "demonstration" not in str(path)
    ]
    assert len(texts) >= 5
    found = {
        subprocess.run(
            [sys.executable, "-c", SEEDED, *texts],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


def test_the_same_engine_gives_the_same_hash(corpus: Corpus) -> None:
    """Whoever changes what is told of two texts raises `ENGINE`, then the hashes here."""
    held = corpus.service("demonstration").document("cgu").versions
    versions = {version.address.slug: version for version in held}
    found = {
        (old, new): comparison_hash(compare_bytes(versions[old].text, versions[new].text))
        for old, new in (("v3", "v4"), ("v1", "v6"))
    }
    assert ENGINE == 2
    assert found == {
        ("v3", "v4"): "c6d9beebdef31bf45a1491f1a1d44d08f1273eaf0890c4f507426b2a1e16312b",
        ("v1", "v6"): "ea5ffaa7455ed6870beea9801aeac4c589fd61cd4b0b594cbf6116190f228178",
    }
