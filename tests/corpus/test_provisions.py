from __future__ import annotations

import re
from itertools import count

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cgu_archive.corpus import provisions
from cgu_archive.corpus.errors import UnknownAddressError, UnreadableTextError
from cgu_archive.corpus.provisions import Kind, Provision
from cgu_archive.rendering import LinkPolicy, text_to_html
from tests.corpus import visible


def read(text: str) -> Provision:
    return provisions.read(text.encode())


def addresses(text: str) -> list[str]:
    return [provision.address for provision in read(text).walk()][1:]


def outline(provision: Provision) -> list[object]:
    return [(child.address, *outline(child)) for child in provision.children]


# Addresses


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Article 7 - Compte", ["article-7"]),
        ("## Article 1\n\n### Section 2 : Droits", ["article-1", "article-1-section-2"]),
        ("#### 6.1.1 Étapes", ["section-6-1-1"]),
        ("# Définitions", ["definitions"]),
        ("27. a\n28. b", ["p-27", "p-28"]),
        ("1.1 Lors de l’utilisation", ["p-1-1"]),
        ("33. a\n\n### 34. Fonctionnalités", ["p-33", "p-34"]),
        ("33. a\n\n### 36. Autre", ["p-33", "section-36"]),
        ("### 1. Objet", ["section-1"]),
        ("# ٣. Objet", ["objet"]),
        ("# ???", ["sans-titre"]),
        ("#", ["sans-titre"]),
        ("# texte", ["texte-2"]),
    ],
)
def test_a_provision_is_addressed_as_lawyers_cite_it(text: str, expected: list[str]) -> None:
    assert addresses(text) == expected


def test_a_name_that_is_shared_takes_that_of_its_parent() -> None:
    text = "# A\n\n## Objet\n\n# B\n\n## Objet\n\n# C\n\n## Durée\n"
    assert addresses(text) == ["a", "a-objet", "b", "b-objet", "c", "duree"]


def test_names_that_are_still_the_same_are_numbered() -> None:
    assert addresses("# A\n\n# A\n\n# A\n\n# A 2\n") == ["a", "a-2", "a-3", "a-2-2"]
    assert addresses("1. a\n\n---\n\n1. b\n") == ["p-1", "p-1-2"]


def test_a_great_many_titles_alike_take_no_great_time() -> None:
    names = addresses("# A\n" * 20_000)
    assert len(set(names)) == 20_000
    assert names[-1] == "a-20000"


def test_a_dotted_number_stands_under_the_one_it_begins_with() -> None:
    titles = ("11. Devoirs", "11.1 Agents", "11.2 Mairies", "11.2.1 Aide", "12. Droit", "13.1 Prix")
    tree = read("\n\n".join(f"## {title}" for title in titles))
    assert [child.address for child in tree.children] == ["section-11", "section-12", "section-13-1"]
    duties = tree.children[0]
    assert [child.address for child in duties.children] == ["section-11-1", "section-11-2"]
    assert [child.address for child in duties.children[1].children] == ["section-11-2-1"]


def test_numbers_in_bold_stand_under_those_of_another_manner() -> None:
    tree = read("**I. Objet**\n\na\n\n**h) Prix**\n\nb\n\n**i) Droit**\n\nc\n\n**II. Fin**\n\nd")
    assert [child.address for child in tree.children] == ["section-i", "section-ii"]
    assert [child.number for child in tree.children[0].children] == ["h", "i"]


def test_lines_in_bold_are_titles_where_nothing_else_is() -> None:
    text = "# Conditions\n\n**Objet**\n\na\n\n**Prix**\n\nb\n\n**Attention.**\n\n**Droit**\n\nc"
    assert [one.address for one in read(text).walk()] == [
        "texte",
        "conditions",
        "objet",
        "prix",
        "droit",
    ]
    for other in ("## Sous-titre", "1. liste", "**Article 1 – Compte**"):
        assert "prix" not in [one.address for one in read(f"{text}\n\n{other}").walk()]


def test_a_title_in_bold_stands_as_a_title() -> None:
    text = (
        "**ARTICLE 1. OBJET**\n\nmot\n\n**1.1. Portée**\n\nmot\n\n1.2 Suite\n\n**ARTICLE 2. DURÉE**\n\n"
        "**Important**\n\nArticle 3 – Prix\n"
    )
    tree = read(text)
    assert outline(tree) == [("article-1", ("section-1-1", ("p-1-2",))), ("article-2",)]
    assert "Article 3 – Prix" in tree.find("article-2").text()


def test_a_plain_line_is_a_title_where_no_other_article_has_a_mark() -> None:
    text = "CHAPITRE I\n\nARTICLE 1 – OBJET\n\nmot\n\nArticle 2 : Durée\n\nSelon l’article 5 du code.\n"
    assert outline(read(text)) == [("chapitre-i", ("article-1",), ("article-2",))]


@pytest.mark.parametrize(
    "line",
    [
        "Article 5 du code civil",
        "Article 5 – Prix.",
        "article 5 – prix",
        "Article 5 – " + "mot " * 60,
        "Article 5 – Prix\nsuite",
        "[Article 5 – Prix](#article-5)",
        "**Mot** ordinaire",
        "*Article 5*, enfin",
    ],
)
def test_other_lines_are_not(line: str) -> None:
    assert addresses(line) == []


# The tree


def test_blocks_hang_under_the_unit_before_them() -> None:
    tree = read("avant\n\n# A\n\nun\n\n## B\n\n1. deux\n\ntrois\n\n# C\n\nquatre\n")
    assert outline(tree) == [("a", ("b", ("p-1",))), ("c",)]
    assert [provision.text() for provision in tree.walk()] == [
        "avant\nA\nun\nB\n1. deux\ntrois\nC\nquatre",
        "A\nun\nB\n1. deux\ntrois",
        "B\n1. deux\ntrois",
        "1. deux\ntrois",
        "C\nquatre",
    ]


