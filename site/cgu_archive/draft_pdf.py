"""Set a text that is not published as PDF, to be read on paper: said to be a project on each of its pages.

It never looks like a published version: no permanent address, no file attached, no statement of what is in
force. What the file says comes from the arguments; nothing is fetched, no clock is read.
"""

from __future__ import annotations

from datetime import UTC, datetime

from markupsafe import Markup

from cgu_archive import pdf
from cgu_archive.corpus import provisions
from cgu_archive.corpus.model import Service, Terms, Version
from cgu_archive.rendering import link_policy, text_to_html

NOTICE = "PROJET — ne vaut pas publication"
"""What each page says."""


def draft_pdf(
    service: Service, terms: Terms, version: Version, *, state: int, content_hash: str, at: datetime
) -> bytes:
    """Return the PDF of a text as it is in the making: its state number `state`, written at the instant `at`.

    `content_hash` is what an approval of it is of. Raises `UnreadableTextError`, and `UndrawableTextError`
    when no bundled font has a character of the text.
    """
    text = text_to_html(provisions.read(version.text), link_policy(service), permalinks=False)
    html = pdf.fill(
        "pdf_draft.html",
        service=service,
        terms=terms,
        version=version,
        notice=NOTICE,
        state=state,
        content_hash=content_hash,
        dated=at.astimezone(UTC),
        text=Markup(text),  # noqa: S704 - made from escaped words
    )
    return pdf.typeset(html, identifier=content_hash, dated=at.astimezone(UTC))
