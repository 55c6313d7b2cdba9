"""What no text for people holds is refused before it is parsed, with its line; the rest costs seconds."""

from __future__ import annotations

import time

import pytest

from cgu_archive.corpus import bounds, markdown, provisions
from cgu_archive.corpus.bounds import MAX_BYTES, MAX_CELLS, MAX_LINES, MAX_SIGNS, refuse_excess
from cgu_archive.corpus.comparison import read
from cgu_archive.corpus.errors import UnreadableTextError

QUICK = 1.0
"""Seconds of processor in which a text of five megabytes is refused."""


@pytest.mark.parametrize("sign", MAX_SIGNS)
def test_signs_that_open_something_are_counted(sign: str) -> None:
    most = MAX_SIGNS[sign]
    refuse_excess("un\n\n" + f"{sign}\n" * 10 + sign * (most - 10))
    with pytest.raises(UnreadableTextError, match=rf"Ligne 14 : plus de {most} signes « \{sign} »"):
        refuse_excess("un\n\n" + f"{sign}\n" * 11 + sign * (most - 10) + "\n\ndeux\n")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_lines_are_counted_whatever_ends_them(end: str) -> None:
    refuse_excess(f"a{end}" * MAX_LINES)
    with pytest.raises(UnreadableTextError, match=f"Ligne {MAX_LINES + 1} : .* plus de {MAX_LINES} lignes"):
        refuse_excess(f"a{end}" * MAX_LINES + "b")


def table(columns: int, rows: int, before: str = "") -> str:
    """Return a table whose rows give their first cell alone: the parser makes the others."""
    return "".join(f"{before}{line}\n" for line in ("|a" * columns, "|-" * columns, *["|b"] * rows)) + "\n"


@pytest.mark.parametrize("before", ["", "> ", "- "])
@pytest.mark.parametrize("end", ["\n", "\r"])
def test_cells_are_counted_as_they_will_be_shown(before: str, end: str) -> None:
    refuse_excess(table(100, 98) * 5)
    with pytest.raises(UnreadableTextError, match=rf"Ligne \d+ : .* plus de {MAX_CELLS} cases"):
        refuse_excess((table(100, 98, before) * 6).replace("\n", end))


def test_a_text_of_three_hundred_pages_with_tables_links_and_notes_is_accepted() -> None:
    page = (
        "## Article {0}\n\n**Un** mot[^1] et un [lien](https://a.invalid/b_c_d), `code` & <texte>.\n\n"
        + "- un point qui dit *bien* ce qu’il dit ;\n" * 10
        + "\n| a | b | c | d |\n|---|---|---|---|\n"
        + "| un | deux | trois | quatre |\n" * 10
        + "\n"
        + "Le service est fourni par la commune. " * 58
        + "\n\n"
    )
    text = "".join(page.format(number) for number in range(300))
    assert 900_000 < len(text.encode()) <= MAX_BYTES
    refuse_excess(text)


@pytest.mark.parametrize(
    "part", ["![", "[", "[a\n", "<![CDATA[", "*a_", "| a |\n", "- a\n", "`a", "&a", "\\"]
)
@pytest.mark.parametrize("reading", [markdown.parse, markdown.hidden])
def test_what_is_refused_is_refused_at_once(part: str, reading: object) -> None:
    text = part * (900_000 // len(part))
    begin = time.process_time()
    with pytest.raises(UnreadableTextError, match=r"^Ligne \d+ : "):
        reading(text)  # type: ignore[operator]
    assert time.process_time() - begin < QUICK


def test_every_way_to_read_a_text_is_bounded() -> None:
    raw = b"[" * (MAX_SIGNS["["] + 1)
    for way in (provisions.read, read, lambda raw: markdown.parse(raw.decode())):
        with pytest.raises(UnreadableTextError, match="signes"):
            way(raw)
    with pytest.raises(UnreadableTextError, match=f"{bounds.MAX_BYTES} au plus"):
        provisions.read(b"a" * (MAX_BYTES + 1))
