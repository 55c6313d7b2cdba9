"""Commands that join rooms: the ledger's keys and standing, its signer, the rights in the database."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from typing import ParamSpec, TypeVar

import click
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from cgu_archive.corpus.errors import CorpusError, UnknownAddressError
from cgu_archive.corpus.model import Mode
from kiosk import migrations
from kiosk.clock import system_clock
from kiosk.config import Settings, find_settings
from kiosk.db import make_engine, reading
from kiosk.environment import ConfigurationError, DemonstrationError
from kiosk.ledger import witnesses
from kiosk.ledger.errors import LedgerError, SignerAwayError
from kiosk.ledger.former import Reason
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.rotation import rotate
from kiosk.ledger.saying import plain_utc
from kiosk.ledger.signer import serve
from kiosk.ledger.stamping import Failing
from kiosk.ledger.standing import Standing, standing
from kiosk.ledger.witnesses import Standing as Witnessed
from kiosk.migrations.roles import roles_sql
from kiosk.texts.errors import TextsError, UnknownVersionError

P = ParamSpec("P")
R = TypeVar("R")

_WRONG_CALL = (ConfigurationError, UnknownAddressError, UnknownVersionError)
_REFUSED = (TextsError, CorpusError, LedgerError, DemonstrationError)


def telling(
    *, wrong: tuple[type[Exception], ...] = (), refused: tuple[type[Exception], ...] = ()
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return what says on one line why a command did nothing, and exits: 2 for a wrong call, 1 when refused.

    `wrong` and `refused` are errors of a room, beside those that any command may meet. What names a request,
    a person or a version that is not there is a wrong call.
    """
    calls: tuple[type[Exception], ...] = (*_WRONG_CALL, *wrong)
    refusals: tuple[type[Exception], ...] = (*_REFUSED, *refused)

    def decorate(command: Callable[P, R]) -> Callable[P, R]:
        @wraps(command)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return command(*args, **kwargs)
            except calls as error:
                click.echo(f"Erreur : {error}", err=True)
                sys.exit(2)
            except refusals as error:
                click.echo(f"Refusé : {error}", err=True)
                sys.exit(1)
            except SQLAlchemyError as error:
                click.echo(f"Base de données : {type(error).__name__}. Rien n’a été enregistré.", err=True)
                sys.exit(1)

        return run

    return decorate


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Say on one line why `command` did nothing, and exit, as `telling` does without errors of a room."""
    return telling()(command)


def open_settings() -> Settings:
    """Return the settings found here; raises `ConfigurationError`, also in documentary mode."""
    settings = find_settings(os.environ)
    if settings.mode is Mode.DOCUMENTARY:
        raise ConfigurationError(
            "KIOSK_MODE vaut documentary : rien n’y est publié ni décidé. Lancez d’abord la démonstration"
            " (make run), ou réglez KIOSK_MODE."
        )
    return settings


@contextmanager
def database(settings: Settings, *, ready: bool = True, url: str | None = None) -> Iterator[Engine]:
    """Open the database of `settings`, or at `url`; with `ready`, its tables must be those of this release.

    Raises `ConfigurationError` when they are not.
    """
    engine = make_engine(url or settings.database_url)
    try:
        if ready and not migrations.is_current(engine):
            raise ConfigurationError("Les tables ne sont pas à jour : lancez « kiosk setup ».")
        yield engine
    finally:
        engine.dispose()


@click.group(help="Le registre : son état, son contrôle, sa clé, sa reprise et les justificatifs rapportés.")
def ledger() -> None:
    """Group the commands on the ledger."""


@ledger.command(
    help="Montre l’état du registre : ce qui attend, le dernier point scellé, les horodatages. Code 1 : en"
    " retard."
)
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@told
def status(as_json: bool) -> None:
    """Show where the ledger stands."""
    settings = open_settings()
    with database(settings) as engine, reading(engine) as session:
        held = standing(session, settings, system_clock())
        seen = witnesses.standing(session, witnesses.configured(settings.witnesses))
    click.echo(json.dumps(_as_json(held, seen), indent=2) if as_json else _as_text(held, seen))
    if held.late:
        sys.exit(1)


def _as_json(held: Standing, seen: Sequence[Witnessed]) -> dict[str, object]:
    head, stamps = held.head, held.stamps
    return {
        "late": held.late,
        "pending": held.pending,
        "oldest_pending_seconds": held.waited // timedelta(seconds=1),
        "checkpoint": head
        and {"size": head.size, "root": head.root.hex(), "made_at": head.made_at.isoformat()},
        "stamped_size": stamps.stamped_size,
        "stamped_at": stamps.stamped_at and stamps.stamped_at.isoformat(),
        "unstamped_seconds": held.unstamped // timedelta(seconds=1),
        "failing": [{"authority": one.authority, **_failing(one)} for one in stamps.failing],
        "witnesses": [
            {
                "name": one.name,
                "size": one.size,
                "received_at": one.received_at and one.received_at.isoformat(),
                "failing": one.failing and _failing(one.failing),
            }
            for one in seen
        ],
    }


def _failing(one: Failing) -> dict[str, object]:
    return {
        "attempts": one.attempts,
        "last_at": one.last_at.isoformat(),
        "reason": one.reason,
        "next_at": one.next_at.isoformat(),
    }


def _as_text(held: Standing, seen: Sequence[Witnessed]) -> str:
    head, stamps = held.head, held.stamps
    waiting = f"En attente de scellement : {held.pending}"
    if held.waiting_since is not None:
        waiting += f", le plus ancien depuis {held.waited // timedelta(seconds=1)} s"
    lines = [f"{waiting}{' — EN RETARD' if held.late else ''}"]
    lines.append(
        f"Dernier point scellé : {head.size} enregistrements, {plain_utc(head.made_at)},"
        f" racine {head.root.hex()}"
        if head
        else "Dernier point scellé : aucun"
    )
    lines.append(
        f"Dernier horodatage : {stamps.stamped_size} enregistrements,"
        f" jeton reçu le {plain_utc(stamps.stamped_at)}"
        if stamps.stamped_at
        else "Dernier horodatage : aucun, aucun tiers n’atteste l’heure"
    )
    lines += [
        f"Autorité {one.authority} : {one.attempts} demande(s) sans réponse utile ({one.reason}), dernière le"
        f" {plain_utc(one.last_at)}, prochaine après le {plain_utc(one.next_at)}"
        for one in stamps.failing
    ]
    lines += [_of_witness(one) for one in seen]
    return "\n".join(lines)


def _of_witness(one: Witnessed) -> str:
    seen = (
        f"{one.size} enregistrements, cosignature reçue le {plain_utc(one.received_at)}"
        if one.received_at
        else "aucune cosignature"
    )
    if one.failing is None:
        return f"Témoin {one.name} : {seen}"
    return (
        f"Témoin {one.name} : {seen} ; {one.failing.attempts} demande(s) sans rien de bon depuis"
        f" ({one.failing.reason}), dernière le {plain_utc(one.failing.last_at)}, prochaine après le"
        f" {plain_utc(one.failing.next_at)}"
    )


@ledger.command(
    "rotate",
    help="Change la clé du registre. Le changement est lui-même inscrit au registre et publié ; interrompu,"
    " il se reprend en relançant la même commande.",
)
@click.option(
    "--reason",
    required=True,
    type=click.Choice([reason.value for reason in Reason]),
    help="routine : les deux clés signent pendant 30 jours ; lost : perdue ; stolen : volée, ne signe plus.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ"]),
    help="Avec stolen : depuis quand, au plus tôt, la clé a pu être en d’autres mains (UTC).",
)
@click.option("--yes", is_flag=True, help="Change de clé sans demander confirmation.")
@told
def rotate_key(reason: str, since: datetime | None, yes: bool) -> None:
    """Change the ledger's key."""
    if since is not None and reason != Reason.STOLEN:
        raise click.UsageError("--since ne va qu’avec --reason stolen.")
    settings = open_settings()
    if not yes:
        click.confirm("Changer la clé du registre ? Qui vérifie devra recevoir la nouvelle", abort=True)
    with database(settings) as engine:
        done = rotate(
            engine,
            settings.keys_dir,
            settings.mode.value,
            Reason(reason),
            system_clock,
            secrets.token_bytes,
            suspect_since=since and since.replace(tzinfo=UTC),
        )
    click.echo(f"Ancienne clé : {done.old.encode()}\nNouvelle clé, à remettre à qui vérifie :")
    click.echo(done.new.encode())
    if done.signs_until is not None:
        click.echo(f"L’ancienne signe aussi, jusqu’au {plain_utc(done.signs_until)}.")
    for key in done.withdrawn:
        click.echo(f"Était dans le même dossier et ne signe plus non plus : {key.encode()}")


@click.command("signer", help="Sert les promesses de scellement seul, sans le worker, jusqu’à SIGTERM.")
@told
def sign() -> None:
    """Serve promises until told to stop."""
    settings = open_settings()
    path = settings.signer_socket
    if path is None:
        raise ConfigurationError("KIOSK_SIGNER vaut « none » : personne ne promet.")
    key = partial(LedgerKey.load_or_create, settings.keys_dir, settings.mode.value)
    key()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with database(settings) as engine:
        if not serve(path, key, engine, stop, user=settings.signer_user, wait=False):
            raise SignerAwayError(f"Un autre processus sert déjà {path}.")


@click.group("database", help="La base de données.")
def database_group() -> None:
    """Group the commands on the database."""


@database_group.command(
    help="Écrit le SQL qui crée, sur PostgreSQL, les rôles cgu_owner, cgu_web et cgu_worker et leurs droits."
    " À donner à psql par un administrateur, après « kiosk setup » et à chaque nouvelle version."
)
def roles() -> None:
    """Print the roles and their rights."""
    click.echo(roles_sql(), nl=False)


GROUPS: tuple[click.Command, ...] = (ledger, sign, database_group)
"""What `kiosk` is given."""
