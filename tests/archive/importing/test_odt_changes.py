"""Changes that OpenDocument texts track are accepted or refused, as LibreOffice does."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.importing import ImportRefusedError, Tracked, TrackedChangesError, odt_changes, receive
from tests.archive.importing import making
from tests.archive.importing.making import odt, run, word

BOLD = '<style:style style:name="G"><style:text-properties fo:font-weight="bold"/></style:style>'


def p(words: str) -> str:
    return f"<text:p>{words}</text:p>"


def region(name: str, kind: str, back: str = "") -> str:
    info = "<office:change-info><dc:creator>A</dc:creator></office:change-info>"
    told = f"<text:{kind}>{info}{back}</text:{kind}>"
    return f'<text:changed-region text:id="{name}">{told}</text:changed-region>'


def ins(words: str, name: str = "i") -> str:
    return f'<text:change-start text:change-id="{name}"/>{words}<text:change-end text:change-id="{name}"/>'


GONE = '<text:change text:change-id="d"/>'
OPENS, ENDS = '<text:change-start text:change-id="i"/>', '<text:change-end text:change-id="i"/>'
_NEW = region("i", "insertion")
_LIST = "<text:list>{}</text:list>"


def item(words: str) -> str:
    return f"<text:list-item>{p(words)}</text:list-item>"


TRACKED = {
    "words inserted": (_NEW, p(f"Un {ins('grand ')}pas."), "Un grand pas.", "Un pas."),
    "words inserted across looks": (
        _NEW, p(f'Un <text:span text:style-name="G">a{OPENS}b</text:span> c{ENDS} pas.'),
        "Un **ab** c pas.", "Un **a** pas.",
    ),
    "a paragraph inserted": (
        _NEW, p("Un.") + p(f"{OPENS}Deux.") + p(f"{ENDS}Trois."),
        "Un.\n\nDeux.\n\nTrois.", "Un.\n\nTrois.",
    ),
    "a paragraph inserted after another": (
        _NEW, p(f"Un.{OPENS}") + p(f"Deux.{ENDS}") + p("Trois."),
        "Un.\n\nDeux.\n\nTrois.", "Un.\n\nTrois.",
    ),
    "a paragraph cut in two": (
        _NEW, p(f"Un{OPENS}, ou") + p(f"encore{ENDS} deux."), "Un, ou\n\nencore deux.", "Un deux.",
    ),
    "blocks inserted": (
        _NEW, p("Un.") + ins(p("Deux.")) + p("Trois."), "Un.\n\nDeux.\n\nTrois.", "Un.\n\nTrois.",
    ),
    "an item inserted": (
        _NEW, _LIST.format(item("un") + item(f"{OPENS}deux") + item(f"{ENDS}trois")),
        "- un\n- deux\n- trois", "- un\n- trois",
    ),
    "words deleted": (
        region("d", "deletion", p("grand ")), p(f"Un {GONE}pas."), "Un pas.", "Un grand pas.",
    ),
    "words deleted in bold": (
        region("d", "deletion", p('<text:span text:style-name="G">très</text:span> grand ')),
        p(f"Un {GONE}pas."), "Un pas.", "Un **très** grand pas.",
    ),
    "the end of a paragraph and the head of the next": (
        region("d", "deletion", p(" pas.") + p("Deux")), p(f"Un{GONE} pas."),
        "Un pas.", "Un pas.\n\nDeux pas.",
    ),
    "within bold words": (
        region("d", "deletion", p(" pas.") + p("Deux")),
        p(f'<text:span text:style-name="G">Un{GONE} autre</text:span> jour.'),
        "**Un autre** jour.", "**Un** pas.\n\nDeux **autre** jour.",
    ),
    "paragraphs deleted": (
        region("d", "deletion", p("") + p("Deux.") + p("Trois.")), p(f"Un.{GONE}") + p("Fin."),
        "Un.\n\nFin.", "Un.\n\nDeux.\n\nTrois.\n\nFin.",
    ),
    "paragraphs deleted before a title": (
        region("d", "deletion", p("Un.") + p("")),
        f'<text:h text:outline-level="1">{GONE}Titre</text:h>{p("Fin.")}',
        "# Titre\n\nFin.", "Un.\n\n# Titre\n\nFin.",
    ),
    "a list deleted": (
        region("d", "deletion", _LIST.format(item("un") + item("deux"))), p("Avant.") + GONE + p("Fin."),
        "Avant.\n\nFin.", "Avant.\n\n- un\n- deux\n\nFin.",
    ),
    "a move": (
        _NEW + region("d", "deletion", p("") + p("Deux.")),
        p(f"Un.{GONE}") + p("Milieu.") + p(f"{OPENS}Deux.") + p(f"{ENDS}Fin."),
        "Un.\n\nMilieu.\n\nDeux.\n\nFin.", "Un.\n\nDeux.\n\nMilieu.\n\nFin.",
    ),
    "inserted then deleted": (
        region("d", "deletion", p("jamais ")).replace(
            "</text:changed", "<text:insertion><office:change-info/></text:insertion></text:changed"
        ),
        p(f"Un {GONE}pas."), "Un pas.", "Un pas.",
    ),
    "deleted with what was inserted in it": (
        _NEW + region("d", "deletion", p(f"très {ins('trop ')}grand ")), p(f"Un {GONE}pas."),
        "Un pas.", "Un très grand pas.",
    ),
    "deleted in what was inserted": (
        _NEW + region("d", "deletion", p("jamais ")), p(f"Un {ins(f'grand {GONE}')}pas."),
        "Un grand pas.", "Un pas.",
    ),
}  # fmt: skip
"""What is tracked, the text with its marks, then the text once all is accepted, and once all is refused."""


@pytest.mark.parametrize("name", TRACKED)
def test_tracked_changes_are_accepted_or_refused_as_one_says(name: str) -> None:
    regions, body, accepted, refused = TRACKED[name]
    tracked = f"<text:tracked-changes>{regions}</text:tracked-changes>"
    raw = odt(tracked + body, automatic=BOLD)
    with pytest.raises(TrackedChangesError, match="modifications suivies"):
        receive("a.odt", raw)
    for choice, expected in ((Tracked.ACCEPT, accepted), (Tracked.REJECT, refused)):
        found = receive("a.odt", raw, tracked=choice)
        assert found.text.decode() == f"{expected}\n", choice
        assert found.is_whole
        assert found.changes


def test_what_the_file_does_not_tell_of_its_changes_is_doubted() -> None:
    regions = region("f", "format-change") + region("d", "deletion", p("") + p("Deux."))
    raw = odt(f"<text:tracked-changes>{regions}</text:tracked-changes>" + p(f"{ins('Un.', 'f')}{GONE}"))
    doubts = [one.sentence for one in receive("a.odt", raw, tracked=Tracked.REJECT).doubts]
    assert doubts == [odt_changes.LOOKS, odt_changes.LONG]
    assert receive("a.odt", raw, tracked=Tracked.ACCEPT).doubts == ()


@pytest.mark.parametrize(
    "body",
    [
        p('Un<text:change-start text:change-id="i"/>.'),
        p('<text:change-end text:change-id="i"/>Un<text:change-start text:change-id="i"/>.'),
        p('<text:change-end text:change-id="i"/>') + p('Un<text:change-start text:change-id="i"/>.'),
        p('Un<text:change-start text:change-id="i"/>.') + '<text:change-end text:change-id="i"/>',
    ],
)
def test_marks_that_do_not_go_two_by_two_are_refused(body: str) -> None:
    raw = odt(f"<text:tracked-changes>{_NEW}</text:tracked-changes>" + body)
    with pytest.raises(ImportRefusedError, match="Tout rejeter"):
        receive("a.odt", raw, tracked=Tracked.REJECT)


MARKS = st.sampled_from(
    ["a", " ", GONE, OPENS, ENDS, OPENS.replace('"i"', '"j"'), ENDS.replace('"i"', '"j"'),
     f"<text:span>{GONE}b</text:span>", f"<text:span>c{OPENS}</text:span>",
     f"{ENDS}<text:span>d{OPENS}</text:span>"]
)  # fmt: skip
_SECTION = f"<text:section>{p('{}')}{p('e')}</text:section>"
BLOCKS = st.sampled_from([GONE, OPENS, ENDS]) | st.builds(
    lambda around, marks: around.format("".join(marks)),
    st.sampled_from([p("{}"), _LIST.format(item("{}")), _SECTION]),
    st.lists(MARKS, max_size=5),
)


@given(st.lists(BLOCKS, max_size=5))
def test_any_heap_of_marks_gives_a_text_or_a_typed_error(blocks: list[str]) -> None:
    back = p("f") + _LIST.format(item("g")) + p("h")
    regions = _NEW + region("j", "insertion") + region("d", "deletion", back)
    content = f"<text:tracked-changes>{regions}</text:tracked-changes>{''.join(blocks)}"
    try:
        assert receive("a.odt", odt(content), tracked=Tracked.REJECT).is_whole
    except ImportRefusedError:
        return


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
@pytest.mark.parametrize("choice", Tracked)
def test_what_libreoffice_tracks_is_read_as_in_word(tmp_path: Path, choice: Tracked) -> None:
    """A Word file with tracked changes, saved as OpenDocument by LibreOffice, says the same once decided."""
    at = 'w:author="A" w:date="2026-11-02T10:00:00Z"'
    ends = '<w:pPr><w:rPr><w:{} w:id="9" ' + at + "/></w:rPr></w:pPr>"
    gone = "<w:del " + at + '><w:r><w:delText xml:space="preserve">{}</w:delText></w:r></w:del>'
    new = "<w:ins " + at + ">{}</w:ins>"
    body = (
        making.p("Article 1", style="H1")
        + making.p(run("Un ") + new.format(run("grand ")) + run("pas") + gone.format(" de trop") + run("."))
        + f"<w:p>{ends.format('ins')}{new.format(run('Une clause ajoutée.'))}</w:p>"
        + making.p("Une clause qui reste.")
        + f"<w:p>{ends.format('del')}{gone.format('Une clause retirée.')}</w:p>"
        + f"<w:p>{ends.format('del')}{gone.format('Une autre clause retirée.')}</w:p>"
        + making.p("Article 2", style="H1")
        + making.p(run("La fin.") + new.format(run(" Et après.")))
    )
    raw = word(body)
    (tmp_path / "a.docx").write_bytes(raw)
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
         "--convert-to", "odt", "--outdir", tmp_path, tmp_path / "a.docx"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    found = receive("a.odt", (tmp_path / "a.odt").read_bytes(), tracked=choice)
    assert found.is_whole
    assert found.text == receive("a.docx", raw, tracked=choice).text
