"""« Je n’ai plus accès à ma boîte mail », codes on paper, and « Ce n’est pas moi » of the former address."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from kiosk.accounts import (
    authentication,
    browser,
    forms,
    incidents,
    limits,
    mails,
    recovery,
    recovery_codes,
    services,
)
from kiosk.accounts.addresses import EmailAddress
from kiosk.accounts.confirming import confirmed
from kiosk.accounts.errors import RecoveryOverError, SignUpOverError
from kiosk.accounts.forms import Errors
from kiosk.accounts.models import RecoveryRequest
from kiosk.accounts.pages import (
    Answer,
    answer,
    ask,
    bp,
    client,
    follow_link,
    note,
    proved,
    refuse_when,
    take_code,
)  # fmt: skip
from kiosk.accounts.recovery import Outcome, Way
from kiosk.accounts.services import Purpose
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.security import keyed_hash, public
from kiosk.traces.services import Event

# Codes on paper


@bp.route("/<publisher>/mon-compte/codes-de-secours", methods=["GET", "POST"])
@confirmed
def recovery_codes_page() -> Answer:
    """Make recovery codes, shown this once."""
    person = browser.signed_in_person()
    made: tuple[str, ...] = ()
    if request.method == "POST":
        made = recovery_codes.make(
            db(), person.account_id, at=request_at(), randomness=kiosk().randomness, hasher=keyed_hash
        )
        browser.trace(Event.CODES_MADE, person.account_id)
        db().commit()
        browser.offer_codes(wanted=False)
    return answer(
        "recovery_codes", {}, made=made, left=recovery_codes.left(db(), person.account_id),
        email=person.email, at=request_at(),
    )  # fmt: skip


# Recover an account


@bp.get("/<publisher>/sans-boite")
@public
def lost_mailbox() -> Answer:
    """Show the two ways."""
    return answer("lost_mailbox", {})


@bp.route("/<publisher>/sans-boite/code", methods=["GET", "POST"])
@public
def recover_by_code() -> Answer:
    """Take address, password, one code and the new address; nothing changes before that one is proved."""
    errors: Errors = {}
    if request.method == "POST":
        old, new = forms.address(request.form, errors), forms.address(request.form, errors, "new_email")
        password, code = request.form.get("password", ""), request.form.get("code", "")
        if not password:
            errors["password"] = _("Indiquez votre mot de passe.")
        if not code.strip():
            errors["code"] = _("Indiquez l’un de vos codes de secours.")
        if old is not None and new is not None and not errors:
            if _asked_by_code(old, new, password, code):
                return redirect(url_for("accounts.verify_recovery"), 303)
            errors["email"] = _("Adresse, mot de passe ou code inexact.")
    return answer("recover_by_code", errors, form=request.form)


def _asked_by_code(old: EmailAddress, new: EmailAddress, password: str, code: str) -> bool:
    found = authentication.authenticate(old, password)
    if found is None:
        return False
    limited = ((limits.RECOVERY, f"{found.account_id}|{client()}"),)
    refuse_when(limited)
    code_hash = recovery_codes.hash_of(found.account_id, code, keyed_hash)
    if not recovery_codes.holds(db(), found.account_id, code_hash):
        note(limited)
        db().commit()
        return False
    _ask(new, found.account_id, found.service, Way.CODE, code_hash, None)
    return True


@bp.route("/<publisher>/sans-boite/demande", methods=["GET", "POST"])
@public
def recover_by_publisher() -> Answer:
    """Take the address of the account, the new one, and how the publisher may recognise the person."""
    errors: Errors = {}
    if request.method == "POST":
        old, new = forms.address(request.form, errors), forms.address(request.form, errors, "new_email")
        words = forms.recognised(request.form, errors)
        if old is not None and new is not None and not errors:
            limited = ((limits.RECOVERY, client()),)
            refuse_when(limited)
            note(limited)
            publisher = current_publisher().slug
            found = services.credentials(db(), publisher, old.key)
            service = kiosk().services_of(publisher)[0].slug
            _ask(new, found.account_id if found else None, service, Way.PUBLISHER, None, words)
            return redirect(url_for("accounts.verify_recovery"), 303)
    return answer("recover_by_publisher", errors, form=request.form, hours=_hours())


def _hours() -> int:
    return int(recovery.WAIT.total_seconds() // 3600)


def _ask(
    new: EmailAddress,
    account_id: str | None,
    service: str,
    way: Way,
    code_hash: str | None,
    words: str | None,
) -> None:
    def noted(verification_id: str) -> None:
        recovery.ask(
            db(), publisher=current_publisher().slug, account_id=account_id, way=way, code_hash=code_hash,
            verification_id=verification_id, address=new, words=words, at=request_at(),
            randomness=kiosk().randomness,
        )  # fmt: skip

    ask(Purpose.RECOVERY, new, service, noted)


@bp.route("/<publisher>/sans-boite/verification", methods=["GET", "POST"])
@public
def verify_recovery() -> Answer:
    """Take the code, or the link pasted, sent to the new address."""
    return take_code(Purpose.RECOVERY, url_for("accounts.end_recovery"), url_for("accounts.lost_mailbox"))


@bp.route("/<publisher>/sans-boite/verification/<token>", methods=["GET", "POST"])
@public
def verify_recovery_link(token: str) -> Answer:
    """Follow the link sent to the new address."""
    return follow_link(
        Purpose.RECOVERY, token, url_for("accounts.end_recovery"), url_for("accounts.lost_mailbox")
    )


@bp.route("/<publisher>/sans-boite/fin", methods=["GET", "POST"])
@public
def end_recovery() -> Answer:
    """Change the address with the code, or put the request before the publisher."""
    try:
        row = proved(Purpose.RECOVERY)
        asked = recovery.of_verification(db(), row.id)
        if request.method == "POST":
            row.used_at = request_at()
            return _by_code(asked) if asked.way == Way.CODE.value else _submitted(asked)
    except (SignUpOverError, RecoveryOverError):
        db().rollback()
        browser.forget_proved(Purpose.RECOVERY)
        return redirect(url_for("accounts.lost_mailbox", suite="fini"), 303)
    return answer("end_recovery", {}, asked=asked, hours=_hours())


def _by_code(asked: RecoveryRequest) -> Response:
    changed = recovery.change_by_code(db(), asked, at=request_at())
    recovery.leave_trace(db(), changed, request_at(), kiosk().randomness)
    told = incidents.addressees(kiosk().services_of(changed.publisher))
    for name, to in (("address_former", changed.former), ("address_new", changed.email)):
        mails.send(name, key=f"{name}:{asked.id}", to=to, changed_at=request_at(), by_code=True, told=told)
    authentication.release(asked.publisher, asked.email_key)
    db().commit()
    browser.forget_proved(Purpose.RECOVERY)
    return redirect(url_for("accounts.sign_in", suite="adresse"), 303)


def _submitted(asked: RecoveryRequest) -> Response:
    number, new = asked.id, asked.email
    told = recovery.submit(db(), asked, at=request_at(), randomness=kiosk().randomness, hasher=keyed_hash)
    mails.send("recovery_received", key=f"recovery:{number}", to=new, at=request_at(), hours=_hours())
    if told is not None:
        former, secret = told
        mails.send(
            "recovery_notice", key=f"recovery-notice:{number}", to=former, at=request_at(), hours=_hours(),
            path=url_for("accounts.object_to_recovery", token=secret),
        )  # fmt: skip
    db().commit()
    browser.forget_proved(Purpose.RECOVERY)
    return redirect(url_for("accounts.recovery_submitted"), 303)


@bp.get("/<publisher>/sans-boite/recue")
@public
def recovery_submitted() -> Answer:
    """Say what follows."""
    return answer("recovery_submitted", {}, hours=_hours())


@bp.route("/<publisher>/ce-n-est-pas-moi/<token>", methods=["GET", "POST"])
@public
def object_to_recovery(token: str) -> Answer:
    """Object to a recovery, from the mail that the former address received."""
    done = False
    if request.method == "POST":
        limited = ((limits.CODE_CLIENT, client()),)
        refuse_when(limited)
        asked = recovery.objectable(db(), current_publisher().slug, token, hasher=keyed_hash)
        if asked is None:
            note(limited)
            db().commit()
            abort(404)
        recovery.end(asked, Outcome.OBJECTED, request_at())
        mails.send("recovery_objected", key=f"recovery-objected:{asked.id}", to=asked.email)
        db().commit()
        done = True
    return answer("object_to_recovery", {}, done=done)
