"""Pages where people correct what they said of themselves, and their address (P-24, P-25)."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.model import Service, SignUpField
from kiosk.accounts import answers, browser, enrolment, forms, limits, mails, moving, services, steps
from kiosk.accounts.addresses import EmailAddress
from kiosk.accounts.authentication import confirms
from kiosk.accounts.errors import AddressTakenError
from kiosk.accounts.forms import Errors, PastedLink, TypedCode
from kiosk.accounts.pages import Answer, answer, bp, client, note, refuse_when
from kiosk.accounts.services import Outcome, Person, Purpose
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.security import keyed_hash
from kiosk.traces.services import Event


def _fields(person: Person) -> tuple[SignUpField, ...]:
    """Return the fields that the service of the account keeps, for the profile of the person."""
    service = kiosk().services.get(person.service)
    return tuple(one for one in _asked(service, person.profile) if one.kept)


def _asked(service: Service | None, profile: str | None) -> tuple[SignUpField, ...]:
    return steps.fields(service, profile) if service else ()


@bp.route("/<publisher>/mon-compte/informations", methods=["GET", "POST"])
def edit_details() -> Answer:
    """Change civility, names and telephone; what says the company is shown, and cannot be changed (P-25)."""
    person, errors = browser.signed_in_person(), Errors()
    kept = enrolment.fields_of(db(), person.account_id)
    fields = _fields(person)
    editable = [one for one in fields if one.kind in answers.EDITABLE]
    if request.method == "POST":
        values = answers.read(request.form, editable, errors, today=day_in_paris(request_at()))
        if not errors:
            names = {one.slug for one in editable}
            others = {name: value for name, value in kept.items() if name not in names}
            enrolment.keep_fields(db(), person.account_id, others | values)
            db().commit()
            return redirect(url_for("accounts.edit_details", suite="enregistre"), 303)
    said = {one.slug: answers.shown(one, kept[one.slug]) for one in fields if one.slug in kept}
    return answer(
        "details", errors, fields=editable, account=person, autocomplete=answers.AUTOCOMPLETE,
        typed={one.slug: request.form.get(one.slug, said.get(one.slug, "")) for one in editable},
        others=[(one.label, said[one.slug]) for one in fields if one not in editable and one.slug in said],
        checked_at=moving.organisation_checked_at(db(), person.account_id), changed=request.args.get("suite"),
    )  # fmt: skip


# The address


@bp.route("/<publisher>/mon-compte/adresse", methods=["GET", "POST"])
def change_address() -> Answer:
    """Ask for another address, and the password: nothing changes until the address is proved."""
    person, errors = browser.signed_in_person(), Errors()
    if request.method == "POST":
        address = forms.address(request.form, errors)
        db().rollback()
        if address is not None and not confirms(person, request.form.get("current", "")):
            errors["current"] = _("Ce n’est pas votre mot de passe actuel.")
        if address is not None and not errors:
            _ask(person, address)
            return redirect(url_for("accounts.verify_address"), 303)
    return answer("address", errors, account=person, email=request.form.get("email", ""))


def _ask(person: Person, address: EmailAddress) -> None:
    """Start to prove an address; the answer is the same whether or not another account has it."""
    publisher = current_publisher().slug
    limited = ((limits.MAIL_ADDRESS, f"{publisher}|{address.key}"), (limits.MAIL_CLIENT, client()))
    refuse_when(limited)
    note(limited)
    started = moving.start(
        db(), person, address, at=request_at(), randomness=kiosk().randomness, hasher=keyed_hash
    )
    if started.challenge is not None:
        path = url_for("accounts.verify_address_link", token=started.challenge.token)
        code = started.challenge.code
        mails.send("new_address", key=f"email:{started.id}", to=address.written, code=code, path=path)
    db().commit()
    browser.remember_asked(Purpose.EMAIL, started.id)


@bp.route("/<publisher>/mon-compte/adresse/verification", methods=["GET", "POST"])
def verify_address() -> Answer:
    """Take the code, or the link pasted, that the new address received."""
    errors: Errors = {}
    if request.method == "POST":
        given = forms.code_or_link(request.form, errors)
        if given is not None:
            moved = _move(given)
            if isinstance(moved, Response):
                return moved
            errors["code"] = moved
    return answer(
        "verify", errors, purpose=Purpose.EMAIL.value, start=url_for("accounts.change_address"),
        code=request.form.get("code", ""),
    )  # fmt: skip


@bp.route("/<publisher>/mon-compte/adresse/verification/<token>", methods=["GET", "POST"])
def verify_address_link(token: str) -> Answer:
    """Follow the link that the new address received: a button confirms."""
    errors: Errors = {}
    if request.method == "POST":
        moved = _move(PastedLink(token))
        if isinstance(moved, Response):
            return moved
        errors["link"] = moved
    return answer(
        "verify_link", errors, purpose=Purpose.EMAIL.value, start=url_for("accounts.change_address")
    )


def _move(given: TypedCode | PastedLink) -> Response | str:
    """Give the account its new address and tell the former one; return what is wrong otherwise."""
    person = browser.signed_in_person()
    limited = ((limits.CODE_CLIENT, client()),)
    refuse_when(limited)
    outcome, proved = _proved(given)
    if outcome is not Outcome.PROVED or proved is None:
        note(limited)
        db().commit()
        if outcome is Outcome.WRONG:
            return _("Ce code n’est pas celui du message.")
        return _("Ce code ou ce lien n’est plus valable. Demandez un nouveau message.")
    try:
        moving.move(db(), person, proved, at=request_at())
    except AddressTakenError:
        db().rollback()
        return _("Ce code ou ce lien n’est plus valable. Demandez un nouveau message.")
    browser.trace(Event.ADDRESS_CHANGED, person.account_id)
    mails.send("address_changed", key=f"moved:{proved}", to=person.email)
    browser.begin_session(person.account_id)
    return redirect(url_for("accounts.edit_details", suite="adresse"), 303)


def _proved(given: TypedCode | PastedLink) -> tuple[Outcome, str | None]:
    """Return what became of a code or link, and the verification that it proved."""
    at, publisher = request_at(), current_publisher().slug
    if isinstance(given, PastedLink):
        row = services.prove_by_link(db(), publisher, Purpose.EMAIL, given.token, at=at, hasher=keyed_hash)
        return (Outcome.PROVED, row.id) if row else (Outcome.OVER, None)
    asked = browser.asked(Purpose.EMAIL)
    if asked is None:
        return Outcome.OVER, None
    return services.prove_by_code(db(), asked, Purpose.EMAIL, given.code, at=at, hasher=keyed_hash), asked
