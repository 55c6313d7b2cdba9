"""Page of a sign-up where people say who they are, and whether a company is theirs (P-22, S-44, M-07)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask import current_app, request
from itsdangerous import BadSignature
from werkzeug.wrappers import Response

from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.model import FieldKind, SignUpField, SignUpStep
from kiosk.accounts import answers, steps
from kiosk.accounts.enrolment import Applicant, Employer, keep_identity
from kiosk.accounts.errors import RegistrationCodeError
from kiosk.accounts.forms import Errors
from kiosk.accounts.limits import WINDOW, Limit
from kiosk.accounts.models import Account
from kiosk.accounts.pages import Answer, answer, bp, client, note, refuse_when
from kiosk.accounts.registration import Check
from kiosk.accounts.signing_up import gone_on, progress, reached
from kiosk.extensions import db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.organisations.directory import Company
from kiosk.organisations.errors import DirectoryError
from kiosk.organisations.numbers import siren_of
from kiosk.security import open_to_candidates, serializer

CODE_LIMIT = Limit("registration-code", 10, WINDOW)
COMPANY_LIMIT = Limit("company-client", 30, WINDOW)
"""A directory counts what it is asked; people mistype a number a few times."""
_SALT = "company"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a directory said of a number, as it was shown; `company` None: it did not answer."""

    number: str
    company: Company | None


@bp.route("/<publisher>/<service>/inscription/identite", methods=["GET", "POST"])
@open_to_candidates
def identity() -> Answer:
    """Ask what the service asks of the profile, and say for each answer what it is for (S-50)."""
    applicant = reached(SignUpStep.IDENTITY)
    if isinstance(applicant, Response):
        return applicant
    asked = steps.fields(applicant.service, applicant.profile)
    code = answers.of_kind(asked, FieldKind.CODE)
    if request.method == "GET" or request.form.get("confirmation") == "non":
        lost = code is not None and request.args.get("suite") == "code"
        return _form(applicant, {code.slug: answers.code_refused()} if code and lost else {})
    errors: Errors = {}
    values = answers.read(request.form, asked, errors, today=day_in_paris(request_at()))
    if errors:
        return _form(applicant, errors)
    try:
        given = code is not None and code.slug in values
        code_to_use = _checked(applicant, code, values) if code and given else None
        employer = _employer(applicant, asked, values)
        if not isinstance(employer, Employer | None):
            return employer
        named = answers.of_kind(asked, FieldKind.COMPANY)
        if named is not None and employer is not None and employer.name:
            values[named.slug] = employer.name
        keep_identity(db(), applicant, values, employer, code_to_use, at=request_at())
    except RegistrationCodeError:
        return _form(applicant, {code.slug if code else "": answers.code_refused()})
    return gone_on(applicant)


def _form(applicant: Applicant, errors: Errors) -> Answer:
    asked = steps.fields(applicant.service, applicant.profile)
    kept = {f.slug: answers.shown(f, applicant.kept[f.slug]) for f in asked if f.slug in applicant.kept}
    typed = {field.slug: request.form.get(field.slug, kept.get(field.slug, "")) for field in asked}
    return answer(
        "identity", errors, fields=asked, typed=typed, autocomplete=answers.AUTOCOMPLETE,
        **progress(SignUpStep.IDENTITY, applicant.profile),
    )  # fmt: skip


# The registration code


def _checked(applicant: Applicant, code: SignUpField, values: Mapping[str, str]) -> str:
    """Return the hash of the code to use; raises `RegistrationCodeError`, counted against the client."""
    limited = ((CODE_LIMIT, client()),)
    refuse_when(limited)
    check: Check = current_app.extensions["registration"]
    try:
        return check.verify(db(), applicant.service.slug, values[code.slug], values)
    except RegistrationCodeError:
        note(limited)
        db().commit()
        raise


# The company


def _employer(
    applicant: Applicant, asked: tuple[SignUpField, ...], values: Mapping[str, str]
) -> Employer | Answer | None:
    """Return the company of the person, or the page where it is to be confirmed."""
    name = answers.of_kind(asked, FieldKind.COMPANY)
    declared = values.get(name.slug, "") if name else ""
    numbered = answers.company_number(asked, values)
    if numbered is None:
        return Employer(declared, None, None) if declared else None
    field, number = numbered
    holder = _holder(applicant)
    shown = _shown(request.form.get("company", ""), holder)
    wanted = request.form.get("confirmation")
    if shown is not None and shown.number == number:
        if wanted == "oui" and shown.company is not None:
            return Employer(shown.company.name or declared, siren_of(number), request_at())
        if wanted == "declarer" and shown.company is None:
            return Employer(declared, siren_of(number), None)
    return _ask_directory(applicant, field, number, declared, holder)


def _ask_directory(
    applicant: Applicant, field: SignUpField, number: str, declared: str, holder: str
) -> Answer:
    """Ask who has `number`, holding no lock of the database meanwhile, and show it."""
    service = applicant.service
    limited = ((COMPANY_LIMIT, client()),)
    refuse_when(limited)
    note(limited)
    db().commit()
    company, answered = _found(number)
    if answered and (company is None or not company.active):
        wrong = (
            _("L’annuaire des entreprises ne connaît pas ce numéro. Vérifiez-le.")
            if company is None
            else _("Selon l’annuaire des entreprises, cette entreprise ou cet établissement est fermé.")
        )
        return _form(applicant, {field.slug: wrong})
    if not answered and not service.company_may_be_declared:
        return _form(
            applicant, {field.slug: _("L’annuaire des entreprises ne répond pas. Réessayez plus tard.")}
        )
    asked = steps.fields(service, applicant.profile)
    return answer(
        "company", {}, company=company, number=number, field=field, declared=declared,
        typed={one.slug: request.form.get(one.slug, "") for one in asked},
        signed=_signed(Shown(number, company), holder),
        asked_of_directory=kiosk().directory is not None,
        **progress(SignUpStep.IDENTITY, applicant.profile),
    )  # fmt: skip


def _found(number: str) -> tuple[Company | None, bool]:
    """Return who has `number`, and whether a directory said it."""
    directory = kiosk().directory
    if directory is None:
        return None, False
    try:
        return directory.find(number), True
    except DirectoryError:
        return None, False


def _holder(applicant: Applicant) -> str:
    """Return for whom a company is shown: what the page carries is worth nothing in another's hands."""
    kind = "account" if isinstance(applicant.row, Account) else "sign-up"
    return f"{kind} {applicant.row.id}"


def _signed(shown: Shown, holder: str) -> str:
    return str(serializer(_SALT).dumps({"holder": holder, **asdict(shown)}))


def _shown(signed: str, holder: str) -> Shown | None:
    """Return what the page says was shown to `holder`; None when it was not."""
    try:
        values: dict[str, Any] = serializer(_SALT).loads(signed)
    except BadSignature:
        return None
    if values.pop("holder") != holder:
        return None
    company = values["company"]
    return Shown(values["number"], Company(**company) if company else None)
