"""Restore a backup: into an empty place, verified whole, erasures done again, and only then opened."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, delete
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from kiosk import migrations
from kiosk.accounts.models import SignIn, Verification
from kiosk.backup import auditing, databases, manifest
from kiosk.backup.errors import DamagedError, OlderError, PlaceError
from kiosk.backup.making import copy_pictures
from kiosk.backup.manifest import PICTURES, PUBLISHED, Manifest
from kiosk.backup.versions import take_up
from kiosk.db import writing
from kiosk.ledger import files, recovery
from kiosk.ledger.audit import Tell
from kiosk.ledger.errors import LedgerError
from kiosk.ledger.recovery import Eraser, Recovered
from kiosk.ledger.rows import snapshot
from kiosk.monitor.sources import Source
from kiosk.proof.trust import Trust
from kiosk.staff.models import OfficerSession


@dataclass(frozen=True, slots=True)
class Place:
    """Where a backup is restored."""

    database_url: str
    published: Path
    """The folder where the ledger is published: what stands there is compared and stays."""
    pictures: Path
    """The folder of the pictures of screens: those that stand there stay."""
    environment: str
    texts: Path
    """The folder of texts, where a version that the database lost is found again."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored."""

    manifest: Manifest
    recovered: Recovered | None
    """What was taken up from what was published; None when nothing was missing."""
    erased: int
    """Rows that erasures took away again."""
    versions: int = 0
    """Versions registered again, from their files."""
    lacking: tuple[str, ...] = ()
    """What could not be taken up, and why: a sentence each, in French."""


def restore(
    folder: Path,
    place: Place,
    trust: Trust | None,
    *,
    source: Source | None,
    erasers: Collection[Eraser],
    statement_id: str,
    at: datetime,
    nothing_published: bool = False,
    despite: bool = False,
    tell: Tell | None = None,
) -> Restored:
    """Restore the backup in `folder` to `place`; nothing is open before all of it is verified.

    `trust` is whom to believe; None believes the key that the backup names, which whoever wrote it chose.
    `source` is where to take up what was sealed and published after the backup; without it a backup that
    lacks some is refused. Where nothing is published at `place` and there is no `source`, somebody must
    answer for it that nothing was published since: `nothing_published`. `erasers` do again what was
    erased since. `statement_id` is random, for the statement that tells it. `despite` restores what deviated
    when it was saved, as it was. Raises
    `PlaceError`, `DamagedError`, `OlderError`, `ProgramError`, and what the ledger raises.
    """
    said = manifest.load(folder)
    _refuse_other(said, place)
    if source is None and not nothing_published:
        _refuse_uncompared(place)
    databases.refuse_filled(place.database_url)
    manifest.verify(folder, said)
    trusted = trust or Trust((said.verifier,))
    if source is None:
        _refuse_older(said.size, place)
    with databases.filled(place.database_url, folder / said.file) as (engine, open_it):
        known = said.deviation if despite else None
        # What is published answers for a backup from before a theft, when it is compared with it.
        begun = replace(trusted, revoked={}) if source is not None else trusted
        _audit(engine, said, begun, folder / PUBLISHED, known, at, tell)
        recovered = None
        versions = 0
        lacking: tuple[str, ...] = ()
        with writing(engine) as session:
            if source is not None:
                recovered = recovery.recover(
                    session, source, trusted, environment=said.environment, statement_id=statement_id, at=at
                )
            if recovered is not None:
                versions, lost = take_up(session, place.texts)
                lacking = (*recovered.beside.lacking, *lost)
            _refuse_older(recovered.size if recovered else said.size, place)
            files.refuse_fork(session, place.published, None)
            erased = recovery.replay_erasures(session, erasers)
        if recovered is not None or erased:
            _audit(engine, None, trusted, None, known, at, tell)
        if files.published(place.published) is None:
            shutil.copytree(folder / PUBLISHED, place.published, dirs_exist_ok=True, copy_function=_copy)
        copy_pictures(folder / PICTURES, place.pictures)
        with writing(engine) as session:
            _close_all(session)
        open_it()
    return Restored(said, recovered, erased, versions, lacking)


