"""What the statement of each kind says: its members, their types, and the fields it may commit to.

`MEMBERS` is plain data, so that another verifier can hold the same table (README.md, « Kinds »). A name that
ends in ``?`` may have the value null, and is never absent. A value is

* a word: ``text``, ``hash``, ``id``, ``instant``, ``integer``, ``count``, ``key``, or ``text|integer``;
* ``=a|b``: one of these texts;
* a list of one shape: any number of values of that shape;
* an object: exactly these members; with the one name ``*``, any names, each with a value of that shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache

from kiosk.proof.canonical import MAX_INTEGER
from kiosk.proof.errors import MalformedError
from kiosk.proof.note import VerifierKey

Shape = str | Sequence["Shape"] | Mapping[str, "Shape"]

DOCUMENT: Mapping[str, Shape] = {
    "service": "text",
    "terms": "text",
    "version": "text",
    "label?": "text",
    "text_hash": "hash",
    "metadata_hash": "hash",
    "origin": "=accession|publication",
    "published_at?": "instant",
    "effective_at?": "instant",
}
CHECKPOINT: Mapping[str, Shape] = {
    "size": "count",
    "root": "hash",
    "at": "instant",
    "token?": {"size": "count", "authority": "text", "hash": "hash"},
}
COMMON: Mapping[str, Shape] = {
    "format": "text",
    "kind": "text",
    "environment": "=demonstration|publisher",
    "id": "id",
    "at": "instant",
}
_ENTERED: Mapping[str, Shape] = {
    "document": DOCUMENT,
    "dates": {
        "declared_on?": "text",
        "approved_on?": "text",
        "published_at?": "text",
        "effective_on?": "text",
        "required_on?": "text",
        "archived_on?": "text",
    },
    "reason?": "text",
    "checkpoint?": CHECKPOINT,
}

MEMBERS: Mapping[str, Mapping[str, Shape]] = {
    "decision": {
        "subject": "id",
        "decision": "=accepted|awaiting|deferred|refused|renounced|terminated",
        "document": DOCUMENT,
        "wording": {"box": "text", "statements": ["text"], "button": "text", "language": "text"},
        "named_without_text": ["text"],
        "capacity": "=organisation|representative|self",
        "exposure": {
            "shown_at": "instant",
            "text": "=whole",
            "compared_with?": "text",
            "comparison_hash?": "hash",
        },
        "authentication": {"method": "text", "at": "instant"},
        "previous?": "hash",
        "screen": "hash",
        "checkpoint?": CHECKPOINT,
        "retention": "text",
    },
    "contestation": {"subject": "id", "about": "hash", "checkpoint?": CHECKPOINT},
    "publication": _ENTERED,
    "accession": _ENTERED,
    "notification": {
        "subject?": "id",
        "about?": "hash",
        "document?": DOCUMENT,
        "purpose": "text",
        "channel": "text",
        "mail_hash": "hash",
        "state": "=bounced|handed|refused",
    },
    "exposure": {"day": "text", "count": "count", "digest": "hash"},
    "erasure": {
        "act": "=account|request|term",
        "statements": ["hash"],
        "decided_by?": "text",
        "remedy?": "text",
    },
    "sanction": {
        "subject": "id",
        "act": "=answer|dropped|measure|notice|restored|urgent",
        "about?": "hash",
        "document": DOCUMENT,
        "provision": "text",
        "measure": "text",
        "until?": "instant",
        "answer_by?": "instant",
        "decided_by?": "text",
        "remedy?": "text",
    },
    "drafting": {
        "draft": "id",
        "number": "count",
        "act": (
            "=abandoned|approved|cancelled|commented|linked|opened|published|resolved|returned|revised"
            "|scheduled|silenced|submitted|uncancelled|unlinked|unscheduled|visa|withdrawn"
        ),
        "service": "text",
        "terms": "text",
        "revision": "count",
        "content_hash?": "hash",
        "place?": "text",
        "about?": "count",
        "function": "text",
        "due_at?": "instant",
    },
    "administration": {
        "act": (
            "=deactivated|link-removed|link-restored|link-verified|mailing-resumed|mailing-stopped"
            "|measure-released|notice-confirmed|notice-stopped|notice-written|reactivated|reminder-asked"
            "|reminder-stopped|service-closed|service-opened"
        ),
        "publisher": "text",
        "services": ["text"],
        "document?": DOCUMENT,
        "about?": "hash",
        "subject?": "id",
        "function": "text",
        "until?": "instant",
    },
    "cancellation": {"document": DOCUMENT, "reason": "text", "decided_by": "text"},
    "key-change": {"old": "key", "new": "key", "reason": "=lost|routine|stolen", "size": "count"},
    "screens": {"release": "text", "screen": "hash", "files": {"*": "hash"}},
    "incident": {"nature": "=clock|recovery", "details": {"*": "text|integer"}},
}
OPTIONAL: Mapping[str, Mapping[str, Shape]] = {"decision": {"together": [DOCUMENT]}}
"""Members that a kind may have too: lists, absent rather than empty."""
COMMITTED: Mapping[str, Sequence[str]] = {
    "decision": (
        "account", "capacity_declaration", "email", "organisation_name", "profile", "siren", "siret", "words",
    ),
    "contestation": ("account", "organisation_name", "siren", "words"),
    "notification": ("email",),
    "drafting": ("officer", "words"),
    "administration": ("account", "count", "officer", "words"),
    "sanction": ("account", "actions", "answer", "contact", "grounds", "urgency"),
}  # fmt: skip
"""Personal fields that a kind may commit to; a kind that is not here commits to none."""

_HASH = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{32}")
_INSTANT = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}\.[0-9]{6}Z")


def check(kind: str, members: Mapping[str, object]) -> None:
    """Raise `MalformedError` unless `members` are exactly those of a statement of `kind`."""
    beside = tuple(name for name in OPTIONAL.get(kind, ()) if name in members)
    for name in beside:
        if members[name] == []:
            raise MalformedError("{}.{}: absent rather than empty", kind, name)
    committed = "commitments" in members
    if committed:
        commitments = members["commitments"]
        names = COMMITTED.get(kind, ())
        if not isinstance(commitments, Mapping) or not commitments or not set(commitments) <= set(names):
            raise MalformedError("{}.commitments: some of {} expected", kind, ", ".join(names) or "none")
    _checker_of(kind, beside, committed=committed)(members)


_Check = Callable[[object], None]
"""Raises `MalformedError`, which says where, unless a value has its shape."""


@cache
def _checker_of(kind: str, beside: tuple[str, ...], *, committed: bool) -> _Check:
    shapes: dict[str, Shape] = {**COMMON, **MEMBERS[kind]}
    shapes |= {name: OPTIONAL[kind][name] for name in beside}
    if committed:
        shapes["commitments"] = {"*": "hash"}
    return _checker(shapes, kind)


def _checker(shape: Shape, where: str) -> _Check:
    """Return what checks values of `shape`: written once, for there are many."""
    if isinstance(shape, str):
        return _word(shape, where)
    if not isinstance(shape, Mapping):
        return _list(_checker(shape[0], f"{where}[]"), where)
    return _named(shape["*"], where) if "*" in shape else _object(shape, where)


def _word(shape: str, where: str) -> _Check:
    fits = _fits(shape)

    def check_word(value: object) -> None:
        if not fits(value):
            raise MalformedError("{}: {} expected", where, shape.removeprefix("="))

    return check_word


def _list(check_one: _Check, where: str) -> _Check:
    def check_list(value: object) -> None:
        if not isinstance(value, list):
            raise MalformedError("{}: a list expected", where)
        for one in value:
            check_one(one)

    return check_list


def _named(shape: Shape, where: str) -> _Check:
    def check_named(value: object) -> None:
        for name, one in _mapping(value, where).items():
            _checker(shape, f"{where}[{name!r}]")(one)

    return check_named


def _object(shapes: Mapping[str, Shape], where: str) -> _Check:
    names = {name: name.removesuffix("?") for name in shapes}
    expected = frozenset(names.values())
    checks = [
        (names[name], name.endswith("?"), _checker(shape, f"{where}.{names[name]}"))
        for name, shape in shapes.items()
    ]

    def check_object(value: object) -> None:
        members = _mapping(value, where)
        if members.keys() != expected:
            raise MalformedError("{}: exactly {} expected", where, ", ".join(sorted(expected)))
        for name, nullable, check_member in checks:
            found = members[name]
            if found is not None or not nullable:
                check_member(found)

    return check_object


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise MalformedError("{}: an object expected", where)
    return value


def _fits(word: str) -> Callable[[object], bool]:
    """Return what tells whether a value is what `word` says."""
    if word.startswith("="):
        choices = word[1:].split("|")
        return lambda value: isinstance(value, str) and value in choices
    known = [_WORDS[one] for one in word.split("|")]
    return known[0] if len(known) == 1 else lambda value: any(one(value) for one in known)


def _integer(value: object) -> bool:
    return type(value) is int and abs(value) <= MAX_INTEGER


def _instant(value: object) -> bool:
    if not (isinstance(value, str) and _INSTANT.fullmatch(value)):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _key(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        VerifierKey.parse(value)
    except MalformedError:
        return False
    return True


_WORDS: Mapping[str, Callable[[object], bool]] = {
    "text": lambda value: isinstance(value, str),
    "hash": lambda value: isinstance(value, str) and _HASH.fullmatch(value) is not None,
    "id": lambda value: isinstance(value, str) and _ID.fullmatch(value) is not None,
    "integer": _integer,
    "count": lambda value: _integer(value) and value >= 0,  # type: ignore[operator]
    "instant": _instant,
    "key": _key,
}
