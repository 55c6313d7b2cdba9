"""The program of the page « Vérifier », in a real Chromium, answers as the Python does."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from kiosk.proof import kinds, receipt
from kiosk.proof.errors import MalformedError, TimeError
from kiosk.proof.receipt import HeldToken, Receipt
from kiosk.proof.token import read_token
from kiosk.proof.trust import MAX_CHARACTERS, parse_trust
from tests.archive.asking import UNATTESTED, answers, engine_of, examined, ours, said, vectors
from tests.kiosk.proof.making import (
    AT,
    HOUR,
    INDEX,
    MINUTE,
    PUBLISHER,
    SIZE,
    STAMPED_SIZE,
    authority,
    before,
    changed_key,
    sealed,
    stamped,
    token,
    trust_text,
)
from tests.vectors import cases_token

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("archive")]


@pytest.fixture(scope="module")
def engine(archive: Path) -> Iterator[Page]:
    """The page's program."""
    with engine_of(archive) as opened:
        yield opened


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def test_the_python_answers_each_vector_as_it_says() -> None:
    for one in ours():
        found = examined(one.input, one.trust)
        assert said(found) == (one.verdict, one.step), one.name
        assert (type(found.refused).__name__ if found.refused else None) == one.error, one.name


def test_the_browser_answers_each_vector_as_it_says(engine: Page) -> None:
    found = answers(engine, [(one.input, one.trust) for one in ours()])
    for one, answer in zip(ours(), found, strict=True):
        assert (answer.get("verdict"), answer.get("step")) == (one.verdict, one.step), (one.name, answer)


def test_each_vector_that_names_the_browser_is_answered_as_it_says(engine: Page) -> None:
    kept = {name: one for name, one in vectors().items() if one["browser"] is not None}
    assert {one["kind"] for one in kept.values()} == {"receipt", "tlog-proof"}
    found = answers(engine, [(base64.b64decode(one["input"]), one["trust"]) for one in kept.values()])
    for (name, one), answer in zip(kept.items(), found, strict=True):
        assert {"verdict": answer.get("verdict"), "step": answer.get("step")} == one["browser"], name


PARTS = """async ([kind, input, trust]) => {
  const P = cguProof;
  const raw = Uint8Array.from(atob(input), (one) => one.charCodeAt(0));
  const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (one) => parseInt(one, 16));
  const lines = trust.split("\\n").filter(Boolean).map((line) => line.split(" "));
  const keys = async (type, word) => {
    const found = [];
    for (const line of lines) {
      if ((line.length > 1 ? line[0] : "ledger") === word) found.push(await P.parseKey(line.at(-1), type));
    }
    return found;
  };
  try {
    if (kind === "inclusion") {
      const one = JSON.parse(P.decoded(raw, ""));
      await P.verifyInclusion(bytes(one.leaf), one.index, one.size, one.path.map(bytes), bytes(one.root));
    } else if (kind === "consistency") {
      const one = JSON.parse(P.decoded(raw, ""));
      const [old, root] = [bytes(one.old_root), bytes(one.new_root)];
      await P.verifyConsistency(one.old, old, one.new, root, one.path.map(bytes));
    } else if (kind === "checkpoint") {
      await P.openCheckpoint(P.decoded(raw, ""), await keys(1, "ledger"));
    } else if (kind === "cosignature") {
      const quorum = Number(lines.find(([word]) => word === "quorum")?.[1] ?? 0);
      await P.verifyWitnesses(P.parseNote(P.decoded(raw, "")), await keys(4, "witness"), quorum);
    } else if (kind === "tlog-proof") {
      const one = cguFiles.parseTlogProof(raw);
      const head = await P.openCheckpoint(one.checkpoint, await keys(1, "ledger"));
      await P.verifyInclusion(await P.leafHash(one.extra), one.index, head.size, one.path, head.root);
    } else if (kind === "statement") {
      await cguFiles.parseStatement(raw);
    } else {
      return "unknown kind";
    }
    return null;
  } catch (error) {
    return error.reason ?? String(error);
  }
}"""