def _close_all(session: Session) -> None:
    """Sign everybody out: what was ended after the backup must not be open again."""
    for table in (SignIn, Verification, OfficerSession):
        session.execute(delete(table))


def restore_keys(archive: Path, keys_dir: Path) -> None:
    """Put the keys of `archive` where `keys_dir` is not yet; raises `PlaceError` or `DamagedError`."""
    if keys_dir.exists() and any(keys_dir.iterdir()):
        raise PlaceError(f"{keys_dir} a déjà des clés : déplacez-les, puis relancez.")
    draft = keys_dir.with_name(f".{keys_dir.name}.restauration")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    try:
        with tarfile.open(archive) as held:
            held.extractall(draft, filter="data")
        for path in draft.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
        if not (draft / "keys").is_dir():
            raise DamagedError(f"{archive} ne contient pas de clés.")
        if keys_dir.exists():
            keys_dir.rmdir()
        (draft / "keys").rename(keys_dir)
    except (tarfile.TarError, OSError) as error:
        raise DamagedError(f"{archive} : ce n’est pas une archive de clés lisible.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _refuse_other(said: Manifest, place: Place) -> None:
    """Raise `PlaceError` when the backup is of another kind of database, software or environment."""
    wanted = make_url(place.database_url).get_backend_name()
    if said.database != wanted:
        raise PlaceError(
            f"La sauvegarde est celle d’une base {said.database}, DATABASE_URL en désigne une {wanted}."
        )
    if said.environment != place.environment:
        raise PlaceError(
            f"La sauvegarde est d’un environnement « {said.environment} », KIOSK_MODE vaut"
            f" « {place.environment} »."
        )
    if said.revision != migrations.newest():
        raise PlaceError(
            f"La sauvegarde a les tables de la version {said.release} du logiciel ({said.revision}) :"
            " restaurez avec cette version, puis mettez à jour par « kiosk setup »."
        )


def _refuse_uncompared(place: Place) -> None:
    """Raise `PlaceError` when nothing at `place` says how far the ledger was published."""
    if files.published(place.published) is None:
        raise PlaceError(
            f"{place.published} est vide : rien ne dit si le registre fut publié au-delà de cette sauvegarde"
            " ; l’ouvrir alors écrirait une seconde histoire. Donnez --recover-from SOURCE, le registre"
            " publié (dossier, copie ou adresse https) ; ou, si vous répondez que rien ne fut publié depuis,"
            " --nothing-published."
        )


def _refuse_older(size: int, place: Place) -> None:
    """Raise `OlderError` when more than `size` leaves are published at `place`."""
    held = files.published(place.published)
    if held is not None and held.size > size:
        raise OlderError(
            f"La sauvegarde a {size} feuilles, le registre publié dans {place.published} en a {held.size} :"
            " ouverte ainsi, la base écrirait une seconde histoire. Rien n’a été restauré. Relancez en"
            f" reprenant ce qui fut publié depuis : kiosk restore … --recover-from {place.published}"
            " (si la base est déjà en place : kiosk ledger recover --from …)."
        )


def _audit(
    engine: Engine,
    said: Manifest | None,
    trust: Trust,
    published: Path | None,
    known: str | None,
    at: datetime,
    tell: Tell | None,
) -> None:
    """Audit what was filled and compare it with what the backup says, but for the deviation `known`."""
    try:
        with snapshot(engine) as session:
            done = auditing.audit(session, trust, published=published, at=at, tell=tell).ledger
            if said is not None and (done.leaves, done.root.hex()) != (said.size, said.root):
                raise DamagedError(
                    f"La base sauvegardée a {done.leaves} feuilles, backup.json en dit {said.size}"
                    " ou une autre racine."
                )
    except LedgerError as error:
        if known is None or str(error) != known:
            raise


def _copy(source: str, target: str) -> None:
    files.write_file(Path(target), Path(source).read_bytes())
