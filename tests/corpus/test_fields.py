from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from enum import StrEnum

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cgu_archive.corpus import fields, reading
from cgu_archive.corpus.dates import PartialDate
from cgu_archive.corpus.errors import Finding
from cgu_archive.corpus.fields import Node, load, optional


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def read(text: str, build: Callable[[Node], object]) -> object:
    value, findings = load("f.yml", text.encode(), build)
    assert not findings, findings
    return value


def refused(text: str | bytes, build: Callable[[Node], object]) -> Finding:
    raw = text if isinstance(text, bytes) else text.encode()
    value, findings = load("f.yml", raw, build)
    assert value is None
    assert len(findings) == 1
    assert findings[0].file == "f.yml"
    return findings[0]


@pytest.mark.parametrize(
    ("text", "build", "value"),
    [
        ("no", Node.text, "no"),
        ("2024-01-05", Node.text, "2024-01-05"),
        ('"null"', Node.text, "null"),
        ("sans-date-1", Node.slug, "sans-date-1"),
        ("v0.3", Node.slug, "v0.3"),
        ("12", Node.integer, 12),
        ("true", Node.flag, True),
        ("false", Node.flag, False),
        ("2025-04-08", Node.day, date(2025, 4, 8)),
        ("2024-01", Node.partial_date, PartialDate(2024, 1)),
        ("2026-01-05T08:00:00Z", Node.instant, datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ('"07:30"', Node.clock, time(7, 30)),
        ("[a, b]", Node.texts, ("a", "b")),
        ("[a-1, b]", Node.slugs, ("a-1", "b")),
        ("red", lambda node: node.one_of(Colour), Colour.RED),
        ("null", lambda node: optional(node, node.text), None),
        ("x", lambda node: optional(node, node.text), "x"),
    ],
)
def test_a_value_is_read_as_it_is_asked_for(
    text: str, build: Callable[[Node], object], value: object
) -> None:
    assert read(text, build) == value


@pytest.mark.parametrize(
    ("text", "build", "expected"),
    [
        ("null", Node.text, "un texte"),
        ("~", Node.text, "un texte"),
        ('""', Node.text, "un texte"),
        ("[a]", Node.text, "un texte"),
        (r'"a\x01b"', Node.text, "sans caractère de commande"),
        ("Sans Date", Node.slug, "un nom court"),
        ('"12"', Node.integer, "un nombre entier"),
        ("-1", Node.integer, "un nombre entier"),
        ("٣", Node.integer, "un nombre entier"),
        ("{a: 1}", Node.integer, "un nombre entier"),
        ("yes", Node.flag, "true ou false"),
        ("2025-4-8", Node.day, "un jour"),
        ("2025-02-30", Node.day, "un jour"),
        ("janvier", Node.partial_date, "une date"),
        ("2024-13", Node.partial_date, "une date"),
        ("2026-01-05", Node.instant, "un instant UTC"),
        ("2026-01-05T25:00:00Z", Node.instant, "un instant UTC"),
        ("24:00", Node.clock, "une heure"),
        ("a", Node.items, "une liste"),
        ("a", lambda node: dict(node.pairs()), "un bloc"),
        ("green", lambda node: node.one_of(Colour), "l’un de : red, blue"),
    ],
)
def test_anything_else_says_what_was_expected(
    text: str, build: Callable[[Node], object], expected: str
) -> None:
    finding = refused(text, build)
    assert expected in finding.message
    assert "trouvé" in finding.message
    assert finding.line == 1


def test_a_long_wrong_value_is_not_repeated_whole() -> None:
    assert len(refused("x" * 5000, Node.day).message) < 250


def test_unknown_missing_and_repeated_fields_are_named_with_their_line() -> None:
    def build(root: Node) -> object:
        return root.fields("a")["a"].fields("b", "c")

    unknown = refused("a:\n  b: 1\n  c: 2\n  d: 3\n", build)
    assert ("« a.d » inconnu" in unknown.message, unknown.line) == (True, 4)
    missing = refused("a:\n  b: 1\n", build)
    assert ("« a.c » absent" in missing.message, missing.line) == (True, 2)
    repeated = refused("a:\n  b: 1\n  b: 2\n", build)
    assert ("« b » écrit deux fois" in repeated.message, repeated.line) == (True, 3)


def test_a_field_in_a_list_is_named_by_its_place() -> None:
    finding = refused("- a: 1\n- a: x\n", lambda root: [n.fields("a")["a"].integer() for n in root.items()])
    assert "« [2].a »" in finding.message


@pytest.mark.parametrize(
    ("raw", "line", "said"),
    [
        (b"a: 1\nb: \xff\n", 2, "UTF-8"),
        (b"", 1, "fichier vide"),
        (b"# rien\n", 1, "fichier vide"),
        (b"a: [1\n", 2, "pas du YAML"),
        (b"a: \x00\n", 1, "pas du YAML"),
        (b'a: "\\UFFFFFFFF"\n', 1, "pas du YAML"),
        (b"%YAML " + b"9" * 5000 + b".1\n---\na\n", 1, "pas du YAML"),
        (b"a: 1\n---\nb: 2\n", 2, "pas du YAML"),
        (b"a: &x 1\nb: *x\n", 1, "ancre"),
        (b"b: *x\n", 1, "alias"),
        (b"[" * 30 + b"]" * 30, 1, "trop imbriqu"),
        (b"? [a]\n: b\n", 1, "un texte"),
        (b"a" * (fields.MAX_BYTES + 1), 1, "octets"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(raw: bytes, line: int, said: str) -> None:
    finding = refused(raw, lambda root: dict(root.pairs()))
    assert said in finding.message
    assert finding.line == line


def check_total(raw: bytes) -> None:
    """Reading `raw` as a version or a service gives a value or findings, never an error."""
    for build in (reading.metadata, lambda root: reading.service("s", {}, root)):
        value, findings = load("f.yml", raw, build)
        assert (value is None) == bool(findings)
        for finding in findings:
            str(finding).encode()


@given(st.binary(max_size=300))
@example(b'? "\\ud800"\n: 1\n')
@example(b"!!python/object:os.system x")
@example(b"%TAG ! !\n---\n!a b\n")
def test_no_bytes_make_reading_fail(raw: bytes) -> None:
    check_total(raw)


VERSION_KEYS = (*reading.METADATA_KEYS, "text_hash", "metadata_hash")
SCALARS = st.sampled_from(
    [
        "null",
        "1",
        "true",
        "cgu-version/1",
        "accession",
        "2024-01-01",
        "[]",
        "[a]",
        "{}",
        "{a: b}",
        '"\\ud800"',
    ]
)


@given(st.lists(st.tuples(st.sampled_from(VERSION_KEYS), SCALARS | st.text(max_size=8)), max_size=24))
def test_no_fields_make_reading_fail(pairs: list[tuple[str, str]]) -> None:
    text = "".join(f"{key}: {value}\n" for key, value in pairs)
    check_total(text.encode("utf-8", "surrogatepass"))


@given(st.fixed_dictionaries(dict.fromkeys(VERSION_KEYS, SCALARS)))
def test_no_values_make_reading_a_version_fail(values: dict[str, str]) -> None:
    check_total("".join(f"{key}: {value}\n" for key, value in values.items()).encode())
