"""Time tokens: a valid one in each form, and one per reason to refuse it.

Keys and signatures are drawn at random, so tokens are kept in ``tokens``; `remake` draws them again.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.proof.token import verify_token
from tests import handmade
from tests.authority import issue
from tests.vectors.case import Case

FOLDER = Path(__file__).parent / "tokens"
TEXT = b"cgu.exemple.invalid/registre\n8\nXcna55pmWamtVZy3Ad7Zoquf2Cqy1PlJYM/jcO/0YEM=\n"
"""A checkpoint: what tokens are about."""
AT = datetime(2026, 11, 22, 8, 0, 1, tzinfo=UTC)
_DAY, _YEARS = timedelta(days=1), timedelta(days=3650)


def cases() -> Iterator[Case]:
    """Every vector of this file."""
    valid, ended = _kept("valid.tst"), _kept("ended.tst")
    yield _case("valid", "A token of SHA-256, signed by an elliptic curve.", valid)
    yield _case(
        "fraction", "Its time has a fraction of a second, its accuracy three parts.", _kept("fraction.tst")
    )
    yield _case("sha-384", "SHA-384 throughout.", _kept("sha-384.tst"))
    yield _case("chain", "An intermediate certificate, written before the signer's: not the order of DER.",
                _kept("chain.tst"))  # fmt: skip
    yield _case("other-message", "About another text.", valid, text=TEXT + b"\n", reason="other-message")
    yield _case("wrong-signature", "The last byte of the signature is changed.", _changed(valid),
                reason="wrong-signature")  # fmt: skip
    yield _case("other-time", "The time is changed, by a second.", _later(valid), reason="wrong-signature")
    yield _case("unknown-authority", "Under a root that is not trusted, whose name is the same.", valid,
                root="other-root.der", reason="unknown-authority")  # fmt: skip
    yield _case("other-use", "Under the trusted root, by a certificate that is not for time.",
                _kept("other-use.tst"), reason="unknown-authority")  # fmt: skip
    yield _case("ended", "By a certificate that had ended.", ended, reason="expired")
    yield _case("weak-hash", "SHA-1 of the text.", _kept("weak-hash.tst"), reason="weak-hash")
    yield _case("cut", "Cut short by a byte.", valid[:-1], reason="malformed")
    yield _case("longer", "A byte more.", valid + b"\x00", reason="malformed")


def evaluate(kind: str, raw: bytes, trust: str) -> None:
    """Verify the input of a vector of this kind; raises the error that the vector names."""
    assert kind == "token"
    given = json.loads(raw)
    lines = [line.split() for line in trust.splitlines()]
    roots = {name: base64.b64decode(root) for word, name, root in lines if word == "authority"}
    verify_token(base64.b64decode(given["token"]), base64.b64decode(given["text"]), roots)


def remake() -> None:
    """Draw keys and tokens again; what was drawn before no longer fits."""
    FOLDER.mkdir(exist_ok=True)
    root, other = (issue("Racine d’essai", ca=True, kind="ec", at=AT, since=-_YEARS) for _ in range(2))
    signer = issue("Horodatage d’essai", root, kind="ec", at=AT)
    between = issue("Autorité d’essai", root, ca=True, kind="ec", at=AT)
    below = issue("Horodatage d’essai", between, kind="ec", at=AT)
    unsorted = sorted((between.der, below.der), reverse=True)
    made = {
        "root.der": root.der,
        "other-root.der": other.der,
        "valid.tst": handmade.token(TEXT, AT, signer, accuracy=timedelta(seconds=1)),
        "fraction.tst": handmade.token(
            TEXT, AT + timedelta(milliseconds=250), signer, accuracy=timedelta(microseconds=1_002_003)
        ),
        "sha-384.tst": handmade.token(TEXT, AT, signer, digest="sha384"),
        "chain.tst": handmade.token(
            TEXT, AT, below, data={"certificates": handmade.context(b"".join(unsorted))}
        ),
        "other-use.tst": handmade.token(TEXT, AT, issue("Site d’essai", root, usage=None, kind="ec", at=AT)),
        "ended.tst": handmade.token(TEXT, AT, issue("Ancien", root, kind="ec", at=AT, until=-_DAY)),
        "weak-hash.tst": handmade.token(TEXT, AT, signer, info={"imprint": handmade.imprint(TEXT, "sha1")}),
    }
    for name, content in made.items():
        (FOLDER / name).write_bytes(content)


def _kept(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def _changed(token: bytes) -> bytes:
    return token[:-1] + bytes((token[-1] ^ 1,))


def _later(token: bytes) -> bytes:
    assert token.count(b"20261122080001Z") == 1
    return token.replace(b"20261122080001Z", b"20261122080002Z")


def _case(
    name: str,
    about: str,
    token: bytes,
    *,
    text: bytes = TEXT,
    root: str = "root.der",
    reason: str | None = None,
) -> Case:
    given = {"text": base64.b64encode(text).decode(), "token": base64.b64encode(token).decode()}
    return Case(
        name=f"token-{name}",
        about=about,
        kind="token",
        input=json.dumps(given).encode(),
        trust=f"authority essai {base64.b64encode(_kept(root)).decode()}\n",
        error="TimeError" if reason else None,
        verdict=f"refused: {reason}" if reason else None,
    )
