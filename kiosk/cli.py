"""`kiosk`: set up, register texts, publish, and run the processes."""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from cgu_archive.corpus import loader
from cgu_archive.corpus.comparison import compare_bytes
from cgu_archive.corpus.model import Address, Corpus, Mode, Service, Version
from cgu_archive.redline import redline_terminal
from kiosk import commands, demonstration, migrations, worker
from kiosk.acceptance import commands as screens
from kiosk.acceptance import notice_commands as notices
from kiosk.acceptance.models import Decision, Subject
from kiosk.accounts import commands as accounts
from kiosk.accounts import consent_commands as consents
from kiosk.accounts import registration_commands as registration
from kiosk.accounts.models import Account
from kiosk.backup import commands as backup
from kiosk.clock import system_clock
from kiosk.commands import database, open_settings
from kiosk.config import Settings, find_settings
from kiosk.db import reading, writing
from kiosk.evidence import commands as evidence
from kiosk.ledger.keys import LedgerKey
from kiosk.legal_desk import deciding_commands, draft_terminal
from kiosk.legal_desk.commands import group as draft_group
from kiosk.notices import publication
from kiosk.retention import commands as retention
from kiosk.sanctions import commands as sanctions
from kiosk.staff import officer_commands as staff
from kiosk.staff.terminal import secret_option
from kiosk.texts import cancelling, drafting, registering, services
from kiosk.texts.errors import PublicationRefusedError
from kiosk.texts.models import PublishedVersion


@click.group(help="Le kiosque : inscrire les textes, publier, faire tourner les processus.")
@click.version_option(package_name="cgu-kiosk", help="Affiche la version du logiciel.")
def main() -> None:
    """Group the commands."""


for group in (
    *commands.GROUPS,
    *backup.COMMANDS,
    screens.group,
    *retention.COMMANDS,
    *evidence.COMMANDS,
    *staff.COMMANDS,
    registration.registration_group,
    *accounts.COMMANDS,
    *consents.COMMANDS,
    notices.group,
    sanctions.group,
    draft_group,
):
    main.add_command(group)


@main.command(
    help="Crée le dossier de données, la clé du registre et les tables ; sans effet la seconde fois."
)
@click.option(
    "--key-name", help="Nom de la clé du registre d’un éditeur, par exemple cgu.example.fr/registre."
)
@commands.told
def setup(key_name: str | None) -> None:
    """Prepare what the processes need."""
    settings = open_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = LedgerKey.load_or_create(settings.keys_dir, settings.mode.value, name=key_name)
    with database(settings, ready=False, url=settings.owner_database_url) as engine:
        migrations.upgrade(engine)
    click.echo(f"Prêt. Clé publique du registre, à remettre à qui vérifie :\n{key.verifier.encode()}")


@main.group(help="Les textes publiés.")
def texts() -> None:
    """Group the commands on texts."""


@texts.command(help="Inscrit dans le kiosque les versions publiées par fichiers qu’il ne connaît pas encore.")
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@commands.told
def sync(as_json: bool) -> None:
    """Register what arrived by files."""
    settings = open_settings()
    corpus = loader.load(settings.texts_dir)
    with database(settings) as engine, writing(engine) as session:
        at = system_clock()
        added = registering.sync(session, corpus, settings.mode.value, at)
        gone = cancelling.sync(session, corpus, settings.mode.value, at)
        publication.announce_synced(session, corpus, added, at=at, hold=settings.notice_hold)
        publication.cancel_synced(session, gone, at=at)
        told = [_summary(row) for row in added]
        cancelled = [services.address(row) for row in gone]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for row in told:
        click.echo(f"Inscrite : {row['address']}")
    for address in cancelled:
        click.echo(f"Annulée avant effet, d’après ses fichiers : {address}")
    click.echo(f"{len(told)} version(s) inscrite(s).")


