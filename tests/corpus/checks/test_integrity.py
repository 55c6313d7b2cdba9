"""What may be done to published files, and that none of it passes unseen."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cgu_archive.corpus import checks, fields, freezing, loader, reading, writing
from cgu_archive.corpus.errors import Finding, Severity
from cgu_archive.corpus.hashing import metadata_hash, text_hash
from cgu_archive.corpus.model import Source
from tests.builders import (
    AT,
    a_corpus,
    a_draft,
    a_metadata,
    a_service,
    a_version,
    an_accession,
    write_published,
    write_service,
)

FOLDER = "mairie/cgu/v1"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_service(tmp_path)
    write_published(tmp_path, FOLDER)
    write_published(tmp_path, "mairie/cgu/v2", "# Deux\n")
    assert checks.check(loader.load(tmp_path)) == ()
    return tmp_path


def found(root: Path, **options: bytes | None) -> list[tuple[str, str]]:
    return [(f.file, f.rule) for f in checks.check(loader.load(root), **options)]


def rewrite(root: Path, *, hashes: bool, register: bool, **changes: object) -> None:
    """Edit the metadata of v1, and on demand the hashes beside them and the line that freezes them."""

    file = root / FOLDER / "version.yml"
    read, _ = fields.load("version.yml", file.read_bytes(), reading.metadata)
    assert read is not None
    metadata, old_text, old_metadata = read
    edited = replace(metadata, **changes)
    digests = (text_hash((root / FOLDER / "texte.md").read_bytes()), metadata_hash(edited.contractual()))
    file.write_bytes(writing.version_yml(edited, *(digests if hashes else (old_text, old_metadata))))
    if register:
        published = root / "PUBLISHED"
        line = f"{FOLDER} {old_text} {old_metadata}"
        published.write_text(published.read_text().replace(line, f"{FOLDER} {digests[0]} {digests[1]}"))


@pytest.mark.requirement("P-10")
def test_one_character_changed_in_a_published_text_is_an_error(root: Path) -> None:
    file = root / FOLDER / "texte.md"
    file.write_bytes(file.read_bytes().replace(b"gratuit", b"gratuiT"))
    (altered, _) = checks.check(loader.load(root))
    assert (altered.file, altered.rule) == (f"{FOLDER}/texte.md", "text-altered")
    assert "PUBLISHED, ligne 1" in altered.message
    assert altered.severity is Severity.ERROR


@pytest.mark.requirement("P-10")
def test_a_text_changed_with_the_hash_beside_it_is_an_error(root: Path) -> None:
    (root / FOLDER / "texte.md").write_bytes(b"# Autre\n")
    rewrite(root, hashes=True, register=False)
    assert found(root) == [(f"{FOLDER}/texte.md", "text-altered")]


@pytest.mark.requirement("P-10", "P-13")
def test_metadata_changed_with_their_hash_are_an_error(root: Path) -> None:
    rewrite(root, hashes=True, register=False, published_at=AT.replace(year=2025))
    assert (f"{FOLDER}/version.yml", "metadata-altered") in found(root)


def test_metadata_changed_alone_contradict_both_their_hash_and_the_register(root: Path) -> None:
    rewrite(root, hashes=False, register=False, reason="Autre motif.")
    assert found(root) == [
        (f"{FOLDER}/version.yml", "metadata-altered"),
        (f"{FOLDER}/version.yml", "metadata-hash"),
    ]


@pytest.mark.requirement("P-10")
def test_text_hash_and_register_changed_together_are_seen_from_the_previous_commit(root: Path) -> None:
    committed = (root / "PUBLISHED").read_bytes()
    (root / FOLDER / "texte.md").write_bytes(b"# Autre\n")
    rewrite(root, hashes=True, register=True)
    assert found(root) == [], "nothing in the folder itself can tell"
    for option in ("previous_register", "checkpoint"):
        assert found(root, **{option: committed}) == [("PUBLISHED", "register-rewritten")]


def lines_of(raw: bytes) -> list[bytes]:
    return raw.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (lambda lines: [], 1),
        (lambda lines: lines[1:], 1),
        (lambda lines: lines[:1], 2),
        (lambda lines: lines[::-1], 1),
        (lambda lines: [lines[0], *lines], 2),
    ],
)
def test_a_line_removed_moved_or_inserted_is_an_error_where_it_begins(
    edit: Callable[[list[bytes]], list[bytes]], line: int
) -> None:
    before = a_corpus(a_service("mairie", a_version(), a_version("mairie/cgu/v2", "# Deux\n")))

    after = replace(before, register=b"".join(edit(lines_of(before.register))))
    findings = checks.check(after, previous_register=before.register)
    (rewritten,) = [finding for finding in findings if finding.rule == "register-rewritten"]
    assert (rewritten.file, rewritten.line) == ("PUBLISHED", line)


def test_lines_added_at_the_end_are_what_publishing_does(root: Path) -> None:
    before = (root / "PUBLISHED").read_bytes()
    write_published(root, "mairie/cgu/v3", "# Trois\n")
    assert found(root, previous_register=before, checkpoint=before[:100]) == []


@pytest.mark.requirement("P-14")
def test_a_published_version_whose_folder_is_gone_is_an_error(root: Path) -> None:
    shutil.rmtree(root / FOLDER)
    assert found(root) == [("PUBLISHED", "version-missing")]


def test_a_published_version_without_hashes_is_an_error(root: Path) -> None:
    file = root / FOLDER / "version.yml"
    read, _ = fields.load("version.yml", file.read_bytes(), reading.metadata)
    assert read is not None
    file.write_bytes(writing.version_yml(read[0], None, None))
    assert found(root) == [(f"{FOLDER}/version.yml", "metadata-hash"), (f"{FOLDER}/version.yml", "text-hash")]


def source_of(raw: bytes, name: str = "source.txt") -> Source:
    return Source(name, AT.date(), text_hash(raw))


def findings_on_source(**changes: object) -> list[Finding]:
    version = a_version(metadata=an_accession(source=source_of(b"brut")), **changes)
    return list(checks.check(a_corpus(a_service("mairie", version))))


def test_the_text_received_is_not_touched_either() -> None:
    assert findings_on_source(source_text=b"brut") == []
    (altered,) = findings_on_source(source_text=b"brut.")
    assert (altered.file, altered.rule) == (f"{FOLDER}/source.txt", "source-altered")
    (missing,) = findings_on_source(source_text=None)
    assert (missing.file, missing.rule) == (f"{FOLDER}/source.txt", "source-missing")


def test_a_source_that_carries_names_is_known_by_its_hash_alone() -> None:
    version = a_version(metadata=an_accession(source=source_of(b"zip", "source.docx")))
    assert checks.check(a_corpus(a_service("mairie", version))) == ()


def test_a_draft_has_no_hash_of_its_own(tmp_path: Path) -> None:
    draft = a_draft()
    assert checks.check(a_corpus(a_service("mairie", draft))) == ()
    for text, metadata in ((draft.text_hash, None), ("0" * 64, draft.metadata_hash), (None, "0" * 64)):
        half = a_draft()

        half = replace(draft, written_text_hash=text, written_metadata_hash=metadata)
        (finding,) = checks.check(a_corpus(a_service("mairie", half)))
        assert (finding.rule, finding.severity) == ("draft-hash", Severity.ERROR)


def test_a_publication_cut_short_is_said_and_stops_nothing() -> None:

    draft = a_draft()
    frozen = replace(draft, written_text_hash=draft.text_hash, written_metadata_hash=draft.metadata_hash)
    (finding,) = checks.check(a_corpus(a_service("mairie", frozen)))
    assert (finding.rule, finding.severity) == ("interrupted", Severity.WARNING)


def transcribed(root: Path) -> Path:
    """Publish a second transcription of v1: a title becomes one, no word changes."""
    folder = root / FOLDER
    (folder / "texte-2.md").write_bytes((folder / "texte.md").read_bytes().replace(b"## ", b"# "))
    rewrite(root, hashes=False, register=False, transcription=2)
    freezing.freeze(root, FOLDER, at=AT)
    return folder


def test_earlier_transcriptions_stay_as_they_were(root: Path) -> None:
    folder = transcribed(root)
    assert found(root) == []
    (folder / "texte.md").write_bytes(b"# Autre\n")
    assert found(root) == [(f"{FOLDER}/texte.md", "text-altered")]


def test_a_transcription_that_waits_or_goes_back_is_an_error(root: Path) -> None:
    transcribed(root)
    rewrite(root, hashes=True, register=False, transcription=1)
    assert (f"{FOLDER}/version.yml", "transcription") in found(root)
    (root / FOLDER / "texte-3.md").write_bytes(b"# Autre\n")
    rewrite(root, hashes=True, register=False, transcription=3)
    assert (f"{FOLDER}/version.yml", "transcription") in found(root)


def test_metadata_of_a_transcription_are_those_of_the_version(root: Path) -> None:
    transcribed(root)
    rewrite(root, hashes=True, register=True, reason="Autre motif.")
    assert (f"{FOLDER}/version.yml", "metadata-altered") in found(root)
    assert a_metadata().transcription == 1
