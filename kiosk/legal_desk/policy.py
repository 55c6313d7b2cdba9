"""How a draft stands, and what may be done with it, by whom. Pure: acts in, answers out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.staff.roles import Grant, Role, held, permitted


class Act(StrEnum):
    """What is done with a draft (kiosk/proof/README.md, « Kinds »)."""

    OPENED = "opened"
    REVISED = "revised"
    COMMENTED = "commented"
    RESOLVED = "resolved"
    """A comment."""
    SILENCED = "silenced"
    """A finding of the checks, with a reason: before the submission, for who approves to know of it."""
    LINKED = "linked"
    """A link to read was opened."""
    UNLINKED = "unlinked"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    """To the author, with a reason."""
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    """An approval: by who gave it, or by another who reviews or publishes."""
    VISA = "visa"
    """Given outside, on paper: recorded, never an approval by itself."""
    SCHEDULED = "scheduled"
    UNSCHEDULED = "unscheduled"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    """Before it took effect: asked by one publisher, done once another says the same."""
    UNCANCELLED = "uncancelled"
    """What one publisher asked, taken back before another confirmed it."""
    ABANDONED = "abandoned"


class State(StrEnum):
    """How a draft stands (the words people read are in the templates)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"


OPEN = frozenset({State.DRAFT, State.SUBMITTED, State.APPROVED, State.SCHEDULED})
"""While the draft may still become a version."""
WRITABLE = frozenset({State.DRAFT, State.SUBMITTED, State.APPROVED})
"""While its text may change: what was approved is void then."""


