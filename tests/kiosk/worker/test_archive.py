"""A publication becomes files, then the archive is built."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cgu_archive.corpus import loader
from cgu_archive.corpus.model import Corpus
from kiosk import worker
from kiosk.config import Settings
from kiosk.db import reading
from kiosk.texts import projections
from kiosk.texts import services as texts
from kiosk.texts.errors import ProjectionError
from kiosk.worker import WorkerContext
from tests.kiosk.texts.making import DRAFT, copy
from tests.kiosk.worker.working import Clock, publish, tasks

ADDRESS = "http://127.0.0.1:8000/archive/"


@pytest.mark.requirement("P-14", "T-09")
def test_a_publication_becomes_files_then_the_archive_is_built(
    context: WorkerContext, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(context, corpus)
    built: list[bool] = []

    def build(texts_dir: Path, *_: object) -> bool:
        built.append(loader.load(texts_dir).version(DRAFT).published)
        return True

    monkeypatch.setattr(projections, "build_archive", build)
    assert worker.run_once(context) == 2
    assert built == [True]
    version = loader.load(context.settings.texts_dir).version(DRAFT)
    with reading(context.engine) as session:
        row = texts.by_address(session, DRAFT)
        assert not projections.project(session, row, context.settings.texts_dir)
    assert (version.text_hash, version.metadata_hash) == (row.text_hash, row.metadata_hash)
    assert (version.written_text_hash, version.written_metadata_hash) == (row.text_hash, row.metadata_hash)


def test_the_archive_waits_for_files_that_could_not_be_written(
    context: WorkerContext, corpus: Corpus, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(context, corpus)
    built: list[Path] = []
    monkeypatch.setattr(projections, "build_archive", lambda texts_dir, *_: built.append(texts_dir))
    file = context.settings.texts_dir / str(DRAFT) / "texte.md"
    words = file.read_bytes()
    file.write_bytes(b"# Un autre brouillon\n")
    assert worker.run_once(context) == 0
    assert built == []
    project, build, _ = tasks(context)
    assert "autre brouillon" in (project.error or "")
    assert (build.attempts, build.state) == (0, "waiting")
    file.write_bytes(words)
    for _ in range(2):
        clock.at += timedelta(minutes=1)
        assert worker.run_once(context) == 1
    assert len(built) == 1


def test_files_are_made_again_from_the_database(
    context: WorkerContext, corpus: Corpus, texts_dir: Path, tmp_path: Path
) -> None:
    publish(context, corpus)
    fresh = copy(texts_dir, tmp_path / "fresh")
    with reading(context.engine) as session:
        assert [row.slug for row in projections.project_missing(session, fresh)] == ["v7"]
        assert projections.project_missing(session, fresh) == []
    assert loader.load(fresh).version(DRAFT).published


def test_the_archive_is_built_once_for_the_same_inputs(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []

    def run(_texts: Path, archive: Path, mode: str, _address: str) -> None:
        runs.append(mode)
        archive.mkdir(exist_ok=True)

    monkeypatch.setattr(projections, "_run_build", run)
    assert projections.build_archive(settings.texts_dir, settings.archive_dir, "demonstration", ADDRESS)
    assert not projections.build_archive(settings.texts_dir, settings.archive_dir, "demonstration", ADDRESS)
    (settings.texts_dir / "README.md").write_text("autre")
    assert projections.build_archive(settings.texts_dir, settings.archive_dir, "demonstration", ADDRESS)
    assert projections.build_archive(settings.texts_dir, settings.archive_dir, "publisher", ADDRESS)
    assert runs == ["demonstration", "demonstration", "publisher"]


def test_a_build_that_fails_is_told_with_what_it_said(settings: Settings) -> None:
    (settings.texts_dir / "soffi/service.yml").write_text("format: autre\n")
    with pytest.raises(ProjectionError, match="cgu build"):
        projections.build_archive(settings.texts_dir, settings.archive_dir, "demonstration", ADDRESS)
    assert not settings.archive_dir.exists()
