"""Whatever a document holds, its words are all there, in order, and read back the same."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from itertools import pairwise

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus.comparison import compare_bytes
from cgu_archive.corpus.model import Corpus
from cgu_archive.importing import Difference, Tracked, fidelity, receive
from cgu_archive.importing.pieces import BULLET, Paragraph, Run, Table
from cgu_archive.importing.writing import write
from cgu_archive.redline.docx import redline_docx
from cgu_archive.rendering import LinkPolicy
from tests.archive.importing.making import numbering, p, run, word

WORDS = st.text(alphabet=" aé'’«»*_`#-+>[]()!<&;:.,|\\~=1234\u00a0\n/", min_size=1, max_size=30)
LOOKS = st.sampled_from(["", "<w:b/>", "<w:i/>", "<w:b/><w:i/>"])
RUNS = st.lists(st.tuples(WORDS, LOOKS), min_size=1, max_size=4)
MARKS = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
LISTS = numbering(
    "".join(
        f'<w:lvl w:ilvl="{rank}"><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for rank, (form, text) in enumerate((("decimal", "%1."), ("lowerLetter", "%2)"), ("bullet", "•")))
    )
)


def escaped(words: str) -> str:
    return "".join(MARKS.get(sign, sign) for sign in words)


@given(
    st.lists(
        st.tuples(RUNS, st.sampled_from(["", "H1", "H2", "T"]), st.none() | st.integers(0, 2)),
        min_size=1,
        max_size=6,
    )
)
def test_a_word_file_keeps_its_words(
    paragraphs: list[tuple[list[tuple[str, str]], str, int | None]],
) -> None:
    body = "".join(
        p(
            "".join(run(escaped(words), look) for words, look in runs),
            style=style,
            number=None if rank is None else (1, rank),
        )
        for runs, style, rank in paragraphs
    )
    found = receive("a.docx", word(body + p("fin"), numbering=LISTS))
    assert (found.lost, found.added) == ((), ()), found.text.decode()
    again = receive("a.md", found.text)
    assert again.is_whole


@given(st.lists(RUNS, min_size=1, max_size=4), st.lists(st.lists(WORDS, min_size=2, max_size=2), max_size=3))
def test_a_document_made_by_a_library_keeps_its_words(
    paragraphs: list[list[tuple[str, str]]], rows: list[list[str]]
) -> None:
    document = docx.Document()
    for runs in paragraphs:
        paragraph = document.add_paragraph()
        for words, look in runs:
            paragraph.add_run(words).bold = "<w:b/>" in look
    table = document.add_table(rows=0, cols=2)
    for row in rows:
        for cell, words in zip(table.add_row().cells, row, strict=True):
            cell.text = words
    document.add_paragraph("fin")
    packed = io.BytesIO()
    document.save(packed)
    assert receive("a.docx", packed.getvalue()).is_whole


@given(
    st.lists(st.tuples(st.lists(WORDS, min_size=1, max_size=3), st.integers(0, 3), st.booleans()), max_size=6)
)
def test_what_is_written_is_read_back(found: list[tuple[list[str], int, bool]]) -> None:
    pieces: list[Paragraph | Table] = [
        Paragraph(
            tuple(Run(words, bold=rank % 2 == 1) for rank, words in enumerate(parts)),
            "",
            marker=("", BULLET, "28.", "a)")[rank],
            depth=0 if rank == 0 else 1 + nested,
        )
        for parts, rank, nested in found
    ]
    text, chunks = write(pieces)
    assert len(chunks) == len(pieces)
    lines = text.split("\n")
    for chunk in chunks:
        assert lines[chunk.line - 1 :][: chunk.markdown.count("\n") + 1] == chunk.markdown.split("\n")


def test_a_lost_word_is_told_with_what_stands_before_it() -> None:
    lost, added = fidelity.differences(
        ["le", "service", "n", "est", "pas", "fermé"], ["le", "service", "est", "bien", "fermé"]
    )
    assert lost == (Difference("n", "le service"), Difference("pas", "le service n est"))
    assert added == (Difference("bien", "le service est"),)


def test_a_word_that_no_block_has_is_told() -> None:
    assert fidelity.unread("un deux deux", [Paragraph((Run("un deux trois"),), "")]) == (
        (Difference("deux", ""),),
        (Difference("trois", ""),),
    )


@pytest.mark.parametrize("tracked", list(Tracked))
def test_our_own_tracked_changes_give_back_both_texts(corpus: Corpus, tracked: Tracked) -> None:
    versions = corpus.service("demonstration").document("cgu").published
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for old, new in pairwise(versions[2:6]):
        made = redline_docx(
            compare_bytes(old.text, new.text), title="t", author="a", at=at, links=LinkPolicy(())
        )
        found = receive("a.docx", made, tracked=tracked)
        assert found.is_whole
        assert found.text == (new if tracked is Tracked.ACCEPT else old).text
