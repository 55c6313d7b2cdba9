"""Word files are read as a person sees them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cgu_archive.corpus.model import Corpus
from cgu_archive.importing import (
    Imported,
    ReceivedComment,
    Tracked,
    TrackedChangesError,
    TrackedCount,
    receive,
)
from tests.archive.importing.making import automatic, level, numbering, p, run, word

CLAUSES = numbering(
    level(0, "decimal", "Article %1 –")
    + level(1, "decimal", "%1.%2")
    + level(2, "lowerLetter", "%3)")
    + level(3, "lowerRoman", "%4."),
    level(0, "bullet", "•") + level(1, "bullet", "o"),
    level(0, "decimal", "%1."),
)


def text(body: str, **parts: object) -> str:
    """Return the Markdown of a body, which must keep all its words."""
    return whole(receive("a.docx", word(body, **parts)))  # type: ignore[arg-type]


def whole(found: Imported) -> str:
    assert (found.lost, found.added) == ((), ())
    return found.text.decode()


def sentences(found: Imported) -> str:
    return " ".join(doubt.sentence for doubt in found.doubts)


@pytest.mark.parametrize(
    "address", ["soffi/cgu/sans-date-1", "ocapiat/cgu/ca-2025-04-08", "demonstration/cgu/v7"]
)
def test_a_text_numbered_by_word_is_the_published_one(corpus: Corpus, address: str) -> None:
    published = corpus.version(address).text
    # the published SOFFi escapes six brackets that need not be
    assert whole(receive("a.docx", automatic(published))) == published.decode().replace("\\", "")


def test_numbers_of_several_levels_are_those_drawn() -> None:
    body = (
        p("Objet", style="H1", number=(1, 0))
        + p("Premier.", number=(1, 1))
        + p("un", number=(1, 2)) + p("deux", number=(1, 2))
        + p("profond", number=(1, 3))
        + p("Second.", number=(1, 1))
        + p("trois", number=(1, 2))
        + p("Durée", style="H1", number=(1, 0))
        + p("Un an.", number=(1, 1))
    )  # fmt: skip
    assert text(body, numbering=CLAUSES).split("\n\n") == [
        "# Article 1 – Objet",
        "1.1 Premier.",
        "a) un",
        "b) deux",
        "i. profond",
        "1.2 Second.",
        "a) trois",
        "# Article 2 – Durée",
        "2.1 Un an.\n",
    ]


@pytest.mark.parametrize(
    ("definition", "levels", "drawn"),
    [
        (level(0, "decimal", "%1.", start=28), [0, 0], ["28.", "29."]),
        (level(0, "upperRoman", "%1 –"), [0, 0, 0, 0], ["I –", "II –", "III –", "IV –"]),
        (level(0, "decimalZero", "%1"), [0, 0], ["01", "02"]),
        (level(0, "ordinal", "%1"), [0, 0], ["1er", "2e"]),
        (level(0, "upperLetter", "(%1)", start=26), [0, 0], ["(Z)", "(AA)"]),
        (level(0, "upperRoman", "%1.") + level(1, "decimal", "%1.%2", "<w:isLgl/>"), [0, 1], ["I.", "1.1"]),
        (
            level(0, "decimal", "%1.") + level(1, "decimal", "(%2)", '<w:lvlRestart w:val="0"/>'),
            [0, 1, 0, 1],
            ["1.", "(1)", "2.", "(2)"],
        ),
    ],
)
def test_each_way_of_numbering(definition: str, levels: list[int], drawn: list[str]) -> None:
    body = "".join(p(f"mot{rank}", number=(1, of)) for rank, of in enumerate(levels))
    found = receive("a.docx", word(body, numbering=numbering(definition)))
    assert found.is_whole
    assert [row.received for row in found.rows] == [f"{said} mot{rank}" for rank, said in enumerate(drawn)]


def test_one_numbering_goes_on_and_another_begins_again() -> None:
    numbers = {
        1: '<w:abstractNumId w:val="0"/>',
        2: '<w:abstractNumId w:val="0"/>',
        3: '<w:abstractNumId w:val="0"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>',
    }
    body = "".join(p(f"mot{rank}", number=(number, 0)) for rank, number in enumerate((1, 2, 1, 3, 3)))
    found = text(body, numbering=numbering(level(0, "decimal", "%1."), numbers=numbers))
    assert found == "1. mot0\n2. mot1\n3. mot2\n1. mot3\n2. mot4\n"


def test_styles_may_carry_the_numbers() -> None:
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="heading {rank}"/><w:pPr>'
        '<w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        for rank, name in ((1, "H1"), (2, "H2"))
    )
    linked = (
        '<w:style w:type="numbering" w:styleId="L"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
    )
    linked += "</w:style>"
    levels = level(0, "upperRoman", "%1.", '<w:pStyle w:val="H1"/>') + level(
        1, "decimal", "%2.", '<w:pStyle w:val="H2"/>'
    )
    numbers = numbering(levels, '<w:numStyleLink w:val="L"/>')
    body = (
        p("Un", style="H1") + p("Deux", style="H2") + p("Trois", style="H2")
        + p("Sans", style="H2", properties='<w:numPr><w:numId w:val="0"/></w:numPr>')
        + p("Quatre", style="H1") + p("Cinq", number=(2, 1)) + p("fin")
    )  # fmt: skip
    found = text(body, styles=styles + linked, numbering=numbers)
    assert found.replace("\n\n", "|") == "# I. Un|## 1. Deux|## 2. Trois|## Sans|# II. Quatre|1. Cinq|fin\n"


def test_an_unknown_form_of_number_is_doubted() -> None:
    definition = numbering(level(0, "cardinalText", "%1."))
    found = receive("a.docx", word(p("un", number=(1, 0)), numbering=definition))
    assert found.text == b"1. un\n"
    assert "Numéro" in sentences(found)


def test_lists_stand_under_their_number() -> None:
    body = (
        p("Promet :", number=(3, 0))
        + p("ceci", number=(2, 0))
        + p("cela", number=(2, 1))
        + p("fin", number=(3, 0))
    )
    assert text(body, numbering=CLAUSES) == "1. Promet :\n    - ceci\n      - cela\n2. fin\n"


def test_words_that_look_like_marks_stay_words() -> None:
    said = "*non* _non_ # [x](y) &lt;b&gt; `c` | &amp;amp; \\ 2 * 3 ~ ! ceci"
    assert "\\*non\\*" in text(p(said))
    for start in ("# a", "- a", "&gt; a", "+ a", "=== a", "***", "~~~ a", "```", "[a]: b"):
        assert receive("a.docx", word(p(start) + p("suite"))).is_whole, start


def test_looks_links_breaks_and_spaces() -> None:
    link = f'<w:hyperlink r:id="l1">{run("le site")}</w:hyperlink>'
    body = p(
        run("Un ") + run(" gras ", "<w:b/>") + run("et ") + run("penché", "<w:i/>") + "<w:r><w:br/></w:r>"
        + run("puis ") + link + '<w:r><w:noBreakHyphen/><w:tab/></w:r>' + run("fin")
    )  # fmt: skip
    assert text(body, links={"l1": "https://a.example/b"}) == (
        "Un **gras** et *penché*\\\npuis [le site](https://a.example/b)\u2011 fin\n"
    )


def test_a_field_shows_its_result_and_links_where_it_says() -> None:
    body = p(
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>HYPERLINK "https://a.example/"</w:instrText>'
        '</w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>' + run("ici")
        + '<w:r><w:fldChar w:fldCharType="end"/></w:r>' + run(" là")
    )  # fmt: skip
    assert text(body) == "[ici](https://a.example/) là\n"


def test_a_table_keeps_its_cells() -> None:
    def row(*cells: str) -> str:
        return f"<w:tr>{''.join(f'<w:tc>{cell}</w:tc>' for cell in cells)}</w:tr>"

    wide = '<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>'
    rows = (
        row(p("Donnée"), p("Durée | terme"))
        + row(p("Nom") + p("Prénom"), p("un an"))
        + row(wide + p("Fin"))
    )  # fmt: skip
    body = f"<w:tbl>{rows}</w:tbl>"
    found = receive("a.docx", word(body))
    assert whole(found) == "| Donnée | Durée \\| terme |\n| --- | --- |\n| Nom Prénom | un an |\n| Fin |  |\n"
    assert "fusionnées" in sentences(found)
    assert "plusieurs paragraphes" in sentences(found)


def test_notes_are_called_and_written_after_the_text() -> None:
    notes = f'<w:footnote w:id="2">{p("Voir la loi.")}</w:footnote>'
    body = p(run("Un fait") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + run(".")) + p("Suite.")
    assert text(body, footnotes=notes) == "Un fait[^1].\n\nSuite.\n\n[^1]: Voir la loi.\n"


def test_comments_hang_on_their_provision() -> None:
    comments = (
        f'<w:comment w:id="7" w:author="Camille" w:date="2026-11-02T10:00:00Z">{p("À revoir.")}</w:comment>'
    )
    body = (
        p("Titre", style="H1") + p("Article 1 – Objet", style="H2") + p("Un.")
        + p("Article 2 – Durée", style="H2")
        + p('<w:commentRangeStart w:id="7"/>' + run("Deux.") + '<w:r><w:commentReference w:id="7"/></w:r>')
    )  # fmt: skip
    found = receive("a.docx", word(body, comments=comments))
    at = datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert found.comments == (ReceivedComment("Camille", "À revoir.", at, "article-2"),)
    assert "revoir" not in whole(found)


TRACKED = (
    p('<w:r><w:t>Le délai est de </w:t></w:r><w:del w:id="1" w:author="A">'
      '<w:r><w:delText>huit</w:delText></w:r></w:del>'
      '<w:ins w:id="2" w:author="A"><w:r><w:t>dix</w:t></w:r></w:ins><w:r><w:t> jours.</w:t></w:r>')
    + p('<w:moveFrom w:id="3" w:author="B"><w:r><w:t>Clause déplacée.</w:t></w:r></w:moveFrom>',
        properties='<w:rPr><w:moveFrom w:id="4" w:author="B"/></w:rPr>')
    + p("Milieu")
    + p('<w:moveTo w:id="5" w:author="B"><w:r><w:t>Clause déplacée.</w:t></w:r></w:moveTo>',
        properties='<w:rPr><w:ins w:id="6" w:author="B"/></w:rPr>')
    + p("Fin")
)  # fmt: skip


def test_tracked_changes_wait_for_a_decision() -> None:
    with pytest.raises(TrackedChangesError, match="modifications suivies") as refused:
        receive("a.docx", word(TRACKED))
    assert TrackedCount("déplacement", "B", 1) in refused.value.changes
    assert TrackedCount("insertion", "A", 1) in refused.value.changes


@pytest.mark.parametrize(
    ("tracked", "lines"),
    [
        (Tracked.ACCEPT, ["Le délai est de dix jours.", "Milieu", "Clause déplacée.", "Fin"]),
        (Tracked.REJECT, ["Le délai est de huit jours.", "Clause déplacée.", "Milieu", "Fin"]),
    ],
)
def test_tracked_changes_are_accepted_or_refused(tracked: Tracked, lines: list[str]) -> None:
    found = receive("a.docx", word(TRACKED), tracked=tracked)
    assert whole(found) == "\n\n".join(lines) + "\n"
    assert sum(change.count for change in found.changes) == 3


def test_refusing_a_change_of_style_brings_the_number_back() -> None:
    numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="3"/></w:numPr>'
    former = f'<w:pPrChange w:id="1" w:author="A"><w:pPr>{numbered}</w:pPr></w:pPrChange>'
    body = word(p("Un.", properties=former), numbering=CLAUSES)
    assert receive("a.docx", body, tracked=Tracked.REJECT).text == b"1. Un.\n"
    assert receive("a.docx", body, tracked=Tracked.ACCEPT).text == b"Un.\n"


def test_what_is_left_out_is_told() -> None:
    body = (
        p("Sommaire 1", style="TOC1")
        + p(run("Vu") + run("caché", "<w:vanish/>") + "<w:r><w:drawing/></w:r><w:r><w:object/></w:r>")
        + '<w:altChunk r:id="x"/>'
    )
    found = receive("a.docx", word(body))
    assert whole(found) == "Vu\n"
    for said in ("sommaire", "masqué", "image", "objet inséré", "inséré tel quel"):
        assert said in sentences(found).lower()


def test_a_text_box_is_read_once_after_its_paragraph() -> None:
    box = f"<w:txbxContent>{p('Encadré.')}</w:txbxContent>"
    body = p(
        run("Avant")
        + f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    ) + p("Après")
    assert text(body) == "Avant\n\nEncadré.\n\nAprès\n"


def test_titles_by_look_where_no_style_says_so() -> None:
    bold = "<w:b/>"
    body = (
        p(run("CONDITIONS D’UTILISATION", bold)) + p(run("1. OBJET", bold)) + p("Le service aide.")
        + p(run("1.1 Durée", bold)) + p("Un an.") + p(run("2. PRIX", bold)) + p("Gratuit.")
    )  # fmt: skip
    found = receive("a.docx", word(body))
    assert [line for line in whole(found).splitlines() if line.startswith("#")] == [
        "# CONDITIONS D’UTILISATION", "## 1. OBJET", "### 1.1 Durée", "## 2. PRIX",
    ]  # fmt: skip
    assert "d’après le gras" in sentences(found)


def test_the_style_title_stands_over_the_headings_and_no_level_is_skipped() -> None:
    body = p("Conditions", style="T") + p("Un", style="H1") + p("Deux", style="H3") + p("Mots.")
    assert text(body) == "# Conditions\n\n## Un\n\n### Deux\n\nMots.\n"


def test_a_comment_that_hangs_on_nothing_read_is_kept() -> None:
    comments = f'<w:comment w:id="7" w:author="Camille">{p("À revoir.")}</w:comment>'
    found = receive("a.docx", word(p("Un."), comments=comments))
    assert found.comments == (ReceivedComment("Camille", "À revoir.", None, "texte"),)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00", "9999-12-31T23:59:59-12:00", "hier"])
def test_a_comment_of_no_day_that_a_calendar_has_is_of_none(at: str) -> None:
    comments = f'<w:comment w:id="7" w:author="Camille" w:date="{at}">{p("À revoir.")}</w:comment>'
    (comment,) = receive("a.docx", word(p("Un."), comments=comments)).comments
    assert comment.written_at is None
