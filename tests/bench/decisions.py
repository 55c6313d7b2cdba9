"""Statements like those of decisions, as many as wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from kiosk.acceptance.screens import Screen
from kiosk.proof.statement import Kind, Statement, instant, make

AT = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)
SCREEN = Screen("0.0.1", {"kiosk/templates/page.html": b"<!doctype html>"})
TEXT, CONTRACTUAL = b"# Conditions\n", b"{}"
STAND_INS = ("1" * 32, "2" * 32)
"""Identifiers of the decision and the subject in the statement that the others are made from."""


def bodies(count: int) -> Iterator[bytes]:
    """Yield the bytes of `count` decisions."""
    before, between, after = _template()
    for number in range(count):
        yield b"%b%032x%b%032x%b" % (before, number, between, number, after)


def _template() -> list[bytes]:
    said = statement(
        Kind.DECISION,
        id=STAND_INS[0],
        subject=STAND_INS[1],
        decision="accepted",
        wording={
            "box": "J’accepte sans réserve les conditions générales d’utilisation de SOFFi (v1).",
            "statements": [], "button": "Accepter ces conditions", "language": "fr",
        },
        named_without_text=[],
        capacity="self",
        exposure={"shown_at": instant(AT), "text": "whole", "compared_with": None, "comparison_hash": None},
        authentication={"method": "password", "at": instant(AT)},
        previous=None,
        screen=SCREEN.hash,
        retention="Fin de la relation + 5 ans",
    )  # fmt: skip
    before, rest = said.body.split(STAND_INS[0].encode())
    between, after = rest.split(STAND_INS[1].encode())
    return [before, between, after]


def statement(kind: Kind, **members: object) -> Statement:
    document = {
        "service": "soffi", "terms": "cgu", "version": "v1", "label": "v1",
        "text_hash": hashlib.sha256(TEXT).hexdigest(),
        "metadata_hash": hashlib.sha256(CONTRACTUAL).hexdigest(),
        "origin": "publication", "published_at": instant(AT), "effective_at": None,
    }  # fmt: skip
    checkpoint = {"size": 123_456, "root": "a" * 64, "at": instant(AT), "token": None}
    return make(kind, "publisher", AT, {"document": document, "checkpoint": checkpoint, **members})
