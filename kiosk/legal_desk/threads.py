"""Comments on the provisions of a draft: each with its answers, open until somebody closes it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.legal_desk.drafts import Told
from kiosk.legal_desk.policy import Act


@dataclass(frozen=True, slots=True)
class Thread:
    """One comment and what followed it."""

    first: Told
    answers: tuple[Told, ...]
    closed: Told | None

    @property
    def number(self) -> int:
        """That of the act that began it."""
        return self.first.done.number


def threads(acts: Sequence[Told]) -> tuple[Thread, ...]:
    """Return the comments that `acts`, in order, made, answered and closed; the first comes first."""
    begun = {one.done.number: one for one in acts if one.done.act is Act.COMMENTED and one.done.about is None}
    answers: dict[int, list[Told]] = {number: [] for number in begun}
    closed: dict[int, Told] = {}
    for one in acts:
        about = one.done.about
        if about not in begun:
            continue
        if one.done.act is Act.COMMENTED:
            answers[about].append(one)
        elif one.done.act is Act.RESOLVED:
            closed.setdefault(about, one)
    return tuple(Thread(one, tuple(answers[number]), closed.get(number)) for number, one in begun.items())


def still_open(found: Sequence[Thread]) -> tuple[Thread, ...]:
    """Return the comments that nobody closed."""
    return tuple(one for one in found if one.closed is None)
