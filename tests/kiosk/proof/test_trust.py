"""Trust files: strict, so that a line that was not understood is never taken for one that was."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.proof import trust
from kiosk.proof.cosignature import WitnessKey
from kiosk.proof.errors import MalformedError
from kiosk.proof.trust import Trust, key_name, parse_trust, release_trust
from tests.kiosk.proof.making import DEMONSTRATION, PUBLISHER, authority

WITNESS = WitnessKey(
    "temoin.invalid", Ed25519PrivateKey.from_private_bytes(b"w" * 32).public_key().public_bytes_raw()
)
KEY = PUBLISHER.verifier.encode()
ROOT = base64.b64encode(authority("essai")[0].der).decode()


def test_a_trust_file_is_read() -> None:
    text = f"""# whom we trust
{KEY}
ledger {DEMONSTRATION.verifier.encode()}

  # witnesses
witness {WITNESS.encode()}
quorum 1
authority essai {ROOT}
seal essai {ROOT}
revoked {key_name(PUBLISHER.verifier)} 2027-03-01T00:00:00Z
"""
    assert parse_trust(text) == Trust(
        ledger=(PUBLISHER.verifier, DEMONSTRATION.verifier),
        witnesses=(WITNESS,),
        quorum=1,
        authorities={"essai": authority("essai")[0].der},
        seals={"essai": authority("essai")[0].der},
        revoked={key_name(PUBLISHER.verifier): datetime(2027, 3, 1, tzinfo=UTC)},
    )


def test_an_empty_file_trusts_nobody_and_a_key_given_twice_is_one() -> None:
    assert parse_trust("") == Trust()
    assert parse_trust(f"{KEY}\nledger {KEY}\r\n").ledger == (PUBLISHER.verifier,)


def test_the_release_trusts_nobody_yet() -> None:
    assert release_trust() == Trust()


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("rien", id="not a key"),
        pytest.param(f"Ledger {KEY}", id="another word"),
        pytest.param(f"ledger {KEY} encore", id="a word more"),
        pytest.param(f"witness {KEY}", id="the key of a ledger for a witness"),
        pytest.param(f"ledger {WITNESS.encode()}", id="the key of a witness for a ledger"),
        pytest.param("quorum 0", id="a quorum of none"),
        pytest.param("quorum 1", id="a quorum without witnesses"),
        pytest.param(f"witness {WITNESS.encode()}\nquorum 2", id="a quorum of more than there are"),
        pytest.param(f"witness {WITNESS.encode()}\nquorum 1\nquorum 1", id="a quorum twice"),
        pytest.param(f"authority a {ROOT}\nauthority a {ROOT}", id="an authority twice"),
        pytest.param(f"authority à {ROOT}", id="a name that no file can have"),
        pytest.param(f"seal a {ROOT}\nseal a {ROOT}", id="a seal twice"),
        pytest.param(f"seal à {ROOT}", id="a seal of a name that no file can have"),
        pytest.param("seal a", id="a seal without its certificate"),
        pytest.param("seal a AAAA", id="a seal that is not a certificate"),
        pytest.param("authority a AAAA", id="not a certificate"),
        pytest.param("authority a BAA=", id="DER of something else"),
        pytest.param("authority a é", id="not base64"),
        pytest.param("revoked cle 2027-03-01T00:00:00Z", id="not the name of a key"),
        pytest.param(f"revoked {key_name(PUBLISHER.verifier)} 2027-03-01", id="a day for an instant"),
        pytest.param(f"revoked {key_name(PUBLISHER.verifier)} 2027-02-30T00:00:00Z", id="no such day"),
        pytest.param(f"revoked {key_name(PUBLISHER.verifier)} 0000-02-03T00:00:00Z", id="no such year"),
        pytest.param("#" * (trust.MAX_CHARACTERS + 1), id="too long"),
    ],
)
def test_a_line_that_says_something_else_is_refused(line: str) -> None:
    with pytest.raises(MalformedError):
        parse_trust(f"{line}\n")


def test_the_line_is_named() -> None:
    with pytest.raises(MalformedError, match="line 3"):
        parse_trust(f"# one\n{KEY}\nrien\n")
