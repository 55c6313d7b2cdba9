from __future__ import annotations

from pathlib import Path

import pytest

from cgu_archive.corpus import loader
from cgu_archive.corpus.errors import Finding, InvalidCorpusError
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.model import Corpus, Source
from tests.builders import TEXT, a_metadata, write_draft, write_published, write_service


def findings(root: Path) -> list[Finding]:
    with pytest.raises(InvalidCorpusError) as refused:
        loader.load(root)
    return list(refused.value.findings)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_service(tmp_path)
    return tmp_path


def test_an_empty_folder_is_an_empty_corpus(tmp_path: Path) -> None:
    assert loader.load(tmp_path) == Corpus(())


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path / "absent")
    assert "n’existe pas" in finding.message


def test_versions_come_in_the_order_of_the_register_drafts_last(root: Path) -> None:
    for slug in ("b", "a"):
        write_published(root, f"mairie/cgu/{slug}", f"# {slug}\n")
    write_draft(root, "mairie/cgu/0-brouillon")
    corpus = loader.load(root)
    terms = corpus.service("mairie").document("cgu")
    assert [version.address.slug for version in terms.versions] == ["b", "a", "0-brouillon"]
    assert [version.published for version in terms.versions] == [True, True, False]
    assert corpus.register == (root / "PUBLISHED").read_bytes()


def test_the_bytes_are_kept_as_they_are_and_hashed(root: Path) -> None:
    raw = "\ufeff# Té\u0301te\r\n".encode()
    write_draft(root, "mairie/cgu/v1", raw)
    version = loader.load(root).version("mairie/cgu/v1")
    assert version.text == raw
    assert version.text_hash == text_hash(raw)
    assert (version.written_text_hash, version.written_metadata_hash) == (None, None)


def test_the_text_received_is_read_when_it_is_kept(root: Path) -> None:
    source = Source("source.txt", a_metadata().archived_on, text_hash(b"brut"))
    write_draft(root, "mairie/cgu/v1", metadata=a_metadata(source=source), files={"source.txt": b"brut"})
    write_draft(root, "mairie/cgu/v2", metadata=a_metadata(source=source))
    versions = loader.load(root).service("mairie").document("cgu").versions
    assert [version.source_text for version in versions] == [b"brut", None]


def test_earlier_transcriptions_are_read_too(root: Path) -> None:
    folder = write_draft(root, "mairie/cgu/v1", b"# deux\n", a_metadata(transcription=2))
    assert [f.file for f in findings(root)] == ["mairie/cgu/v1/texte.md"]
    (folder / "texte.md").write_bytes(b"# un\n")
    version = loader.load(root).version("mairie/cgu/v1")
    assert (version.earlier_texts, version.text) == ((b"# un\n",), b"# deux\n")


@pytest.mark.parametrize(("number", "name"), [(1, "texte.md"), (2, "texte-2.md"), (12, "texte-12.md")])
def test_each_transcription_has_its_file(number: int, name: str) -> None:
    assert loader.text_name(number) == name


def test_hidden_folders_links_and_files_are_left_aside(root: Path) -> None:
    write_draft(root)
    for name in (".git", "_brouillons"):
        (root / name).mkdir()
    (root / "README.md").write_text("texte")
    (root / "lien").symlink_to(root / "mairie", target_is_directory=True)
    assert [service.slug for service in loader.load(root).services] == ["mairie"]


def test_every_fault_is_reported_at_once(root: Path) -> None:
    write_draft(root, "mairie/cgu/v1")
    write_draft(root, "mairie/cgu/v2")
    write_draft(root, "mairie/cgu/v3")
    (root / "mairie/cgu/v1/version.yml").write_text("format: cgu-version/1\n")
    (root / "mairie/cgu/v2/texte.md").unlink()
    (root / "mairie/cgu/v3/version.yml").unlink()
    (root / "vide").mkdir()
    (root / "PUBLISHED").write_text("faux\n")
    assert [(finding.file, finding.line) for finding in findings(root)] == [
        ("PUBLISHED", 1),
        ("mairie/cgu/v1/version.yml", 1),
        ("mairie/cgu/v2/texte.md", None),
        ("mairie/cgu/v3/version.yml", None),
        ("vide/service.yml", None),
    ]


def test_a_service_that_cannot_be_read_is_reported(root: Path) -> None:
    (root / "mairie/service.yml").write_text("a: [\n")
    assert [finding.file for finding in findings(root)] == ["mairie/service.yml"]


@pytest.mark.parametrize("name", ["Mairie", "ma mairie", "été", "a..b"])
def test_a_folder_name_that_cannot_stand_in_an_address_is_refused(root: Path, name: str) -> None:
    (root / name).mkdir()
    (finding,) = findings(root)
    assert finding.file == name
    assert "adresse" in finding.remedy


def test_a_file_too_large_is_refused_before_it_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_draft(root)
    monkeypatch.setattr(loader, "MAX_BYTES", len(TEXT.encode()) - 1)
    assert {"octets" in finding.message for finding in findings(root)} == {True}


def test_a_file_that_is_a_folder_is_unreadable(root: Path) -> None:
    folder = write_draft(root)
    (folder / "texte.md").unlink()
    (folder / "texte.md").mkdir()
    (finding,) = findings(root)
    assert "illisible" in finding.message
