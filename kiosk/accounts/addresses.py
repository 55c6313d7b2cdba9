"""E-mail addresses: as written, to mail to, and as compared, so that one mailbox has one account."""

from __future__ import annotations

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from kiosk.accounts.errors import InvalidAddressError

MAX_LENGTH = 254
_SHARED = frozenset({
    "abuse", "accueil", "admin", "administration", "administrateur", "bureau", "cfa", "compta",
    "comptabilite", "contact", "courrier", "direction", "equipe", "formation", "gestion", "hello", "helpdesk",
    "info", "information", "informations", "infos", "mail", "mairie", "noc", "office", "poste", "postmaster",
    "recrutement", "rh", "sales", "secretariat", "security", "service", "services", "standard", "support",
    "webmaster",
})  # fmt: skip
"""Names of mailboxes that several people read, as a rule (RFC 2142, and French use)."""


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address whose form is valid; whether it receives mail, only a mail can tell."""

    written: str
    key: str
    """Lower case, NFC, domain in ASCII (IDNA): what uniqueness is on (requirement P-17)."""


def looks_shared(email: str) -> bool:
    """Whether an address looks like that of a mailbox that several people read: ``contact@…`` (T-13)."""
    return email.partition("@")[0].casefold().partition("+")[0] in _SHARED


def normalise(text: str) -> EmailAddress:
    """Return the address typed as `text`; raises `InvalidAddressError`. No network is used."""
    text = text.strip()
    if len(text) > MAX_LENGTH:
        raise InvalidAddressError("too long")
    if "=?" in text:  # a mail would be sent to what this encodes (RFC 2047), not to what is written
        raise InvalidAddressError("encoded")
    try:
        found = validate_email(text, check_deliverability=False)
    except EmailNotValidError as error:
        raise InvalidAddressError("not an address") from error
    return EmailAddress(found.normalized, f"{found.local_part.casefold()}@{found.ascii_domain.lower()}")
