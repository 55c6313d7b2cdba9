"""Why a text is not published or not registered; nothing was written."""

from __future__ import annotations


class TextsError(Exception):
    """Base of every error of this package."""


class PublicationRefusedError(TextsError):
    """The draft cannot be published as it stands; the message says what to mend."""


class PublicationConflictError(TextsError):
    """Someone else published in this document at the same time; this publication did not happen."""


class SyncRefusedError(TextsError):
    """A file disagrees with what is registered, which never changes."""


class UnknownVersionError(TextsError):
    """No published version has this identifier or address."""


class FrozenMetadataError(TextsError):
    """The frozen metadata of a row cannot be read: the database was altered, or made by another release."""


class LostAttachmentError(TextsError):
    """The bytes of a file that goes along with a text are not in the database any more."""


class ProjectionError(TextsError):
    """A copy of what was published could not be made; the publication stands, and it is tried again."""
