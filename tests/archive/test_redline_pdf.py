"""The PDF of a comparison: read aloud, searched by its bookmarks, printed without colour."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cgu_archive.corpus.comparison import Comparison, compare_bytes, comparison_hash
from cgu_archive.redline.listing import entries
from cgu_archive.redline.printing import redline_pdf
from cgu_archive.rendering import LinkPolicy
from tests.archive.pdf_reading import Reading, words

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAMES = ("Carnet, v3", "Carnet, v4")
TEXTS = Path(__file__).parents[2] / "cgu_texts" / "demonstration" / "cgu"
PLACES = "Le texte, changements en place"


def of(old: str, new: str) -> Comparison:
    return compare_bytes(old.encode(), new.encode())


def demonstration(old: int, new: int) -> Comparison:
    return compare_bytes(*((TEXTS / f"v{n}" / "texte.md").read_bytes() for n in (old, new)))


def printed(comparison: Comparison, **options: Any) -> bytes:
    return redline_pdf(comparison, names=NAMES, at=AT, **options)


@cache
def reading(old: int, new: int) -> Reading:
    return Reading(printed(demonstration(old, new)))


def bookmarks(pdf: Reading) -> dict[str, list[tuple[str, int]]]:
    """Return the bookmarks of the second level under each of the first, with their 0-based pages."""
    found: dict[str, list[tuple[str, int]]] = {}
    for item in pdf.reader.outline:
        if isinstance(item, list):
            last = next(reversed(found.values()))
            last += [(words(str(one.title)), pdf.reader.get_destination_page_number(one)) for one in item]
        else:
            found[str(item.title)] = []
    return found


@pytest.mark.parametrize(("old", "new"), [(3, 4), (5, 6), (7, 1)])
def test_each_line_of_the_list_has_a_bookmark_to_its_place(old: int, new: int) -> None:
    pdf = reading(old, new)
    found = bookmarks(pdf)
    assert list(found) == ["Les deux textes", "Liste des changements", PLACES]
    assert not found["Les deux textes"]
    lines = [told for entry in entries(demonstration(old, new)) for told in (entry.members or (entry,))]
    expected = sorted(words(line.sentence.replace("→", "›")) for line in lines)
    assert sorted(title for title, _ in found[PLACES]) == expected
    pages = [page for _, page in found[PLACES]]
    assert pages == sorted(pages)


def test_a_bookmark_leads_to_the_page_of_the_change() -> None:
    pdf = reading(3, 4)
    found = bookmarks(pdf)[PLACES]
    article = words("Article 6 – Annuaire des associations")
    page = next(page for title, page in found if title.startswith(article))
    assert "Article 6 – Annuaire des associations" in pdf.pages[page]


def test_lines_that_lead_to_one_place_have_each_their_bookmark(monkeypatch: pytest.MonkeyPatch) -> None:
    comparison = of("# A\n\nHuit jours.", "# A\n\nDix jours.")
    twice = entries(comparison) * 2
    monkeypatch.setattr("cgu_archive.redline.printing.entries", lambda _: twice)
    found = bookmarks(Reading(printed(comparison)))[PLACES]
    assert [title for title, _ in found] == [words(entry.sentence) for entry in twice]


def test_what_came_and_went_is_said_in_words_to_those_who_listen() -> None:
    lines = reading(1, 2).lines()
    line = next(line for line in lines if "quinze" in line and "calendaires" in line and "ajouté" in line)
    assert "supprimé : huit" in words(line)
    assert "ajouté : quinze" in words(line)


def test_both_texts_and_the_comparison_are_identified_on_the_first_page() -> None:
    comparison = demonstration(3, 4)
    first = "".join("".join(reading(3, 4).first_page()).split())
    for said in (comparison.old.text_hash, comparison.new.text_hash, comparison_hash(comparison)):
        assert said is not None
        assert said in first
    for name in NAMES:
        assert name.replace(" ", "") in first
    assert "Repérageautomatique,nonexhaustif:lisezletexte." in "".join("".join(reading(7, 1).lines()).split())


def test_it_is_in_french_and_tagged_and_never_skips_a_level() -> None:
    pdf = reading(7, 1)
    assert pdf.catalog["/Lang"] == "fr"
    assert pdf.catalog["/MarkInfo"]["/Marked"]
    levels = pdf.headings()
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_page_bears_the_notices_and_the_banners() -> None:
    pdf = Reading(
        printed(demonstration(3, 4), banners=("Copie.",), notices=("La version en ligne prévaut.",))
    )
    for page in pdf.pages:
        assert "Copie." in page
        assert "La version en ligne prévaut." in page


def test_a_link_of_the_text_is_one_only_when_the_policy_allows() -> None:
    comparison = of(
        "# A\n\nVoir [ici](https://exemple.invalid/a).", "# A\n\nVoir [là](https://exemple.invalid/a)."
    )
    assert Reading(printed(comparison)).links() == []
    assert set(Reading(printed(comparison, links=LinkPolicy())).links()) == {"https://exemple.invalid/a"}
    refused = LinkPolicy(("exemple.invalid",))
    assert Reading(printed(comparison, links=refused)).links() == []


def test_a_character_without_a_glyph_is_written_by_its_code() -> None:
    text = "".join(Reading(printed(of("# A\n\nUn 😀 et →.", "# A\n\nDeux 😀 et →."))).lines())
    assert "[U+1F600]" in text
    assert "[U+2192]" in text, "an arrow of the text is not one of ours"


@pytest.mark.parametrize("pair", [("# A\n\nUn.", "# A\n\nUn."), ("", "# A\n\nUn."), ("# A\n\nUn.", "")])
def test_whatever_the_texts(pair: tuple[str, str]) -> None:
    assert Reading(printed(of(*pair))).pages


def test_words_of_a_text_that_look_like_our_html_stay_words() -> None:
    hostile = '# A\n\nUn " id="changement-1" <p class="repere"> <div class="texte compare"> dix.'
    text = words(" ".join(Reading(printed(of(hostile, hostile.replace("dix", "onze")))).lines()))
    assert words('Un " id="changement-1" <p class="repere"> <div class="texte compare">') in text
    assert "signet" not in text


def test_the_same_comparison_makes_the_same_bytes() -> None:
    comparison = of("# A\n\nHuit jours.", "# A\n\nDix jours.")
    assert printed(comparison) == printed(comparison)
    assert printed(comparison) != printed(comparison, notices=("Autre.",))


def test_poppler_reads_it(tmp_path: Path) -> None:
    program = shutil.which("pdftotext")
    assert program, "poppler-utils is needed: .ci/packages test"
    file = tmp_path / "comparaison.pdf"
    file.write_bytes(printed(demonstration(3, 4)))
    said = subprocess.run([program, str(file), "-"], capture_output=True, text=True, check=True)
    assert said.stderr == ""
    assert "Liste des changements" in said.stdout
    assert "Ajouté" in said.stdout
