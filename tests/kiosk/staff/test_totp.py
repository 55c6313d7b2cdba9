"""Codes of an application: those of the standard, one step of drift, each officer's secret for them alone."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from kiosk.staff import cipher, totp
from kiosk.staff.cipher import Use
from kiosk.staff.errors import FactorError
from kiosk.staff.officers import Person

SECRET = base64.b32encode(b"12345678901234567890").decode()
KEY = "rK8vQ2mZ-7tYw1Xc5Lp9NdE3sHj6uGf0bAo4iTzU_qW"
AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
OFFICER = Person("a" * 32, "dgefp", "c.martin", "Prénom Nom", "Juriste", (), "x")


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
        (2000000000, "279037"), (20000000000, "353130"),
    ],
)  # fmt: skip
def test_the_codes_are_those_of_rfc_6238_appendix_b(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert totp.step_of(SECRET, code, at) == seconds // 30


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_early_or_late(steps: int, right: bool) -> None:
    shown = totp.HOTP(SECRET).at(int(AT.timestamp()) // 30 + steps)
    assert (totp.step_of(SECRET, shown, AT) is not None) is right


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "١٢٣٤٥٦", "12345a", "-12345", "1" * 10_000])
def test_what_is_not_six_digits_is_no_code(typed: str) -> None:
    assert totp.step_of(SECRET, typed, AT) is None


def test_spaces_do_not_count() -> None:
    shown = totp.HOTP(SECRET).at(int(AT.timestamp()) // 30)
    assert totp.step_of(SECRET, f" {shown[:3]} {shown[3:]} ", AT) is not None


def test_an_application_reads_the_secret_and_whose_it_is() -> None:
    parts = urlsplit(totp.address(SECRET, "c.martin", "DGEFP"))
    assert (parts.scheme, parts.netloc, unquote(parts.path)) == ("otpauth", "totp", "/DGEFP:c.martin")
    assert parse_qs(parts.query) == {"secret": [SECRET], "issuer": ["DGEFP"]}
    assert totp.picture(totp.address(SECRET, "c.martin", "DGEFP")).startswith("data:image/svg+xml")
    assert totp.grouped("ABCDEFGH") == "ABCD EFGH"


@pytest.mark.requirement("P-46")
def test_a_secret_at_rest_opens_for_its_officer_and_use_in_its_deployment_alone() -> None:
    sealed = cipher.seal(KEY, Use.TOTP, "a" * 32, SECRET, AT)
    assert SECRET.encode() not in sealed
    assert cipher.unseal(KEY, Use.TOTP, "a" * 32, sealed) == SECRET
    for key, use, officer in (
        (KEY, Use.TOTP, "b" * 32), (KEY, Use.OFFERED, "a" * 32), (f"{KEY}x", Use.TOTP, "a" * 32),
    ):  # fmt: skip
        with pytest.raises(FactorError):
            cipher.unseal(key, use, officer, sealed)


def test_a_secret_that_a_form_carries_is_confirmed_in_time_and_not_another() -> None:
    carried = totp.offer(KEY, OFFICER, SECRET, AT)
    assert SECRET not in carried
    assert totp.offered(KEY, OFFICER, carried, AT + totp.OFFER) == SECRET
    for late, text in ((totp.OFFER + timedelta(seconds=1), carried), (timedelta(), "x"), (timedelta(), "é")):
        with pytest.raises(FactorError):
            totp.offered(KEY, OFFICER, text, AT + late)
