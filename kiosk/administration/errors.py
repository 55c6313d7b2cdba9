"""Why the administration does not do what it is asked."""

from __future__ import annotations


class AdministrationError(Exception):
    """Base of every error of this package."""


class UnknownAccountError(AdministrationError):
    """The publisher has no such account, or none that this officer may see."""


class UnchangedError(AdministrationError):
    """It is already so: somebody else did it first."""


class NotInItsNameError(AdministrationError):
    """The decision was made in nobody's name but the person's, or what named an organisation is destroyed."""


class UnknownDecisionError(AdministrationError):
    """No decision that this officer may see has this statement."""


class StillOpenError(AdministrationError):
    """The account that decided is still there: its holder disputes by themselves."""


class UnknownNoticeError(AdministrationError):
    """The publisher has no such notice."""


class SameOfficerError(AdministrationError):
    """Who writes a notice cannot be who confirms it."""


class BadDateError(AdministrationError):
    """A service would open again before it closes."""
