"""What is published of the keys: the ledger's own, former ones included, and a trust file for verifiers."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from kiosk.config import Settings
from kiosk.environment import ConfigurationError
from kiosk.ledger import authorities, former, witnesses
from kiosk.ledger.files import Write, write_file
from kiosk.ledger.former import FormerKey, Reason
from kiosk.ledger.keys import PUBLIC_FILE, public_key
from kiosk.ledger.saying import utc
from kiosk.ledger.sealed_pdf import published_seal
from kiosk.proof.trust import Trust, key_name

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

    Raises `LedgerKeyError`, `AuthorityError` or `SealError` when a certificate is not readable, and
    `WitnessesError` when the file of witnesses is none.
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


def own_trust(settings: Settings) -> Trust:
    """Return whom the settings trust: the ledger's own keys, newest first, authorities and witnesses.

    Raises `ConfigurationError` when there is no key or the file of witnesses is none, and as `publish_keys`.
    """
    held = public_key(settings.keys_dir)
    if held is None:
        raise ConfigurationError(
            f"{settings.keys_dir / PUBLIC_FILE} manque : restaurez la clé publique du registre."
        )
    left = former.read(settings.keys_dir)
    return Trust(
        (held, *(one.verifier for one in left)),
        tuple(one.key for one in witnesses.configured(settings.witnesses)),
        authorities={one.name: authorities.root(one) for one in settings.authorities},
        revoked={key_name(one.verifier): one.suspect_since for one in left if one.suspect_since},
    )


def _others(settings: Settings) -> Iterator[str]:
    for one in former.read(settings.keys_dir):
        yield f"# {_state(one)}"
        yield f"ledger {one.verifier.encode()}"
        if one.suspect_since is not None:
            yield f"revoked {key_name(one.verifier)} {utc(one.suspect_since)}"
    for authority in settings.authorities:
        yield f"authority {authority.name} {base64.b64encode(authorities.root(authority)).decode()}"
    for witness in witnesses.configured(settings.witnesses):
        yield f"witness {witness.key.encode()}"
    seal = published_seal(settings)
    if seal is not None:
        yield f"seal {seal[0]} {base64.b64encode(seal[1]).decode()}"


def _state(one: FormerKey) -> str:
    """Return what people are told of a key that signs no more, or soon will not."""
    why = _WHY[one.reason].format(day=one.followed_at.date().isoformat())
    if one.suspect_since is not None:
        return f"{why} ; a pu être en d’autres mains dès le {utc(one.suspect_since)}, ne signe plus"
    return why if one.signs_until is None else f"{why} ; signe aussi jusqu’au {utc(one.signs_until)}"
