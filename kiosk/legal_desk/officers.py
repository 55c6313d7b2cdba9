"""Who works at the legal desk of a publisher, and the sessions they open: apart from people's accounts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cgu_archive.corpus.rules import DEFAULT_PASSWORD_RULE
from kiosk.accounts import passwords
from kiosk.legal_desk.errors import LoginTakenError, OfficerError, UnknownOfficerError
from kiosk.legal_desk.models import Officer, OfficerSession

SESSION_LIFETIME = timedelta(hours=1)
LOGIN_CHARACTERS = 64
SECRET_RULE = DEFAULT_PASSWORD_RULE
_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_WORDS = 200

Hasher = Callable[..., str]
"""Hashes texts with a key that only this deployment has."""
Randomness = Callable[[int], bytes]


class Role(StrEnum):
    """What an officer may do."""

    EVIDENCE = "evidence"
    """Ask for a person's evidence, approve what another asked, take it out."""


@dataclass(frozen=True, slots=True)
class Person:
    """An officer who proved who they are, as every act needs to know them."""

    id: str
    publisher: str
    login: str
    name: str
    function: str
    role: Role
    secret_hash: str = field(repr=False)
    """Of the secret they proved, or had when they did: once it is changed, this says nothing any more."""


def add(
    session: Session,
    *,
    publisher: str,
    login: str,
    name: str,
    function: str,
    role: Role,
    secret: str,
    at: datetime,
    randomness: Randomness,
) -> str:
    """Add an officer; returns their identifier.

    Raises `OfficerError` when a value is not as it must be or the secret too weak, `LoginTakenError`.
    """
    _check(login, name, function)
    _refuse_weak(secret, (login, name, function))
    officer = Officer(
        id=randomness(16).hex(),
        publisher=publisher,
        login=login,
        name=name,
        function=function,
        role=role.value,
        secret_hash=passwords.hashed(secret),
        created_at=at,
    )
    session.add(officer)
    try:
        session.flush()
    except IntegrityError as error:
        raise LoginTakenError(f"« {login} » est déjà l’identifiant de quelqu’un chez cet éditeur.") from error
    return officer.id


def every(session: Session, publisher: str | None = None) -> list[Officer]:
    """Return the officers, those who left too, by publisher and login."""
    wanted = select(Officer).order_by(Officer.publisher, Officer.login)
    return list(session.scalars(wanted.where(Officer.publisher == publisher) if publisher else wanted))


def deactivate(session: Session, publisher: str, login: str, at: datetime) -> None:
    """Let an officer do nothing any more; their sessions end. Raises `UnknownOfficerError`."""
    officer = session.scalar(_active(publisher, login))
    if officer is None:
        raise UnknownOfficerError(f"Aucun « {login} » en fonction chez cet éditeur.")
    officer.deactivated_at = at
    session.execute(delete(OfficerSession).where(OfficerSession.officer_id == officer.id))


def at_work(session: Session, publisher: str, login: str) -> Person | None:
    """Return the officer of this login, who proved nothing yet; None when there is none at work.

    A secret is compared with `accounts.passwords.matches`, as slow for None.
    """
    officer = session.scalar(_active(publisher, login))
    return _person(officer) if officer else None


def hashed(officer: Person, present: str, new: str) -> str:
    """Return the hash of the secret that an officer chose instead of `present`, which they just proved.

    Raises `OfficerError` when it is weak, or the same. Slow: the caller holds no lock meanwhile.
    """
    if new == present:
        raise OfficerError("Secret refusé : c’est celui que vous avez déjà.")
    _refuse_weak(new, (officer.login, officer.name, officer.function))
    return passwords.hashed(new)


def change_secret(session: Session, officer: Person, secret_hash: str) -> None:
    """Give an officer another secret; every session of theirs ends. Raises `OfficerError` as `confirm`."""
    confirm(session, officer)
    session.execute(
        update(Officer).where(Officer.id == officer.id).values(secret_hash=secret_hash),
        execution_options={"synchronize_session": False},
    )
    session.execute(delete(OfficerSession).where(OfficerSession.officer_id == officer.id))


