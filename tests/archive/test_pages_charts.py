"""The picture of a text's life: one row per version, true to its dates, said in words; bars for its words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET

import pytest

from cgu_archive.corpus.dates import PartialDate
from cgu_archive.pages import charts
from tests.builders import a_document, a_metadata, a_version, an_accession

SVG = "{http://www.w3.org/2000/svg}"


def drawn(picture: str, name: str) -> list[ET.Element]:
    return [e for e in ET.fromstring(picture).iter() if name in (e.get("class") or "").split()]


def published_on(*instants: datetime) -> str:
    versions = [
        a_version(
            f"mairie/cgu/v{n}", metadata=a_metadata(label=f"v{n}", published_at=at, archived_on=at.date())
        )
        for n, at in enumerate(instants, start=1)
    ]
    return charts.life(a_document(*versions), "Conditions")


def test_each_version_has_its_row_and_the_last_one_goes_on() -> None:
    picture = published_on(datetime(2024, 1, 5, tzinfo=UTC), datetime(2025, 1, 5, tzinfo=UTC))
    assert [text.text for text in drawn(picture, "frise-nom")] == ["v1", "v2"]
    first, last = drawn(picture, "frise-barre")
    assert first.tag == f"{SVG}rect"
    assert last.tag == f"{SVG}polygon"
    end = float(first.get("x") or 0) + float(first.get("width") or 0)
    assert float((last.get("points") or "").split(",")[0]) == pytest.approx(end, abs=0.2)


def test_an_unknown_time_is_dashed_and_marked_as_such() -> None:
    picture = charts.life(a_document(a_version(metadata=an_accession())), "Conditions")
    assert len(drawn(picture, "frise-doute")) == 1
    assert drawn(picture, "frise-inconnu")[0].text == "?"
    assert drawn(picture, "frise-barre") == []
    assert "date de prise d’effet inconnue" in (ET.fromstring(picture).get("aria-label") or "")


def test_a_date_the_text_bears_is_another_mark_than_its_effect() -> None:
    metadata = an_accession(declared_on=PartialDate(2024, 1), archived_on=date(2026, 11, 22))
    picture = charts.life(a_document(a_version(metadata=metadata)), "Conditions")
    assert len(drawn(picture, "frise-declaree")) == 1
    assert drawn(picture, "frise-inconnu") == []
    assert "date portée par le texte, janvier 2024" in (ET.fromstring(picture).get("aria-label") or "")


def test_nothing_is_drawn_when_no_date_is_known() -> None:
    assert charts.life(a_document(a_version(metadata=an_accession(archived_on=None))), "Conditions") == ""


def test_everything_stays_within_the_picture() -> None:
    picture = published_on(*(datetime(2000 + n, 6, 1, tzinfo=UTC) for n in range(20)))
    for element in ET.fromstring(picture).iter():
        for name in ("x", "x1", "x2", "cx"):
            if value := element.get(name):
                assert 0 <= float(value) <= 360
    assert 2 <= len(drawn(picture, "frise-an")) <= 7, "years do not crowd"


def test_a_long_life_shows_its_newest_versions() -> None:
    picture = published_on(*(datetime(2020, 1, 1 + n, tzinfo=UTC) for n in range(charts.MOST_ROWS + 3)))
    names = [text.text for text in drawn(picture, "frise-nom")]
    assert len(names) == charts.MOST_ROWS
    assert names[-1] == f"v{charts.MOST_ROWS + 3}"


def test_words_of_a_text_are_escaped() -> None:
    version = a_version(metadata=a_metadata(label='"><script>'))
    picture = charts.life(a_document(version), '<b>"')
    assert not list(ET.fromstring(picture).iter(f"{SVG}script"))


def wide(bar: str) -> float:
    (rect,) = ET.fromstring(bar).iter(f"{SVG}rect")
    return float(rect.get("width") or 0)


def test_a_bar_is_as_wide_as_its_share() -> None:
    assert [wide(charts.bar("barre", count, 200)) for count in (50, 100, 200)] == [25, 50, 100]
    assert ET.fromstring(charts.bar("barre-ajout", 1, 1)).get("class") == "barre-ajout"


def test_nothing_has_no_bar_and_one_word_is_still_seen_beside_a_rewriting() -> None:
    assert charts.bar("barre", 0, 200) == charts.bar("barre", 0, 0) == ""
    assert wide(charts.bar("barre", 1, 90_000)) == 1


def test_a_bar_says_nothing_by_itself() -> None:
    """Its figure is words of the page, which keep their size on a narrow screen."""
    bar = ET.fromstring(charts.bar("barre", 3, 4))
    assert bar.get("aria-hidden") == "true"
    assert not "".join(bar.itertext())
