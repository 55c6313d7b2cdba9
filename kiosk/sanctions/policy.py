"""What may follow a breach, when, and what it closes. Pure: facts in, answers out; days are of Paris."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cgu_archive.corpus.dates import day_in_paris, start_of_day
from cgu_archive.corpus.rules import Rule, RuleKind

DEFAULT_DAYS = 8
"""Days to answer where the text says none, as SOFFi's §80 does: enough to be heard (CRPA, L. 122-1)."""
MOST_DAYS = 60


class Measure(StrEnum):
    """What may be taken, the lighter before the graver."""

    WARNING = "warning"
    CONTENT = "content"
    """Data or files of the person are taken out of the service, which does it (SOFFi §62, MonJob62)."""
    RESTRICTION = "restriction"
    """The person no longer reaches their data and files in the service (SOFFi §62)."""
    RIGHT = "right"
    """One right is suspended, the service stays open (OCAPIAT, article 1, 4.3)."""
    SUSPENSION = "suspension"
    """The service is closed, until a date or until the person complies (OCAPIAT, article 9)."""
    TERMINATION = "termination"
    """The service is closed for good; the account stays (SOFFi §77, §79, §80)."""
    DELETION = "deletion"
    """The account is deleted (portail §13.2, Tableau de bord article 12)."""


STANDING = frozenset({Measure.RESTRICTION, Measure.RIGHT, Measure.SUSPENSION, Measure.TERMINATION})
"""Measures that last: they end at their date, or when somebody lifts them."""
CLOSING = frozenset({Measure.SUSPENSION, Measure.TERMINATION})
"""Those that close the whole service."""
DATED = STANDING - {Measure.TERMINATION}
TWO_PEOPLE = frozenset({Measure.TERMINATION, Measure.DELETION})
"""What two different people decide."""
NEVER_URGENT = frozenset({Measure.WARNING, Measure.DELETION})
"""What is not taken before the person is heard: nothing hurries in one, the other cannot be undone."""


class Ground(StrEnum):
    """Why the text allows the measure; whoever decides chooses (requirements C-09, S-56, S-57)."""

    BREACH = "breach"
    """A breach of the terms."""
    NOT_CURED = "not-cured"
    """A breach that the person had days to put right, and did not."""
    SERIOUS = "serious"
    REPEATED = "repeated"


class Act(StrEnum):
    """One step of a procedure (kiosk/proof/README.md, « Kinds »)."""

    NOTICE = "notice"
    URGENT = "urgent"
    ANSWER = "answer"
    MEASURE = "measure"
    DROPPED = "dropped"
    RESTORED = "restored"


class State(StrEnum):
    """Where a procedure stands."""

    WAITING = "waiting"
    """The person may answer."""
    DUE = "due"
    """The time to answer is over: somebody decides."""
    TAKEN = "taken"
    ENDED = "ended"
    """The measure reached its date."""
    DROPPED = "dropped"
    RESTORED = "restored"


OPENING = frozenset({Act.NOTICE, Act.URGENT})
_MAY_FOLLOW: Mapping[Act | None, frozenset[Act]] = {
    None: OPENING,
    Act.NOTICE: frozenset({Act.ANSWER, Act.MEASURE, Act.DROPPED}),
    Act.URGENT: frozenset({Act.ANSWER, Act.MEASURE, Act.DROPPED}),
    Act.MEASURE: frozenset({Act.ANSWER, Act.RESTORED}),
    Act.DROPPED: frozenset(),
    Act.RESTORED: frozenset(),
}
"""By the last act that is not an answer."""


