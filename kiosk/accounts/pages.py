"""What the pages of an account share: their blueprint, the limits of a client, the proof of an address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cgu_archive.corpus.rules import PasswordRule
from kiosk.accounts import browser, forms, limits, mails, passwords, services
from kiosk.accounts.addresses import EmailAddress
from kiosk.accounts.errors import SignUpOverError
from kiosk.accounts.forms import Errors, PastedLink, TypedCode
from kiosk.accounts.limits import Limited
from kiosk.accounts.models import Verification
from kiosk.accounts.services import Outcome, Purpose
from kiosk.db import reading
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.security import keyed_hash

bp = Blueprint("accounts", __name__)

Answer = Response | str | tuple[str, int]


def client() -> str:
    """Return what counts as one client of this publisher."""
    return f"{current_publisher().slug}|{limits.network(request.remote_addr)}"


def refuse_when(limited: tuple[Limited, ...]) -> None:
    """End the request with 429 when a limit is reached."""
    if limits.reached(db(), limited, at=request_at(), hasher=keyed_hash):
        abort(429)


def note(limited: tuple[Limited, ...]) -> None:
    """Count one more try; the caller commits."""
    limits.note(db(), limited, at=request_at(), hasher=keyed_hash)


def answer(template: str, errors: Errors, **values: Any) -> Answer:
    """Return a page of this room, with status 422 when it shows errors."""
    page = render_template(f"accounts/{template}.html", errors=errors, **values)
    return (page, 422) if errors else page


_LINKS = {
    Purpose.SIGN_UP: "accounts.verify_link",
    Purpose.PASSWORD: "accounts.verify_reset_link",
    Purpose.RECOVERY: "accounts.verify_recovery_link",
}

_NO_CODE = {
    Purpose.SIGN_UP: "already", Purpose.PASSWORD: "unknown", Purpose.RECOVERY: "address_taken",
}  # fmt: skip
"""What is said where no code can serve: the address has an account, or has none."""


def ask(
    purpose: Purpose, address: EmailAddress, service: str, also: Callable[[str], None] = lambda _number: None
) -> None:
    """Start a verification and queue its mail; the answer is the same whoever has an account.

    A mail leaves in every case, so that the answer takes as long. `also` is called with the number of the
    verification, in its transaction.
    """
    publisher = current_publisher().slug
    limited = ((limits.MAIL_ADDRESS, f"{publisher}|{address.key}"), (limits.MAIL_CLIENT, client()))
    refuse_when(limited)
    note(limited)
    started = services.start_verification(
        db(),
        publisher=publisher,
        service=service,
        purpose=purpose,
        address=address,
        at=request_at(),
        randomness=kiosk().randomness,
        hasher=keyed_hash,
    )
    key = f"{purpose}:{started.id}"
    if started.challenge is not None:
        mails.send(
            "code",
            key=key,
            to=started.to,
            purpose=purpose.value,
            code=started.challenge.code,
            path=url_for(_LINKS[purpose], token=started.challenge.token),
        )
    else:
        mails.send(_NO_CODE[purpose], key=key, to=started.to, path=url_for("accounts.sign_in"))
    also(started.id)
    db().commit()
    browser.remember_asked(purpose, started.id)


def take_code(purpose: Purpose, onward: str, start: str, **values: Any) -> Answer:
    """Take the code or the link pasted, then go `onward`; the way to ask again is `start`."""
    errors: Errors = {}
    if request.method == "POST":
        given = forms.code_or_link(request.form, errors)
        if given is not None:
            limited = ((limits.CODE_CLIENT, client()),)
            refuse_when(limited)
            outcome, proven = _outcome(purpose, given)
            if proven is None:
                note(limited)
            db().commit()
            if proven is not None:
                browser.remember_proved(purpose, proven)
                return redirect(onward, 303)
            errors["code"] = (
                _("Ce code n’est pas celui du message.")
                if outcome is Outcome.WRONG
                else _("Ce code ou ce lien n’est plus valable. Demandez un nouveau message.")
            )
    typed = request.form.get("code", "")
    return answer("verify", errors, purpose=purpose.value, start=start, code=typed, **values)


def _outcome(purpose: Purpose, given: TypedCode | PastedLink) -> tuple[Outcome, str | None]:
    """Return what became of a code or link, and the verification that it proved, if it did."""
    if isinstance(given, PastedLink):
        proven = _prove_by_link(purpose, given.token)
        return (Outcome.OVER if proven is None else Outcome.PROVED), proven
    asked = browser.asked(purpose)
    if asked is None:
        return Outcome.OVER, None
    outcome = services.prove_by_code(db(), asked, purpose, given.code, at=request_at(), hasher=keyed_hash)
    return outcome, asked if outcome is Outcome.PROVED else None


def _prove_by_link(purpose: Purpose, token: str) -> str | None:
    publisher = current_publisher().slug
    row = services.prove_by_link(db(), publisher, purpose, token, at=request_at(), hasher=keyed_hash)
    return None if row is None else row.id


def follow_link(purpose: Purpose, token: str, onward: str, start: str) -> Answer:
    """Show the button that confirms a link followed, and confirm it."""
    errors: Errors = {}
    if request.method == "POST":
        limited = ((limits.CODE_CLIENT, client()),)
        refuse_when(limited)
        proven = _prove_by_link(purpose, token)
        if proven is None:
            note(limited)
        db().commit()
        if proven is not None:
            browser.remember_proved(purpose, proven)
            return redirect(onward, 303)
        errors["link"] = _("Ce lien n’est plus valable. Demandez un nouveau message.")
    return answer("verify_link", errors, purpose=purpose.value, start=start)


def password_rule() -> PasswordRule:
    """Return the rule that a new password obeys at this publisher."""
    with reading(kiosk().engine) as session:
        return services.publisher_password_rule(
            session, kiosk().services_of(current_publisher().slug), at=request_at()
        )


def proved(purpose: Purpose, service: str | None = None) -> Verification:
    """Return what this browser proved, locked; raises `SignUpOverError`."""
    publisher = current_publisher().slug
    row = services.proved(db(), browser.proved(purpose), purpose, publisher, at=request_at())
    if service is not None and row.service != service:
        raise SignUpOverError(service)
    return row


def slowly_hashed(password: str) -> str:
    """Return the hash of `password`, holding no lock of the database meanwhile."""
    db().rollback()
    return passwords.hashed(password)
