"""Files changed at random are judged, and told, in the browser as in the Python."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from playwright.sync_api import Page

from kiosk.proof import kinds, receipt
from kiosk.proof.errors import MalformedError, TimeError
from kiosk.proof.times import Bounds
from kiosk.proof.trust import key_name, parse_trust
from kiosk.proof.verify import Examination, Step, Verdict
from kiosk.verifier import facts
from kiosk.verifier.judging import Judgement, judge
from kiosk.verifier.words import printable
from kiosk.verifier.words_french import FRENCH
from tests.archive.asking import answers, engine_of, examined, ours, said, vectors
from tests.conftest import SOAK
from tests.kiosk.proof.making import (
    PUBLISHER,
    authority,
    changed_key,
    decision,
    issued,
    sealed,
    stamped,
    trust_text,
)
from tests.vectors import cases_browser
from tests.vectors.cases_receipt import example

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("archive")]


@pytest.fixture(scope="module")
def engine(archive: Path) -> Iterator[Page]:
    """The page's program."""
    with engine_of(archive) as opened:
        yield opened


MUTATIONS = 10_000 if SOAK else 500


def mutated(rng: random.Random, raw: bytes) -> bytes:
    at = rng.randrange(len(raw))
    match rng.randrange(4):
        case 0:
            return raw[:at] + bytes((raw[at] ^ 1 << rng.randrange(8),)) + raw[at + 1 :]
        case 1:
            return raw[:at] + raw[at + 1 :]
        case 2:
            return raw[:at] + bytes((rng.randrange(256),)) + raw[at:]
        case _:
            return raw[:at] + bytes((rng.choice(b'0123456789abcABC{}[]",:\\ \n+/=-'),)) + raw[at + 1 :]


def test_changed_bytes_are_judged_alike(engine: Page) -> None:
    seen = next(one for one in ours() if one.name == "browser-note-seen")
    proof = next(one for one in ours() if one.name == "browser-proof-valid")
    trust = trust_text(PUBLISHER)
    bases = [
        *((receipt.dump(one), trust) for one in (issued(), sealed()[0], changed_key()[0], stamped())),
        (seen.input, seen.trust),
        (proof.input, proof.trust),
    ]
    rng = random.Random(20261122)
    given = [(mutated(rng, raw), lines) for raw, lines in rng.choices(bases, k=MUTATIONS)]
    judged = set()
    for (raw, lines), answer in zip(given, answers(engine, given), strict=True):
        found = examined(raw, lines)
        if found.refused is not None and found.refused.step == Step.TIME and answer["step"] == Step.WHOLE:
            assert isinstance(found.refused, TimeError)  # a token's signature: only its bytes are known here
        else:
            assert (answer["verdict"], answer["step"]) == said(found), raw
        judged.add(answer["step"])
    assert judged >= {1, 2, 3, 4, 5, 9}


VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**53 - 1, 2**53, 1.5, 1e21, "", "é", "\u2028", "😀",
    "toString", "__proto__",
    "0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z", "0000-01-01T00:00:00.000000Z",
    "2026-11-22T24:00:00.000000Z", "2024-02-29T00:00:00.000000Z", "2023-02-29T00:00:00.000000Z",
    "2026-11-22T08:00:00.12345\u0663Z", "\u0663" * 64, "A" * 64, "a" * 64, "a" * 32, "accepted", "erasure",
    "cgu-statement/1", [], {}, ["a"], ["a"] * 9, [[]], {"a": 1}, {"10": 1, "9": "x", "\ue000": 2, "😀": 3},
)  # fmt: skip
"""What a member of a file may be made, where the two could understand otherwise."""
NAMES = ("more", "__proto__", "10", "at", "token", "commitments")


