"""The PDF of a text in the making: each page says that it is a project, none looks published."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from cgu_archive.corpus.errors import CorpusError
from cgu_archive.corpus.model import Corpus
from cgu_archive.draft_pdf import NOTICE, draft_pdf

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
HASH = "ab" * 32


def pages(raw: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(raw)).pages]


def test_each_page_says_that_it_is_a_project(corpus: Corpus) -> None:
    service = corpus.service("soffi")
    terms = service.document("cgu")
    version = terms.versions[0]
    metadata = replace(
        version.metadata, label="v2", reason="Une délibération.", effective_on=date(2027, 1, 1)
    )
    version = replace(version, metadata=metadata)
    raw = draft_pdf(service, terms, version, state=3, content_hash=HASH, at=AT)
    found = pages(raw)
    assert len(found) > 5
    for number, page in enumerate(found, start=1):
        assert page.count(NOTICE) >= 2, f"head and foot of page {number}"
        assert page.replace(NOTICE, "").count("PROJET") == 1, f"margin of page {number}"
        assert "état n° 3" in page
    first = found[0]
    assert "Version à venir v2" in first
    assert "Une délibération." in first
    assert "1er janvier 2027" in first
    assert HASH in first.replace(" ", "")
    whole = " ".join(found)
    assert "Adresse permanente" not in whole
    assert "En vigueur" not in whole
    assert PdfReader(BytesIO(raw)).attachments == {}
    assert raw == draft_pdf(service, terms, version, state=3, content_hash=HASH, at=AT)


def test_a_character_that_no_font_draws_is_refused(corpus: Corpus) -> None:
    service = corpus.service("soffi")
    terms = service.document("cgu")
    version = replace(terms.versions[0], text="# Titre\n\nUn \U00013000.\n".encode())
    with pytest.raises(CorpusError, match="police fournie"):
        draft_pdf(service, terms, version, state=1, content_hash=HASH, at=AT)
