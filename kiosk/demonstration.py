"""Everything on one machine, for whoever wants to see: `make run` ends here."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cgu_archive.corpus import loader
from cgu_archive.corpus.model import Mode
from kiosk import migrations
from kiosk.accounts import registration
from kiosk.clock import Clock
from kiosk.config import SETTINGS_FILE, Settings, find_settings
from kiosk.db import make_engine, reading, writing
from kiosk.environment import ConfigurationError, DemonstrationError
from kiosk.ledger.keys import PUBLIC_FILE, LedgerKey
from kiosk.security import keyed_hasher
from kiosk.staff import fictional
from kiosk.staff.fictional import Proofs
from kiosk.texts import projections, registering

HOST = "127.0.0.1"
DEFAULT_PORT = "8000"
WORKERS = 2
_START_SECONDS = 60.0
_WATCH_SECONDS = 0.3
_STOP_SECONDS = 30.0

SAMPLE_CODES = tuple(f"ESSAI-{number:04}" for number in range(1, 100))
"""Registration codes for who tries the service that asks for one."""

MODULES = {
    "KIOSK_ADMINISTRATION": "1", "KIOSK_EVIDENCE_DESK": "1", "KIOSK_LEGAL_DESK": "1", "KIOSK_SANCTIONS": "1",
}  # fmt: skip
"""What a deployment turns on by choice, all of it open here."""

TOUR = """
Le kiosque est ouvert (démonstration : les décisions enregistrées ici n’ont aucun effet).

  Archive des textes   {url}/archive/
  Kiosque              {url}/
  Courriers envoyés    {mails}
  Registre public      {url}/archive/registre/checkpoint

La visite, en cinq minutes :
  1. Ouvrez l’archive : lisez un texte, téléchargez son PDF, puis comparez deux versions de
     « Carnet d’adresses », le service imaginaire.
  2. Créez un compte sur SOFFi : {url}/dgefp/soffi/inscription
     Le code de vérification arrive dans le dossier des courriers ci-dessus (le plus récent est le dernier).
  3. Lisez les conditions de SOFFi, cochez, acceptez, téléchargez le justificatif.
  4. Créez de même un compte sur Carnet d’adresses et acceptez : {url}/ville-exemple/demonstration/inscription
     Gardez cette page ouverte.
  5. Dans un second terminal, depuis ce dossier, publiez une nouvelle version :
     {kiosk} publish demonstration/cgu/v7
     À la page suivante du service, la décision est demandée à nouveau, avec ce qui change.

L’équipe (espace juridique, administration, mesures, preuves), par exemple {url}/ville-exemple/equipe
     Identifiants : {logins}, chez chaque éditeur (dgefp, ocapiat, pas-de-calais, ville-exemple)
     Secret : {secret}
     Second facteur, à ajouter dans une application de codes : {key}
     Sans téléphone : {python} -c "import pyotp; print(pyotp.TOTP('{key}').now())"
     Secret et second facteur changent à chaque démarrage ; ils ne sont écrits qu’ici.

Pour vérifier un justificatif hors ligne :
     {verify} JUSTIFICATIF.json --trust {trust}

Ctrl-C arrête tout. Pour repartir de zéro, effacez le dossier {data}.
"""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """Where a demonstration runs and what it is made from."""

    source_texts: Path
    """The texts of the repository; the demonstration works on a copy."""
    settings: Settings
    port: int

    @property
    def environment(self) -> dict[str, str]:
        """What the processes of the demonstration, and a second terminal, are told."""
        held = self.settings
        return {
            "KIOSK_MODE": held.mode.value,
            "KIOSK_SECRET_KEY": held.secret_key,
            "DATABASE_URL": held.database_url,
            "KIOSK_DATA_DIR": str(held.data_dir),
            "KIOSK_TEXTS_DIR": str(held.texts_dir),
            "KIOSK_ARCHIVE_DIR": str(held.archive_dir),
            "KIOSK_PUBLIC_URL": held.public_url,
            **MODULES,
        }


def plan(source_texts: Path, environ: Mapping[str, str]) -> Demonstration:
    """Return the demonstration that `environ` asks for: its data in `KIOSK_DATA_DIR`, its port `KIOSK_PORT`.

    Raises `ConfigurationError`.
    """
    written = environ.get("KIOSK_PORT", DEFAULT_PORT)
    if not (written.isascii() and written.isdigit() and 0 < int(written) < 65536):
        raise ConfigurationError(f"KIOSK_PORT : attendu un port entre 1 et 65535, trouvé « {written} ».")
    data_dir = Path(environ.get("KIOSK_DATA_DIR", "var")).absolute()
    asked = {
        "KIOSK_MODE": Mode.DEMONSTRATION.value,
        "KIOSK_SECRET_KEY": _secret(data_dir, environ),
        "DATABASE_URL": environ.get("DATABASE_URL", ""),
        "KIOSK_DATA_DIR": str(data_dir),
        "KIOSK_TEXTS_DIR": str(data_dir / "cgu_texts"),
        "KIOSK_ARCHIVE_DIR": str(Path(environ.get("KIOSK_ARCHIVE_DIR", "build/archive")).absolute()),
        "KIOSK_PUBLIC_URL": f"http://{HOST}:{written}",
        **MODULES,
    }
    return Demonstration(source_texts, Settings.from_environment(asked), int(written))


def prepare(demonstration: Demonstration, clock: Clock) -> Proofs:
    """Make key, tables, working copy of the texts, register and archive; quick when nothing changed.

    Returns what the imaginary officers sign in with from now on.
    """
    settings = demonstration.settings
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.mail_dir.mkdir(exist_ok=True)
    _write_private(
        settings.data_dir / SETTINGS_FILE,
        "".join(f"{name}={value}\n" for name, value in demonstration.environment.items()),
    )
    LedgerKey.load_or_create(settings.keys_dir, settings.mode.value)
    engine = make_engine(settings.database_url)
    try:
        migrations.upgrade(engine)
        _copy_texts(demonstration.source_texts, settings.texts_dir)
        with reading(engine) as session:
            projections.project_missing(session, settings.texts_dir)
        with writing(engine) as session:
            corpus = loader.load(settings.texts_dir)
            registering.sync(session, corpus, settings.mode.value, clock())
            for slug in registration.asking(corpus.services):
                hashed = keyed_hasher(settings.secret_key)
                registration.add(session, slug, SAMPLE_CODES, at=clock(), hasher=hashed)
            proofs = fictional.renew(
                session, sorted({one.publisher.slug for one in corpus.services}),
                secret_key=settings.secret_key, at=clock(), randomness=secrets.token_bytes,
            )  # fmt: skip
    finally:
        engine.dispose()
    projections.build_archive(
        settings.texts_dir, settings.archive_dir, settings.mode.value, settings.archive_address
    )
    return proofs


def refuse_taken_port(port: int) -> None:
    """Raise `DemonstrationError` when something already listens on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise DemonstrationError(
                f"Le port {port} est déjà pris sur {HOST} ({error.strerror}). Arrêtez l’autre programme,"
                f" ou choisissez un autre port : KIOSK_PORT={port + 1} make run"
            ) from error


