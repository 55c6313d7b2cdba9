"""Publishing: refused whole or done whole, whatever happens meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cgu_archive.corpus import checks, fields, freezing, loader, reading, writing
from cgu_archive.corpus.errors import InvalidCorpusError, PublicationRefusedError, UnknownAddressError
from cgu_archive.corpus.hashing import metadata_hash, text_hash
from cgu_archive.corpus.model import Metadata, Origin, Source, Version
from tests.builders import (
    AT,
    TEXT,
    a_metadata,
    a_rule,
    an_accession,
    write_draft,
    write_published,
    write_service,
)

V1, V2 = "mairie/cgu/v1", "mairie/cgu/v2"
LATER = AT + timedelta(days=30)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_service(tmp_path)
    return tmp_path


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def version(root: Path, address: str = V1) -> Version:
    return loader.load(root).version(address)


def freeze(root: Path, address: str = V1, **options: Any) -> Version:
    return freezing.freeze(root, address, **({"at": AT} | options))


def refused(root: Path, said: str, address: str = V1, **options: Any) -> None:
    """Freezing is refused, says why, and writes nothing."""
    before = files(root)
    with pytest.raises((PublicationRefusedError, InvalidCorpusError), match=said):
        freeze(root, address, **options)
    assert files(root) == before


# Freezing a draft


@pytest.mark.requirement("P-13", "T-08", "S-17")
def test_publishing_sets_the_instant_and_freezes_text_and_metadata(root: Path) -> None:
    write_draft(root)
    returned = freeze(root, at=AT.replace(microsecond=999_999))
    held = version(root)
    assert returned == held
    assert held.published
    assert held.metadata.published_at == AT
    assert held.metadata.archived_on == date(2026, 1, 5)
    assert (held.written_text_hash, held.written_metadata_hash) == (held.text_hash, held.metadata_hash)
    assert held.text == TEXT.encode()
    assert (root / "PUBLISHED").read_text() == f"{V1} {held.text_hash} {held.metadata_hash}\n"
    assert checks.check(loader.load(root)) == ()
    assert sorted(files(root)) == ["PUBLISHED", f"{V1}/texte.md", f"{V1}/version.yml", "mairie/service.yml"]


def test_the_day_of_entry_is_that_of_paris(root: Path) -> None:
    write_draft(root)
    assert freeze(root, at=datetime(2026, 1, 5, 23, 30, tzinfo=UTC)).metadata.archived_on == date(2026, 1, 6)


def test_a_text_received_from_elsewhere_keeps_its_instant_unknown(root: Path) -> None:
    write_draft(root, metadata=an_accession(archived_on=None))
    write_draft(root, V2, "# Deux\n")
    assert freeze(root).metadata.published_at is None
    other = freeze(root, V2, accession=True)
    assert (other.metadata.origin, other.metadata.published_at) == (Origin.ACCESSION, None)


@pytest.mark.requirement("P-09", "T-05")
def test_a_publication_without_reason_is_refused(root: Path) -> None:
    write_draft(root, metadata=a_metadata(reason=None, reason_kind=None, published_at=None))
    refused(root, "motif absent")
    refused(root, r"« reason_kind »\) : obligatoire", reason="Loi nouvelle.")
    metadata = freeze(root, reason="Loi nouvelle.", reason_kind="law").metadata
    assert (metadata.reason, metadata.reason_kind) == ("Loi nouvelle.", "law")


def test_the_reason_given_last_counts(root: Path) -> None:
    write_draft(root)
    assert freeze(root, reason="Autre motif.").metadata.reason == "Autre motif."


@pytest.mark.requirement("P-13")
def test_an_instant_already_written_is_kept_only_when_asked_for(root: Path) -> None:
    write_draft(root, metadata=a_metadata())
    refused(root, "attendu null, ou l’instant de publication", at=LATER)
    assert freeze(root).metadata.published_at == AT


@pytest.mark.requirement("P-10", "P-13")
def test_what_is_published_is_never_published_again(root: Path) -> None:
    write_published(root)
    refused(root, "déjà publiée")


def test_the_bytes_of_the_version_before_are_refused_unless_allowed(root: Path) -> None:
    write_published(root)
    write_draft(root, V2)
    refused(root, "mêmes octets que « mairie/cgu/v1 »", V2, at=LATER)
    assert freeze(root, V2, at=LATER, allow_identical=True).published


def test_what_is_not_there_is_said(root: Path) -> None:
    with pytest.raises(UnknownAddressError, match="Aucune version"):
        freeze(root)
    with pytest.raises(PublicationRefusedError, match="ne s’ouvre pas"):
        freeze(root / "absent")


@pytest.mark.parametrize(
    ("text", "changes", "said"),
    [
        ("<b>", {}, "balise"),
        (b"\xff", {}, "UTF-8"),
        (TEXT, {"rules": (a_rule(quote="autre"),)}, "ne dit pas"),
        (TEXT, {"effective_on": date(2026, 1, 4)}, "« effective_on »"),
        (TEXT, {"corrects": "v0"}, "« corrects »"),
    ],
)
def test_a_draft_with_an_error_is_refused(root: Path, text: Any, changes: dict[str, Any], said: str) -> None:
    metadata = a_metadata(published_at=None, archived_on=None, **changes)
    write_draft(root, metadata=metadata, text=text)
    refused(root, said)


def test_an_error_of_the_service_is_refused_too(root: Path) -> None:
    write_service(root, requires=["inconnu"])
    write_draft(root)
    refused(root, "« inconnu »")


def test_effects_that_go_back_are_refused(root: Path) -> None:
    write_published(root, at=LATER)
    write_draft(root, V2, "# Deux\n")
    refused(root, "prend effet", V2, at=AT)


def test_an_error_in_another_draft_or_service_stops_nothing(root: Path) -> None:
    write_draft(root)
    write_draft(root, V2, "<b>")
    write_service(root, "musee", requires=["inconnu"])
    write_draft(root, "musee/cgu/v1")
    assert freeze(root).published
    terms = loader.load(root).service("mairie").document("cgu")
    assert [held.address.slug for held in terms.versions] == ["v1", "v2"]


def test_a_corpus_that_cannot_be_read_publishes_nothing(root: Path) -> None:
    write_draft(root)
    (root / "PUBLISHED").write_text("faux\n")
    refused(root, "ligne illisible")


# Transcriptions


def transcription(root: Path, text: bytes, **changes: Any) -> None:
    """Prepare a second transcription of v1, published."""
    folder = root / V1
    (folder / "texte-2.md").write_bytes(text)
    held, _ = fields.load("v", (folder / "version.yml").read_bytes(), reading.metadata)
    assert held is not None
    metadata = replace(held[0], transcription=2, **changes)
    (folder / "version.yml").write_bytes(writing.version_yml(metadata, held[1], held[2]))


def test_a_transcription_corrects_marks_and_adds_a_line(root: Path) -> None:
    first = write_published(root)
    transcription(root, TEXT.replace("## ", "# ").encode())
    refused(root, "garde le motif et l’origine", reason="Autre motif.")
    second = freeze(root, at=LATER)
    assert second.metadata == replace(first.metadata, transcription=2)
    assert [line.split()[:2] for line in (root / "PUBLISHED").read_text().splitlines()] == [
        [V1, first.text_hash],
        [V1, second.text_hash],
    ]
    assert checks.check(loader.load(root)) == ()
    refused(root, "déjà publiée")


def test_a_transcription_never_changes_a_word(root: Path) -> None:
    write_published(root)
    transcription(root, TEXT.replace("gratuit", "payant").encode())
    refused(root, "jamais les mots")


def test_a_transcription_never_changes_the_metadata(root: Path) -> None:
    write_published(root)
    transcription(root, TEXT.replace("## ", "# ").encode(), reason="Autre motif.")
    refused(root, "métadonnées : empreinte attendue")


# Interruptions


class PowerCutError(BaseException):
    """The machine stops here."""


def cut(monkeypatch: pytest.MonkeyPatch, step: int, work: Callable[[], object]) -> bool:
    """Do `work`, stopping at its `step`-th write; return whether it was stopped."""
    steps = iter(range(step + 1))

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            if next(steps, None) == step:
                raise PowerCutError
            return real(*args, **options)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", counted(os.fsync))
        for name in ("open", "replace", "rename", "mkdir"):
            real = getattr(Path, name)
            patch.setattr(Path, name, counted(real))
        try:
            work()
        except PowerCutError:
            return True
    return False


def leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a stop leave its temporary files behind, as a machine that stops does."""
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)


