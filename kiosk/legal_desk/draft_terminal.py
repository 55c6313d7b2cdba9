"""What the commands of the legal desk share: who acts, on which draft, and how it stands after that."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Address, Service
from kiosk.clock import system_clock
from kiosk.commands import database, open_settings, telling
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.legal_desk import drafts
from kiosk.legal_desk import writing as desk_writing
from kiosk.legal_desk.acts import STATES, Desk
from kiosk.legal_desk.drafts import Content, Held
from kiosk.legal_desk.errors import LegalDeskError, UnknownDraftError
from kiosk.legal_desk.policy import State
from kiosk.staff.errors import StaffError, UnknownOfficerError
from kiosk.staff.officers import Person
from kiosk.staff.terminal import acting_as, login_option, offered_by, publisher_option, secret_option
from kiosk.texts.services import load_services

_OVER = (State.ABANDONED, State.CANCELLED)
P = ParamSpec("P")
R = TypeVar("R")

draft_argument = click.argument("draft_id", metavar="BROUILLON")
reason_option = click.option(
    "--reason", required=True, help="Pourquoi ; gardé avec l’acte. Ne nommez personne."
)
yes_option = click.option("--yes", is_flag=True, help="N’attend pas de confirmation.")
json_option = click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
state_option = click.option(
    "--state", "seen", type=click.IntRange(1),
    help="Numéro de l’état du texte que vous avez lu : s’il a changé depuis, rien n’est fait.",
)  # fmt: skip


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Say on one line why nothing was done, and exit: 2 for a wrong call, 1 for anything refused."""
    wrong = (UnknownOfficerError, UnknownDraftError)
    return telling(wrong=wrong, refused=(StaffError, LegalDeskError))(command)


@click.group("draft", help="Les versions en préparation : écrire, soumettre, approuver, publier, annuler.")
def group() -> None:
    """Group the commands on drafts."""


@dataclass(frozen=True, slots=True)
class Acting:
    """An officer who proved who they are, and what they act on."""

    settings: Settings
    engine: Engine
    desk: Desk
    officer: Person
    offered: dict[str, Service]

    def held(self, draft_id: str) -> Held:
        """Return a draft; raises `UnknownDraftError`."""
        with reading(self.engine) as session:
            return drafts.find(session, self.officer.publisher, draft_id)

    def service(self, draft_id: str) -> Service:
        """Return the service of a draft; raises `UnknownDraftError`."""
        return self.offered[self.held(draft_id).draft.service]

    def do(self, act: Callable[[Session, datetime], Held]) -> None:
        """Do one act in one transaction, and say how the draft stands."""
        with writing(self.engine) as session:
            after = act(session, system_clock())
        click.echo(f"{after.draft.id} : {after.address}, {STATES[after.standing.state.value]}.")


def acting(settings: Settings, engine: Engine, publisher: str, login: str, secret_fd: int | None) -> Acting:
    """Return who acts, once they proved who they are. Raises as `staff.terminal.acting_as`."""
    offered = offered_by(load_services(settings.texts_dir), publisher)
    officer = acting_as(engine, settings, publisher, login, secret_fd, system_clock())
    return Acting(settings, engine, Desk(settings.mode.value, secrets.token_bytes), officer, offered)


def named(engine: Engine, publisher: str, name: str) -> str:
    """Return the identifier of a draft named by it, or by the address of the version to be.

    Raises `UnknownDraftError` when several drafts, or none, may become that version.
    """
    if "/" not in name:
        return name
    here = Address.parse(name)
    with reading(engine) as session:
        known = drafts.listing(session, publisher, (here.service,))
    found = [one for one in known if one.address == here and one.standing.state not in _OVER]
    if len(found) != 1:
        raise UnknownDraftError(
            f"Aucun brouillon de « {name} » chez cet éditeur."
            if not found
            else f"Il y a {len(found)} brouillons de « {name} » : donnez l’identifiant de l’un d’eux"
            " (kiosk draft list)."
        )
    return found[0].draft.id


def by_officer(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command the options of who acts, and call it with an `Acting` in their place."""

    @publisher_option
    @login_option
    @secret_option
    @told
    @wraps(command)
    def run(publisher: str, login: str, secret_fd: int | None, **values: Any) -> R:
        settings = open_settings()
        with database(settings) as engine:
            who = acting(settings, engine, publisher, login, secret_fd)
            if "draft_id" in values:
                values["draft_id"] = named(engine, publisher, values["draft_id"])
            return command(who, **values)

    return run


def revise(
    acting: Acting,
    draft_id: str,
    seen: int | None,
    change: Callable[[Content], Content],
    *,
    words: str | None = None,
    beside: Callable[[Session, datetime], None] | None = None,
) -> None:
    """Write the state that `change` makes of the present one, and what it needs `beside`, in one transaction.

    `seen` is the number of the state that the officer read, the present one by default.
    """

    def act(session: Session, at: datetime) -> Held:
        held = drafts.find(session, acting.officer.publisher, draft_id)
        what = drafts.content(drafts.revision(session, held))
        if beside is not None:
            beside(session, at)
        return desk_writing.revise(
            session, acting.desk, acting.officer, draft_id, change(what), at,
            seen=seen or held.standing.revision, words=words,
        )  # fmt: skip

    acting.do(act)
