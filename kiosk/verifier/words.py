"""Which words `cgu-verify` has in each language, and how it names what a statement holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.proof.errors import ProofError
from kiosk.proof.receipt import State
from kiosk.proof.verify import Step, Verdict


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that is said in one language."""

    establishes: str
    """What stands on every verdict that does not refuse (WORDS: fixed)."""
    would_establish: str
    """The same under a verdict that refuses, under which nothing is established."""
    promised: str
    """Of a receipt that is signed and not sealed."""
    verdicts: Mapping[Verdict, str]
    """That of `ALTERED` ends where the number of the step comes."""
    steps: Mapping[Step, str]
    yes: str
    no: str
    not_examined: str
    not_applicable: str
    colon: str
    says: str
    claims: str
    """Before what the file says, when it is not proved."""
    comparison_not_examined: str
    comparison_unread: str
    unsealed: str
    """The verdict on a PDF without a seal, when nothing says that it should bear one."""
    no_seal: str
    inside: str
    """Before the verdict on the receipt in a PDF."""
    sealed: str
    """When a PDF says that it was sealed; with `{by}` and `{at}`."""
    seal_attested: str
    """With `{at}`, `{accuracy}` in seconds and `{authority}`."""
    seal_unattested: str
    unattested: str
    by_server: str
    attested: str
    """With `{at}`, `{accuracy}` in seconds and `{authority}`."""
    by_nobody: str
    late: str
    """With `{hours}`."""
    leaf: str
    """With `{index}`, `{size}` and `{origin}`."""
    states: Mapping[State, str]
    labels: Mapping[str, str]
    kinds: Mapping[str, str]
    fields: Mapping[str, str]
    other_field: str
    """With `{name}`."""
    no_label: str
    members: Mapping[str, str]
    """Labels of what a statement says beyond its text and its time: kind and member, in the order to tell."""
    values: Mapping[str, Mapping[str, str]]
    """Words for some of their values; under "" that for none, where none is to be told."""
    more: str
    """At the end of a list that is cut short; with `{count}`."""
    unreadable: str
    """For a value that is neither a text nor a whole number."""

    def verdict(self, verdict: Verdict, refused: ProofError | None) -> str:
        """Return the verdict on a file, with the step that refused it."""
        said = self.verdicts[verdict]
        return f"{said}{refused.step}" if refused and verdict is Verdict.ALTERED else said


def printable(value: str) -> str:
    """Return `value` on one line, without what could rewrite a terminal."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in value
    )
