"""Who works for a publisher here, apart from people's accounts: what each proved holds until the very act."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cgu_archive.corpus.rules import DEFAULT_PASSWORD_RULE
from kiosk.accounts import passwords
from kiosk.staff import roles
from kiosk.staff.errors import LoginTakenError, OfficerError, UnknownOfficerError
from kiosk.staff.models import Officer, OfficerCode, OfficerKey, OfficerRole, OfficerSession, OfficerTotp
from kiosk.staff.roles import Grant, Role

LOGIN_CHARACTERS = 64
SECRET_RULE = DEFAULT_PASSWORD_RULE
PROOFS = (OfficerSession, OfficerCode, OfficerKey, OfficerTotp)
"""What an officer proves themselves with, and what they opened with it: nothing is left when they leave."""
_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_WORDS = 200

Hasher = Callable[..., str]
"""Hashes texts with a key that only this deployment has."""
Randomness = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Person:
    """An officer who proved who they are, as every act needs to know them."""

    id: str
    publisher: str
    login: str
    name: str
    function: str
    grants: tuple[Grant, ...]
    """As they were when they were read: `let_act` reads them again."""
    secret_hash: str = field(repr=False)
    """Of the secret they proved, or had when they did: once it is changed, this says nothing any more."""

    def roles(self, at: datetime) -> frozenset[Role]:
        """Return the roles they have at an instant, at one service at least."""
        return roles.held(self.grants, at)

    def services(self, role: Role, offered: Collection[str], at: datetime) -> tuple[str, ...]:
        """Return the services among `offered` where they have `role` at an instant."""
        return roles.permitted(self.grants, role, offered, at)

    def may(self, role: Role, service: str | None, at: datetime) -> bool:
        """Whether they have `role` at a service at an instant; None: at every one of the publisher."""
        return roles.everywhere(self.grants, role, at) or (
            service is not None and bool(self.services(role, (service,), at))
        )


def add(
    session: Session,
    *,
    publisher: str,
    login: str,
    name: str,
    function: str,
    grants: Iterable[Role | Grant],
    secret: str,
    at: datetime,
    randomness: Randomness,
) -> str:
    """Add an officer; returns their identifier. A bare role holds at every service, from now on.

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
        secret_hash=passwords.hashed(secret),
        created_at=at,
    )
    session.add(officer)
    try:
        session.flush()
    except IntegrityError as error:
        raise LoginTakenError(f"« {login} » est déjà l’identifiant de quelqu’un chez cet éditeur.") from error
    for one in grants:
        roles.give(session, officer.id, one if isinstance(one, Grant) else Grant(one, None, at))
    return officer.id


def every(session: Session, publisher: str | None = None) -> list[Officer]:
    """Return the officers, those who left too, by publisher and login."""
    wanted = select(Officer).order_by(Officer.publisher, Officer.login)
    return list(session.scalars(wanted.where(Officer.publisher == publisher) if publisher else wanted))


def working(session: Session, publisher: str) -> list[Person]:
    """Return the officers at work for a publisher, by login, in two queries."""
    found = session.scalars(
        select(Officer)
        .where(Officer.publisher == publisher, Officer.deactivated_at.is_(None))
        .order_by(Officer.login)
    ).all()
    grants: dict[str, list[Grant]] = {}
    for row in session.scalars(
        select(OfficerRole)
        .where(OfficerRole.officer_id.in_([one.id for one in found]))
        .order_by(OfficerRole.officer_id, OfficerRole.sequence)
    ):
        grant = Grant(Role(row.role), row.service, row.begins_at, row.ends_at)
        grants.setdefault(row.officer_id, []).append(grant)
    return [_person(one, tuple(grants.get(one.id, ()))) for one in found]


def deactivate(session: Session, publisher: str, login: str, at: datetime) -> None:
    """Let an officer do nothing any more; sessions and factors end. Raises `UnknownOfficerError`."""
    officer = session.scalar(_active(publisher, login))
    if officer is None:
        raise UnknownOfficerError(f"Aucun « {login} » en fonction chez cet éditeur.")
    officer.deactivated_at = at
    for model in PROOFS:
        session.execute(delete(model).where(model.officer_id == officer.id))


def at_work(session: Session, publisher: str, login: str) -> Person | None:
    """Return the officer of this login, who proved nothing yet; None when there is none at work.

    A secret is compared with `accounts.passwords.matches`, as slow for None.
    """
    officer = session.scalar(_active(publisher, login)) if _LOGIN.fullmatch(login) else None
    return _person(officer, roles.of(session, officer.id)) if officer else None


def by_id(session: Session, publisher: str, officer_id: str) -> Person:
    """Return an officer at work for a publisher, who proved nothing. Raises `UnknownOfficerError`."""
    officer = session.get(Officer, officer_id)
    if officer is None or officer.publisher != publisher or officer.deactivated_at is not None:
        raise UnknownOfficerError("Personne de cet identifiant chez cet éditeur.")
    return _person(officer, roles.of(session, officer.id))


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


def let_act(
    session: Session, officer: Person, role: Role, at: datetime, services: Collection[str] | None = None
) -> None:
    """Let an officer act under `role` in this transaction, at `services`; None: at all of the publisher's.

    Raises `OfficerError` when they do not have that role, or not there, and as `confirm`.
    """
    confirm(session, officer)
    grants = roles.of(session, officer.id)
    if services is None:
        allowed = roles.everywhere(grants, role, at)
    else:
        allowed = role in roles.held(grants, at) and (
            len(roles.permitted(grants, role, services, at)) == len(services)
        )
    if not allowed:
        raise OfficerError("Vos rôles ne permettent pas cet acte, ou pas pour ce service.")


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


def _person(officer: Officer, grants: tuple[Grant, ...]) -> Person:
    return Person(
        officer.id,
        officer.publisher,
        officer.login,
        officer.name,
        officer.function,
        grants,
        officer.secret_hash,
    )
