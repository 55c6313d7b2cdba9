"""The page that an expired password leads to, and no other (O-33)."""

from __future__ import annotations

from datetime import datetime

from flask import redirect, request, url_for

from kiosk.accounts import browser, changing, forms, recovery_codes, renewal, services
from kiosk.accounts.forms import Errors
from kiosk.accounts.models import Account
from kiosk.accounts.pages import Answer, answer, bp, password_rule, slowly_hashed
from kiosk.extensions import db
from kiosk.security import public


@bp.route("/<publisher>/mot-de-passe-expire", methods=["GET", "POST"])
@public
def renew() -> Answer:
    """Choose a new password in the place of one that has expired, just typed right."""
    held = browser.expired()
    account = _account(held)
    if held is None or account is None:
        return redirect(url_for("accounts.sign_in"), 303)
    rule, errors = password_rule(), Errors()
    email, present = account.email, account.password_hash
    if request.method == "POST":
        db().rollback()  # no lock is held while passwords are hashed, which is slow
        password = changing.chosen(rule, email, present, errors)
        if not errors:
            password_hash = slowly_hashed(password)
            if _account(held) is None:
                return redirect(url_for("accounts.sign_in"), 303)
            changing.change(held[0], email, password_hash, None)
            browser.begin_session(held[0], codes=recovery_codes.left(db(), held[0]))
            return redirect(held[2], 303)
    expired_at = renewal.expires_at(held[1], rule.renewal_days or renewal.YEAR, rule.campaigns)
    return answer(
        "renew", errors, rule=rule, kinds=forms.rule_kinds(rule), email=email, expired_at=expired_at
    )


def _account(held: tuple[str, datetime, str] | None) -> Account | None:
    """Return the account, locked, unless its password was changed meanwhile."""
    return services.renewable(db(), held[0], held[1]) if held else None
