"""A bundle of evidence being examined: what was found of its files so far."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kiosk.proof import verify
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.errors import ProofError
from kiosk.proof.receipt import Receipt
from kiosk.proof.statement import Statement
from kiosk.proof.trust import Trust
from kiosk.proof.verify import Verdict
from kiosk.verifier.judging import Judgement


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a bundle lacks, and the ledger may have lost."""

    name: str
    """The receipt, by path, of the decision that names it."""
    missing: str
    """The hash of the statement that is not there: the decision before."""


@dataclass(slots=True)
class Examination:
    """A bundle being examined."""

    files: Mapping[str, bytes]
    trust: Trust
    refused: dict[str, ProofError]
    proved: set[str] = field(default_factory=set)
    receipts: dict[str, tuple[Receipt, Statement]] = field(default_factory=dict)
    """Those that can be read, by path."""
    documents: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    """What statements say of versions, by address."""
    published: dict[str, tuple[int, Statement]] = field(default_factory=dict)
    """Statements that stand in a `tlog-proof`, with their leaves, by path."""
    reserved: dict[str, Reservation] = field(default_factory=dict)
    """By path of the receipt."""
    attested: bool = True
    vouched: list[Checkpoint] = field(default_factory=list)
    """Those that count under the rule of receipts, each led to the newest."""

    def check(self, name: str, verify: Callable[..., object], *arguments: object) -> None:
        """Note whether `verify`, which raises when not, proves the file `name`; a former refusal stays."""
        if name in self.refused:
            return
        try:
            verify(*arguments)
        except ProofError as error:
            self.refused[name] = error
        else:
            self.proved.add(name)

    def named(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
        """Yield the files whose whole path is of that pattern, and were not refused yet."""
        for name in sorted(self.files.keys() - self.refused.keys()):
            found = pattern.fullmatch(name)
            if found:
                yield name, found

    def remember(self, said: Statement | None) -> None:
        """Remember what the statement `said` says of a version, if it does."""
        document = said.members.get("document") if said else None
        if isinstance(document, Mapping):
            address = "/".join(str(document.get(part)) for part in ("service", "terms", "version"))
            self.documents.setdefault(address, []).append(document)


def raise_refusal(judged: Judgement, absent: ProofError | None = None) -> None:
    """Raise what refused a file: a fault before a mere specimen."""
    refused = judged.found.refused
    if refused is not None and verify.verdict_of(refused) is not Verdict.SPECIMEN:
        raise refused
    if absent is not None:
        raise absent
    if refused is not None:
        raise refused
