"""What a deployment relies on outside itself: a mandate, mail, timestamp authorities, a seal, a directory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kiosk.environment import ConfigurationError, integer, path, refuse_open_address, switch

_AUTHORITY_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


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
class Authority:
    """A timestamp authority (RFC 3161) and the root its tokens are verified with."""

    name: str
    """Names a file and is shown to people: letters a–z, digits and hyphens, 64 at most."""
    url: str
    root: Path
    """Its root certificate, PEM."""

    def __post_init__(self) -> None:
        if not _AUTHORITY_NAME.fullmatch(self.name):
            raise ConfigurationError(
                "KIOSK_TSA : attendu des paires nom=adresse séparées par des virgules ; nom en a–z, 0–9 et"
                f" tirets, 64 caractères au plus ; trouvé « {self.name} »."
            )
        refuse_open_address("KIOSK_TSA", self.url)
        if not self.root.is_file():
            raise ConfigurationError(
                f"{self.root} manque : sans le certificat racine de « {self.name} », aucun de ses jetons ne"
                " peut être vérifié. Donnez le dossier des racines par KIOSK_TSA_ROOTS."
            )


@dataclass(frozen=True, slots=True)
class Seal:
    """What seals attestations (PAdES)."""

    p12: Path
    """Key and certificates, PKCS#12."""
    password_file: Path
    """Holds its password, on one line."""
    tsa_url: str | None = None
    """Authority that stamps the seal (level B-T); None: level B-B."""
    revocation: bool = False
    """Whether revocation lists and answers are fetched and kept in the PDF (level B-LT, then B-LTA)."""

    def __post_init__(self) -> None:
        given = {"KIOSK_SEAL_P12": self.p12, "KIOSK_SEAL_PASSWORD_FILE": self.password_file}
        for variable, file in given.items():
            if not file.is_file():
                raise ConfigurationError(f"{variable} : « {file} » n’est pas un fichier.")
        if self.password_file.stat().st_mode & 0o077:
            raise ConfigurationError(
                f"KIOSK_SEAL_PASSWORD_FILE : d’autres peuvent lire « {self.password_file} » : chmod 600."
            )
        if self.tsa_url is not None:
            refuse_open_address("KIOSK_SEAL_TSA", self.tsa_url)
        if self.revocation and self.tsa_url is None:
            raise ConfigurationError(
                "KIOSK_SEAL_REVOCATION exige KIOSK_SEAL_TSA : sans heure attestée, une preuve de"
                " non-révocation ne dit pas quand elle valait."
            )


@dataclass(frozen=True, slots=True)
class Sirene:
    """The directory of companies that INSEE keeps, and the file of the key it is asked with."""

    key_file: Path
    url: str = "https://api.insee.fr/api-sirene/3.11"

    def __post_init__(self) -> None:
        refuse_open_address("KIOSK_SIRENE_URL", self.url)
        if self.url.endswith("/"):
            raise ConfigurationError("KIOSK_SIRENE_URL : attendu une adresse sans « / » final.")
        if not self.key_file.is_file():
            raise ConfigurationError(f"KIOSK_SIRENE_KEY_FILE : « {self.key_file} » n’est pas un fichier.")
        if self.key_file.stat().st_mode & 0o077:
            raise ConfigurationError(
                f"KIOSK_SIRENE_KEY_FILE : d’autres peuvent lire « {self.key_file} » : chmod 600."
            )

    def key(self) -> str:
        """Return the key, which only the web process may read; raises `ConfigurationError`."""
        try:
            key = self.key_file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            key = ""
        if not (key and key.isprintable()):
            raise ConfigurationError(f"KIOSK_SIRENE_KEY_FILE : « {self.key_file} » ne contient pas une clé.")
        return key


def authorities(environ: Mapping[str, str], data_dir: Path) -> tuple[Authority, ...]:
    """Return the authorities of KIOSK_TSA (``name=url,name=url``), their roots in KIOSK_TSA_ROOTS."""
    roots = Path(environ.get("KIOSK_TSA_ROOTS") or data_dir / "autorites")
    pairs = [pair.strip().partition("=") for pair in environ.get("KIOSK_TSA", "").split(",") if pair.strip()]
    return tuple(Authority(name, url, roots / f"{name}.pem") for name, _, url in pairs)


def seal(environ: Mapping[str, str]) -> Seal | None:
    """Return what seals attestations, of KIOSK_SEAL_…; raises `ConfigurationError`."""
    p12 = path(environ.get("KIOSK_SEAL_P12"))
    others = [name for name in environ if name.startswith("KIOSK_SEAL_") and name != "KIOSK_SEAL_P12"]
    if p12 is None and not others:
        return None
    password_file = path(environ.get("KIOSK_SEAL_PASSWORD_FILE"))
    if p12 is None or password_file is None:
        raise ConfigurationError(
            "KIOSK_SEAL_P12 et KIOSK_SEAL_PASSWORD_FILE vont ensemble, les autres KIOSK_SEAL_… avec elles."
        )
    revocation = switch(environ, "KIOSK_SEAL_REVOCATION", default=False)
    return Seal(p12, password_file, tsa_url=environ.get("KIOSK_SEAL_TSA") or None, revocation=revocation)


def sirene(environ: Mapping[str, str]) -> Sirene | None:
    """Return the directory of companies, of KIOSK_SIRENE_…; raises `ConfigurationError`."""
    key_file, url = path(environ.get("KIOSK_SIRENE_KEY_FILE")), environ.get("KIOSK_SIRENE_URL")
    if key_file is None:
        if url:
            raise ConfigurationError("KIOSK_SIRENE_URL exige KIOSK_SIRENE_KEY_FILE.")
        return None
    return Sirene(key_file, url) if url else Sirene(key_file)


def smtp(host: str, environ: Mapping[str, str]) -> Smtp:
    """Return the mail server at `host`, of KIOSK_SMTP_… and KIOSK_MAIL_FROM; raises `ConfigurationError`."""
    sender = environ.get("KIOSK_MAIL_FROM", "")
    if "@" not in sender:
        raise ConfigurationError("KIOSK_MAIL_FROM : attendu l’adresse d’envoi des avis.")
    port = integer("KIOSK_SMTP_PORT", environ.get("KIOSK_SMTP_PORT", "587"))
    user, password = environ.get("KIOSK_SMTP_USER"), environ.get("KIOSK_SMTP_PASSWORD")
    return Smtp(host, port, sender, user, password, switch(environ, "KIOSK_SMTP_STARTTLS", default=True))


def mandate(environ: Mapping[str, str]) -> Mandate | None:
    """Return the act of KIOSK_MANDATE_…, None unless it is whole; raises `ConfigurationError`."""
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
