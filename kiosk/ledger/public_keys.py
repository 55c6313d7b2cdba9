"""What is published of the keys: the ledger's own, former ones included, and a trust file for verifiers."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime

from kiosk.config import Settings
from kiosk.ledger import authorities, former
from kiosk.ledger.files import Write, write_file
from kiosk.ledger.former import Reason
from kiosk.ledger.keys import public_key
from kiosk.ledger.sealed_pdf import published_seal
from kiosk.proof.trust import key_name

KEYS = "keys.txt"
TRUST = "confiance.txt"
_HEAD = """\
# Clés publiées par ce site, pour vérifier ses justificatifs et surveiller son registre.
# Préférez une autre source : qui voudrait vous tromper publierait ici ses propres clés.
# À donner à « cgu-verify --trust » et à « cgu-monitor --trust ».
"""
_WHY = {
    Reason.ROUTINE: "remplacée le {day}",
    Reason.LOST: "perdue, remplacée le {day}",
    Reason.STOLEN: "volée, remplacée le {day}",
}


def publish_keys(settings: Settings, *, write: Write = write_file) -> int:
    """Write ``keys.txt`` and ``confiance.txt`` beside the ledger; returns how many had changed.

    Raises `LedgerKeyError`, and `AuthorityError` or `SealError` when a certificate is not readable.
    """
    files = {KEYS: keys_text(settings), TRUST: trust_text(settings)}
    written = 0
    for name, text in files.items():
        file = settings.ledger_dir / name
        if text and (not file.exists() or file.read_bytes() != text.encode()):
            write(file, text.encode())
            written += 1
    return written


def keys_text(settings: Settings) -> str:
    """Return the public keys of the ledger, one a line, newest first; nothing before there is one."""
    held = public_key(settings.keys_dir)
    keys = [] if held is None else [held, *(one.verifier for one in former.read(settings.keys_dir))]
    return "".join(f"{key.encode()}\n" for key in keys)


def trust_text(settings: Settings) -> str:
    """Return the trust file of this site (kiosk/proof/README.md, « Trust file »)."""
    held = public_key(settings.keys_dir)
    if held is None:
        return ""
    return _HEAD + "".join(f"{line}\n" for line in (f"ledger {held.encode()}", *_others(settings)))


def _others(settings: Settings) -> Iterator[str]:
    for one in former.read(settings.keys_dir):
        yield f"# {_WHY[one.reason].format(day=one.followed_at.date().isoformat())}"
        yield f"ledger {one.verifier.encode()}"
        if one.suspect_since is not None:
            yield f"revoked {key_name(one.verifier)} {_second(one.suspect_since)}"
    for authority in settings.authorities:
        yield f"authority {authority.name} {base64.b64encode(authorities.root(authority)).decode()}"
    seal = published_seal(settings)
    if seal is not None:
        yield f"seal {seal[0]} {base64.b64encode(seal[1]).decode()}"


def _second(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