def gunicorn(bind: str, workers: int) -> list[str]:
    """Return the command of the web process."""
    return [
        sys.executable, "-m", "gunicorn", "kiosk.cli:web_application()", "--bind", bind,
        "--workers", str(workers), "--worker-class", "sync", "--log-level", "warning",
    ]  # fmt: skip


def run(demonstration: Demonstration, clock: Clock, say: Callable[[str], None]) -> None:
    """Prepare, start web process and worker, `say` the tour, and stop both on SIGINT or SIGTERM.

    Main thread only. Raises `DemonstrationError` when the port is taken or a process ends by itself.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    refuse_taken_port(demonstration.port)
    say("Préparation de la démonstration (la première fois, l’archive est construite)…")
    proofs = prepare(demonstration, clock)
    with _children(demonstration) as children:
        _wait_until_open(demonstration.port, children, stop)
        if not stop.is_set():
            say(tour(demonstration, proofs))
        while not stop.wait(_WATCH_SECONDS):
            _refuse_ended(children)
    say("Démonstration arrêtée.")


def tour(demonstration: Demonstration, proofs: Proofs) -> str:
    """Return what to open, and what to type in a second terminal."""
    settings = demonstration.settings
    commands = Path(os.path.relpath(Path(sys.executable).parent))
    return TOUR.format(
        url=settings.public_url,
        mails=settings.mail_dir,
        kiosk=commands / "kiosk",
        python=commands / "python",
        logins=" et ".join(fictional.LOGINS),
        secret=proofs.secret,
        key=proofs.key,
        verify=commands / "cgu-verify",
        trust=os.path.relpath(settings.keys_dir / PUBLIC_FILE),
        data=settings.data_dir,
    )


@contextmanager
def _children(demonstration: Demonstration) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Run the web process and the worker, by name, and stop both at the end."""
    commands = {
        "web": gunicorn(f"{HOST}:{demonstration.port}", WORKERS),
        "worker": [sys.executable, "-m", "kiosk.cli", "worker"],
    }
    environ = {**os.environ, **demonstration.environment}
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            children[name] = subprocess.Popen(command, env=environ)  # noqa: S603 - our own commands
        yield children
    finally:
        for child in children.values():
            child.terminate()
        for child in children.values():
            _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _wait_until_open(
    port: int, children: Mapping[str, subprocess.Popen[bytes]], stop: threading.Event
) -> None:
    for _ in range(int(_START_SECONDS / _WATCH_SECONDS)):
        _refuse_ended(children)
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            if stop.wait(_WATCH_SECONDS):
                return
        else:
            return
    raise DemonstrationError(f"Le kiosque ne répond pas sur {HOST}:{port}. Voyez les messages ci-dessus.")


def _refuse_ended(children: Mapping[str, subprocess.Popen[bytes]]) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            raise DemonstrationError(
                f"Le processus « {name} » s’est arrêté (code {child.returncode}). Lisez ses messages."
            )


def _secret(data_dir: Path, environ: Mapping[str, str]) -> str:
    """Return the secret of this demonstration: the one it had before, else a new one."""
    if (data_dir / SETTINGS_FILE).exists():
        return find_settings({"KIOSK_DATA_DIR": str(data_dir)}).secret_key
    return environ.get("KIOSK_SECRET_KEY") or secrets.token_hex(32)


def _write_private(file: Path, content: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(content)
    draft.replace(file)


def _copy_texts(source: Path, target: Path) -> None:
    """Make `target` a fresh copy of `source`, in one move once it is whole."""
    if not source.is_dir():
        raise DemonstrationError(f"« {source} » n’existe pas : lancez depuis le dossier du projet.")
    draft, former = (target.with_name(f".{target.name}.{name}") for name in ("new", "old"))
    for folder in (draft, former):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, draft)
    if target.exists():
        target.rename(former)
    draft.rename(target)
    shutil.rmtree(former, ignore_errors=True)
