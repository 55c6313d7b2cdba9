"""OpenDocument texts are read as LibreOffice shows them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from cgu_archive.corpus.model import Corpus
from cgu_archive.importing import receive
from tests.archive.importing.making import automatic, odt

LISTS = (
    '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1"'
    ' style:num-suffix="."/><text:list-level-style-number text:level="2" style:num-format="a"'
    ' style:num-suffix=")"/></text:list-style>'
    '<text:list-style style:name="L2"><text:list-level-style-bullet text:level="1"/></text:list-style>'
    '<style:style style:name="G"><style:text-properties fo:font-weight="bold"/></style:style>'
)


def items(*words: str) -> str:
    return "".join(f"<text:list-item>{one}</text:list-item>" for one in words)


def p(words: str) -> str:
    return f"<text:p>{words}</text:p>"


def text(body: str, **others: str) -> str:
    found = receive("a.odt", odt(body, **{"automatic": LISTS} | others))
    assert found.is_whole
    return found.text.decode()


def test_lists_go_on_where_they_say() -> None:
    inner = f"<text:list>{items(p('x'))}</text:list>"
    body = (
        f'<text:list text:style-name="L1" xml:id="k">{items(p("un"), p("deux"))}</text:list>{p("milieu")}'
        f'<text:list text:style-name="L1" text:continue-list="k">{items(p("trois") + inner)}</text:list>'
        f'{p("fin")}<text:list text:style-name="L2">{items(p("puce"))}</text:list>'
    )
    assert text(body) == "1. un\n2. deux\n\nmilieu\n\n3. trois\n\n    a) x\n\nfin\n\n- puce\n"


def test_titles_are_numbered_by_the_outline() -> None:
    outline = (
        '<text:outline-style><text:outline-level-style text:level="1" style:num-format="1"'
        ' style:num-prefix="Article "'
        ' style:num-suffix=" –"/><text:outline-level-style text:level="2" style:num-format="1"'
        ' text:display-levels="2"/></text:outline-style>'
    )
    body = "".join(
        f'<text:h text:outline-level="{level}">{words}</text:h>'
        for level, words in ((1, "A"), (2, "B"), (1, "C"))
    )
    assert (
        text(body + p("Fin."), styles=outline) == "# Article 1 – A\n\n## 1.1 B\n\n# Article 2 – C\n\nFin.\n"
    )


def test_words_notes_links_and_tables() -> None:
    note = f"<text:note-body>{p('Loi.')}</text:note-body>"
    note = f"<text:note><text:note-citation>1</text:note-citation>{note}</text:note>"
    link = '<text:a xlink:href="https://a.example/">site</text:a>'
    cells = "".join(f"<table:table-cell>{p(words)}</table:table-cell>" for words in "AB")
    row = f"<table:table-row>{cells}</table:table-row>"
    body = (
        p(
            f'Un <text:span text:style-name="G">gras</text:span>{note}<text:line-break/>'
            f'{link}<text:s text:c="3"/>fin'
        )
        + f"<table:table>{row}{row}</table:table>"
    )
    assert text(body) == (
        "Un **gras**[^1]\\\n[site](https://a.example/) fin\n\n"
        "| A | B |\n| --- | --- |\n| A | B |\n\n[^1]: Loi.\n"
    )


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_soffi_through_libreoffice(corpus: Corpus, tmp_path: Path) -> None:
    published = corpus.version("soffi/cgu/sans-date-1").text
    (tmp_path / "soffi.docx").write_bytes(automatic(published))
    for kind in ("odt", "html"):
        subprocess.run(
            ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
             "--convert-to", kind, "--outdir", tmp_path, tmp_path / "soffi.docx"],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        found = receive(f"soffi.{kind}", (tmp_path / f"soffi.{kind}").read_bytes())
        assert found.is_whole
        drawn = found.text.decode().replace("---\n\n", "")
        assert drawn == published.decode().replace("\\", "").replace("---\n\n", ""), kind
