"""Why a trace cannot be shown to be in the digest of its day."""

from __future__ import annotations


class TracesError(Exception):
    """Base of every error of this package."""


class UnknownTraceError(TracesError):
    """No document shown has this trace, or it was purged."""


class NoDigestError(TracesError):
    """The digest of the day is not made yet, or lines that it was made from are gone."""
