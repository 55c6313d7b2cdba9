"""Where a sign-up stands, what it keeps of the person, and the account it ends with. The view commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Service, SignUpStep
from kiosk.accounts import barred, registration, services, steps
from kiosk.accounts.models import Account, AccountField, Verification
from kiosk.accounts.services import Hasher, Randomness


@dataclass(frozen=True, slots=True)
class Employer:
    """The company that a person belongs to."""

    name: str
    siren: str | None
    checked_at: datetime | None
    """When a directory showed it and the person said that it is theirs; None: declared."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """A person in the middle of signing up, with an account already or not."""

    row: Account | Verification
    service: Service
    step: SignUpStep
    kept: Mapping[str, str]
    """What they said that is kept, by field."""

    @property
    def profile(self) -> str | None:
        """The profile that was chosen, or the only one there is."""
        found = steps.profile_of(self.service, self.row.profile)
        return found.slug if found else None

    def may_see(self, step: SignUpStep) -> bool:
        """Whether the page of `step` is one of theirs, and not before its time."""
        return steps.is_reached(self.service, self.profile, step, self.step)


def candidate(row: Verification, service: Service) -> Applicant:
    """Return who proved an address and has no account yet."""
    kept = (row.answers or {}).get("fields", {})
    return Applicant(row, service, SignUpStep(row.sign_up_step or SignUpStep.PASSWORD), kept)


def account_holder(session: Session, account_id: str, service: Service) -> Applicant | None:
    """Return whose account was opened at `service` before the sign-up is over, locked; None when it is."""
    row = session.get(Account, account_id, with_for_update=True)
    if row is None or row.sign_up_step is None or row.service != service.slug:
        return None
    return Applicant(row, service, SignUpStep(row.sign_up_step), fields_of(session, account_id))


def fields_of(session: Session, account_id: str) -> dict[str, str]:
    """Return what an account keeps of its person, by field."""
    found = select(AccountField.field, AccountField.value).where(AccountField.account_id == account_id)
    return {row.field: row.value for row in session.execute(found)}


def keep_fields(session: Session, account_id: str, values: Mapping[str, str]) -> None:
    """Replace what an account keeps of its person."""
    session.execute(delete(AccountField).where(AccountField.account_id == account_id))
    session.add_all(AccountField(account_id=account_id, field=k, value=v) for k, v in values.items())
    session.flush()


def keep_password(row: Verification, service: Service, password_hash: str) -> None:
    """Let a password wait for the acceptance that opens the account (requirement M-11)."""
    row.password_hash = password_hash
    row.profile = row.profile or _only_profile(service)
    if row.sign_up_step is None:
        following = steps.after(service, row.profile, SignUpStep.PASSWORD)
        row.sign_up_step = following.value if following else None


def keep_profile(session: Session, applicant: Applicant, slug: str) -> None:
    """Keep the profile chosen, and what was said already that it asks too."""
    applicant.row.profile = slug
    _advance(applicant, slug, SignUpStep.PROFILE)
    asked = {field.slug for field in steps.fields(applicant.service, slug)}
    left = {name: value for name, value in applicant.kept.items() if name in asked}
    if isinstance(applicant.row, Account):
        keep_fields(session, applicant.row.id, left)
    else:
        applicant.row.answers = {"fields": left}
        applicant.row.code_to_use = None


def keep_profile_elsewhere(session: Session, account_id: str, service: Service, slug: str) -> None:
    """Keep the profile that the holder of an account chose at another service; the first one stays."""
    row = session.get_one(Account, account_id, with_for_update=True)
    row.profiles = {service.slug: slug, **(row.profiles or {})}


def keep_identity(
    session: Session,
    applicant: Applicant,
    values: Mapping[str, str],
    employer: Employer | None,
    code_to_use: str | None,
    *,
    at: datetime,
) -> None:
    """Keep, of what the person said, the fields that the service keeps; raises `RegistrationCodeError`."""
    asked = {field.slug: field for field in steps.fields(applicant.service, applicant.profile)}
    kept = {name: value for name, value in values.items() if asked[name].kept}
    row = applicant.row
    if isinstance(row, Account):
        keep_fields(session, row.id, kept)
        _employ(row, employer)
        if code_to_use is not None:
            registration.use(session, code_to_use, at=at)
    else:
        row.answers = {"fields": kept, "employer": _written(employer)}
        row.code_to_use = code_to_use
    _advance(applicant, applicant.profile, SignUpStep.IDENTITY)


def open_account(
    session: Session,
    row: Verification,
    service: Service,
    *,
    password_hash: str,
    at: datetime,
    randomness: Randomness,
    hasher: Hasher,
) -> Account:
    """Open the account of a sign-up with all that it kept, using its registration code.

    A measure that outlived a former account of this address is carried by it (`barred`).
    Raises `AddressTakenError`, leaving the session usable, and `RegistrationCodeError`, when the caller must
    roll back: the account is opened with the code used, or not at all (requirements M-08, M-12).
    """  # fmt: skip
    row.profile = row.profile or _only_profile(service)
    done = SignUpStep.ACCEPTANCE if service.account_opens_with_acceptance else SignUpStep.PASSWORD
    left = steps.account_step(service, row.profile, done)
    answers, code = row.answers or {}, row.code_to_use
    account = services.open_account(session, row, password_hash=password_hash, at=at, randomness=randomness)
    account.sign_up_step = left.value if left else None
    barred.give_back(session, account, at=at, hasher=hasher)
    if code is not None:
        registration.use(session, code, at=at)
    keep_fields(session, account.id, answers.get("fields", {}))
    _employ(account, _read(answers.get("employer")))
    row.answers = row.code_to_use = None
    return account


def _advance(applicant: Applicant, slug: str | None, done: SignUpStep) -> None:
    following = steps.account_step if isinstance(applicant.row, Account) else steps.after
    left = following(applicant.service, slug, done)
    applicant.row.sign_up_step = left.value if left else None


def _only_profile(service: Service) -> str | None:
    return service.profiles[0].slug if len(service.profiles) == 1 else None


def _employ(account: Account, employer: Employer | None) -> None:
    account.organisation_name = employer.name if employer else None
    account.siren = employer.siren if employer else None
    account.organisation_checked_at = employer.checked_at if employer else None


def _written(employer: Employer | None) -> dict[str, str | None] | None:
    if employer is None:
        return None
    checked = employer.checked_at.isoformat() if employer.checked_at else None
    return {"name": employer.name, "siren": employer.siren, "checked_at": checked}


def _read(written: dict[str, str | None] | None) -> Employer | None:
    if written is None:
        return None
    checked = written["checked_at"]
    return Employer(
        written["name"] or "", written["siren"], datetime.fromisoformat(checked) if checked else None
    )
