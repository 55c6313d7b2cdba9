"""A text as a Word document, to work on: a whole version, and the parts that a comparison shares."""

from cgu_archive.word.version import MEDIA_TYPE, version_docx

__all__ = ["MEDIA_TYPE", "version_docx"]
