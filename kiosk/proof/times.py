"""When a statement was made: what it says, and what authorities attest of it, from below and from above.

It was there by the time of a token on a checkpoint that holds it. It was not there before the time of a
token whose hash it holds: nobody could write that hash before there was the token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from kiosk.proof import merkle, statement
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.errors import AlteredError, UnknownKeyError
from kiosk.proof.receipt import Earlier, Receipt
from kiosk.proof.signatures import Signed
from kiosk.proof.statement import Statement
from kiosk.proof.trust import Trust, key_name

if TYPE_CHECKING:
    from kiosk.proof.token import Attested

TOLERANCE = timedelta(seconds=1)
"""What the clocks of a server and of an authority may differ by, the authority's accuracy apart."""


@dataclass(frozen=True, slots=True)
class Stated:
    """The times that a statement tells; both None in the former format, whose members are unchecked."""

    at: datetime | None = None
    """When it was made, by the server's clock."""
    checkpoint: dict[str, Any] | None = None
    """The newest checkpoint then."""

    @classmethod
    def of(cls, said: Statement) -> Stated:
        """Return the times that `said` tells."""
        if said.members["format"] != statement.FORMAT:
            return cls()
        return cls(datetime.fromisoformat(said.members["at"]), said.members.get("checkpoint"))


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which times a statement was made, as authorities that the verifier trusts attest."""

    earliest: Attested | None = None
    """Of the token that the statement names: it was not there before. None: nothing attests it."""
    latest: Attested | None = None
    """The earliest time of a token on its checkpoint: it was there by then. None: nothing attests it."""


def verify_times(
    said: Statement, held: Receipt, signed: Signed, earlier: Signed | None, trust: Trust
) -> Bounds:
    """Return between which times `said` was made, once all times in `held` agree.

    `signed` is the promise or the checkpoint of the proof, `earlier` that of the token that `said` names.
    Raises `AlteredError` when they do not agree, `TimeError` for a token that does not attest its checkpoint,
    `UnknownKeyError` for a revoked key without a token from before.
    """
    stated = Stated.of(said)
    _verify_named(stated, held)
    earliest = None
    if earlier is not None and earlier.checkpoint and signed.checkpoint and held.earlier:
        _verify_earlier(stated, held.earlier, earlier.checkpoint, signed.checkpoint)
        (earliest,) = attested(earlier, (held.earlier.token.token,), trust)
        if stated.at is not None and earliest.at > stated.at + earliest.accuracy + TOLERANCE:
            raise AlteredError("the statement says a time before that of the token that it names")
    after = attested(signed, [one.token for one in held.tokens], trust)
    latest = min(after, key=lambda one: one.at + one.accuracy, default=None)
    if latest is not None and stated.at is not None and stated.at > latest.at + latest.accuracy + TOLERANCE:
        raise AlteredError("the statement says a time after that of its token")
    return Bounds(earliest, latest)


def _verify_named(stated: Stated, held: Receipt) -> None:
    """Raise unless the checkpoint that the statement names was there before it."""
    if stated.checkpoint is None or stated.at is None:
        return
    if datetime.fromisoformat(stated.checkpoint["at"]) > stated.at:
        raise AlteredError("the statement names a checkpoint that was made after it")
    if held.proof is not None and stated.checkpoint["size"] > held.proof.index:
        raise AlteredError("the statement names a checkpoint that holds it")
    token = stated.checkpoint["token"]
    if token is not None and token["size"] > stated.checkpoint["size"]:
        raise AlteredError("the statement names a token on a later checkpoint than the one that it names")


def _verify_earlier(stated: Stated, held: Earlier, before: Checkpoint, sealed: Checkpoint) -> None:
    """Raise unless the statement names the token of `held`, and the tree of `before` grew into `sealed`."""
    named = stated.checkpoint
    if named is None or named["token"] is None:
        raise AlteredError("an earlier token, and the statement names none")
    found = {"size": before.size, "authority": held.token.authority, "hash": held.token.hash}
    if named["token"] != found:
        raise AlteredError("the earlier token is not the one that the statement names")
    if before.size == named["size"] and before.root.hex() != named["root"]:
        raise AlteredError("the statement names another checkpoint of the same size")
    if before.origin != sealed.origin:
        raise AlteredError("the earlier checkpoint is of another ledger")
    merkle.verify_consistency(before.size, before.root, sealed.size, sealed.root, held.consistency)


def attested(signed: Signed, tokens: Sequence[bytes], trust: Trust) -> list[Attested]:
    """Return what each of `tokens` (DER) attests of what was signed.

    A revoked key is one that others may hold since: what it signed counts only under an earlier token, and
    without one `UnknownKeyError` is raised. Raises `TimeError` for a token that does not attest it.
    """
    found: list[Attested] = []
    if tokens:
        from kiosk.proof.token import verify_token  # takes a while to import: only when there is a token

        text = signed.note.text.encode()
        found = [verify_token(one, text, trust.authorities) for one in tokens]
    for key in signed.keys:
        since = trust.revoked.get(key_name(key))
        if since is None or any(one.at + one.accuracy < since for one in found):
            return found
    raise UnknownKeyError("signed by a key that was revoked, and no token shows that it was before")