def test_kinds_and_numbers() -> None:
    tree = read("# Article 7 – Compte\n\n## Section 1\n\n28. mot\n")
    found = [(p.kind, p.number, p.title, p.marker) for p in tree.walk()]
    assert found == [
        (Kind.TEXT, None, "", ""),
        (Kind.ARTICLE, "7", "Compte", ""),
        (Kind.SECTION, "1", "", ""),
        (Kind.PARAGRAPH, "28", "", "28."),
    ]


def test_lines_of_every_kind_of_block() -> None:
    tree = read(
        "- a\n  - b\n\n    c\n-\n\n> d\n> e\n\n| f | g |\n|---|---|\n| h | i |\n\n```\nj\nk\n```\n\n---\n\n"
        "## L  \n![m](n)\n"
    )
    assert tree.text().splitlines() == ["a", "b", "c", "", "d e", "f | g", "h | i", "j", "k", "L", "m"]


def test_a_number_that_nothing_follows_is_kept() -> None:
    tree = read("7.\n8. ---\n9. - a\n")
    assert [provision.text() for provision in tree.children] == ["7.", "8.", "9. a"]
    assert tree.find("p-7").blocks == ()


def test_lists_inside_a_paragraph_keep_their_own_numbers() -> None:
    assert read("3. a\n   1) b\n   2) c\n").text() == "3. a\n1) b\n2) c"


def test_a_provision_is_found_by_its_address() -> None:
    tree = read("# A\n\nmot\n")
    assert tree.find("a").text() == "A\nmot"
    with pytest.raises(UnknownAddressError, match="« b »"):
        tree.find("b")


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UnreadableTextError):
        provisions.read(b"\xff")


# Every word once, in order, in the tree and on the page


def check_same_words(text: str) -> None:
    tree = read(text)
    page = visible.words(text_to_html(tree, LinkPolicy()))
    shown = re.sub(r"[\s|]+", "", tree.text())
    assert re.sub(r"[\s|]+", "", page) == shown
    names = [provision.address for provision in tree.walk()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)


LINES = st.lists(
    st.sampled_from(
        [
            "# ", "### ", "Article 7 – ", "**Article 8.** ", "**ARTICLE 9. X**", "1. ", "12. ", "3) ", "- ",
            "  - ", "    ", "> ", "1.1 ", "| a | b |\n|---|---|\n| ", " | ", "---", "===", "```", "\n",
            "\n\n", "mot",
            "mot ", "été", "*", "**", "_", "`", "[", "](#a)", "](https://x)", "](javascript:x)", "![",
            "<b>", "<!--", "-->", "&amp;", "&#65;", "\\", "<https://x>", "«\u00a0", "’", "{#x}", "\t", "2024",
        ]
    ),
    max_size=40,
)  # fmt: skip


@given(LINES)
@example(["1. ", "\n\n", "    ", "mot"])
@example(["- ", "3) ", "mot"])
@example(["> ", "# ", "mot"])
def test_any_markdown_says_the_same_in_the_tree_and_on_the_page(parts: list[str]) -> None:
    check_same_words("".join(parts))


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\t"), max_size=200))
def test_any_text_says_the_same_in_the_tree_and_on_the_page(text: str) -> None:
    check_same_words(text)


WORD = st.sampled_from(["mot", "été", "L’usager", "«", "7", "n°", "d'accord", "(UE)", "%", "2016/679"])


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Return a Markdown text and the words it says: each word is unique, marks are not words."""
    serial = count(1)

    def words() -> list[str]:
        return [f"{word}w{next(serial)}" for word in draw(st.lists(WORD, min_size=1, max_size=4))]

    text: list[str] = []
    said: list[str] = []
    for _ in range(draw(st.integers(0, 12))):
        run = words()
        line = " ".join(run)
        match draw(st.integers(0, 9)):
            case 0:
                text.append(f"{'#' * draw(st.integers(1, 6))} {line}")
            case 1:
                number = draw(st.integers(1, 99))
                run = ["Article", str(number), "–", *run]
                text.append(f"## {' '.join(run)}")
            case 2:
                text.append(f"**{line}**")
            case 3:
                first = draw(st.integers(1, 99))
                items = [words() for _ in range(draw(st.integers(1, 3)))]
                text.append("\n".join(f"{first + i}. {' '.join(item)}" for i, item in enumerate(items)))
                text.append("<!-- -->")
                run = [w for i, item in enumerate(items) for w in (f"{first + i}.", *item)] + ["<!--", "-->"]
            case 4:
                other = words()
                text.append(f"- {line}\n  - *{' '.join(other)}*")
                run += other
            case 5:
                cells = [words() for _ in range(4)]
                row = [" ".join(cell) for cell in cells]
                text.append(f"| {row[0]} | {row[1]} |\n|---|---|\n| {row[2]} | {row[3]} |")
                run = [word for cell in cells for word in cell]
            case 6:
                text.append(f"> {line}")
            case 7:
                text.append(f"[{line}](https://ville.invalid)")
            case 8:
                run = ["4.2", *run]
                text.append(" ".join(run))
            case _:
                text.append(f"{line}\n`{next(serial)}`")
                run += [text[-1].split("`")[1]]
        said += run
    return "\n\n".join(text), said


@pytest.mark.requirement("S-05", "P-03")
@given(documents())
def test_every_word_appears_once_and_in_order(document: tuple[str, list[str]]) -> None:
    text, said = document
    tree = read(text)
    assert tree.text().replace(" | ", " ").split() == said
    assert visible.words(text_to_html(tree, LinkPolicy())).split() == said
