"""Both texts come out of a comparison, or it is refused."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from cgu_archive.corpus.comparison import compare_bytes, hashed_bytes
from kiosk.proof import comparison
from kiosk.proof.comparison import Texts, rebuild
from kiosk.proof.errors import AlteredError, MalformedError

OLD = "\ufeff# Conditions\r\n\r\n## Article 1\r\n\r\nHuit jours.\r\n\r\n- a\r\n- b".encode()
NEW = b"# Conditions\n\n## Article 1\n\nNeuf jours.\n\n| a | b |\n|---|---|\n| c | d |\n"
RAW = hashed_bytes(compare_bytes(OLD, NEW))


def test_both_texts_come_out_byte_for_byte() -> None:
    assert rebuild(RAW) == Texts(OLD, NEW)


def altered(**changes: Any) -> bytes:
    return json.dumps(json.loads(RAW) | changes).encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"null",
        b"[" * 100_000,
        altered(format="cgu-comparison/2"),
        altered(rows=None),
        altered(rows=[{"old": 3, "new": []}]),
        altered(rows=[{"old": [{"index": 0, "source": 1}], "new": []}]),
        altered(rows=[{"old": [{"index": 0, "source": "\ud800"}], "new": []}]),
        altered(rows=[{"old": [{"index": 0, "source": ""}, {"index": "1", "source": ""}], "new": []}]),
        altered(old=None),
        altered(new=[]),
    ],
)
def test_what_is_no_comparison_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        rebuild(raw)


@pytest.mark.parametrize("side", ["old", "new"])
def test_a_comparison_that_does_not_hold_the_texts_it_names_is_refused(side: str) -> None:
    with pytest.raises(AlteredError, match=side):
        rebuild(altered(**{side: {"text_hash": sha256(b"another").hexdigest()}}))


def test_a_comparison_too_long_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "MAX_BYTES", len(RAW))
    assert rebuild(RAW) == Texts(OLD, NEW)
    monkeypatch.setattr(comparison.json, "loads", lambda _: pytest.fail("read"))
    with pytest.raises(MalformedError, match=rf"at most {len(RAW)} bytes expected, {len(RAW) + 1} found"):
        rebuild(RAW + b" ")


def test_a_comparison_without_its_first_row_is_refused() -> None:
    with pytest.raises(AlteredError, match="old"):
        rebuild(altered(rows=json.loads(RAW)["rows"][1:]))