@dataclass(frozen=True, slots=True)
class Done:
    """One act, as far as rules go."""

    act: Act
    measure: Measure
    right: str | None = None
    until: datetime | None = None
    answer_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A measure that lasts, as an account carries it from request to request."""

    procedure: str
    service: str
    measure: Measure
    right: str | None
    until: datetime | None
    since: datetime

    def written(self) -> dict[str, str | None]:
        """Return it as JSON keeps it."""
        return {
            "procedure": self.procedure,
            "service": self.service,
            "measure": self.measure.value,
            "right": self.right,
            "until": self.until.isoformat() if self.until else None,
            "since": self.since.isoformat(),
        }

    @classmethod
    def read(cls, written: Mapping[str, str | None]) -> Standing:
        """Return what `written` gave to JSON."""
        until = written["until"]
        return cls(
            str(written["procedure"]),
            str(written["service"]),
            Measure(str(written["measure"])),
            written["right"],
            datetime.fromisoformat(until) if until else None,
            datetime.fromisoformat(str(written["since"])),
        )


def answer_by(notified_at: datetime, days: int) -> datetime:
    """Return the instant from which the time to answer is over, in UTC.

    Calendar days in Paris: the day of the notification does not count, and the last one is over at its
    midnight (règlement 1182/71, article 3), whatever the clocks did meanwhile; a Sunday counts (SOFFi §80).
    """
    return start_of_day(day_in_paris(notified_at) + timedelta(days=days + 1))


def closes_at(told: datetime, days: int, reached_at: datetime | None) -> datetime | None:
    """Return from when a measure may be decided: never before the time that the notice `told`.

    `reached_at` is when the notice reached the person, for its days run from then; None: it did not.
    """
    return None if reached_at is None else max(told, answer_by(reached_at, days))


def days_to_answer(rules: Collection[Rule]) -> int:
    """Return the fewest days to answer: those of the text, else `DEFAULT_DAYS`."""
    return max((int(one.value) for one in rules if one.kind is RuleKind.CURE_DAYS), default=DEFAULT_DAYS)


def may_follow(acts: Sequence[Done], act: Act) -> bool:
    """Whether `act` may come after `acts`, oldest first; what lasts alone can be lifted."""
    last = deciding(acts)
    if act not in _MAY_FOLLOW[last.act if last else None]:
        return False
    return act is not Act.RESTORED or (last is not None and last.measure in STANDING)


def deciding(acts: Sequence[Done]) -> Done | None:
    """Return the last of `acts` that is not an answer."""
    return next((one for one in reversed(acts) if one.act is not Act.ANSWER), None)


def state(acts: Sequence[Done], due_at: datetime | None, at: datetime) -> State:
    """Return where the procedure of `acts` stands; `due_at` is what `closes_at` returned."""
    last = deciding(acts)
    match last.act if last else None:
        case Act.DROPPED:
            return State.DROPPED
        case Act.RESTORED:
            return State.RESTORED
        case Act.MEASURE if last is not None:
            return State.ENDED if over(last.until, at) else State.TAKEN
        case _:
            return State.DUE if due_at is not None and at >= due_at else State.WAITING


def lasting(acts: Sequence[Done]) -> Done | None:
    """Return the act whose measure lasts after `acts`, until its date; None when none does."""
    last = deciding(acts)
    takes = last is not None and last.act in (Act.URGENT, Act.MEASURE) and last.measure in STANDING
    return last if takes else None


def closing(standings: Collection[Standing], service: str, at: datetime) -> Standing | None:
    """Return the gravest measure that closes the whole of `service` at the instant `at`."""
    order = list(Measure)
    found = [
        one
        for one in standings
        if one.service == service and one.measure in CLOSING and not over(one.until, at)
    ]
    return max(found, key=lambda one: order.index(one.measure), default=None)


def closed_rights(standings: Collection[Standing], service: str, at: datetime) -> frozenset[str]:
    """Return the rights of `service` that are suspended one by one at `at` (requirement O-23)."""
    return frozenset(
        one.right
        for one in standings
        if one.right is not None and one.service == service and not over(one.until, at)
    )


def over(until: datetime | None, at: datetime) -> bool:
    """Whether a measure that ends `until` has ended."""
    return until is not None and until <= at


def graver(one: Measure, other: Measure) -> bool:
    """Whether `one` weighs more than `other`."""
    order = list(Measure)
    return order.index(one) > order.index(other)


def allows(measure: Measure, ground: Ground, rules: Collection[Rule]) -> bool:
    """Whether the text allows `measure` on `ground`.

    Termination wants a serious or repeated breach (SOFFi §79, OCAPIAT article 9), or, where the text gives
    days to put it right, one that was not (SOFFi §80).
    """
    if measure is not Measure.TERMINATION or ground in (Ground.SERIOUS, Ground.REPEATED):
        return True
    return ground is Ground.NOT_CURED and any(one.kind is RuleKind.CURE_DAYS for one in rules)
