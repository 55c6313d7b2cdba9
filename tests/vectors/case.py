"""One vector: bytes, what a verifier is told to trust, and what it must answer."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

FORMAT = "cgu-vector/1"


@dataclass(frozen=True, slots=True)
class Case:
    """A vector before it is written."""

    name: str
    """The file's name, without ``.json``."""
    about: str
    kind: str
    input: bytes
    """What is read. For a path or a tile, which are no files of their own, JSON with hexadecimal hashes."""
    trust: str = ""
    """The lines of a trust file."""
    error: str | None = None
    """The class of the error that refuses the input; None when it is accepted."""
    step: int | None = None
    """Number of the verification step that refuses, for what has steps."""
    verdict: str | None = None
    """The verdict in words, for what has one."""
    browser: bool = False
    """Whether the page « Vérifier » reads it, and must answer the same verdict and step."""
    browser_answer: tuple[str, int | None] | None = None
    """Verdict and step of that page, when they are others: it does not judge who signed a time token."""


def dump(case: Case) -> bytes:
    """Return the file of `case`: always the same bytes for the same case."""
    verdict = case.verdict or ("accepted" if case.error is None else "refused")
    said, step = case.browser_answer or (verdict, case.step)
    whole = {
        "format": FORMAT,
        "about": case.about,
        "kind": case.kind,
        "input": base64.b64encode(case.input).decode(),
        "trust": case.trust,
        "expected": {"verdict": verdict, "step": case.step, "error": case.error},
        "browser": {"verdict": said, "step": step} if case.browser else None,
    }
    return (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode()