@dataclass(frozen=True, slots=True)
class Done:
    """One act, as it was recorded."""

    number: int
    act: Act
    revision: int
    content_hash: str
    officer_id: str
    function: str
    at: datetime
    about: int | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a draft stands after its acts."""

    state: State
    revision: int
    content_hash: str
    authors: frozenset[str]
    """Officers who wrote a state of the text."""
    approvals: tuple[Done, ...]
    """Those that hold, of the present content, by people who wrote none of it."""
    due_at: datetime | None
    """Of a scheduled publication."""
    acts: int
    """How many: the number of the last."""
    scheduled: Done | None = None
    """The act that a publication waits for, while it does."""
    cancelling: Done | None = None
    """Who asked that what is published be cancelled, as long as nobody else said the same."""


_MOVES: dict[Act, tuple[frozenset[State], tuple[Role, ...]]] = {
    Act.REVISED: (WRITABLE, (Role.AUTHOR,)),
    Act.SUBMITTED: (frozenset({State.DRAFT}), (Role.AUTHOR,)),
    Act.RETURNED: (frozenset({State.SUBMITTED, State.APPROVED}), (Role.REVIEWER,)),
    Act.APPROVED: (frozenset({State.SUBMITTED, State.APPROVED}), (Role.REVIEWER,)),
    Act.WITHDRAWN: (
        frozenset({State.SUBMITTED, State.APPROVED, State.SCHEDULED}),
        (Role.REVIEWER, Role.PUBLISHER),
    ),
    Act.SCHEDULED: (frozenset({State.APPROVED}), (Role.PUBLISHER,)),
    Act.UNSCHEDULED: (frozenset({State.SCHEDULED}), (Role.PUBLISHER,)),
    Act.PUBLISHED: (frozenset({State.APPROVED, State.SCHEDULED}), (Role.PUBLISHER,)),
    Act.CANCELLED: (frozenset({State.PUBLISHED}), (Role.PUBLISHER,)),
    Act.UNCANCELLED: (frozenset({State.PUBLISHED}), (Role.PUBLISHER,)),
    Act.ABANDONED: (frozenset({State.DRAFT, State.SUBMITTED, State.APPROVED}), (Role.AUTHOR,)),
    Act.SILENCED: (frozenset({State.DRAFT}), (Role.AUTHOR,)),
    Act.VISA: (OPEN, (Role.AUTHOR,)),
    Act.LINKED: (OPEN, (Role.AUTHOR,)),
    Act.UNLINKED: (frozenset(State), (Role.AUTHOR,)),
}
"""In which states an act is possible, and the roles of which it takes one. Comments are open to the desk."""
_ENDS_READING = frozenset({Act.WITHDRAWN, Act.PUBLISHED, Act.ABANDONED})
"""Acts that close every link to read that is open."""
DESK = (Role.AUTHOR, Role.REVIEWER, Role.PUBLISHER)
"""The roles that open the legal desk."""


def roles_for(act: Act) -> tuple[Role, ...]:
    """Return the roles of which an act takes one."""
    return _MOVES[act][1] if act in _MOVES else DESK


def possible(act: Act, standing: Standing) -> bool:
    """Whether the state of the draft allows an act, whoever asks."""
    if act is Act.UNCANCELLED and standing.cancelling is None:
        return False
    return standing.state in (_MOVES[act][0] if act in _MOVES else OPEN)


def may_approve(standing: Standing, officer_id: str) -> bool:
    """Whether an officer who may approve may approve this text: who wrote of it never does (four eyes)."""
    given = {one.officer_id for one in standing.approvals}
    return officer_id not in standing.authors and officer_id not in given


@dataclass(frozen=True, slots=True)
class Giver:
    """Whether who approved could approve still, and since when not; None: nobody knows any more."""

    in_function: bool
    ended_at: datetime | None = None


def giver(grants: Collection[Grant], service: str, left_at: datetime | None, at: datetime) -> Giver:
    """Return how somebody who approved a text of `service` stands `at` an instant.

    An approval outlives the function of its giver: what somebody signs while they may stays signed. Others
    are told when that function ended, and may withdraw the approval (`Act.WITHDRAWN`). `left_at` is when the
    giver left.
    """
    here = [one for one in grants if one.role is Role.REVIEWER and one.service in (None, service)]
    gone = left_at is not None and left_at <= at
    if not gone and permitted(here, Role.REVIEWER, (service,), at):
        return Giver(in_function=True)
    ends = [one.ends_at for one in here if one.ends_at is not None and one.ends_at <= at]
    over = [max(ends)] if ends and not held(here, at) else []
    if gone and left_at is not None:
        over.append(left_at)
    return Giver(in_function=False, ended_at=min(over, default=None))


def closed_by(acts: Sequence[Done], link: int) -> Done | None:
    """Return the act that closed the link to read that act `link` opened; None while it is open.

    Closed by itself when the text that it lets people read is not a project any more, or is found wanting.
    """
    return next(
        (
            one
            for one in acts
            if one.number > link
            and (one.act in _ENDS_READING or (one.act is Act.UNLINKED and one.about == link))
        ),
        None,
    )


def may_confirm_cancelling(standing: Standing, officer_id: str) -> bool:
    """Whether an officer who may publish is the second who cancellation takes."""
    return standing.cancelling is not None and standing.cancelling.officer_id != officer_id


def stands(acts: Sequence[Done]) -> Standing:
    """Return how a draft stands after `acts`, in order; the first opens it.

    An approval is of one content, exactly: another state of the text voids it, and so does the approver who
    turns author. Raises `ValueError` when there is no act.
    """
    if not acts:
        raise ValueError("a draft without an act")
    state = State.DRAFT
    scheduled: Done | None = None
    cancelling: Done | None = None
    authors: set[str] = set()
    approvals: dict[int, Done] = {}
    revision, content_hash = 0, ""
    for done in acts:
        match done.act:
            case Act.OPENED | Act.REVISED:
                revision, content_hash = done.revision, done.content_hash
                authors.add(done.officer_id)
                approvals.clear()
                state = State.DRAFT
            case Act.SUBMITTED:
                state = State.SUBMITTED
            case Act.RETURNED:
                approvals.clear()
                state = State.DRAFT
            case Act.APPROVED:
                approvals[done.number] = done
                state = State.APPROVED
            case Act.WITHDRAWN:
                approvals.pop(done.about or 0, None)
                if not _holding(approvals.values(), authors, content_hash):
                    state, scheduled = State.SUBMITTED, None
            case Act.SCHEDULED:
                state, scheduled = State.SCHEDULED, done
            case Act.UNSCHEDULED:
                state, scheduled = State.APPROVED, None
            case Act.PUBLISHED:
                state, scheduled = State.PUBLISHED, None
            case Act.CANCELLED if cancelling is None:
                cancelling = done
            case Act.CANCELLED if cancelling and done.officer_id != cancelling.officer_id:
                state, cancelling = State.CANCELLED, None
            case Act.UNCANCELLED:
                cancelling = None
            case Act.ABANDONED:
                state = State.ABANDONED
    holding = _holding(approvals.values(), authors, content_hash)
    due_at = scheduled.due_at if scheduled else None
    return Standing(
        state,
        revision,
        content_hash,
        frozenset(authors),
        holding,
        due_at,
        acts[-1].number,
        scheduled,
        cancelling,
    )


def _holding(approvals: Collection[Done], authors: Collection[str], content_hash: str) -> tuple[Done, ...]:
    return tuple(
        one for one in approvals if one.content_hash == content_hash and one.officer_id not in authors
    )
