"""A draft as PDF, for who reads on paper: a project on each page, made again only when it changed."""

from __future__ import annotations

from cgu_archive.corpus.errors import CorpusError
from cgu_archive.corpus.model import Service
from cgu_archive.draft_pdf import draft_pdf
from kiosk.legal_desk.drafts import Held, as_version, content
from kiosk.legal_desk.errors import RefusedError
from kiosk.legal_desk.models import DraftRevision
from kiosk.texts.kept import Kept

MAX_BYTES = 300_000
"""A longer text is laid out on the machine of who wants it: this much takes ten seconds, about 100 pages."""
_KEPT_BYTES = 20 * 1024 * 1024
_MADE: Kept[tuple[str, ...], bytes] = Kept(_KEPT_BYTES, len)


def printed(service: Service, held: Held, row: DraftRevision) -> bytes:
    """Return a state of a draft as PDF.

    Raises `RefusedError` when its text is too long, cannot be read, or holds a character that no font draws.
    """
    if len(row.text) > MAX_BYTES:
        raise RefusedError(
            "Ce texte est trop long pour être mis en PDF ici. Téléchargez-le en Word, puis imprimez-le."
        )
    what = content(row)
    version, terms = as_version(held, what), service.document(held.draft.terms)

    def make() -> bytes:
        return draft_pdf(service, terms, version, state=row.number, content_hash=what.hash, at=row.at)

    try:
        return _MADE.get((held.draft.id, str(row.number), what.hash), make)
    except CorpusError as error:
        raise RefusedError(str(error)) from error
