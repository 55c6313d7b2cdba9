"""The picture of a text's life: one row per version, true to its dates, said in words."""

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


def measured(*steps: tuple[str, int, int]) -> str:
    return charts.changes(steps)


def test_each_version_shows_the_words_it_added_and_deleted() -> None:
    picture = measured(("v2", 100, 50), ("v3", 0, 200))
    assert [text.text for text in drawn(picture, "frise-nom")] == ["v2", "v3"]
    assert [text.text for text in drawn(picture, "frise-mesure")] == ["+100", "−50", "−200"]
    (added,) = drawn(picture, "frise-ajout")
    half, most = drawn(picture, "frise-retrait")
    widths = [float(bar.get("width") or 0) for bar in (half, added, most)]
    assert widths == pytest.approx([widths[2] / 4, widths[2] / 2, widths[2]], abs=0.1)
    assert float(most.get("y") or 0) > float(half.get("y") or 0) > float(added.get("y") or 0)


def test_a_version_without_a_word_changed_says_so() -> None:
    picture = measured(("v2", 3, 0), ("v3", 0, 0))
    assert [text.text for text in drawn(picture, "frise-inconnu")] == ["aucun mot"]
    assert len(drawn(picture, "frise-ajout")) == 1
    assert drawn(measured(("v2", 0, 0)), "frise-ajout") == []


def test_one_word_is_still_seen_beside_a_rewriting() -> None:
    small, large = drawn(measured(("v2", 1, 0), ("v3", 90000, 0)), "frise-ajout")
    assert float(small.get("width") or 0) >= 2
    assert float(large.get("x") or 0) + float(large.get("width") or 0) < 300, "room is left for its figure"


def test_a_long_series_shows_its_newest_changes() -> None:
    picture = measured(*((f"v{n}", n, n) for n in range(2, charts.MOST_ROWS + 5)))
    names = [text.text for text in drawn(picture, "frise-nom")]
    assert (len(names), names[-1]) == (charts.MOST_ROWS, f"v{charts.MOST_ROWS + 4}")


def test_nothing_changed_yet_draws_nothing() -> None:
    assert drawn(measured(), "frise-nom") == []


def test_names_are_escaped_in_the_picture_of_changes() -> None:
    assert not list(ET.fromstring(measured(("<script>", 1, 1))).iter(f"{SVG}script"))
