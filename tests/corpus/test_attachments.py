"""Attachments: frozen with a version when it has some, verified in the folder, told in a comparison."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cgu_archive.cli import cli
from cgu_archive.corpus import freezing, loader, placing, reading, writing
from cgu_archive.corpus.attachments import FOLDER, FORMATS, AttachmentFate, changes, is_name
from cgu_archive.corpus.comparison import Side, compare_bytes, comparison_hash, to_json
from cgu_archive.corpus.errors import InvalidCorpusError, PublicationRefusedError
from cgu_archive.corpus.hashing import canonical, metadata_hash
from cgu_archive.redline import redline_html
from cgu_archive.redline.terminal import redline_terminal
from cgu_archive.redline.words import first_line
from tests.builders import (
    AT,
    TEXT,
    a_metadata,
    an_attachment,
    beside,
    write_draft,
    write_published,
    write_service,
)

TEXTS = Path(__file__).parents[2] / "cgu_texts"
PRICES = b"%PDF-1.7 prix"
GUIDE = b"Un guide.\n"
ONE = an_attachment(content=PRICES)
TWO = an_attachment("guide.txt", "Guide de l’usager", GUIDE)
BOTH = a_metadata(published_at=None, archived_on=None, attachments=(ONE, TWO))
FILES = beside((ONE, PRICES), (TWO, GUIDE))


def test_texts_published_before_there_were_attachments_keep_their_hashes() -> None:
    lines = [line.split() for line in (TEXTS / "PUBLISHED").read_text("utf-8").splitlines()]
    corpus = loader.load(TEXTS)
    assert len(lines) >= 11
    for address, text, metadata in lines:
        version = corpus.version(address)
        assert (version.text_hash, version.metadata_hash) == (text, metadata)
        assert "attachments" not in version.metadata.contractual()


@pytest.mark.requirement("S-03")
def test_attachments_are_frozen_with_the_text_byte_for_byte(tmp_path: Path) -> None:
    write_service(tmp_path)
    version = write_published(tmp_path, metadata=BOTH, files=FILES)
    frozen = version.metadata.contractual()
    assert frozen["attachments"] == [
        {"name": "tarifs.pdf", "title": "Tarifs", "media_type": "application/pdf", "bytes": len(PRICES),
         "sha256": ONE.sha256},
        {"name": "guide.txt", "title": "Guide de l’usager", "media_type": "text/plain", "bytes": len(GUIDE),
         "sha256": TWO.sha256},
    ]  # fmt: skip
    assert reading.frozen(canonical(frozen)) == version.metadata
    found = loader.load(tmp_path).version("mairie/cgu/v1")
    assert (found.metadata, found.metadata_hash) == (version.metadata, version.metadata_hash)
    assert [loader.attachment(*one) for one in zip(found.attached, (ONE, TWO), strict=True)] == [
        PRICES,
        GUIDE,
    ]
    changed = replace(version.metadata, attachments=(replace(ONE, sha256="0" * 64), TWO))
    assert metadata_hash(changed.contractual()) != version.metadata_hash


@pytest.mark.parametrize(
    ("harm", "file", "said"),
    [
        (lambda at: (at / "tarifs.pdf").unlink(), "tarifs.pdf", "fichier absent"),
        (lambda at: (at / "tarifs.pdf").write_bytes(b"%PDF-1.7 PRIX"), "tarifs.pdf", "empreinte attendue"),
        (lambda at: (at / "tarifs.pdf").write_bytes(PRICES + b"!"), "tarifs.pdf", "13 octets attendus, 14"),
        (lambda at: (at / "autre.pdf").write_bytes(b"%PDF"), "autre.pdf", "n’annonce pas"),
        (lambda at: (at / "dossier").mkdir(), "dossier", "n’annonce pas"),
        (
            lambda at: ((at / "tarifs.pdf").rename(at.parent / "t"), (at / "tarifs.pdf").symlink_to("../t")),
            "tarifs.pdf",
            "simple lien",
        ),
        (lambda at: (at.rename(at.parent / "x"), at.symlink_to("x")), "", "dossier attendu"),
    ],
)
def test_a_folder_that_is_not_what_is_announced_is_refused_by_name(
    tmp_path: Path, harm: Callable[[Path], Any], file: str, said: str
) -> None:
    write_service(tmp_path)
    folder = write_draft(tmp_path, metadata=BOTH, files=FILES)
    harm(folder / FOLDER)
    with pytest.raises(InvalidCorpusError) as refused:
        loader.load(tmp_path)
    (finding,) = refused.value.findings
    assert finding.file == f"mairie/cgu/v1/{FOLDER}/{file}".rstrip("/")
    assert said in finding.message


def test_files_without_a_word_in_the_metadata_are_refused(tmp_path: Path) -> None:
    write_service(tmp_path)
    write_draft(tmp_path, files=FILES)
    with pytest.raises(InvalidCorpusError, match="n’annonce pas"):
        loader.load(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "../tarifs.pdf"}, "nom de fichier"),
        ({"name": "Tarifs.pdf"}, "nom de fichier"),
        ({"name": "tarifs.exe"}, "nom de fichier"),
        ({"name": "con.pdf"}, "nom de fichier"),
        ({"name": f"{'a' * 80}.pdf"}, "nom de fichier"),
        ({"title": "t" * 201}, "200 caractères"),
        ({"title": "deux\nlignes"}, "une ligne"),
        ({"title": ""}, "title"),
        ({"media_type": "text/html"}, "application/pdf"),
        ({"bytes": 0}, "de 1 à"),
        ({"bytes": 10 * 1024 * 1024 + 1}, "de 1 à"),
        ({"sha256": None}, "empreinte SHA-256"),
        ({"sha256": "AB"}, "empreinte SHA-256"),
    ],
)
def test_what_is_said_of_an_attachment_has_limits(change: dict[str, Any], said: str) -> None:
    held = BOTH.contractual()
    held["attachments"] = [ONE.contractual() | change]
    with pytest.raises(InvalidCorpusError, match=said):
        reading.frozen(canonical(held))


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ([], "pas de champ du tout"),
        ([ONE.contractual()] * 2, "noms différents"),
        ([ONE.contractual() | {"name": f"f{n}.pdf"} for n in range(21)], "de une à 20"),
        (
            [ONE.contractual() | {"name": f"f{n}.pdf", "bytes": 10_000_000} for n in range(6)],
            "en tout au plus",
        ),
        ("tarifs.pdf", "liste"),
    ],
)
def test_the_list_has_limits_too(listed: Any, said: str) -> None:
    held = BOTH.contractual()
    held["attachments"] = listed
    with pytest.raises(InvalidCorpusError, match=said):
        reading.frozen(json.dumps(held, ensure_ascii=False).encode())


def test_names_are_those_that_any_system_writes() -> None:
    assert all(is_name(f"notice-d-usage.v2.{suffix}") for suffix in FORMATS)
    for name in (
        "a",
        "a.html",
        ".pdf",
        "a..pdf",
        "a_b.pdf",
        "é.pdf",
        "a.PDF",
        "lpt1.txt",
        "a/b.pdf",
        "a.pdf\n",
    ):
        assert not is_name(name), name


@pytest.mark.parametrize(
    ("old", "new", "fates"),
    [
        ((ONE,), (ONE,), []),
        ((ONE, TWO), (TWO, ONE), []),
        ((), (ONE,), [AttachmentFate.ADDED]),
        ((ONE, TWO), (TWO,), [AttachmentFate.REMOVED]),
        ((ONE,), (an_attachment(content=b"%PDF 2"),), [AttachmentFate.REPLACED]),
        ((ONE,), (an_attachment("tarifs-2027.pdf", content=b"%PDF 2"),), [AttachmentFate.REPLACED]),
        ((ONE,), (an_attachment("prix.pdf", "Prix", PRICES),), [AttachmentFate.RENAMED]),
        ((ONE,), (TWO,), [AttachmentFate.ADDED, AttachmentFate.REMOVED]),
        ((ONE, ONE), (ONE,), []),
    ],
)
def test_what_became_of_attachments(old: Any, new: Any, fates: list[AttachmentFate]) -> None:
    assert [one.fate for one in changes(old, new)] == fates


def test_a_comparison_says_it_and_its_hash_too() -> None:
    raw = TEXT.encode()
    newer = an_attachment(content=b"%PDF-1.7 nouveaux prix")
    old_side, new_side = Side(None, "v1", None, (ONE,)), Side(None, "v2", None, (newer, TWO))
    found = compare_bytes(raw, raw, old_side=old_side, new_side=new_side)
    line = "Les deux textes sont identiques. Pièces jointes\u00a0: 1\u00a0ajoutée, 1\u00a0remplacée."
    assert first_line(found) == line
    for shown in (redline_html(found), redline_terminal(found, width=200)):
        assert "Pièce jointe ajoutée\u00a0: «\u00a0Guide de l’usager\u00a0» (guide.txt)." in shown
        assert "remplacée, son contenu change\u00a0: «\u00a0Tarifs\u00a0» (tarifs.pdf)." in shown
    assert to_json(found)["old"] == {
        "text_hash": found.old.text_hash, "label": "v1", "declared_on": None,
        "attachments": [ONE.contractual()],
    }  # fmt: skip
    bare = compare_bytes(raw, raw)
    assert comparison_hash(found) != comparison_hash(bare)
    assert "attachments" not in str(to_json(bare))
    assert "pieces-jointes" not in redline_html(bare)


def test_a_new_attachment_is_a_new_version_and_the_same_ones_are_not(tmp_path: Path) -> None:
    write_service(tmp_path)
    write_published(tmp_path, metadata=BOTH, files=FILES)
    write_draft(tmp_path, "mairie/cgu/v2", metadata=BOTH, files=FILES)
    with pytest.raises(PublicationRefusedError, match="mêmes octets"):
        freezing.freeze(tmp_path, "mairie/cgu/v2", at=AT)
    alone = replace(BOTH, attachments=(ONE,))
    write_published(tmp_path, "mairie/cgu/v3", metadata=alone, files=beside((ONE, PRICES)))


def test_a_projection_writes_them_with_the_version_and_is_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_service(tmp_path)
    metadata, attached = replace(BOTH, published_at=AT), {ONE.name: PRICES, TWO.name: GUIDE}

    def project() -> bool:
        return freezing.project(tmp_path, "mairie/cgu/v1", TEXT.encode(), metadata, attached=attached)

    write_draft(tmp_path, metadata=replace(BOTH, attachments=()))
    before = placing.write
    written: list[str] = []

    def stop(file: Path, raw: bytes) -> None:
        if file.name in ("guide.txt", "version.yml") and file.name not in written:
            written.append(file.name)
            raise OSError("killed")
        before(file, raw)

    def stop_renaming(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            raise OSError("killed")
        return self.replace(target)

    monkeypatch.setattr(placing, "write", stop)
    for _ in range(2):  # killed among the attachments, then before the metadata
        with pytest.raises(OSError, match="killed"):
            project()
        assert not loader.load(tmp_path).version("mairie/cgu/v1").published
    monkeypatch.setattr(Path, "rename", stop_renaming)
    with pytest.raises(OSError, match="killed"):  # while one folder takes the place of the other
        project()
    monkeypatch.undo()
    assert loader.load(tmp_path).services
    assert project()
    assert not project()
    version = loader.load(tmp_path).version("mairie/cgu/v1")
    assert version.published
    assert version.metadata == metadata
    assert sorted(one.name for one in (tmp_path / "mairie/cgu/v1").iterdir()) == [
        FOLDER, "texte.md", "version.yml",
    ]  # fmt: skip
    (tmp_path / "mairie/cgu/v1" / FOLDER / "guide.txt").write_bytes(b"Un Guide.\n")
    with pytest.raises(PublicationRefusedError, match=r"guide\.txt"):
        project()
    write_draft(tmp_path, "mairie/cgu/v2", metadata=BOTH, files=FILES)
    with pytest.raises(PublicationRefusedError, match="pas une pièce jointe"):
        freezing.project(
            tmp_path, "mairie/cgu/v2", TEXT.encode(), replace(metadata, attachments=(ONE,)),
            attached={ONE.name: PRICES},
        )  # fmt: skip


def test_version_yml_says_them_in_plain_words() -> None:
    written = writing.version_yml(BOTH, None, None).decode()
    assert '  - name: tarifs.pdf\n    title: "Tarifs"\n    media_type: application/pdf\n' in written


def test_a_draft_made_by_a_command_keeps_those_of_the_version_it_follows(tmp_path: Path) -> None:
    write_service(tmp_path)
    write_published(tmp_path, metadata=BOTH, files=FILES)
    done = CliRunner().invoke(cli, ["--texts", str(tmp_path), "new", "mairie/cgu/v2", "--label", "v2"])
    assert done.exit_code == 0, done.output
    draft = loader.load(tmp_path).version("mairie/cgu/v2")
    assert draft.metadata.attachments == (ONE, TWO)
    received = tmp_path / "nouveau.md"
    received.write_text(TEXT.replace("gratuit", "payant"))
    done = CliRunner().invoke(
        cli, ["--texts", str(tmp_path), "import", str(received), "--service", "mairie", "--as", "v3"]
    )
    assert done.exit_code == 0, done.output
    assert loader.load(tmp_path).version("mairie/cgu/v3").metadata.attachments == (ONE, TWO)
    (tmp_path / "mairie/cgu/v3" / FOLDER / "guide.txt").unlink()
    done = CliRunner().invoke(cli, ["--texts", str(tmp_path), "check"], standalone_mode=False)
    assert done.return_value == 1
    assert f"mairie/cgu/v3/{FOLDER}/guide.txt" in done.output
    assert "fichier absent" in done.output