def test_what_a_proof_is_made_of_is_judged_as_the_python_does(engine: Page) -> None:
    judged = {
        name: one
        for name, one in vectors().items()
        if one["browser"] is None and one["kind"] not in ("tile", "token", "commitment")
    }
    assert {one["kind"] for one in judged.values()} == {
        "inclusion", "consistency", "checkpoint", "cosignature", "tlog-proof", "statement",
    }  # fmt: skip
    for name, one in judged.items():
        found = engine.evaluate(PARTS, [one["kind"], one["input"], one["trust"]])
        assert found == one["expected"]["error"], name


TOKEN = """async ([token, text]) => {
  const bytes = (value) => Uint8Array.from(atob(value), (one) => one.charCodeAt(0));
  try {
    const { hashedBy, hash, at, accuracy } = cguTokens.readToken(bytes(token));
    const imprint = new Uint8Array(await crypto.subtle.digest(hashedBy, bytes(text)));
    return { fits: cguProof.same(imprint, hash), at: String(at), accuracy: String(accuracy) };
  } catch (error) {
    return { refused: error.reason };
  }
}"""


def test_what_a_token_says_is_read_and_only_its_signature_is_left_aside(engine: Page) -> None:
    for one in cases_token.cases():
        given = json.loads(one.input)
        found = engine.evaluate(TOKEN, [given["token"], given["text"]])
        try:
            held = read_token(base64.b64decode(given["token"]))
        except TimeError as error:
            if error.reason != "wrong-signature":
                assert found == {"refused": "MalformedError"}, one.name
            continue
        assert found["at"] == str((held.at - EPOCH) // timedelta(microseconds=1)), one.name
        assert found["accuracy"] == str(held.accuracy // timedelta(microseconds=1)), one.name
        assert found["fits"] is (not one.name.endswith("other-message")), one.name


def bounded(known: HeldToken, on: int = STAMPED_SIZE) -> Receipt:
    """A sealed receipt that names the token `known`, on the checkpoint of `on` leaves, and carries it."""
    held, log = sealed(checkpoint=before().named(INDEX, AT - MINUTE, known, on))
    return replace(held, earlier=log.earlier(STAMPED_SIZE, SIZE, known))


def stamped_variants() -> dict[str, Receipt]:
    """Stamped receipts, intact and not, which step 6 and those before it must judge alike."""
    held = stamped()
    assert held.earlier is not None
    other = token("autre\n1\n" + "A" * 43 + "=\n", AT - MINUTE)
    renamed = replace(held.earlier.token, authority="autre")
    backwards = replace(held.earlier, consistency=held.earlier.consistency[::-1])
    return {
        "intact": held,
        "no-earlier": stamped(since=None),
        "earlier-left-out": replace(held, earlier=None),
        "late": stamped(at=AT - HOUR),
        "early": stamped(since=AT + HOUR),
        "barely-early": stamped(since=AT + timedelta(seconds=2)),
        "too-early": stamped(since=AT + timedelta(seconds=2, microseconds=1)),
        "other-message": replace(held, tokens=(other,)),
        "earlier-other-message": bounded(other),
        "earlier-other-token": replace(held, earlier=replace(held.earlier, token=other)),
        "earlier-other-name": stamped(checkpoint=before().named(INDEX, AT - MINUTE, renamed)),
        "earlier-other-size": bounded(held.earlier.token, on=1),
        "earlier-later": sealed(checkpoint=before().named(1, AT - HOUR, held.earlier.token))[0],
        "earlier-inconsistent": replace(held, earlier=backwards),
        "earlier-unnamed": stamped(checkpoint=None),
        "earlier-no-token-named": stamped(checkpoint=before().named(INDEX, AT - MINUTE)),
        "cut": replace(held, tokens=(replace(held.tokens[0], token=held.tokens[0].token[:-1]),)),
        "changed-key": changed_key()[0],
        "changed-key-unshown": replace(changed_key()[0], keys=receipt.Keys()),
    }


def test_a_stamped_receipt_is_judged_alike_but_for_who_attests_the_time(engine: Page) -> None:
    trust = trust_text(PUBLISHER)
    held = {name: receipt.dump(one) for name, one in stamped_variants().items()}
    found = answers(engine, [(raw, trust) for raw in held.values()])
    judged = set()
    for (name, raw), answer in zip(held.items(), found, strict=True):
        assert (answer["verdict"], answer["step"]) == said(examined(raw, trust)), (name, answer)
        judged.add(answer["step"])
    assert judged == {None, 4, 6}
    steps = {step["number"]: step["state"] for step in found[0]["steps"]}
    assert steps == dict.fromkeys((1, 2, 3, 4, 5, 7, 9), "passed") | {6: "left"}


def test_an_authority_that_nobody_trusts_changes_nothing_in_the_browser(engine: Page) -> None:
    """The Python answers « Clé inconnue »: it would have vouched for the time. The page never does."""
    trust = trust_text(PUBLISHER, roots={})
    raw = receipt.dump(stamped())
    assert said(examined(raw, trust)) == ("Clé inconnue", 6)
    (answer,) = answers(engine, [(raw, trust)])
    assert (answer["verdict"], answer["step"]) == (UNATTESTED, None)
    key = f"{PUBLISHER.name}+{PUBLISHER.verifier.key_id.hex()}"
    (revoked,) = answers(engine, [(raw, f"{trust}revoked {key} 2027-01-01T00:00:00Z\n")])
    assert (revoked["verdict"], revoked["step"]) == ("Clé inconnue", 6)


def test_members_of_each_kind_are_those_of_the_python(engine: Page) -> None:
    table = engine.evaluate("({ ...cguFiles })")
    plain = {"COMMON": kinds.COMMON, "MEMBERS": kinds.MEMBERS, "COMMITTED": kinds.COMMITTED}
    assert {name: table[name] for name in plain} == json.loads(json.dumps(plain))


KEY = PUBLISHER.verifier.encode()
ROOT = base64.b64encode(authority("essai")[0].der).decode()


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (None, ""),
        (None, f"# mot\n\n  {KEY}  \n\tledger\u00a0{KEY}\n"),
        (1, "ledger"),
        (1, f"ledger {KEY} plus\n"),
        (2, f"{KEY}\n{KEY[:-2]}\n"),
        (1, f"witness {KEY}\n"),
        (3, "\n\nquorum 0\n"),
        (2, f"{KEY}\nquorum 1"),
        (1, "authority essai AAAA\n"),
        (1, "toString x\n"),
        (1, f"revoked {PUBLISHER.name} 2027-01-01T00:00:00Z\n"),
        (1, f"revoked {PUBLISHER.name}+00000000 2027-02-30T00:00:00Z\n"),
        (2, 2 * f"revoked {PUBLISHER.name}+00000000 2027-02-03T00:00:00Z\n"),
        (1, f"revoked {PUBLISHER.name}+00000000 0000-02-03T00:00:00Z\n"),
        (None, f"{KEY}\nseal essai {ROOT}\nauthority essai {ROOT}\n"),
        (2, 2 * f"seal essai {ROOT}\n"),
        (1, "seal essai AAAA\n"),
        (None, f"{KEY}\n".ljust(MAX_CHARACTERS, "#")),
        (0, f"{KEY}\n".ljust(MAX_CHARACTERS + 1, "#")),
        (None, f"{KEY}\n".ljust(MAX_CHARACTERS, "😀").replace("😀", "#😀", 1)[:MAX_CHARACTERS]),
        (1, f"\ufeff{KEY}\n"),
    ],
)
def test_a_trust_file_is_refused_alike(engine: Page, line: int | None, text: str) -> None:
    (answer,) = answers(engine, [(b"", text)])
    if line is None:
        parse_trust(text)
        assert answer["step"] == 1
    else:
        with pytest.raises(MalformedError):
            parse_trust(text)
        assert answer == {"thrown": "TrustError", "line": line or None}


def test_the_authorities_of_a_trust_file_are_read(engine: Page) -> None:
    trust = trust_text(PUBLISHER)
    assert parse_trust(trust).authorities
    (answer,) = answers(engine, [(receipt.dump(sealed()[0]), trust)])
    assert answer["verdict"] == UNATTESTED
