from __future__ import annotations

import json

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


def test_the_same_engine_gives_the_same_hash(corpus: Corpus) -> None:
    """Whoever changes what is told of two texts raises `ENGINE`, then the hashes here."""
    held = corpus.service("demonstration").document("cgu").versions
    versions = {version.address.slug: version for version in held}
    found = {
        (old, new): comparison_hash(compare_bytes(versions[old].text, versions[new].text))
        for old, new in (("v3", "v4"), ("v1", "v6"))
    }
    assert ENGINE == 1
    assert found == {
        ("v3", "v4"): "dec41c2ec1e8939fdbf0bdc4d1eee5489e9c6f1baee78f1aafea2a0a8d41871e",
        ("v1", "v6"): "33d4b230a340ebcb952a982217fe834597a48a9d121b56ef7a35152d5c16bc02",
    }
