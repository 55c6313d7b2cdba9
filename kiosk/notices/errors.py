"""Why a task was not done."""

from __future__ import annotations


class NoticesError(Exception):
    """Base of every error of this package."""


class NotDeliveredError(NoticesError):
    """A mail was not taken by the server; the message names no address."""

    def __init__(self, message: str, mail_hash: str | None) -> None:
        super().__init__(message)
        self.mail_hash = mail_hash
        """SHA-256 of the bytes that were offered; None when no message could be made."""


class NotSealedError(NoticesError):
    """A mail waits for the receipt that goes with it."""


class AnnouncementError(NoticesError):
    """An announcement cannot be stopped or resumed as it stands."""


class UnknownAnnouncementError(NoticesError):
    """No announcement is about this version."""


class BounceError(NoticesError):
    """What was given is not a delivery status that can be used; the message holds nothing of it."""


class ReminderError(NoticesError):
    """This reminder is not sent, or not stopped; the message says why, in French."""
