"""Why a directory of companies did not say what was asked of it."""

from __future__ import annotations


class DirectoryError(Exception):
    """Base of every error of this package."""


class DirectoryAwayError(DirectoryError):
    """The directory did not answer in time, or refused to answer now."""


class DirectoryAnswerError(DirectoryError):
    """The directory answered something that cannot be read as its format says."""
