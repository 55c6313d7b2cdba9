"""Read what people say of themselves as they sign up, field by field; say in French what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from cgu_archive.corpus.model import COMPANY_NUMBERS, FieldKind, SignUpField
from kiosk.accounts import registration
from kiosk.accounts.forms import Errors
from kiosk.extensions import gettext as _
from kiosk.organisations import numbers

MAX_LENGTH = {FieldKind.POSTAL_ADDRESS: 300, FieldKind.COMPANY: 200, FieldKind.TEXT: 200}
MAX_NAME = 100
MAX_TYPED = 1_000
"""Characters of a field beyond which nothing is looked at."""
AUTOCOMPLETE = {
    FieldKind.CIVILITY: "honorific-prefix",
    FieldKind.FAMILY_NAME: "family-name",
    FieldKind.GIVEN_NAME: "given-name",
    FieldKind.PHONE: "tel",
    FieldKind.MOBILE_PHONE: "tel",
    FieldKind.BIRTH_DATE: "bday",
    FieldKind.POSTAL_ADDRESS: "street-address",
    FieldKind.COMPANY: "organization",
    FieldKind.CODE: "off",
}
"""What browsers fill by themselves (WCAG 2.1, 1.3.5)."""
EDITABLE = frozenset(
    {
        FieldKind.CIVILITY, FieldKind.FAMILY_NAME, FieldKind.GIVEN_NAME, FieldKind.PHONE,
        FieldKind.MOBILE_PHONE,
    }
)  # fmt: skip
"""What people change by themselves, with their e-mail address (requirement P-24)."""
_REGIONS = ("FR", "GP", "MQ", "GF", "RE", "YT", "PM", "NC", "PF", "WF")
"""France and its territories, where numbers are written without a country."""
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_FRENCH_DAY = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_OLDEST = 1900

Reader = Callable[[SignUpField, str], tuple[str, str | None]]
"""Returns the value in the form that is kept, and what is wrong with it, if anything."""


def read(
    form: Mapping[str, str], asked: Iterable[SignUpField], errors: Errors, *, today: date
) -> dict[str, str]:
    """Return what `form` says for each field `asked`, by name, as it is kept; empty ones are left out.

    What is wrong is noted in `errors`, under the name of its field.
    """
    fields = tuple(asked)
    found: dict[str, str] = {}
    for field in fields:
        typed = form.get(field.slug, "").strip()
        if not typed:
            if field.required:
                errors[field.slug] = _missing(field)
            continue
        if len(typed) > MAX_TYPED:
            errors[field.slug] = _too_long(_most(field))
            continue
        value, wrong = _read(field, typed, today)
        if wrong is not None:
            errors[field.slug] = wrong
        else:
            found[field.slug] = value
    _want_company(fields, form, errors)
    return found


def shown(field: SignUpField, value: str) -> str:
    """Return `value` as people write it."""
    if field.kind in (FieldKind.PHONE, FieldKind.MOBILE_PHONE):
        number = phonenumbers.parse(value)
        national = number.country_code == 33
        return phonenumbers.format_number(
            number, PhoneNumberFormat.NATIONAL if national else PhoneNumberFormat.INTERNATIONAL
        )
    return value


def company_number(
    fields: Iterable[SignUpField], values: Mapping[str, str]
) -> tuple[SignUpField, str] | None:
    """Return the field that holds the number of a company, and that number; None when none was given."""
    for field in fields:
        if field.kind in COMPANY_NUMBERS and field.slug in values:
            return field, values[field.slug]
    return None


def of_kind(fields: Iterable[SignUpField], kind: FieldKind) -> SignUpField | None:
    """Return the first field of a kind."""
    return next((field for field in fields if field.kind is kind), None)


def _want_company(fields: tuple[SignUpField, ...], form: Mapping[str, str], errors: Errors) -> None:
    """Want a number or a name, where the text leaves the choice (requirement P-22)."""
    number = next((field for field in fields if field.kind in COMPANY_NUMBERS), None)
    name = of_kind(fields, FieldKind.COMPANY)
    if number is None or name is None or number.required or name.required:
        return
    if not form.get(number.slug, "").strip() and not form.get(name.slug, "").strip():
        errors[number.slug] = _("Donnez le numéro ou la raison sociale de votre entreprise : l’un des deux.")


def _read(field: SignUpField, typed: str, today: date) -> tuple[str, str | None]:
    match field.kind:
        case FieldKind.CIVILITY | FieldKind.CHOICE:
            return typed, None if typed in field.choices else _("Choisissez l’une des réponses.")
        case FieldKind.PHONE | FieldKind.MOBILE_PHONE:
            return _phone(field, typed)
        case FieldKind.BIRTH_DATE:
            return _day(typed, today)
        case FieldKind.SIREN:
            number = numbers.digits(typed)
            wrong = _("Ce numéro SIREN n’est pas valable : attendu neuf chiffres, clé comprise.")
            return number, None if numbers.is_siren(number) else wrong
        case FieldKind.SIRET:
            number = numbers.digits(typed)
            wrong = _("Ce numéro SIRET n’est pas valable : attendu quatorze chiffres, clé comprise.")
            return number, None if numbers.is_siret(number) else wrong
        case FieldKind.CODE:
            code = registration.canonical(typed)
            good = registration.MIN_LENGTH <= len(code) <= registration.MAX_LENGTH and code.isascii()
            return code, None if good and code.isalnum() else code_refused()
        case _:
            return _words(field, typed)


def code_refused() -> str:
    """Return what is said of a code that opens no account, whatever the reason: nothing is to be learnt."""
    return _("Ce code d’inscription n’est pas valable, ou a déjà servi. Vérifiez-le sur le document reçu.")


def _words(field: SignUpField, typed: str) -> tuple[str, str | None]:
    lines = [" ".join(line.split()) for line in typed.splitlines()]
    words = ", ".join(line for line in lines if line)
    if len(words) > _most(field):
        return words, _too_long(_most(field))
    if not words.isprintable():
        return words, _("Retirez les signes invisibles de cette réponse.")
    return words, None


def _phone(field: SignUpField, typed: str) -> tuple[str, str | None]:
    """Return a number in its international form (E.164), wherever it is from."""
    for region in _REGIONS:
        try:
            number = phonenumbers.parse(typed, region)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            mobile = phonenumbers.number_type(number) in _MOBILE
            if field.kind is FieldKind.MOBILE_PHONE and not mobile:
                return typed, _("Attendu un numéro de téléphone portable, par exemple 06 12 34 56 78.")
            return phonenumbers.format_number(number, PhoneNumberFormat.E164), None
    return typed, _(
        "Ce numéro de téléphone n’existe pas : attendu par exemple 06 12 34 56 78, ou +32 470 12 34 56."
    )


def _day(typed: str, today: date) -> tuple[str, str | None]:
    """Return a day as ISO 8601 writes it."""
    wrong = _("Attendu un jour, un mois et une année, par exemple 31/01/1990.")
    if found := _FRENCH_DAY.fullmatch(typed):
        day, month, year = (int(part) for part in found.groups())
    elif found := _ISO_DAY.fullmatch(typed):
        year, month, day = (int(part) for part in found.groups())
    else:
        return typed, wrong
    try:
        read_day = date(year, month, day)
    except ValueError:
        return typed, wrong
    if year < _OLDEST or read_day > today:
        return typed, _("Cette date de naissance n’est pas possible.")
    return read_day.isoformat(), None


def _most(field: SignUpField) -> int:
    return MAX_LENGTH.get(field.kind, MAX_NAME)


def _too_long(most: int) -> str:
    return _("Cette réponse est trop longue : %(n)s signes au plus.", n=most)


def _missing(field: SignUpField) -> str:
    match field.kind:
        case FieldKind.CIVILITY | FieldKind.CHOICE:
            return _("Choisissez l’une des réponses.")
        case _:
            return _("Cette réponse est nécessaire.")
