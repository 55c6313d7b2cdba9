"""Statements: canonical bytes, members of their kind and no other, personal fields hidden."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
import rfc8785

from kiosk.proof import kinds, statement
from kiosk.proof.commitment import Opening, verify_opening
from kiosk.proof.errors import AlteredError, MalformedError
from kiosk.proof.kinds import Shape
from kiosk.proof.statement import Kind
from tests.kiosk.proof.making import AT, DATES, DOCUMENT, OPENINGS, PUBLISHER, accession, decision, members

EXAMPLES: Mapping[str, Any] = {
    "text": "é", "hash": "a" * 64, "id": "b" * 32, "instant": "2026-11-22T08:00:00.000000Z", "integer": -1,
    "count": 0, "key": PUBLISHER.verifier.encode(), "text|integer": "un",
}  # fmt: skip


def example(shape: Shape) -> Any:
    """The smallest value of a shape."""
    if isinstance(shape, str):
        return shape[1:].split("|")[0] if shape.startswith("=") else EXAMPLES[shape]
    if isinstance(shape, Mapping):
        return {name.removesuffix("?").replace("*", "un"): example(one) for name, one in shape.items()}
    return [example(shape[0])]


def said(kind: str) -> dict[str, Any]:
    """The members of a statement of `kind`."""
    whole: dict[str, Any] = example(kinds.COMMON) | example(kinds.MEMBERS[kind])
    return whole | {"format": statement.FORMAT, "kind": kind, "environment": "publisher"}


def test_a_statement_is_read_back_and_named_by_the_hash_of_its_bytes() -> None:
    made = decision()
    assert statement.parse(made.body) == made
    assert made.hash == hashlib.sha256(made.body).hexdigest()


def test_the_bytes_are_canonical_json() -> None:
    made = accession(0)
    assert made.body.startswith(b'{"at":"2026-11-22T07:00:00.123456Z","checkpoint":null,"dates":{')
    assert json.dumps(json.loads(made.body), separators=(",", ":"), sort_keys=True).encode() == made.body
    assert made.commitments == {}


def test_personal_values_are_not_in_the_statement() -> None:
    made = decision()
    for opening in OPENINGS:
        assert opening.value.encode() not in made.body
        verify_opening(opening, made.commitments[opening.field])


def test_the_commitment_is_the_one_the_specification_writes() -> None:
    opening = Opening("email", bytes(16), "é")
    parts = b"cgu-commitment/1\x00email\x00" + bytes(16) + "é".encode()
    assert opening.commitment == hashlib.sha256(parts).hexdigest()


def test_another_value_does_not_open_a_commitment() -> None:
    with pytest.raises(AlteredError, match="email"):
        verify_opening(Opening("email", bytes(16), "autre"), Opening("email", bytes(16), "un").commitment)


@pytest.mark.parametrize(("field", "salt"), [("", bytes(16)), ("a\x00b", bytes(16)), ("a", bytes(15))])
def test_an_opening_that_could_be_mistaken_for_another_is_refused(field: str, salt: bytes) -> None:
    with pytest.raises(MalformedError):
        Opening(field, salt, "x")


@pytest.mark.parametrize("value", ["\ud800", "x" * statement.MAX_BYTES])
def test_what_cannot_be_written_or_read_is_not_stated(value: str) -> None:
    with pytest.raises(MalformedError, match=r"canonically|at most"):
        decision(retention=value)


# The members of each kind


def test_every_kind_has_its_members() -> None:
    assert set(kinds.MEMBERS) == {kind.value for kind in Kind}
    assert set(kinds.COMMITTED) <= set(kinds.MEMBERS)


@pytest.mark.parametrize("kind", kinds.MEMBERS)
def test_a_statement_of_every_kind_is_read(kind: str) -> None:
    whole = said(kind)
    assert statement.parse(rfc8785.dumps(whole)).members == whole
    if kind in kinds.COMMITTED:
        committed = dict.fromkeys(kinds.COMMITTED[kind], "f" * 64)
        statement.parse(rfc8785.dumps(whole | {"commitments": committed}))


def test_a_decision_may_name_the_other_documents_under_its_box() -> None:
    whole = said("decision")
    beside = whole | {"together": [whole["document"]]}
    assert statement.parse(rfc8785.dumps(beside)).members == beside


@pytest.mark.parametrize("kind", kinds.MEMBERS)
def test_a_member_missing_unknown_or_of_another_type_is_refused(kind: str) -> None:
    whole = said(kind)
    for name in whole:
        changed = [{k: v for k, v in whole.items() if k != name}, whole | {name: 1.5}, whole | {name: True}]
        if name in kinds.MEMBERS[kind] or name in kinds.COMMON:
            changed.append(whole | {name: None})
        for one in changed:
            with pytest.raises(MalformedError):
                statement.parse(rfc8785.dumps(one))
    with pytest.raises(MalformedError, match="exactly"):
        statement.parse(rfc8785.dumps(whole | {"more": "x"}))
    wrong: tuple[Any, ...] = ({}, {"secret": "f" * 64}, [], None, {"account": "f"}, {"email": 1})
    for commitments in wrong:
        with pytest.raises(MalformedError):
            statement.parse(rfc8785.dumps(whole | {"commitments": commitments}))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        pytest.param("decision", {"decision": "agreed"}, id="a word that is not one of these"),
        pytest.param("decision", {"subject": "B" * 32}, id="capitals in an identifier"),
        pytest.param("decision", {"screen": "a" * 63}, id="a hash cut short"),
        pytest.param("decision", {"at": "2026-02-30T08:00:00.000000Z"}, id="no such day"),
        pytest.param("decision", {"at": "2026-11-22T08:00:00Z"}, id="no microseconds"),
        pytest.param("decision", {"at": "2026-11-22T24:00:00.000000Z"}, id="no such hour"),
        pytest.param("decision", {"document": None}, id="null where it is not allowed"),
        pytest.param("decision", {"wording": []}, id="a list for an object"),
        pytest.param("decision", {"named_without_text": {}}, id="an object for a list"),
        pytest.param("decision", {"named_without_text": [1]}, id="a number among texts"),
        pytest.param("decision", {"together": []}, id="nothing beside, and said"),
        pytest.param("decision", {"together": [{}]}, id="a document that is none"),
        pytest.param("exposure", {"count": -1}, id="fewer than none"),
        pytest.param("exposure", {"count": 2**53}, id="more than JSON counts"),
        pytest.param("key-change", {"old": "cle"}, id="not a key"),
        pytest.param("key-change", {"old": 1}, id="a number for a key"),
        pytest.param("screens", {"files": {"a": "b"}}, id="not the hash of a file"),
        pytest.param("incident", {"details": {"seconds": 1.5}}, id="a fraction"),
        pytest.param("incident", {"details": {"seconds": None}}, id="null among free names"),
        pytest.param("incident", {"details": []}, id="a list for free names"),
    ],
)
def test_a_value_of_another_type_is_refused(kind: str, changes: dict[str, Any]) -> None:
    try:
        body = rfc8785.dumps(said(kind) | changes)
    except ValueError:  # a number that the canonical form cannot write
        body = json.dumps(said(kind) | changes, separators=(",", ":"), sort_keys=True).encode()
    with pytest.raises(MalformedError):
        statement.parse(body)


def test_what_may_be_null_may_be_null() -> None:
    whole = said("decision") | {"previous": None, "checkpoint": None}
    assert statement.parse(rfc8785.dumps(whole)).members["previous"] is None


def test_a_statement_is_not_made_with_other_members() -> None:
    with pytest.raises(MalformedError, match="exactly"):
        statement.make(Kind.DECISION, "publisher", AT, {"id": "1" * 32})
    with pytest.raises(MalformedError, match="demonstration"):
        statement.make(Kind.DECISION, "test", AT, members())
    entered = {"id": "1" * 32, "document": DOCUMENT, "dates": DATES, "reason": None, "checkpoint": None}
    with pytest.raises(MalformedError, match="commitments"):
        statement.make(Kind.PUBLICATION, "publisher", AT, entered, OPENINGS)


# Bytes


def former(**changes: object) -> bytes:
    whole = {"format": statement.FORMER_FORMAT, "kind": "decision"} | changes
    return json.dumps(whole, separators=(",", ":"), sort_keys=True).encode()


@pytest.mark.parametrize("kind", ["decision", "publication", "accession"])
def test_a_statement_of_the_former_format_is_still_read_its_members_unchecked(kind: str) -> None:
    held = statement.parse(former(kind=kind, more=[1], commitments={"email": "x"}))
    assert held.members["more"] == [1]
    assert held.commitments == {"email": "x"}


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="not an object"),
        pytest.param(b"[" * 90_000, id="nested too deep"),
        pytest.param(b" " + decision().body, id="a space more"),
        pytest.param(decision().body.replace(b"cgu-statement/2", b"cgu-statement/3"), id="another format"),
        pytest.param(decision().body.replace(b'"decision","named', b'"other","named'), id="another kind"),
        pytest.param(former(format=[]), id="format not a text"),
        pytest.param(former(kind="key-change"), id="a kind that the former format did not have"),
        pytest.param(former(kind=[]), id="kind not a text"),
        pytest.param(former(commitments=[]), id="commitments not an object"),
        pytest.param(former(commitments={"email": 1}), id="commitment not a text"),
        pytest.param(former(x="a" * statement.MAX_BYTES), id="too long"),
    ],
)
def test_a_malformed_statement_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        statement.parse(raw)
