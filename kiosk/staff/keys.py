"""Security keys (W3C Web Authentication, level 2): a key signs what this kiosk alone asked, for it alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from kiosk.staff.errors import FactorError
from kiosk.staff.models import OfficerKey
from kiosk.staff.officers import Person

MOST_ANSWER = 10_000
"""Characters of what a browser answers for a key."""
MOST_KEYS = 5
LABEL_CHARACTERS = 60
_WRONG = "Cette clé n’a pas répondu comme il faut : recommencez."
_WHEREVER = (WebAuthnException, ValueError, KeyError, TypeError, RecursionError)
"""What the library raises of an answer that is not one."""


@dataclass(frozen=True, slots=True)
class Party:
    """This kiosk, as keys know it."""

    id: str
    """Its host: a key signs for no other."""
    origin: str
    name: str

    @classmethod
    def of(cls, public_url: str) -> Party | None:
        """Return the kiosk that people reach at `public_url`; None where no browser lets keys be used."""
        parts = urlsplit(public_url)
        host = parts.hostname or ""
        try:
            ip_address(host)
        except ValueError:
            safe = parts.scheme == "https" or host == "localhost"
            return cls(host, f"{parts.scheme}://{parts.netloc}", host) if safe else None
        return None


def of(session: Session, officer_id: str) -> list[OfficerKey]:
    """Return the keys of an officer, oldest first."""
    wanted = select(OfficerKey).where(OfficerKey.officer_id == officer_id)
    return list(session.scalars(wanted.order_by(OfficerKey.added_at, OfficerKey.id)))


def ask_to_add(session: Session, party: Party, officer: Person, challenge: bytes) -> str:
    """Return what a browser gives a key that is to be added, JSON (`PublicKeyCredentialCreationOptions`)."""
    return options_to_json(
        webauthn.generate_registration_options(
            rp_id=party.id,
            rp_name=party.name,
            user_name=officer.login,
            user_id=bytes.fromhex(officer.id),
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.DISCOURAGED,
                user_verification=UserVerificationRequirement.DISCOURAGED,
            ),
            exclude_credentials=_descriptors(session, officer.id),
        )
    )


def add(
    session: Session,
    party: Party,
    officer: Person,
    answer: str,
    *,
    challenge: bytes | None,
    label: str,
    at: datetime,
) -> None:
    """Give an officer the key whose `answer` to `challenge` this is, under a name of theirs.

    No maker is asked to vouch for its key, and none that does is believed. Raises `FactorError`.
    """
    try:
        credential = parse_registration_credential_json(_bounded(answer))
        made = parse_attestation_object(credential.response.attestation_object)
        if made.fmt != AttestationFormat.NONE:
            raise FactorError(_WRONG)
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=_asked(challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
        )
    except _WHEREVER as error:
        raise FactorError(_WRONG) from error
    count = session.scalar(select(func.count()).where(OfficerKey.officer_id == officer.id)) or 0
    key_id = bytes_to_base64url(verified.credential_id)
    if count >= MOST_KEYS or session.get(OfficerKey, key_id) is not None:
        raise FactorError(f"Cette clé est déjà inscrite, ou vous en avez déjà {MOST_KEYS}.")
    session.add(
        OfficerKey(
            id=key_id,
            officer_id=officer.id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            label=label,
            added_at=at,
        )
    )
    session.flush()


def ask(session: Session, party: Party, officer_id: str, challenge: bytes) -> str:
    """Return what a browser asks of an officer's keys, JSON (`PublicKeyCredentialRequestOptions`)."""
    return options_to_json(
        webauthn.generate_authentication_options(
            rp_id=party.id,
            challenge=challenge,
            allow_credentials=_descriptors(session, officer_id),
            user_verification=UserVerificationRequirement.DISCOURAGED,
        )
    )


def use(session: Session, party: Party, officer_id: str, answer: str, challenge: bytes | None) -> bool:
    """Whether `answer` is that of a key of the officer to `challenge`; its count of signatures moves on.

    A key that counts backwards was copied, and proves nothing any more.
    """
    try:
        credential = parse_authentication_credential_json(_bounded(answer))
        row = session.get(OfficerKey, bytes_to_base64url(credential.raw_id))
        if row is None or row.officer_id != officer_id:
            return False
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=_asked(challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
        )
    except (FactorError, *_WHEREVER):
        return False
    session.execute(
        update(OfficerKey).where(OfficerKey.id == row.id).values(sign_count=verified.new_sign_count)
    )
    return True


def _asked(challenge: bytes | None) -> bytes:
    if challenge is None:
        raise FactorError(_WRONG)
    return challenge


def _bounded(answer: str) -> str:
    if len(answer) > MOST_ANSWER:
        raise FactorError(_WRONG)
    return answer


def _descriptors(session: Session, officer_id: str) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.id)) for one in of(session, officer_id)]
