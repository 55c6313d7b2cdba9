"""Why nothing was saved, or nothing was restored. Messages are for people."""

from __future__ import annotations


class BackupError(Exception):
    """Base of every error of this package."""


class PlaceError(BackupError):
    """A folder or a database is not as the command needs it: taken, missing, or of another kind."""


class DamagedError(BackupError):
    """A backup is not what it was when it was made."""


class OlderError(BackupError):
    """A backup comes from before what was published: opened as it is, it would sign a second history."""


class DepositError(BackupError):
    """A receipt that was handed in cannot be taken back."""


class ProgramError(BackupError):
    """A program of the database is missing, or refused."""
