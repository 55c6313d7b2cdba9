"""What people type of themselves, and the form in which it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgu_archive.corpus.model import FieldKind, SignUpField
from kiosk.accounts import answers
from kiosk.extensions import babel

TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def words() -> Iterator[None]:
    """Let errors be said, which asks for an application."""
    app = Flask("test")
    babel.init_app(app, default_locale="fr")
    with app.test_request_context():
        yield


def field(kind: FieldKind, *, required: bool = True) -> SignUpField:
    choices = ("Madame", "Monsieur") if kind in (FieldKind.CIVILITY, FieldKind.CHOICE) else ()
    return SignUpField("f", "F", kind, required, "P.", True, choices)


def read(kind: FieldKind, typed: str) -> tuple[str | None, str | None]:
    errors: dict[str, str] = {}
    found = answers.read({"f": typed}, [field(kind)], errors, today=TODAY)
    return found.get("f"), errors.get("f")


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (FieldKind.FAMILY_NAME, "  Le   Goff ", "Le Goff"),
        (FieldKind.FAMILY_NAME, "O’Brien-N’Diaye", "O’Brien-N’Diaye"),
        (FieldKind.GIVEN_NAME, "李", "李"),
        (FieldKind.CIVILITY, "Madame", "Madame"),
        (FieldKind.PHONE, "03 21 00 00 00", "+33321000000"),
        (FieldKind.PHONE, "0033 3.21.00.00.00", "+33321000000"),
        (FieldKind.PHONE, "0590 27 00 00", "+590590270000"),
        (FieldKind.PHONE, "+1 202 456 1111", "+12024561111"),
        (FieldKind.MOBILE_PHONE, "06-12-34-56-78", "+33612345678"),
        (FieldKind.MOBILE_PHONE, "0690 12 34 56", "+590690123456"),
        (FieldKind.BIRTH_DATE, "1/2/1990", "1990-02-01"),
        (FieldKind.BIRTH_DATE, "01 02 1990", "1990-02-01"),
        (FieldKind.BIRTH_DATE, "1990-02-01", "1990-02-01"),
        (FieldKind.BIRTH_DATE, "29/02/2000", "2000-02-29"),
        (FieldKind.SIREN, "732 829 320", "732829320"),
        (FieldKind.SIRET, "732\u202f829\u202f320 00074", "73282932000074"),
        (FieldKind.CODE, "abcd-1234 ef", "ABCD1234EF"),
        (FieldKind.POSTAL_ADDRESS, "1 rue Haute\r\n\r\n 62000  Arras", "1 rue Haute, 62000 Arras"),
        (FieldKind.COMPANY, "A" * 200, "A" * 200),
    ],
)
def test_an_answer_is_kept_in_one_form(kind: FieldKind, typed: str, kept: str) -> None:
    assert read(kind, typed) == (kept, None)


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (FieldKind.FAMILY_NAME, "   "),
        (FieldKind.FAMILY_NAME, "A" * 101),
        (FieldKind.FAMILY_NAME, "a\u202eb"),
        (FieldKind.TEXT, "a\x00b"),
        (FieldKind.TEXT, "A" * 201),
        (FieldKind.POSTAL_ADDRESS, "A" * 301),
        (FieldKind.TEXT, "A" * 100_000),
        (FieldKind.CIVILITY, "Docteur"),
        (FieldKind.PHONE, "12"),
        (FieldKind.PHONE, "bonjour"),
        (FieldKind.PHONE, "00 00 00 00 00"),
        (FieldKind.MOBILE_PHONE, "03 21 00 00 00"),
        (FieldKind.BIRTH_DATE, "31/02/1990"),
        (FieldKind.BIRTH_DATE, "1990"),
        (FieldKind.BIRTH_DATE, "23/11/2026"),
        (FieldKind.BIRTH_DATE, "01/01/1899"),
        (FieldKind.BIRTH_DATE, "٠١/٠١/١٩٩٠"),
        (FieldKind.SIREN, "732829321"),
        (FieldKind.SIRET, "732829320"),
        (FieldKind.CODE, "court"),
        (FieldKind.CODE, "A" * 65),
        (FieldKind.CODE, "code_avec_signe"),
        (FieldKind.CODE, "éééééééé"),
    ],
)
def test_an_answer_that_is_wrong_is_said_in_words_and_not_kept(kind: FieldKind, typed: str) -> None:
    kept, said = read(kind, typed)
    assert kept is None
    assert said


def test_what_is_not_required_may_be_left_empty() -> None:
    errors: dict[str, str] = {}
    optional = field(FieldKind.PHONE, required=False)
    assert answers.read({"f": " "}, [optional], errors, today=TODAY) == {}
    assert errors == {}


def test_a_number_is_shown_as_it_is_written_where_it_is_from() -> None:
    phone = field(FieldKind.PHONE)
    assert answers.shown(phone, "+33321000000") == "03 21 00 00 00"
    assert answers.shown(phone, "+32470123456") == "+32 470 12 34 56"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(FieldKind), typed=st.text(max_size=400))
def test_whatever_is_typed_is_kept_or_explained(kind: FieldKind, typed: str) -> None:
    kept, said = read(kind, typed)
    assert (kept is None) is (said is not None)
    assert len(kept or "") <= 300
    if kept is not None and kind not in (FieldKind.CODE, FieldKind.BIRTH_DATE):
        assert read(kind, answers.shown(field(kind), kept)) == (kept, None)
