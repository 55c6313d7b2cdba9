"""A small folder of texts for tests: the fictional service of the repository, copied."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

from cgu_archive.corpus import loader
from cgu_archive.corpus.model import Address, Corpus, Service, Version

SERVICE = "demonstration"
DRAFT = Address(SERVICE, "cgu", "v7")


def copy(texts_dir: Path, target: Path) -> Path:
    """Copy the texts of the repository, so that a test may change them; returns the copy."""
    return copytree(texts_dir, target)


def draft(corpus: Corpus) -> tuple[Service, Version]:
    """The fictional service and its version that waits to be published."""
    return corpus.service(SERVICE), corpus.version(DRAFT)


def reload(texts: Path) -> Corpus:
    return loader.load(texts)
