"""Why the legal desk does not do what it is asked; nothing was written."""

from __future__ import annotations


class LegalDeskError(Exception):
    """Base of every error of this package; the message is for the officer, in French."""


class UnknownDraftError(LegalDeskError):
    """No draft of this publisher has this identifier."""


class RefusedError(LegalDeskError):
    """The state of the draft, or who acts, does not allow this act; the message says what to do."""


class ChangedSinceError(LegalDeskError):
    """The draft is no longer what the officer had before them."""


class ClosedLinkError(LegalDeskError):
    """A link to read is closed, or over: who holds it is told, and reads nothing."""


class UnreadableDraftError(LegalDeskError):
    """A state of a draft cannot be read: the database was altered, or made by another release."""
