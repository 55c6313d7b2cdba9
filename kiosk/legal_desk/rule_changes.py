"""What a text asks to change in the rules of its version, and the rules once some of it is taken. Pure."""

from __future__ import annotations

from collections.abc import Collection

from cgu_archive.corpus import checks, provisions
from cgu_archive.corpus.checks import RuleChange
from cgu_archive.corpus.errors import UnreadableTextError
from cgu_archive.corpus.hashing import canonical, text_hash
from cgu_archive.corpus.rules import Rule
from kiosk.legal_desk.drafts import Content

CHANGED = "Règles changées avec le texte."
_DIGITS = 32


def offered(what: Content) -> tuple[RuleChange, ...]:
    """Return what the text asks to change in the rules; nothing when it cannot be read."""
    try:
        return checks.proposed_rules(provisions.read(what.text), what.metadata.rules)
    except UnreadableTextError:
        return ()


def key(change: RuleChange) -> str:
    """Return what a form calls a change: all that it says, hashed."""
    said = [None if one is None else one.contractual() for one in (change.before, change.after)]
    return text_hash(canonical({"change": said}))[:_DIGITS]


def changed(what: Content, taken: Collection[str], dropped: Collection[str]) -> tuple[Rule, ...]:
    """Return the rules with the changes called `taken`, without those whose identifiers are `dropped`."""
    chosen = [one for one in offered(what) if key(one) in taken]
    after = {one.before.id: one.after for one in chosen if one.before is not None}
    kept = [after.get(rule.id, rule) for rule in what.metadata.rules if rule.id not in dropped]
    new = [one.after for one in chosen if one.before is None]
    return tuple(rule for rule in (*kept, *new) if rule is not None)