def places(value: Any, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where there is something in a value of JSON."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inside:
        yield (*here, name)
        yield from places(one, (*here, name))


def rewritten(rng: random.Random, whole: Any) -> Any:
    """The same with one member replaced, taken away, added or wrapped."""
    changed = json.loads(json.dumps(whole))
    *path, last = rng.choice(list(places(changed)))
    holder = changed
    for name in path:
        holder = holder[name]
    match rng.randrange(10):
        case 0 | 1:
            holder.pop(last)
        case 2:
            holder[last] = [holder[last]]
        case 3 if isinstance(holder, dict):
            holder[rng.choice(NAMES)] = rng.choice(VALUES)
        case _:
            holder[last] = rng.choice(VALUES)
    return changed


def written(whole: Any) -> bytes:
    """JSON in its canonical form when it has one."""
    try:
        return rfc8785.dumps(whole)
    except ValueError:
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def as_receipt(whole: Any) -> bytes:
    """A file with the sha256 it must have, when it can have one."""
    rest = {name: value for name, value in whole.items() if name != "sha256"}
    with suppress(ValueError):
        rest["sha256"] = sha256(rfc8785.dumps(rest)).hexdigest()
    return (json.dumps(rest, ensure_ascii=False, indent=2) + "\n").encode()


def restructured(rng: random.Random) -> bytes:
    """A receipt whose statement, of any kind, or whose own members are other than they should be."""
    former = {"format": "cgu-statement/1", "kind": "decision", "environment": "publisher", "at": "hier"}
    bodies = [example(kind) for kind in kinds.MEMBERS]
    bodies += [json.loads(decision().body), former | {"document": {}}]
    if rng.random() < 0.6:
        return receipt.dump(cases_browser.sealed(written(rewritten(rng, rng.choice(bodies)))))
    held = rng.choice((stamped(), sealed()[0], issued()))
    return as_receipt(rewritten(rng, json.loads(receipt.dump(held))))


def test_what_is_of_another_shape_is_judged_and_told_alike(engine: Page) -> None:
    rng = random.Random(20261123)
    trust = trust_text(PUBLISHER)
    given = [(restructured(rng), trust) for _ in range(MUTATIONS)]
    judged = set()
    for (raw, _), answer in zip(given, answers(engine, given), strict=True):
        assert "thrown" not in answer, raw
        found = examined(raw, trust)
        verdict = said(found)
        if verdict[1] == Step.TIME and answer["step"] in (None, Step.WHOLE):
            assert isinstance(found.refused, TimeError)  # who attests a time is not known there
            continue
        assert (answer["verdict"], answer["step"]) == verdict, raw
        judged.add(verdict[1])
        if found.statement is not None and found.receipt is not None:
            assert shown(answer, found) == facts.facts(found.receipt, found.statement, Bounds(), FRENCH), raw
    assert judged >= {None, 1, 2, 5, 6}


def test_lines_of_a_trust_file_are_refused_alike(engine: Page) -> None:
    rng = random.Random(20261124)
    key, root = PUBLISHER.verifier.encode(), base64.b64encode(authority("essai")[0].der).decode()
    lines = (
        f"ledger {key}", f"authority essai {root}", f"seal a {root}",
        f"revoked {key_name(PUBLISHER.verifier)} 2027-03-01T00:00:00Z",
    )  # fmt: skip
    base = "".join(f"{line}\n" for line in lines)
    given = []
    for _ in range(MUTATIONS):
        raw = mutated(rng, base.encode())
        with suppress(UnicodeDecodeError):
            given.append((b"", raw.decode()))
    refused = 0
    for (_, text), answer in zip(given, answers(engine, given), strict=True):
        try:
            parse_trust(text)
        except MalformedError as error:
            named = re.match(r"trust, line (\d+)", str(error))
            assert answer["thrown"] == "TrustError", text
            assert named is None or answer["line"] == int(named[1]), text
            refused += 1
        else:
            assert "thrown" not in answer, text
    assert refused > 0


def shown(answer: dict[str, Any], found: Examination) -> dict[str, str]:
    """What the page tells, but for what it leaves to `cgu-verify`."""
    assert found.receipt is not None
    told = {label: printable(value) for label, value in answer["facts"]}
    left = {"Heure": FRENCH.unattested, "Au plus tôt": FRENCH.by_nobody, "Au plus tard": FRENCH.by_nobody}
    for label, words in left.items():
        if "cgu-verify" in told[label]:
            assert found.receipt.earlier if label == "Au plus tôt" else found.receipt.tokens
            told[label] = f"{told[label].partition(' (')[0]} ({words})" if label == "Heure" else words
    return told


def test_steps_and_facts_are_told_in_the_words_of_cgu_verify(engine: Page) -> None:
    kept = [one for one in vectors().values() if one["browser"] is not None]
    files = [(base64.b64decode(one["input"]), one["trust"]) for one in kept]
    files += [(receipt.dump(one), trust_text(PUBLISHER)) for one in (issued(), receipt.share(sealed()[0]))]
    told = set()
    for (raw, trust), answer in zip(files, answers(engine, files), strict=True):
        judged = judge(raw, parse_trust(trust))
        if judged.failed != answer["step"]:
            assert Step.TIME in (judged.failed, answer["step"])  # what a token proves is not known here
            continue
        steps = {one["number"]: (one["words"], one["state"]) for one in answer["steps"]}
        assert list(steps) == [int(step) for step in judged.asked]
        for step in judged.asked:
            assert steps[step][0] == FRENCH.steps[step]
            assert steps[step][1] in states(judged, step, answer)
            told.add(steps[step][1])
        found = judged.found
        expected: dict[str, str] = {}
        if found.statement is not None and found.receipt is not None:
            expected = facts.facts(found.receipt, found.statement, Bounds(), FRENCH)
        told_there = shown(answer, found) if expected else dict(answer["facts"])
        assert told_there == expected
        assert list(told_there) == list(expected)
        established = found.verdict in (Verdict.INTACT, Verdict.UNATTESTED, Verdict.SPECIMEN)
        under = FRENCH.establishes if established else FRENCH.would_establish
        assert answer["reserves"] == [*([FRENCH.promised] if judged.promised else []), under]
    assert told == {"passed", "failed", "skipped", "inapplicable", "left"}


def states(judged: Judgement, step: Step, answer: dict[str, Any]) -> set[str]:
    """How the browser may tell of a step, once the Python has judged it."""
    if step not in judged.applicable and step != answer["step"]:
        return {"inapplicable"}
    if step in judged.found.passed:
        return {"passed", "left"} if step is Step.TIME else {"passed"}
    return {"failed"} if step == answer["step"] else {"skipped"}
