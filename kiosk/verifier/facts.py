"""What a statement, its proof and its disclosures say, in words; nothing is verified here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from kiosk.proof import checkpoint, note
from kiosk.proof.errors import ProofError
from kiosk.proof.receipt import Receipt
from kiosk.proof.statement import Statement
from kiosk.proof.times import Bounds
from kiosk.verifier.words import Words, printable

if TYPE_CHECKING:
    from kiosk.proof.token import Attested

LATE = timedelta(hours=26)
"""A token that comes later than this after the stated time is said to: one is asked for every hour."""
_LONGEST_LIST = 5
_HOUR = timedelta(hours=1)


def facts(held: Receipt, said: Statement, bounds: Bounds, words: Words) -> dict[str, str]:
    """Return what the statement, its proof and the disclosures say, label to value.

    `bounds` are the times between which it was made, as a verification found them.
    """
    told = dict(_said(held, said, bounds, words))
    told |= {_label(one.field, words): one.value for one in held.disclosures}
    closed = sorted(set(said.commitments) - {one.field for one in held.disclosures})
    if closed:
        told[words.labels["undisclosed"]] = ", ".join(words.fields.get(name, name) for name in closed)
    return {label: printable(value) for label, value in told.items()}


def late_by(said: Statement, attested: Attested | None) -> int | None:
    """Return how many whole hours after the stated time it was attested, when that is long after."""
    at = _instant(said.members.get("at"))
    if at is None or attested is None or attested.at - at <= LATE:
        return None
    return (attested.at - at) // _HOUR


def utc(at: datetime) -> str:
    """Return an instant as it is told: to the second, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def attestation(found: Attested, form: str) -> str:
    """Return `form` with the time that is attested, how exactly in seconds, and by whom."""
    accuracy = f"{found.accuracy.total_seconds():g}"
    return form.format(at=utc(found.at), accuracy=accuracy, authority=found.authority)


def _said(held: Receipt, said: Statement, bounds: Bounds, words: Words) -> Iterator[tuple[str, str]]:
    members, labels = said.members, words.labels
    kind, decided = members["kind"], members.get("decision")
    about = decided if isinstance(decided, str) and decided in words.kinds else kind
    yield labels["about"], words.kinds[about]
    document = members.get("document")
    if isinstance(document, Mapping):
        address = (_value(document.get(name), words) for name in ("service", "terms", "version"))
        yield labels["text"], "/".join(address)
        label = document.get("label")
        yield labels["label"], words.no_label if label is None else _value(label, words)
        yield labels["text_hash"], _value(document.get("text_hash"), words)
    yield from _of_kind(kind, members, words)
    clock = words.unattested if bounds.latest is None else words.by_server
    yield labels["time"], f"{_value(members.get('at'), words)} ({clock})"
    for name, found in (("earliest", bounds.earliest), ("latest", bounds.latest)):
        yield labels[name], attestation(found, words.attested) if found else words.by_nobody
    yield labels["state"], words.states[held.state]
    leaf = _leaf(held, words)
    if leaf:
        yield labels["leaf"], leaf
    yield labels["environment"], _value(members.get("environment"), words)


def _of_kind(kind: str, members: Mapping[str, Any], words: Words) -> Iterator[tuple[str, str]]:
    """Yield what statements of this kind say beside; what is null is left out, or said to be none."""
    for name, label in words.members.items():
        of, *path = name.split(".")
        if of == kind:
            value = _at(members, path)
            known = words.values.get(name, {})
            if value is None or value == []:
                if "" in known:
                    yield label, known[""]
            else:
                yield (
                    label,
                    known[value] if isinstance(value, str) and value in known else _value(value, words),
                )


def _at(value: Any, path: list[str]) -> Any:
    """Return what is at `path` in `value`, None when there is no such place."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _value(value: Any, words: Words) -> str:
    """Return a value in words: a text, a whole number, or some of them."""
    match value:
        case str():
            return value
        case int() if not isinstance(value, bool):
            return str(value)
        case list():
            told = [_value(one, words) for one in value[:_LONGEST_LIST]]
            return ", ".join([*told, *_left_out(len(value), words)])
        case {"service": str(service), "terms": str(terms), "version": str(version), "text_hash": str(text)}:
            return f"{service}/{terms}/{version} ({text})"
        case Mapping():
            names = sorted(value, key=lambda name: name.encode("utf-16-be"))[:_LONGEST_LIST]
            told = [f"{name}{words.colon}{_value(value[name], words)}" for name in names]
            return ", ".join([*told, *_left_out(len(value), words)])
        case _:
            return words.unreadable


def _left_out(count: int, words: Words) -> Iterator[str]:
    if count > _LONGEST_LIST:
        yield words.more.format(count=count - _LONGEST_LIST)


def _leaf(held: Receipt, words: Words) -> str | None:
    """Return where the statement is, as the receipt says; None when it says nothing that can be read."""
    if held.proof is None:
        return None
    try:
        head = checkpoint.parse(note.parse(held.proof.checkpoint).text)
    except ProofError:
        return None
    return words.leaf.format(index=held.proof.index, size=head.size, origin=head.origin)


def _label(field: str, words: Words) -> str:
    """Return how a disclosed field is named; one we do not know must not pass for what the statement says."""
    known = words.fields.get(field)
    return known[0].upper() + known[1:] if known else words.other_field.format(name=printable(field))


def _instant(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