@main.command(
    help="Publie la version d’adresse ADDRESS (par exemple demonstration/cgu/v7), après confirmation."
)
@click.argument("address")
@click.option("--reason", help="Motif de la nouvelle version ; obligatoire si le brouillon n’en donne pas.")
@click.option(
    "--reason-kind", type=click.Choice(["platform", "law", "other"]),
    help="Nature du motif : évolution de la plateforme, de la loi, ou autre.",
)  # fmt: skip
@click.option(
    "--effective-on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Date d’effet ; sans elle, dès la mise en ligne.",
)
@click.option(
    "--text", "text_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Fichier Markdown à publier, à la place d’un brouillon du dossier des textes.",
)  # fmt: skip
@click.option("--label", help="Numéro de version affiché, avec --text.")
@click.option("--as", "login", help="Avec un espace juridique : qui publie le brouillon approuvé.")
@secret_option
@click.option("--yes", is_flag=True, help="Publie sans demander confirmation.")
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON ; exige --yes.")
@draft_terminal.told
def publish(
    address: str,
    reason: str | None,
    reason_kind: str | None,
    effective_on: datetime | None,
    text_file: Path | None,
    label: str | None,
    login: str | None,
    secret_fd: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Publish one version."""
    if as_json and not yes:
        raise click.UsageError("--json exige --yes : une machine ne confirme pas.")
    settings = open_settings()
    here = Address.parse(address)
    if settings.legal_desk and (login is not None or settings.mode is Mode.PUBLISHER):
        if login is None:
            raise PublicationRefusedError(
                "Ce kiosque a un espace juridique : une version s’y publie une fois approuvée par une autre"
                " personne. Voyez « kiosk draft list », puis dites qui publie : --as, ou"
                " « kiosk draft publish »."
            )
        _publish_approved(settings, here, login, secret_fd, yes=yes)
        return
    corpus = loader.load(settings.texts_dir)
    service = corpus.service(here.service)
    service.document(here.terms)
    with database(settings) as engine:
        at = system_clock()
        with reading(engine) as session:
            former = services.current(session, here.service, here.terms, at)
            before = former.text if former else b""
            concerned = _concerned(session, here)
        draft = _draft(corpus, here, text_file, label, former)
        held = draft.metadata
        draft = replace(
            draft,
            metadata=replace(
                held,
                reason_kind=reason_kind or held.reason_kind,
                effective_on=effective_on.date() if effective_on else held.effective_on,
            ),
        )
        ready = registering.prepare(draft, reason=reason, at=at)
        if not yes:
            _show(service, ready, former, before, concerned)
            click.confirm("Publier cette version ? Elle ne pourra plus changer", abort=True)
        with writing(engine) as session:
            row = publication.publish(
                session,
                service,
                draft,
                environment=settings.mode.value,
                reason=reason,
                at=system_clock(),
                hold=settings.notice_hold,
            )
            told = {**_summary(row), "accounts_concerned": concerned}
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    click.echo(
        f"Publiée : {told['address']}, en vigueur le {told['effective_at']} (UTC).\n"
        f"Empreinte du texte : {told['text_hash']}\n"
        "Le kiosque la présente dès la page suivante. Les fichiers et l’archive suivent, faits par le worker."
    )


def _publish_approved(
    settings: Settings, here: Address, login: str, secret_fd: int | None, *, yes: bool
) -> None:
    """Publish the draft of the legal desk that becomes the version at `here`, as its own command does."""
    publisher = loader.load(settings.texts_dir).service(here.service).publisher.slug
    with database(settings) as engine:
        who = draft_terminal.acting(settings, engine, publisher, login, secret_fd)
        draft_id = draft_terminal.named(engine, publisher, str(here))
        deciding_commands.publish_approved(who, draft_id, yes=yes)


@main.command("worker", help="Fait ce que les enregistrements demandent : courriers, fichiers, archive.")
@click.option("--once", is_flag=True, help="Fait ce qui est dû, puis s’arrête.")
@commands.told
def work(once: bool) -> None:
    """Run the worker."""
    settings = open_settings()
    with database(settings) as engine:
        context = worker.WorkerContext(settings, engine, system_clock)
        worker.stop_on_signals(context)
        if once:
            click.echo(f"{worker.run_once(context)} tâche(s) faite(s).")
            return
        worker.run_forever(context)


@main.command(help="Sert le kiosque avec gunicorn.")
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Adresse et port d’écoute.")
@click.option(
    "--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Nombre de processus."
)
@commands.told
def web(bind: str, workers: int) -> None:
    """Become the web process."""
    with database(open_settings()):
        pass
    command = demonstration.gunicorn(bind, workers)
    os.execv(command[0], command)  # noqa: S606 - our own command, without a shell


@main.command(help="Montre tout sur cette machine, en démonstration : archive, kiosque, worker.")
@click.option(
    "--texts", "texts_dir", default=Path("cgu_texts"), show_default=True,
    type=click.Path(path_type=Path), help="Dossier des textes ; la démonstration travaille sur une copie.",
)  # fmt: skip
@commands.told
def demo(texts_dir: Path) -> None:
    """Run the demonstration."""
    demonstration.run(demonstration.plan(texts_dir, os.environ), system_clock, click.echo)


def web_application() -> object:
    """Return the web application of the settings found here; gunicorn calls it in each process.

    What it loaded stays for ever: no collection of garbage looks at it again while somebody waits.
    """
    from kiosk.app import create_app

    application = create_app(find_settings(os.environ))
    gc.collect()
    gc.freeze()
    return application


def _draft(
    corpus: Corpus, here: Address, text_file: Path | None, label: str | None, former: PublishedVersion | None
) -> Version:
    if text_file is None:
        return drafting.from_files(corpus, here)
    metadata = services.metadata(former) if former else None
    return drafting.from_markdown(here, text_file.read_bytes(), label, metadata)


def _concerned(session: Session, here: Address) -> int:
    """Return how many open accounts accepted this document before."""
    counted = session.scalar(
        select(func.count(distinct(Account.id)))
        .join(Subject, Subject.account_id == Account.id)
        .join(Decision, Decision.subject_id == Subject.id)
        .where(
            Decision.service == here.service,
            Decision.terms == here.terms,
            Decision.kind == "accepted",
            Account.deactivated_at.is_(None),
        )
    )
    return counted or 0


def _show(
    service: Service, ready: Version, former: PublishedVersion | None, before: bytes, concerned: int
) -> None:
    held = ready.metadata
    click.echo(f"{service.document(ready.address.terms).title}\n  version : {ready.address}")
    click.echo(f"  motif : {held.reason}")
    click.echo(f"  effet : {held.effective_on or 'dès la mise en ligne'}")
    click.echo(f"  suit : {services.address(former) if former else 'aucune version'}")
    click.echo(f"  comptes qui devront décider : {concerned}\n")
    if former is not None:
        click.echo(f"{_changes(before, ready.text)}\n")


def _changes(before: bytes, after: bytes) -> str:
    """Return what changed, to read in a terminal."""
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    width = shutil.get_terminal_size().columns
    return redline_terminal(compare_bytes(before, after), colour=colour, width=width)


def _summary(row: PublishedVersion) -> dict[str, str | None]:
    return {
        "address": str(services.address(row)),
        "text_hash": row.text_hash,
        "metadata_hash": row.metadata_hash,
        "statement_hash": row.statement_hash,
        "published_at": row.published_at.isoformat() if row.published_at else None,
        "effective_at": row.effective_at.isoformat() if row.effective_at else None,
    }


if __name__ == "__main__":
    main()
