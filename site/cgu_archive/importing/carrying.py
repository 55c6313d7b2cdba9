"""What a process of its own is asked, and what it answers, as JSON: values only, each checked when read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from cgu_archive.importing.model import (
    Difference,
    Doubt,
    Imported,
    ImportRefusedError,
    Kind,
    ReceivedComment,
    Row,
    Tracked,
    TrackedChangesError,
    TrackedCount,
)


def question(name: str, content: bytes, tracked: Tracked | None) -> bytes:
    """Return what is asked: a line of JSON, then the bytes of the file."""
    return json.dumps({"name": name, "tracked": tracked}).encode() + b"\n" + content


def asked(question: bytes) -> tuple[str, bytes, Tracked | None]:
    """Return the name, bytes and choice of a question."""
    head, _, content = question.partition(b"\n")
    said = json.loads(head)
    return said["name"], content, Tracked(said["tracked"]) if said["tracked"] else None


def understood(found: Imported) -> bytes:
    """Return the answer that says what a file was understood as."""
    text = found.text.decode()
    comments = [
        {**asdict(one), "written_at": one.written_at.isoformat() if one.written_at else None}
        for one in found.comments
    ]
    return _written({"imported": {**asdict(found), "text": text, "comments": comments}})


def refused(error: ImportRefusedError) -> bytes:
    """Return the answer that says why a file cannot be read."""
    if isinstance(error, TrackedChangesError):
        return _written({"tracked": [asdict(one) for one in error.changes], "kind": error.kind})
    return _written({"refused": str(error)})


def _written(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass")


def answered(raw: bytes) -> Imported:
    """Return what `understood` wrote; raises what `refused` wrote, and `ValueError` for anything else."""
    try:
        match json.loads(raw.decode("utf-8", "surrogatepass")):
            case {"imported": dict(found)}:
                return _imported(found)
            case {"tracked": list(changes), "kind": str(kind)}:
                raise TrackedChangesError(tuple(_counts(changes)), Kind(kind))
            case {"refused": str(why)}:
                raise ImportRefusedError(why)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not an answer") from error
    raise ValueError("not an answer")


def _imported(found: dict[str, Any]) -> Imported:
    return Imported(
        kind=Kind(found["kind"]),
        text=_text(found["text"]).encode(),
        rows=tuple(
            Row(_text(r["received"]), _text(r["understood"]), _text(r["place"]), _line(r["line"]), _texts(r))
            for r in found["rows"]
        ),
        doubts=tuple(
            Doubt(_text(one["place"]), _text(one["sentence"]), _line(one["line"])) for one in found["doubts"]
        ),
        comments=tuple(_comment(one) for one in found["comments"]),
        changes=tuple(_counts(found["changes"])),
        source_hash=_text(found["source_hash"]),
        lost=_differences(found["lost"]),
        added=_differences(found["added"]),
    )


def _comment(one: dict[str, Any]) -> ReceivedComment:
    written = None if one["written_at"] is None else datetime.fromisoformat(_text(one["written_at"]))
    return ReceivedComment(_text(one["author"]), _text(one["words"]), written, _text(one["address"]))


def _counts(found: list[dict[str, Any]]) -> Iterator[TrackedCount]:
    for one in found:
        yield TrackedCount(_text(one["change"]), _text(one["author"]), _line(one["count"]) or 0)


def _differences(found: list[dict[str, Any]]) -> tuple[Difference, ...]:
    return tuple(Difference(_text(one["words"]), _text(one["near"])) for one in found)


def _texts(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(_text(one) for one in row["doubts"])


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("words expected")
    return value


def _line(value: object) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise TypeError("a number expected")
    return value
