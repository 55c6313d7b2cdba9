from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus import fields, reading, writing
from cgu_archive.corpus.dates import PartialDate
from cgu_archive.corpus.hashing import canonical
from cgu_archive.corpus.model import Approval, Corpus, Homologation, Metadata, Origin, Source
from cgu_archive.corpus.rules import TYPES, Rule, RuleKind

WORDS = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), include_characters="\n"), min_size=1, max_size=30
)
SLUGS = st.from_regex(r"[a-z0-9]{1,8}([.-][a-z0-9]{1,4})?", fullmatch=True)
DAYS = st.dates(min_value=date(1000, 1, 1))
HASHES = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
VALUES = {bool: st.just(True), int: st.integers(0, 999_999_999), str: WORDS}
RULES = st.sampled_from(RuleKind).flatmap(
    lambda kind: st.builds(
        Rule, id=SLUGS, kind=st.just(kind), value=VALUES[TYPES[kind]], at=SLUGS, quote=WORDS
    )
)
METADATA = st.builds(
    Metadata,
    label=st.none() | WORDS,
    origin=st.sampled_from(Origin),
    declared_on=st.none() | st.builds(PartialDate, st.integers(1000, 9999), st.integers(1, 12)),
    approved_on=st.none() | DAYS,
    published_at=st.none()
    | st.datetimes(datetime(1000, 1, 1), timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),  # noqa: DTZ001
    effective_on=st.none() | DAYS,
    required_on=st.none() | DAYS,
    archived_on=st.none() | DAYS,
    approval=st.none() | st.builds(Approval, WORDS, DAYS),
    homologation=st.none() | st.builds(Homologation, WORDS, DAYS),
    reason=st.none() | WORDS,
    reason_kind=st.none() | st.sampled_from(reading.REASON_KINDS),
    summary=st.none() | WORDS,
    corrects=st.none() | SLUGS,
    source=st.none() | st.builds(Source, SLUGS, DAYS, HASHES),
    transcription=st.integers(1, reading.MAX_TRANSCRIPTIONS),
    rules=st.lists(RULES, max_size=3).map(tuple),
)


@given(METADATA, st.none() | HASHES, st.none() | HASHES)
def test_what_is_written_is_read_back(metadata: Metadata, text: str | None, frozen: str | None) -> None:
    raw = writing.version_yml(metadata, text, frozen)
    read, findings = fields.load("version.yml", raw, reading.metadata)
    assert findings == ()
    assert read == (metadata, text, frozen)
    assert writing.version_yml(*read) == raw


@given(METADATA)
def test_frozen_metadata_are_read_back(metadata: Metadata) -> None:
    assert reading.frozen(canonical(metadata.contractual())) == metadata


def test_keys_stand_in_the_documented_order(corpus: Corpus) -> None:
    raw = writing.version_yml(corpus.version("ocapiat/cgu/ca-2025-04-08").metadata, None, None).decode()
    keys = [line.split(":")[0] for line in raw.splitlines() if not line.startswith((" ", "-"))]
    assert keys == [*reading.METADATA_KEYS, "text_hash", "metadata_hash"]


@pytest.mark.parametrize("number", [1, 2, 6])
def test_published_files_are_written_as_this_code_writes_them(corpus: Corpus, texts_dir, number: int) -> None:
    version = corpus.version(f"demonstration/cgu/v{number}")
    written = (texts_dir / str(version.address) / "version.yml").read_bytes()
    assert written == writing.version_yml(version.metadata, version.text_hash, version.metadata_hash)


def test_sentences_and_dates_are_quoted_names_are_not(corpus: Corpus) -> None:
    metadata = corpus.version("demonstration/cgu/v2").metadata
    lines = writing.version_yml(replace(metadata, corrects="v1"), "a" * 64, None).decode().splitlines()
    assert "origin: publication" in lines
    assert 'archived_on: "2025-06-02"' in lines
    assert "corrects: v1" in lines
    assert f"text_hash: {'a' * 64}" in lines
    assert "metadata_hash: null" in lines
    assert "  - id: one-account" in lines
