"""The archive of this repository, against a bare mkdocs build of the same pages."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import yaml
from mkdocs.commands.build import build
from mkdocs.config import load_config

from cgu_archive.building import build_archive
from cgu_archive.corpus.loader import load
from cgu_archive.pdf import version_pdf
from tests.bench.tables import noted
from tests.bench.timing import alternate, seconds
from tests.conftest import ROOT

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def measure() -> Iterator[str]:
    """Yield the duration of both builds and their ratio."""
    logging.getLogger("mkdocs").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        ours = Path(folder) / "archive"
        first = seconds(lambda: _ours(ours))
        pages = sorted(ours.rglob("*.html"))
        bare = _bare(Path(folder) / "bare", ours, pages)
        config = load_config(str(bare))
        ours_time, bare_time, pdf_time = alternate(3, lambda: _ours(ours), lambda: build(config), _pdfs)
    yield noted(f"first build of {len(pages)} pages with their PDF, feeds and manifest", f"{first:.1f} s")
    yield noted("built again; a bare mkdocs build of as many pages", f"{ours_time:.1f}; {bare_time:.1f} s")
    yield noted("   one beside the other", f"× {ours_time / bare_time:.2f}")
    yield noted("   without the PDF", f"× {(ours_time - pdf_time) / bare_time:.2f}")


def _ours(out: Path) -> None:
    build_archive(ROOT / "cgu_texts", out, at=AT, mode="documentary", progress=lambda _: None)


def _pdfs() -> None:
    for service, terms, version in load(ROOT / "cgu_texts").versions():
        if version.published:
            version_pdf(
                service, terms, version, mode="documentary", at=AT, permalink="https://archive.example/"
            )


def _bare(folder: Path, built: Path, pages: list[Path]) -> Path:
    """Write a site of as many pages, each a text of the same length, and return its settings file."""
    docs = folder / "docs"
    texts = [path.read_text() for path in sorted((ROOT / "cgu_texts").rglob("texte.md"))]
    for index, page in enumerate(pages):
        target = docs / page.relative_to(built).with_suffix(".md")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(texts[index % len(texts)])
    settings = folder / "mkdocs.yml"
    settings.write_text(
        yaml.safe_dump(
            {
                "site_name": "bare",
                "docs_dir": "docs",
                "site_dir": "out",
                "use_directory_urls": False,
                "theme": {"name": "material", "language": "fr", "font": False},
                "plugins": ["search"],
                "nav": [{"index": "index.md"}],
            }
        )
    )
    return settings
