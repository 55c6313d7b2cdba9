"""`kiosk consents`: to whom a service may send what it offers, as of now."""

from __future__ import annotations

import click

from cgu_archive.corpus.model import Channel
from kiosk.accounts import consents
from kiosk.commands import database, open_settings
from kiosk.db import reading
from kiosk.texts.services import load_services


@click.command(
    "consents",
    help="Écrit les adresses de qui a accepté de recevoir, et ne l’a pas retiré, une par ligne. À relire"
    " avant chaque envoi.",
)
@click.option("--service", required=True, help="Service, par exemple monjob62.")
@click.option(
    "--channel", required=True, type=click.Choice([one.value for one in Channel]),
    help="news : actualités par message ; push : notifications.",
)  # fmt: skip
def list_consents(service: str, channel: str) -> None:
    """List who consents."""
    settings = open_settings()
    found = load_services(settings.texts_dir).get(service)
    if found is None or channel not in found.channels:
        raise click.BadParameter(f"« {service} » n’offre rien de tel.", param_hint="--service")
    with database(settings) as engine, reading(engine) as session:
        for address in consents.addresses(session, service, Channel(channel)):
            click.echo(address)


COMMANDS: tuple[click.Command, ...] = (list_consents,)
"""What `kiosk` is given."""
