"""Settings the software enforces, each bound to the sentence of a text that promises it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from cgu_archive.corpus.hashing import Json
from cgu_archive.corpus.provisions import Provision

Value = bool | int | str


class RuleKind(StrEnum):
    """What a rule governs."""

    PASSWORD_LENGTH = "password-length"  # noqa: S105 - the name of a rule
    PASSWORD_CLASSES = "password-classes"  # noqa: S105
    PASSWORD_RENEWAL_DAYS = "password-renewal-days"  # noqa: S105
    NEW_VERSION = "new-version"
    CURE_DAYS = "cure-days"
    RETENTION_TRACE_DAYS = "retention-trace-days"
    API_KEY_DAYS = "api-key-days"
    EFFECT = "effect"
    ONE_ACCOUNT = "one-account"
    SUPPORT_HOURS = "support-hours"
    GATE = "gate"
    ONLINE_PREVAILS = "online-prevails"
    RETENTION = "retention"


TYPES: dict[RuleKind, type[bool] | type[int] | type[str]] = {
    RuleKind.PASSWORD_LENGTH: int,
    RuleKind.PASSWORD_CLASSES: int,
    RuleKind.PASSWORD_RENEWAL_DAYS: int,
    RuleKind.NEW_VERSION: str,
    RuleKind.CURE_DAYS: int,
    RuleKind.RETENTION_TRACE_DAYS: int,
    RuleKind.API_KEY_DAYS: int,
    RuleKind.EFFECT: str,
    RuleKind.ONE_ACCOUNT: bool,
    RuleKind.SUPPORT_HOURS: str,
    RuleKind.GATE: bool,
    RuleKind.ONLINE_PREVAILS: bool,
    RuleKind.RETENTION: str,
}


NAMES: dict[RuleKind, str] = {
    RuleKind.PASSWORD_LENGTH: "longueur du mot de passe",
    RuleKind.PASSWORD_CLASSES: "sortes de caractères du mot de passe",
    RuleKind.PASSWORD_RENEWAL_DAYS: "jours avant de changer le mot de passe",
    RuleKind.NEW_VERSION: "à chaque nouvelle version",
    RuleKind.CURE_DAYS: "jours pour remédier à un manquement",
    RuleKind.RETENTION_TRACE_DAYS: "jours de conservation des traces",
    RuleKind.API_KEY_DAYS: "jours de validité d’une clé",
    RuleKind.EFFECT: "prise d’effet",
    RuleKind.ONE_ACCOUNT: "un seul compte",
    RuleKind.SUPPORT_HOURS: "heures de l’assistance",
    RuleKind.GATE: "accès fermé sans acceptation",
    RuleKind.ONLINE_PREVAILS: "la version en ligne prévaut",
    RuleKind.RETENTION: "conservation",
}
"""What people call each kind of rule."""
_VALUES: dict[Value, str] = {
    True: "oui",
    False: "non",
    "accept": "accepter de nouveau",
    "notify": "être informé",
    "acceptance": "à l’acceptation",
    "online": "à la mise en ligne",
}


_DAYS = {
    "mon": "lundi", "tue": "mardi", "wed": "mercredi", "thu": "jeudi",
    "fri": "vendredi", "sat": "samedi", "sun": "dimanche",
}  # fmt: skip
_HOURS = re.compile(rf"({'|'.join(_DAYS)})-({'|'.join(_DAYS)}) (\d\d:\d\d)-(\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise of a text, as a value the software can keep."""

    id: str
    kind: RuleKind
    value: Value
    at: str
    """Address of the provision that promises it."""
    quote: str
    """The words that promise it, as they stand there."""

    @property
    def name(self) -> str:
        """What people call it: « longueur du mot de passe »."""
        return NAMES[self.kind]

    @property
    def where(self) -> str:
        """What people call the provision that promises it."""
        return place_name(self.at)

    @property
    def said(self) -> str:
        """Its value as people say it: « 12 », « oui », « accepter de nouveau »."""
        return value_said(self.value)

    def contractual(self) -> dict[str, Json]:
        """Return the rule as it is frozen with its version."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "value": self.value,
            "at": self.at,
            "quote": self.quote,
        }


def value_said(value: Value) -> str:
    """Return a value as people say it: « oui », « accepter de nouveau », « du lundi au vendredi, … »."""
    if isinstance(value, (bool, str)) and value in _VALUES:
        return _VALUES[value]
    if found := _HOURS.fullmatch(str(value)):
        first, last, opens, closes = found.groups()
        return f"du {_DAYS[first]} au {_DAYS[last]}, de {_clock(opens)} à {_clock(closes)}"
    return str(value)


def _clock(at: str) -> str:
    hour, minute = at.split(":")
    return f"{int(hour)}\u00a0h" + (f"\u00a0{minute}" if minute != "00" else "")


def place_name(at: str) -> str:
    """Return what people call the provision at an address, as far as the address says: « paragraphe 28 »."""
    number = at.removeprefix("p-")
    return (
        f"paragraphe {number}" if number != at and number.isdecimal() else at.replace("article-", "article ")
    )


def squeezed(words: str) -> str:
    """Return `words` with every run of white space, non-breaking included, as one space."""
    return " ".join(words.split())


def said_by(rule: Rule, provision: Provision) -> bool:
    """Whether `provision` still says the words that `rule` quotes."""
    return squeezed(rule.quote) in squeezed(provision.text())


class Campaign(NamedTuple):
    """A day of every year: passwords not changed shortly before expire as it begins."""

    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Quoted:
    """A sentence of a text, as it stands there, and where: shown to people, never paraphrased."""

    at: str
    """In words: « paragraphe 8 »."""
    quote: str


@dataclass(frozen=True, slots=True)
class ByPost:
    """How a text lets people ask for an account by post; all but `at` are words of the text."""

    at: str
    """In words: « article 1, section 5 »."""
    address: str
    sending: str
    enclosures: tuple[str, ...]
    delay: str

    @property
    def quotes(self) -> tuple[Quoted, ...]:
        """Everything that the text must still say."""
        said = (self.address, self.sending, *self.enclosures, self.delay)
        return tuple(Quoted(self.at, words) for words in said)


@dataclass(frozen=True, slots=True)
class PasswordRule:
    """What a password must be: at least `length` characters of at least `classes` kinds of four."""

    length: int
    classes: int
    renewal_days: int | None
    campaigns: tuple[Campaign, ...] = ()
    """Days of the year on which passwords are renewed together, beside their anniversary (O-32)."""

    def strictest(self, other: PasswordRule) -> PasswordRule:
        """Return the rule that satisfies both (requirements C-01, C-02)."""
        renewals = [days for days in (self.renewal_days, other.renewal_days) if days is not None]
        return PasswordRule(
            max(self.length, other.length),
            max(self.classes, other.classes),
            min(renewals, default=None),
            tuple(sorted({*self.campaigns, *other.campaigns})),
        )


DEFAULT_PASSWORD_RULE = PasswordRule(length=12, classes=4, renewal_days=None)
"""For texts that say nothing of length (OCAPIAT, MonJob62): CNIL délibération 2022-100, about 80 bits."""


def password_rule(rules: tuple[Rule, ...]) -> PasswordRule:
    """Return the strictest password rule that `rules` state; the default where they are silent."""
    lengths = [rule.value for rule in rules if rule.kind is RuleKind.PASSWORD_LENGTH]
    classes = [rule.value for rule in rules if rule.kind is RuleKind.PASSWORD_CLASSES]
    renewals = [rule.value for rule in rules if rule.kind is RuleKind.PASSWORD_RENEWAL_DAYS]
    return PasswordRule(
        length=max((int(value) for value in lengths), default=DEFAULT_PASSWORD_RULE.length),
        classes=max((int(value) for value in classes), default=DEFAULT_PASSWORD_RULE.classes),
        renewal_days=min((int(value) for value in renewals), default=None),
    )


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what names a person is kept with their decisions; always a number of years."""

    years: int = 5
    """From the end of the relation, the account deleted (five years to go to court: Code civil, 2224)."""
    unused_years: int = 3
    """Without a sign-in, an account is deleted: the relation has ended."""


DEFAULT_RETENTION = Retention()
"""For services whose description says none."""
