"""A comparison as JSON: format ``cgu-comparison/1``, described in README.md, and its hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from cgu_archive.corpus.comparison.model import (
    Change,
    Comparison,
    ComparisonWarning,
    Move,
    Op,
    Place,
    Row,
    Side,
    Span,
    Unit,
    Words,
)
from cgu_archive.corpus.hashing import Json, canonical, text_hash

FORMAT = "cgu-comparison/1"
ENGINE = 2
"""Raised whenever the same two texts may be told otherwise than before: their hash is then another one."""

_SIGNS = {Op.EQUAL: "=", Op.INSERTED: "+", Op.DELETED: "-"}


def to_json(comparison: Comparison) -> dict[str, Json]:
    """Return `comparison` as a JSON object; both texts can be rebuilt from it (`rebuild`)."""
    return {
        "format": FORMAT,
        "engine": ENGINE,
        "old": _side(comparison.old),
        "new": _side(comparison.new),
        "classes": [found.value for found in comparison.classes],
        "words": _words(comparison.words),
        "changes": [_change(change) for change in comparison.changes],
        "pairs": [{"old": pair.old.address, "new": pair.new.address} for pair in comparison.pairs],
        "warnings": [_warning(warning) for warning in comparison.warnings],
        "rows": [_row(row) for row in comparison.rows],
        "moves": [_move(move) for move in comparison.moves],
    }


def comparison_hash(comparison: Comparison) -> str:
    """Return the SHA-256 of `hashed_bytes`, 64 hexadecimal digits."""
    return text_hash(hashed_bytes(comparison))


def hashed_bytes(comparison: Comparison) -> bytes:
    """Return what the texts and attachments of two versions decide under one `ENGINE`: what is hashed.

    That is the canonical JSON (RFC 8785) of `comparison` without its warnings nor what is known of versions
    besides their `text_hash` and `attachments`. Years later, another engine: the bytes that were kept are the
    proof.
    """
    document = to_json(comparison)
    del document["warnings"]
    document["old"] = {"text_hash": comparison.old.text_hash} | _attachments(comparison.old)
    document["new"] = {"text_hash": comparison.new.text_hash} | _attachments(comparison.new)
    return canonical(document)


def rebuild(document: Mapping[str, Json]) -> tuple[bytes, bytes]:
    """Return both texts, byte for byte, from the JSON of a comparison made from bytes."""
    return _rebuilt(document, "old"), _rebuilt(document, "new")


def _rebuilt(document: Mapping[str, Json], side: str) -> bytes:
    rows = cast(Sequence[Mapping[str, Sequence[Mapping[str, str | int]]]], document["rows"])
    units = [(int(unit["index"]), str(unit["source"])) for row in rows for unit in row[side]]
    return "".join(source for _, source in sorted(units)).encode()


def _side(side: Side) -> Json:
    known = {"text_hash": side.text_hash, "label": side.label, "declared_on": side.declared_on}
    return known | _attachments(side)


def _attachments(side: Side) -> dict[str, Json]:
    """Return the attachments of a version; nothing when it has none."""
    return {"attachments": [one.contractual() for one in side.attachments]} if side.attachments else {}


def _words(words: Words) -> Json:
    return {"inserted": words.inserted, "deleted": words.deleted}


def _place(place: Place | None) -> Json:
    if place is None:
        return None
    return {"number": place.number, "title": place.title, "address": place.address}


def _change(change: Change) -> Json:
    return {
        "kinds": [kind.value for kind in change.kinds],
        "classes": [found.value for found in change.classes],
        "scope": change.scope.value,
        "same": change.is_same,
        "old": _place(change.old),
        "new": _place(change.new),
        "words": _words(change.words),
        "sentences": change.sentences,
        "callouts": [
            {"kind": callout.kind.value, "old": callout.old, "new": callout.new}
            for callout in change.callouts
        ],
        "rows": list(change.rows),
        "moves": list(change.moves),
    }


def _warning(warning: ComparisonWarning) -> Json:
    return {
        "kind": warning.kind.value,
        "details": list(warning.details),
        "place": _place(warning.place),
    }


def _row(row: Row) -> Json:
    return {
        "old": [_unit(unit) for unit in row.old],
        "new": [_unit(unit) for unit in row.new],
        "spans": [_span(span) for span in row.spans],
        "classes": [found.value for found in row.classes],
        "moved": row.moved,
        "change": row.change,
    }


def _span(span: Span) -> Json:
    told: list[Json] = [_SIGNS[span.op], span.text, span.change.value if span.change else None]
    return told if span.move is None else [*told, span.move]


def _move(move: Move) -> Json:
    return {"from": move.origin, "to": move.arrival, "change": move.row.change, "cut": move.is_cut}


def _unit(unit: Unit) -> Json:
    return {
        "index": unit.index,
        "kind": unit.kind.value,
        "address": unit.place.address,
        "marker": unit.marker,
        "source": unit.source,
    }
