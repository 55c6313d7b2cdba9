"""Errors in a text name its file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cgu_archive.corpus.errors import UnreadableTextError
from cgu_archive.corpus.loader import text_name
from cgu_archive.corpus.model import Version


@contextmanager
def naming(version: Version) -> Iterator[None]:
    """Let any `UnreadableTextError` raised meanwhile name the file of `version`."""
    try:
        yield
    except UnreadableTextError as error:
        file = f"{version.address}/{text_name(version.metadata.transcription)}"
        raise UnreadableTextError(f"{file} : {error}") from error