def confirm(session: Session, officer: Person) -> None:
    """Raise `OfficerError` when who proved their secret has another since, or left.

    Called in the transaction that acts, for time went by. Until it ends nobody changes that, and this officer
    does nothing else: on PostgreSQL their row is locked.
    """
    same = select(Officer.id).where(
        Officer.id == officer.id,
        Officer.secret_hash == officer.secret_hash,
        Officer.deactivated_at.is_(None),
    )
    if session.scalar(same.with_for_update(key_share=True)) is None:
        raise OfficerError("Votre secret a changé, ou vous n’êtes plus en fonction : recommencez.")


def open_session(
    session: Session, officer: Person, *, at: datetime, randomness: Randomness, hasher: Hasher
) -> str:
    """Open a session; returns the token that alone names it. Sessions that ended are forgotten.

    Raises `OfficerError` as `confirm`.
    """
    confirm(session, officer)
    session.execute(delete(OfficerSession).where(OfficerSession.expires_at <= at))
    token = randomness(32).hex()
    session.add(
        OfficerSession(
            token_hash=hasher("officer", token),
            officer_id=officer.id,
            created_at=at,
            expires_at=at + SESSION_LIFETIME,
        )
    )
    return token


def close_session(session: Session, token: str, *, hasher: Hasher) -> None:
    """End the session of `token`, if there is one."""
    session.execute(delete(OfficerSession).where(OfficerSession.token_hash == hasher("officer", token)))


def of_session(
    session: Session, publisher: str, token: str, *, at: datetime, hasher: Hasher
) -> Person | None:
    """Return the officer of this publisher whose open session `token` names."""
    officer = session.scalar(
        select(Officer)
        .join(OfficerSession, OfficerSession.officer_id == Officer.id)
        .where(
            OfficerSession.token_hash == hasher("officer", token),
            OfficerSession.expires_at > at,
            Officer.publisher == publisher,
            Officer.deactivated_at.is_(None),
        )
    )
    return _person(officer) if officer else None


def let_act(session: Session, officer: Person) -> None:
    """Let an officer act on evidence in this transaction.

    Raises `OfficerError` when it is not what they are there for, and as `confirm`.
    """
    confirm(session, officer)
    if officer.role is not Role.EVIDENCE:
        raise OfficerError("Cette fonction ne permet pas d’agir sur les dossiers de preuve.")


def _refuse_weak(secret: str, own_words: tuple[str, ...]) -> None:
    if passwords.problems(secret, SECRET_RULE, own_words):
        raise OfficerError(
            f"Secret refusé : de {SECRET_RULE.length} à {passwords.MAX_LENGTH} caractères,"
            f" {SECRET_RULE.classes} catégories parmi majuscule, minuscule, chiffre et caractère spécial,"
            " ni mot courant ni nom."
        )


def _check(login: str, name: str, function: str) -> None:
    if not (_LOGIN.fullmatch(login) and len(login) <= LOGIN_CHARACTERS):
        raise OfficerError(
            f"Identifiant refusé : attendu a–z, 0–9, point et tiret, {LOGIN_CHARACTERS} caractères au plus,"
            f" trouvé « {login[:LOGIN_CHARACTERS]} »."
        )
    for label, value in (("Nom", name), ("Fonction", function)):
        if not (value.strip() and value.isprintable() and len(value) <= _WORDS):
            raise OfficerError(f"{label} : attendu de 1 à {_WORDS} caractères sur une ligne.")


def _active(publisher: str, login: str) -> Select[Officer]:
    return select(Officer).where(
        Officer.publisher == publisher, Officer.login == login, Officer.deactivated_at.is_(None)
    )


def _person(officer: Officer) -> Person:
    return Person(
        officer.id,
        officer.publisher,
        officer.login,
        officer.name,
        officer.function,
        Role(officer.role),
        officer.secret_hash,
    )