@pytest.mark.parametrize("tidy", [True, False], ids=["interrupted", "killed"])
def test_freezing_stopped_anywhere_leaves_a_draft_or_a_publication(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tidy: bool
) -> None:
    if not tidy:
        leave(monkeypatch)
    step = -1
    for step in range(100):
        root = tmp_path / str(step)
        write_service(root)
        write_draft(root)
        if not cut(monkeypatch, step, partial(freeze, root)):
            break
        stopped = version(root)
        assert checks.errors(checks.check(loader.load(root))) == ()
        if stopped.published:
            assert checks.check(loader.load(root)) == ()
        else:
            finished = freeze(root, at=LATER)
            began = stopped.metadata.published_at
            assert finished.metadata.published_at == (began or LATER)
        assert checks.check(loader.load(root)) == ()
        assert len(files(root)) == 4, "nothing is left behind"
    assert step >= 7


def test_an_interrupted_publication_is_finished_unchanged_or_not_at_all(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_draft(root)
    monkeypatch.setattr(freezing, "_append", lambda *_: None)
    freeze(root)
    monkeypatch.undo()
    assert version(root).written_text_hash is not None
    refused(root, "Terminez-la sans rien changer", reason="Autre motif.", at=LATER)
    (root / V1 / "texte.md").write_text("# Autre\n")
    refused(root, "Terminez-la sans rien changer", at=LATER)
    (root / V1 / "texte.md").write_text(TEXT)
    assert freeze(root, at=LATER).metadata.published_at == AT


def test_of_two_publishers_at_once_one_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_draft(root)
    inside, go = threading.Event(), threading.Event()
    real = loader.load

    def slow(path: Path) -> Any:
        inside.set()
        assert go.wait(10)
        return real(path)

    monkeypatch.setattr(loader, "load", slow)
    first = threading.Thread(target=freeze, args=(root,))
    first.start()
    assert inside.wait(10)
    with pytest.raises(PublicationRefusedError, match="Une autre publication est en cours"):
        freeze(root)
    go.set()
    first.join()
    monkeypatch.undo()
    assert version(root).published
    refused(root, "déjà publiée")


# Projections


def project(root: Path, address: str = V1, **options: Any) -> bool:
    values: dict[str, Any] = {"text": TEXT.encode(), "metadata": a_metadata()} | options
    return freezing.project(root, address, **values)


def test_a_projection_is_what_freezing_would_have_written(tmp_path: Path) -> None:
    projected, frozen = tmp_path / "projected", tmp_path / "frozen"
    write_service(projected)
    assert project(projected) is True
    write_service(frozen)
    write_draft(frozen)
    freeze(frozen)
    assert files(projected) == files(frozen)
    assert checks.check(loader.load(projected)) == ()


def test_a_projection_done_again_does_nothing(root: Path) -> None:
    assert project(root) is True
    before = files(root)
    assert project(root) is False
    assert files(root) == before


def test_a_projection_keeps_the_text_received_beside(root: Path) -> None:
    metadata = an_accession(source=Source("source.txt", AT.date(), text_hash(b"brut")))
    assert project(root, metadata=metadata, source=b"brut") is True
    assert version(root).source_text == b"brut"
    assert checks.check(loader.load(root)) == ()


@pytest.mark.parametrize(
    "options", [{"text": b"# Autre\n"}, {"metadata": a_metadata(reason="Autre.")}], ids=["text", "metadata"]
)
def test_something_else_at_the_same_address_is_refused(root: Path, options: dict[str, Any]) -> None:
    project(root)
    before = files(root)
    with pytest.raises(PublicationRefusedError, match="attendu la transcription 2, trouvé 1"):
        project(root, **options)
    assert files(root) == before


@pytest.mark.parametrize("name", ["texte.md", "version.yml"])
def test_a_projection_whose_files_were_altered_is_refused(root: Path, name: str) -> None:
    project(root)
    (root / V1 / name).write_text("autre")
    with pytest.raises(PublicationRefusedError, match="n’est pas tel qu’il a été publié"):
        project(root)


@pytest.mark.parametrize("metadata", [a_metadata(), a_metadata(published_at=None, reason="Autre.")])
def test_the_draft_it_was_made_from_becomes_the_publication(root: Path, metadata: Metadata) -> None:
    write_draft(root, metadata=metadata)
    assert project(root) is True
    assert version(root).published
    assert version(root).metadata == a_metadata()


def test_a_draft_that_says_other_words_is_never_overwritten(root: Path) -> None:
    write_draft(root, text="# Autre\n", metadata=a_metadata())
    before = files(root)
    with pytest.raises(PublicationRefusedError, match="un autre brouillon"):
        project(root)
    assert files(root) == before


def test_another_publication_cut_short_is_never_overwritten(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_draft(root)
    monkeypatch.setattr(freezing, "_append", lambda *_: None)
    freeze(root, at=LATER)
    monkeypatch.undo()
    with pytest.raises(PublicationRefusedError, match="un autre brouillon"):
        project(root)


def test_an_unreadable_draft_is_never_overwritten(root: Path) -> None:
    (write_draft(root) / "version.yml").write_text("a: [")
    with pytest.raises(PublicationRefusedError, match="un autre brouillon"):
        project(root)


def test_a_new_transcription_is_projected_beside_the_first(root: Path) -> None:
    project(root)
    again = a_metadata(transcription=2)
    assert project(root, text=TEXT.replace("## ", "# ").encode(), metadata=again) is True
    assert len((root / "PUBLISHED").read_text().splitlines()) == 2
    assert checks.check(loader.load(root)) == ()
    with pytest.raises(PublicationRefusedError, match="attendu la transcription 3"):
        project(root, metadata=a_metadata(transcription=5))


@pytest.mark.parametrize(
    ("address", "error", "said"),
    [
        ("inconnu/cgu/v1", UnknownAddressError, "Aucun service"),
        ("mairie/cgv/v1", UnknownAddressError, "n’a pas de document"),
        ("../cgu/v1", PublicationRefusedError, "ne peut servir d’adresse"),
        ("mairie/cgu/Version 1", PublicationRefusedError, "ne peut servir d’adresse"),
        ("mairie/cgu", UnknownAddressError, "n’est pas une adresse"),
    ],
)
def test_a_place_that_cannot_be_is_refused(
    root: Path, address: str, error: type[Exception], said: str
) -> None:
    before = files(root)
    with pytest.raises(error, match=said):
        project(root, address)
    with pytest.raises(error, match=said):
        freezing.create_draft(root, address, b"", a_metadata())
    assert files(root) == before


def test_faults_of_the_register_or_of_the_service_stop_a_projection(root: Path) -> None:
    (root / "PUBLISHED").write_text("faux\n")
    with pytest.raises(InvalidCorpusError, match="ligne illisible"):
        project(root)
    (root / "PUBLISHED").unlink()
    (root / "mairie/service.yml").write_text("a: [")
    with pytest.raises(InvalidCorpusError, match=r"service\.yml"):
        project(root)


@pytest.mark.parametrize("tidy", [True, False], ids=["interrupted", "killed"])
@pytest.mark.parametrize("transcribed", [False, True], ids=["version", "transcription"])
def test_projecting_stopped_anywhere_is_finished_by_doing_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tidy: bool, transcribed: bool
) -> None:
    if not tidy:
        leave(monkeypatch)
    options: dict[str, Any] = {}
    step = -1
    for step in range(100):
        root = tmp_path / str(step)
        write_service(root)
        if transcribed:
            project(root)
            remarked = TEXT.replace("# C", "### C").encode()
            options = {"text": remarked, "metadata": a_metadata(transcription=2)}
        if not cut(monkeypatch, step, partial(project, root, **options)):
            break
        loader.load(root)
        project(root, **options)
        assert project(root, **options) is False
        assert checks.check(loader.load(root)) == ()
        assert len(files(root)) == (5 if transcribed else 4), "nothing is left behind"
    assert step >= 7


# Drafts


def test_a_draft_is_created_once(root: Path) -> None:
    metadata = a_metadata(published_at=None, archived_on=None)
    folder = freezing.create_draft(root, V1, TEXT.encode(), metadata)
    assert folder == root / V1
    draft = version(root)
    assert (draft.published, draft.metadata, draft.text) == (False, metadata, TEXT.encode())
    assert draft.written_text_hash is draft.written_metadata_hash is None
    assert metadata_hash(metadata.contractual()) == draft.metadata_hash
    with pytest.raises(PublicationRefusedError, match="existe déjà"):
        freezing.create_draft(root, V1, b"", metadata)
