from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus import hashing

BMP = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=("Cs",)), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(BMP, inner, max_size=4),
    max_leaves=12,
)


def test_the_hash_of_nothing_is_that_of_the_standard() -> None:
    """FIPS 180-4, the empty message."""
    assert hashing.text_hash(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.requirement("P-10")
def test_the_hash_of_a_text_is_that_of_sha256sum(texts_dir: Path) -> None:
    for file in texts_dir.rglob("texte.md"):
        printed = subprocess.run(["sha256sum", file], capture_output=True, check=True, text=True).stdout
        assert hashing.text_hash(file.read_bytes()) == printed.split()[0]


@given(JSON)
def test_canonical_json_is_that_of_rfc_8785(value: hashing.Json) -> None:
    assert hashing.canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


def test_the_order_of_keys_does_not_change_the_hash() -> None:
    assert hashing.metadata_hash({"a": 1, "é": None}) == hashing.metadata_hash({"é": None, "a": 1})
    assert hashing.metadata_hash({"a": 1}) != hashing.metadata_hash({"a": "1"})


def test_people_read_eight_digits_in_two_groups() -> None:
    assert hashing.short("1a2b3c4d5e6f") == "1a2b 3c4d"
