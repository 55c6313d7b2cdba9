"""What is kept of people only for a while, and forgotten by the worker once it has served."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from kiosk.accounts import recovery, registration
from kiosk.accounts.models import Attempt, SignIn, Verification
from kiosk.accounts.services import SIGN_UP_LIFETIME

KEPT = SIGN_UP_LIFETIME + timedelta(hours=1)
"""Longer than any verification or limit is of use."""


def forget_expired(session: Session, at: datetime) -> None:
    """Delete sign-ups left or refused and failed attempts, a day old, and sessions that ended.

    And recoveries whose new address was not proved, or that ended a year ago.
    The caller commits.
    """
    session.execute(delete(Verification).where(Verification.created_at <= at - KEPT))
    session.execute(delete(Attempt).where(Attempt.at <= at - KEPT))
    registration.forget_used(session, at)
    session.execute(delete(SignIn).where(SignIn.expires_at <= at))
    recovery.forget(session, at)
