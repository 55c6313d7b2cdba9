"""What is typed of a version is read exactly, or said to be wrong beside its field."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus.drafting import blank
from cgu_archive.corpus.model import Corpus, NewVersion
from kiosk.legal_desk import forms
from kiosk.legal_desk.starting import is_slug, proposed_slug
from kiosk.staff.pages import Errors

HELD = blank("v2")


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"approval": "Conseil d’administration"}, ["approval_on"]),
        ({"approval_on": "2025-04-08"}, ["approval"]),
        ({"homologation": "Délibération", "homologation_on": "8 avril"}, ["homologation_on"]),
        ({"effective_on": "2027-02-30"}, ["effective_on"]),
        ({"effective_on": "0001-01-01"}, ["effective_on"]),  # it has no midnight in UTC
        ({"effective_on": "9999-12-31"}, ["effective_on"]),
        ({"effective_on": "2027-02-01", "required_on": "2027-01-01"}, ["required_on"]),
        ({"reason_kind": "caprice"}, ["reason_kind"]),
        ({"declared_on": "janvier"}, ["declared_on"]),
        ({"reason": "x" * 1001}, ["reason"]),
        ({"summary": "caché\u202e"}, ["summary"]),
        ({"approval": "Conseil d’administration", "approval_on": "2025-04-08", "declared_on": "2025-04"}, []),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field(typed: dict[str, str], wrong: list[str]) -> None:
    errors = Errors()
    forms.metadata(typed, HELD, NewVersion.ACCEPT, errors)
    assert list(errors) == wrong


def test_the_form_shows_what_it_reads() -> None:
    typed = {
        "label": "v2", "reason": "Loi.", "reason_kind": "law", "declared_on": "2027-01", "asks": "accept",
        "effective_on": "2027-02-01", "required_on": "2027-03-01", "approval": "Conseil",
        "approval_on": "2026-12-01", "homologation": "Arrêté", "homologation_on": "2026-11-30",
        "summary": "Article 3.\nArticle 5.",
    }  # fmt: skip
    errors = Errors()
    read = forms.metadata(typed, HELD, NewVersion.NOTIFY, errors)
    assert (errors, forms.shown(read)) == ({}, typed)
    assert str(read.approved_on) == "2026-12-01"


@pytest.mark.parametrize(
    ("rule", "asked"), [(NewVersion.NOTIFY, NewVersion.ACCEPT), (NewVersion.ACCEPT, None)]
)
def test_a_version_may_ask_for_more_than_its_service_and_never_for_less(
    rule: NewVersion, asked: NewVersion | None
) -> None:
    assert forms.metadata({"label": "v2", "asks": "accept"}, HELD, rule, Errors()).asks is asked
    less = forms.metadata({"label": "v2", "asks": "notify"}, HELD, rule, Errors())
    assert less == replace(HELD, asks=None)


@pytest.mark.parametrize(
    ("label", "slug"),
    [
        ("v2", "v2"), ("v2.1 (juin)", "v2.1-juin"), ("Version de décembre 2027", "version-de-decembre-2027"),
        ("v2. 1", "v2-1"), ("…", ""),
    ],
)  # fmt: skip
def test_a_name_is_proposed_from_the_label(label: str, slug: str) -> None:
    assert proposed_slug(label) == slug


@given(st.text(max_size=90))
def test_a_proposed_name_is_one_or_nothing(label: str) -> None:
    made = proposed_slug(label)
    assert made == "" or is_slug(made)


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({}, ["label"]),
        ({"label": "v2", "slug": "É"}, ["slug"]),
        ({"slug": "É"}, ["label", "slug"]),
        ({"label": "…"}, ["slug"]),
    ],
)
def test_a_name_that_is_missing_is_said_once(typed: dict[str, str], wrong: list[str], corpus: Corpus) -> None:
    errors = Errors()
    offered = {"soffi": corpus.service("soffi")}
    assert forms.wanted(typed | {"document": "soffi/cgu"}, offered, errors) is None
    assert list(errors) == wrong
