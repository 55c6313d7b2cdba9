"""What a deployment decides: frozen settings that refuse to exist when they are unsafe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cgu_archive.corpus.model import Mode
from kiosk import connections
from kiosk.connections import Authority, Mandate, Seal, Sirene, Smtp
from kiosk.environment import ConfigurationError, at_least_one, integer, path, seconds, switch

MIN_SECRET_BYTES = 32
SETTINGS_FILE = "settings.env"
"""Where a demonstration leaves its settings, in its data folder."""
NO_SIGNER = "none"
"""Value of KIOSK_SIGNER when no process promises: receipts begin once they are sealed."""
_WEAK_WORDS = ("secret", "change", "password", "default", "example", "insecure", "development")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a kiosk is told from outside."""

    mode: Mode
    secret_key: str
    """Signs cookies and forms; at least 32 bytes of randomness."""
    database_url: str
    data_dir: Path
    """What must survive: database, keys, mails, working copy of the texts. Never under ``build/``."""
    texts_dir: Path
    """The folder of texts that publications are written to."""
    archive_dir: Path
    """The built archive, served beside the kiosk on one machine."""
    public_url: str
    """Address people see, without a slash at its end."""
    archive_url: str | None = None
    """Where the archive is, with a slash at its end, when it has a host of its own."""
    smtp: Smtp | None = None
    """None: mails go to `mail_dir`, readable files, in demonstration only."""
    mandate: Mandate | None = None
    legal_notice: Path | None = None
    privacy_notice: Path | None = None
    trusted_proxies: int = 0
    """How many proxies of ours stand before the web process."""
    ledger_folder: Path | None = None
    """Where what anyone may read of the ledger is written; None: in `data_dir`."""
    signer_file: Path | None = None
    """The socket of the process that signs promises; None: in `data_dir`."""
    signer_user: str | None = None
    """The user of this machine that may ask for promises beside the one who signs; None: nobody else."""
    promises: bool = True
    """Whether a receipt is promised before it is sealed."""
    authorities: tuple[Authority, ...] = ()
    """Timestamp authorities, asked in this order until one answers; none: no third party attests the time."""
    stamp_every: timedelta = timedelta(hours=1)
    """How long after a stamped checkpoint the next may be stamped."""
    seal: Seal | None = None
    """None: a demonstration seals with a certificate of its own, a publisher's attestations bear no seal."""
    sirene: Sirene | None = None
    """None: a demonstration has a sample of companies, elsewhere people declare theirs."""
    witnesses: Path | None = None
    """File of the witnesses whose cosignatures are asked, ``vkey address`` a line."""
    backlog_alert: timedelta = timedelta(seconds=60)
    """How old a statement that waits to be sealed may be before `/healthz` raises the alarm."""
    owner_database_url: str | None = None
    """The database as the owner of the tables reaches it, to migrate; None: as everyone does."""
    screens_folder: Path | None = None
    """Where pictures of the screens of decisions were put, one folder a hash; None: in `data_dir`."""
    pdf_folder: Path | None = None
    """Where the PDFs of texts are kept once they are made; None: in `data_dir`."""
    notice_hold: timedelta = timedelta(minutes=30)
    """How long nothing leaves after a publication: time to stop the mails that tell people of it."""
    notices_per_minute: int = 300
    """How many mails of a mailing to many leave in any sixty seconds, at most."""
    evidence_desk: bool = False
    """Whether the legal team asks for evidence in the browser too; without it, there is no such page."""
    legal_desk: bool = False
    """Whether a legal team writes, approves and publishes in the browser; without it, no such page."""
    administration: bool = False
    """Whether staff see and administer people in the browser; without it, there is no such page."""
    shared_terminal: bool = False
    """Whether people may say, as they sign in, that the computer is shared; else there is no such page."""
    texts_git: bool = False
    """Whether the worker commits the files of publications with git; without it, files are only written."""
    sanctions: bool = False
    """Whether measures follow breaches here; without it, none has a page, nor closes anything."""

    def __post_init__(self) -> None:
        if self.public_url.endswith("/") or urlsplit(self.public_url).scheme not in ("http", "https"):
            raise ConfigurationError("KIOSK_PUBLIC_URL : attendu une adresse https:// sans « / » final.")
        if "build" in self.data_dir.absolute().parts:
            raise ConfigurationError(
                "KIOSK_DATA_DIR est sous build/, qu’une construction efface. Choisissez un autre dossier."
            )
        if len({authority.name for authority in self.authorities}) < len(self.authorities):
            raise ConfigurationError("KIOSK_TSA : deux autorités portent le même nom.")
        if self.witnesses is not None and not self.witnesses.is_file():
            raise ConfigurationError(f"KIOSK_WITNESSES : « {self.witnesses} » n’est pas un fichier.")
        if "build" in self.ledger_dir.absolute().parts or _inside(self.ledger_dir, self.archive_dir):
            raise ConfigurationError(
                f"KIOSK_LEDGER_DIR : « {self.ledger_dir} » serait effacé par une construction de l’archive."
                " Choisissez un autre dossier."
            )
        if self.mode is not Mode.DOCUMENTARY:
            _refuse_weak_secret(self.secret_key)
        if self.mode is Mode.PUBLISHER:
            self._refuse_unsafe_production()

    def _refuse_unsafe_production(self) -> None:
        wants = {
            "KIOSK_PUBLIC_URL doit commencer par https://": self.public_url.startswith("https://"),
            "KIOSK_SMTP_HOST manque : les avis ne partiraient pas": self.smtp is not None,
            "KIOSK_MANDATE_REFERENCE, _DATE et _SIGNATORY manquent": self.mandate is not None,
            "KIOSK_LEGAL_NOTICE manque (mentions légales)": _holds(self.legal_notice),
            "KIOSK_PRIVACY_NOTICE manque (données personnelles)": _holds(self.privacy_notice),
        }
        missing = [wish for wish, granted in wants.items() if not granted]
        if missing:
            raise ConfigurationError("Mode publisher refusé : " + " ; ".join(missing) + ".")

    @property
    def mail_dir(self) -> Path:
        """Where demonstration mails are written, one readable file each."""
        return self.data_dir / "mails"

    @property
    def keys_dir(self) -> Path:
        """Where the ledger's key is kept."""
        return self.data_dir / "keys"

    @property
    def ledger_dir(self) -> Path:
        """Where what anyone may read of the ledger is written: tiles, checkpoints, publications."""
        return self.ledger_folder or self.data_dir / "registre"

    @property
    def screens_dir(self) -> Path:
        """Where pictures of the screens of decisions were put, one folder a hash."""
        return self.screens_folder or self.data_dir / "ecrans"

    @property
    def pdf_dir(self) -> Path:
        """Where the PDFs of texts are kept once they are made; they can be made again."""
        return self.pdf_folder or self.data_dir / "pdfs"

    @property
    def signer_socket(self) -> Path | None:
        """The socket where promises are asked; None when nobody promises."""
        return (self.signer_file or self.data_dir / "signer.sock") if self.promises else None

    @property
    def archive_address(self) -> str:
        """The address of the archive, with a slash at its end: what its permanent links begin with."""
        return self.archive_url or f"{self.public_url}/archive/"

    @property
    def secure(self) -> bool:
        """Whether people reach the kiosk over TLS."""
        return self.public_url.startswith("https://")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Return the settings of `environ` (``KIOSK_*`` and ``DATABASE_URL``).

        Raises `ConfigurationError`.
        """
        data_dir = Path(environ.get("KIOSK_DATA_DIR", "var"))
        smtp_host = environ.get("KIOSK_SMTP_HOST")
        signer = environ.get("KIOSK_SIGNER")
        return cls(
            mode=_mode(environ.get("KIOSK_MODE", Mode.DOCUMENTARY)),
            secret_key=environ.get("KIOSK_SECRET_KEY", ""),
            database_url=environ.get("DATABASE_URL") or f"sqlite:///{data_dir.absolute()}/kiosk.sqlite3",
            data_dir=data_dir,
            texts_dir=Path(environ.get("KIOSK_TEXTS_DIR", "cgu_texts")),
            archive_dir=Path(environ.get("KIOSK_ARCHIVE_DIR", "build/archive")),
            public_url=environ.get("KIOSK_PUBLIC_URL", "http://127.0.0.1:8000"),
            archive_url=environ.get("KIOSK_ARCHIVE_URL"),
            smtp=connections.smtp(smtp_host, environ) if smtp_host else None,
            mandate=connections.mandate(environ),
            legal_notice=path(environ.get("KIOSK_LEGAL_NOTICE")),
            privacy_notice=path(environ.get("KIOSK_PRIVACY_NOTICE")),
            trusted_proxies=integer("KIOSK_TRUSTED_PROXIES", environ.get("KIOSK_TRUSTED_PROXIES", "0")),
            ledger_folder=path(environ.get("KIOSK_LEDGER_DIR")),
            signer_file=None if signer == NO_SIGNER else path(signer),
            signer_user=environ.get("KIOSK_SIGNER_FOR") or None,
            promises=signer != NO_SIGNER,
            authorities=connections.authorities(environ, data_dir),
            stamp_every=seconds("KIOSK_TSA_INTERVAL", environ.get("KIOSK_TSA_INTERVAL", "3600")),
            seal=connections.seal(environ),
            sirene=connections.sirene(environ),
            witnesses=path(environ.get("KIOSK_WITNESSES")),
            backlog_alert=seconds("KIOSK_BACKLOG_ALERT", environ.get("KIOSK_BACKLOG_ALERT", "60")),
            owner_database_url=environ.get("KIOSK_OWNER_DATABASE_URL") or None,
            screens_folder=path(environ.get("KIOSK_SCREENS_DIR")),
            pdf_folder=path(environ.get("KIOSK_PDF_DIR")),
            notice_hold=seconds("KIOSK_NOTICE_HOLD", environ.get("KIOSK_NOTICE_HOLD", "1800")),
            notices_per_minute=at_least_one("KIOSK_NOTICE_RATE", environ.get("KIOSK_NOTICE_RATE", "300")),
            legal_desk=switch(environ, "KIOSK_LEGAL_DESK", default=False),
            evidence_desk=switch(environ, "KIOSK_EVIDENCE_DESK", default=False),
            administration=switch(environ, "KIOSK_ADMINISTRATION", default=False),
            shared_terminal=switch(environ, "KIOSK_SHARED_TERMINAL", default=False),
            texts_git=switch(environ, "KIOSK_TEXTS_GIT", default=False),
            sanctions=switch(environ, "KIOSK_SANCTIONS", default=False),
        )


def find_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings of `environ`, or of the demonstration that runs here when it names no mode.

    The demonstration leaves its settings in its data folder, so that a second terminal finds them. Raises
    `ConfigurationError`.
    """
    if "KIOSK_MODE" in environ:
        return Settings.from_environment(environ)
    file = Path(environ.get("KIOSK_DATA_DIR", "var")) / SETTINGS_FILE
    return Settings.from_environment({**_lines(file), **environ})


def _lines(file: Path) -> dict[str, str]:
    """Return the ``NAME=value`` lines of `file`; none when it does not exist."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    pairs = [line.partition("=") for line in lines]
    if any(not name or not equals for name, equals, _ in pairs):
        raise ConfigurationError(f"{file} : attendu des lignes NOM=valeur. Effacez-le et relancez.")
    return {name: value for name, _, value in pairs}


def _refuse_weak_secret(secret: str) -> None:
    weak = len(secret.encode()) < MIN_SECRET_BYTES or len(set(secret)) < MIN_SECRET_BYTES // 4
    if weak or any(word in secret.lower() for word in _WEAK_WORDS):
        raise ConfigurationError(
            "KIOSK_SECRET_KEY manque ou est faible. Tirez-en une :"
            ' python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        )


def _inside(folder: Path, other: Path) -> bool:
    return folder.absolute().is_relative_to(other.absolute())


def _holds(path: Path | None) -> bool:
    return path is not None and path.is_file() and path.stat().st_size > 0


def _mode(name: str) -> Mode:
    try:
        return Mode(name)
    except ValueError as error:
        raise ConfigurationError(f"KIOSK_MODE : attendu {', '.join(Mode)}, trouvé « {name} ».") from error
