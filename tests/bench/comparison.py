"""Comparisons: neighbours of the fictional service, and of every series of versions under SERIES."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from cgu_archive.corpus.comparison import compare, read
from cgu_archive.corpus.loader import load
from tests.bench.timing import alternate
from tests.conftest import ROOT


def measure() -> Iterator[str]:
    """Yield one line per pair: changes told, words shown as changed, milliseconds."""
    demonstration = load(ROOT / "cgu_texts").service("demonstration").document("cgu")
    yield from _neighbours("demonstration", [(v.address.slug, v.text) for v in demonstration.versions])
    folder = os.environ.get("SERIES")
    if folder:
        for series in sorted(path for path in Path(folder).iterdir() if path.is_dir()):
            texts = [(path.stem, path.read_bytes()) for path in sorted(series.glob("*.md"))]
            yield from _neighbours(series.name, texts)


def _neighbours(name: str, texts: list[tuple[str, bytes]]) -> Iterator[str]:
    for (old_name, old), (new_name, new) in pairwise(texts):
        before, after = read(old), read(new)
        found = compare(before, after)
        (taken,) = alternate(3, lambda before=before, after=after: compare(before, after))
        yield (
            f"{name} {old_name} → {new_name}: {len(found.changes)} changes,"
            f" +{found.words.inserted} −{found.words.deleted} words, {taken * 1000:.0f} ms"
        )
