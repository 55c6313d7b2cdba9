from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus import bounds, markdown
from cgu_archive.corpus.errors import UnreadableTextError
from cgu_archive.corpus.markdown import (
    Break,
    Code,
    CodeBlock,
    Emphasis,
    Heading,
    Image,
    Item,
    Link,
    List,
    Paragraph,
    Quote,
    Row,
    Rule,
    Strong,
    Table,
    Text,
)


def one(text: str) -> markdown.Block:
    (block,) = markdown.parse(text)
    return block


def test_blocks_keep_their_words_and_lines() -> None:
    assert one("## Titre") == Heading(2, (Text("Titre"),), (0, 1))
    assert one("Titre\n=====") == Heading(1, (Text("Titre"),), (0, 2))
    assert one("mot") == Paragraph((Text("mot"),), (0, 1))
    assert one("> cité") == Quote((Paragraph((Text("cité"),), (0, 1)),), (0, 1))
    assert one("```\na < b\n```") == CodeBlock("a < b\n", (0, 3))
    assert one("    a") == CodeBlock("a\n", (0, 1))
    assert one("---") == Rule((0, 1))


@pytest.mark.requirement("S-05")
@pytest.mark.parametrize(("text", "markers"), [("7. a\n8. b", ["7.", "8."]), ("1) a\n1) b", ["1)", "1)"])])
def test_a_numbered_list_keeps_the_numbers_it_was_given(text: str, markers: list[str]) -> None:
    block = one(text)
    assert isinstance(block, List)
    assert block.ordered
    assert [item.marker for item in block.items] == markers


def test_a_bullet_has_no_marker() -> None:
    assert one("- a\n\n  b") == List(
        False,
        (Item("", (Paragraph((Text("a"),), (0, 1)), Paragraph((Text("b"),), (2, 3))), (0, 3)),),
        (0, 3),
    )


def test_a_table_has_one_heading_row() -> None:
    assert one("| a | b |\n|---|---|\n| 1 | 2 |") == Table(
        Row(((Text("a"),), (Text("b"),)), (0, 1)), (Row(((Text("1"),), (Text("2"),)), (2, 3)),), (0, 3)
    )


def test_marks_inside_a_line() -> None:
    block = one("**a *b*** `c` [d](https://x) ![e](f.png) g  \nh\ni")
    assert isinstance(block, Paragraph)
    assert block.inlines == (
        Strong((Text("a "), Emphasis((Text("b"),)))),
        Text(" "),
        Code("c"),
        Text(" "),
        Link("https://x", (Text("d"),)),
        Text(" "),
        Image("f.png", "e"),
        Text(" g"),
        Break(hard=True),
        Text("h"),
        Break(hard=False),
        Text("i"),
    )
    assert markdown.plain(block.inlines) == "a b c d e g h i"


def test_html_is_text_that_a_reader_sees() -> None:
    tag = "<script>alert(1)</script>"
    assert one(tag) == Paragraph((Text(tag),), (0, 1))
    assert one("<!-- caché -->") == Paragraph((Text("<!-- caché -->"),), (0, 1))


def test_a_script_is_no_link() -> None:
    block = one("[a](javascript:alert)")
    assert isinstance(block, Paragraph)
    assert not any(isinstance(inline, Link) for inline in block.inlines)


def test_words_that_no_reader_sees_are_reported() -> None:
    text = (
        "[a]: https://x \"un\"\n[a]: https://y\n\nmot [b](https://z 'deux') ![c](d 'trois')\n"
        "\n~~~ quatre\nx\n~~~\n\n```\ny\n```\n\n![[e](f 'cinq')](g)\n"
    )
    assert [(hidden.words, hidden.line) for hidden in markdown.hidden(text)] == [
        ("https://x un", 0),
        ("https://y", 1),
        ("deux", 3),
        ("trois", 3),
        ("quatre", 5),
        ("cinq", 13),
    ]
    assert markdown.hidden("# Titre\n\nmot [b](https://z)\n") == ()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"ligne\n\xe9t\xe9\n", "Ligne 2 : un octet n’est pas de l’UTF-8"),
        (b"ligne\na\x00b", "Ligne 2 : caractère nul"),
        (b"a" * (bounds.MAX_BYTES + 1), "au plus sont acceptés"),
    ],
)
def test_bytes_that_are_no_text_are_refused(raw: bytes, said: str) -> None:
    with pytest.raises(UnreadableTextError, match=said):
        markdown.decode(raw)


@pytest.mark.parametrize("text", ["> " * 70 + "a", "a\n\n" + "*" * 200 + "a" + "*" * 200, "- " * 80 + "a"])
def test_nesting_too_deep_is_refused_rather_than_cut(text: str) -> None:
    with pytest.raises(UnreadableTextError, match=r"Ligne . : .*imbriquées"):
        markdown.parse(text)


@pytest.mark.parametrize("text", ["![a" * 900 + "]()" * 900, "[" * 900 + "a" + "](b)" * 900, "a `" * 5000])
def test_nested_links_and_images_keep_their_words(text: str) -> None:
    (block,) = markdown.parse(text)
    assert isinstance(block, Paragraph)
    assert markdown.plain(block.inlines).count("a") == text.count("a")


def test_a_block_of_an_unknown_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the parser to learn a new block, its words would not be lost in silence."""
    parser = markdown._parser()
    token = parser.parse("mot")[0]
    token.type = "footnote_open"
    monkeypatch.setattr(parser, "parse", lambda text: [token])
    with pytest.raises(UnreadableTextError, match="« footnote_open » inconnu"):
        markdown.parse("mot")


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(UnreadableTextError):
        markdown.parse(markdown.decode(text.encode("utf-8", "surrogatepass")))
        markdown.hidden(text)


def test_metadata_at_the_head_of_a_file_are_lines_given_literally() -> None:
    front = "---\ntitle: Conditions\ntags:\n  - a\n\n# comment\n---"
    blocks = markdown.parse(f"{front}\n\n# Objet\n\nTexte.\n")
    assert blocks[0] == CodeBlock(front, (0, 7))
    assert blocks[1].lines == (8, 9)
    assert [type(block) for block in blocks[1:]] == [Heading, Paragraph]


@pytest.mark.parametrize(
    "text",
    [
        "---\ntexte\n---\n",
        "---\ntitre : a\n",
        "---\na: b\nphrase\n---",
        "---\n---\n",
        "\n---\na: b\n---",
        "---\na: b\nc: d",
    ],
)
def test_a_line_across_the_page_is_no_metadata(text: str) -> None:
    assert not any(isinstance(block, CodeBlock) for block in markdown.parse(text))


def test_footnotes_are_read_where_they_stand() -> None:
    blocks = markdown.parse("Prix[^1].\n\n[^1]: mot\n")
    assert [markdown.plain(block.inlines) for block in blocks] == ["Prix[^1].", "[^1]: mot"]


def test_the_mark_of_the_encoding_is_no_word() -> None:
    assert isinstance(markdown.parse("\ufeff# Titre")[0], Heading)
