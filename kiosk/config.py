"""What a deployment decides: frozen settings that refuse to exist when they are unsafe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from cgu_archive.corpus.model import Mode

MIN_SECRET_BYTES = 32
SETTINGS_FILE = "settings.env"
"""Where a demonstration leaves its settings, in its data folder."""
_WEAK_WORDS = ("secret", "change", "password", "default", "example", "insecure", "development")


class ConfigurationError(Exception):
    """A setting is missing, unsafe or contradicts another; the message names it and what to do."""


@dataclass(frozen=True, slots=True)
class Mandate:
    """The act by which publishers entrusted their texts to this deployment."""

    reference: str
    signed_on: date
    signatory: str


@dataclass(frozen=True, slots=True)
class Smtp:
    """The mail server that carries notices."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = None
    starttls: bool = True


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

    def __post_init__(self) -> None:
        if self.public_url.endswith("/") or urlsplit(self.public_url).scheme not in ("http", "https"):
            raise ConfigurationError("KIOSK_PUBLIC_URL : attendu une adresse https:// sans « / » final.")
        if "build" in self.data_dir.absolute().parts:
            raise ConfigurationError(
                "KIOSK_DATA_DIR est sous build/, qu’une construction efface. Choisissez un autre dossier."
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
        return cls(
            mode=_mode(environ.get("KIOSK_MODE", Mode.DOCUMENTARY)),
            secret_key=environ.get("KIOSK_SECRET_KEY", ""),
            database_url=environ.get("DATABASE_URL") or f"sqlite:///{data_dir.absolute()}/kiosk.sqlite3",
            data_dir=data_dir,
            texts_dir=Path(environ.get("KIOSK_TEXTS_DIR", "cgu_texts")),
            archive_dir=Path(environ.get("KIOSK_ARCHIVE_DIR", "build/archive")),
            public_url=environ.get("KIOSK_PUBLIC_URL", "http://127.0.0.1:8000"),
            archive_url=environ.get("KIOSK_ARCHIVE_URL"),
            smtp=_smtp(smtp_host, environ) if smtp_host else None,
            mandate=_mandate(environ),
            legal_notice=_path(environ.get("KIOSK_LEGAL_NOTICE")),
            privacy_notice=_path(environ.get("KIOSK_PRIVACY_NOTICE")),
            trusted_proxies=_integer("KIOSK_TRUSTED_PROXIES", environ.get("KIOSK_TRUSTED_PROXIES", "0")),
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


def _holds(path: Path | None) -> bool:
    return path is not None and path.is_file() and path.stat().st_size > 0


def _mode(name: str) -> Mode:
    try:
        return Mode(name)
    except ValueError as error:
        raise ConfigurationError(f"KIOSK_MODE : attendu {', '.join(Mode)}, trouvé « {name} ».") from error


def _integer(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        raise ConfigurationError(f"{name} : attendu un nombre entier, trouvé « {text} ».")
    return int(text)


def _smtp(host: str, environ: Mapping[str, str]) -> Smtp:
    sender = environ.get("KIOSK_MAIL_FROM", "")
    if "@" not in sender:
        raise ConfigurationError("KIOSK_MAIL_FROM : attendu l’adresse d’envoi des avis.")
    return Smtp(
        host=host,
        port=_integer("KIOSK_SMTP_PORT", environ.get("KIOSK_SMTP_PORT", "587")),
        sender=sender,
        user=environ.get("KIOSK_SMTP_USER"),
        password=environ.get("KIOSK_SMTP_PASSWORD"),
        starttls=environ.get("KIOSK_SMTP_STARTTLS", "1") != "0",
    )


def _mandate(environ: Mapping[str, str]) -> Mandate | None:
    reference = environ.get("KIOSK_MANDATE_REFERENCE")
    signed_on = environ.get("KIOSK_MANDATE_DATE")
    signatory = environ.get("KIOSK_MANDATE_SIGNATORY")
    if not (reference and signed_on and signatory):
        return None
    try:
        return Mandate(reference, date.fromisoformat(signed_on), signatory)
    except ValueError as error:
        raise ConfigurationError(
            f"KIOSK_MANDATE_DATE : attendu un jour (2026-01-31), trouvé « {signed_on} »."
        ) from error


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
