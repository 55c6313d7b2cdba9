"""How the commands of the evidence room say why nothing was done."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from kiosk.commands import telling
from kiosk.evidence.errors import (
    EvidenceError,
    SeveralPeopleError,
    UnknownPersonError,
    UnknownRequestError,
)
from kiosk.proof.errors import ProofError
from kiosk.staff.errors import StaffError, UnknownOfficerError

P = ParamSpec("P")
R = TypeVar("R")


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Say on one line why nothing was done, and exit: 2 for a wrong call, 1 for anything refused."""
    unknown = (UnknownOfficerError, UnknownPersonError, UnknownRequestError, SeveralPeopleError)
    return telling(wrong=unknown, refused=(EvidenceError, StaffError, ProofError))(command)
