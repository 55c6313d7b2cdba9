"""`kiosk officer forget`: an officer is forgotten once nothing they asked for as evidence is open."""

from __future__ import annotations

import click

from kiosk.clock import system_clock
from kiosk.commands import database, open_settings
from kiosk.db import writing
from kiosk.evidence import forgetting
from kiosk.evidence.telling import told
from kiosk.staff.officer_commands import officer as group
from kiosk.staff.terminal import publisher_option

__all__ = ["group"]


@group.command(
    "forget",
    help="Efface le nom, l’identifiant et le secret de LOGIN, qui a quitté le service ; ses actes gardent sa"
    " fonction.",
)
@click.argument("login")
@publisher_option
@told
def forget_officer(login: str, publisher: str) -> None:
    """Forget an officer who left."""
    settings = open_settings()
    with database(settings) as engine, writing(engine) as session:
        forgetting.forget_officer(session, publisher, login, system_clock())
    click.echo(f"{login} est oublié ; ses actes disent encore quelle fonction les a faits.")
