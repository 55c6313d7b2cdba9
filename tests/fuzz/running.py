"""Run one target under atheris (libFuzzer), from seeds that are valid files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris

KEPT = Path("build/fuzz")


def run(target: Callable[[bytes], None], seeds: Iterable[bytes]) -> None:
    """Feed `target` with changed `seeds`, as the options of libFuzzer on the command line say.

    What it finds stays in the folder named there, or else under ``build/fuzz``: a later run goes on from it.
    """
    folders = [word for word in sys.argv[1:] if not word.startswith("-")]
    corpus = Path(folders[0]) if folders else KEPT / Path(sys.argv[0]).stem
    corpus.mkdir(parents=True, exist_ok=True)
    longest = 4096
    for number, seed in enumerate(seeds):
        (corpus / f"seed-{number:03}").write_bytes(seed)
        longest = max(longest, len(seed) + 100)
    options = [word for word in sys.argv if word not in folders]
    atheris.Setup(
        [*options, f"-max_len={longest}", "-timeout=10", f"-artifact_prefix={corpus}/", str(corpus)], target
    )
    atheris.Fuzz()


def text(raw: bytes) -> str | None:
    """Return `raw` as a text that may hold what UTF-8 cannot write, as JSON may; None when it is no text."""
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
