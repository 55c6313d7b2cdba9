from __future__ import annotations

import pytest

from cgu_archive.corpus import provisions
from cgu_archive.corpus.comparison.model import Mark, MarkKind, Unit, UnitKind
from cgu_archive.corpus.comparison.units import units

TEXT = """\
# Titre

Un **mot** et [un lien](https://a.exemple.fr), `code`, ![image](i.png), *vu*.

1. premier
   suite

   second bloc
2.
3. - a
   - b

> ## Cité
> dit

| a | b |
|---|---|
| c | d |

```
x

y
```

---

* - - -
"""


def cut(text: str) -> tuple[Unit, ...]:
    return units(provisions.read(text.encode()), text)


def test_each_block_is_one_unit_with_its_number_and_its_depth() -> None:
    found = [(unit.kind.value, unit.marker, unit.text, unit.depth, unit.quoted) for unit in cut(TEXT)]
    assert found == [
        ("heading", "", "Titre", 0, 0),
        ("paragraph", "", "Un mot et un lien, code, image, vu.", 0, 0),
        ("paragraph", "1.", "premier suite", 0, 0),
        ("paragraph", "", "second bloc", 0, 0),
        ("paragraph", "2.", "", 0, 0),
        ("item", "3.", "a", 1, 0),
        ("item", "", "b", 1, 0),
        ("intertitle", "", "Cité", 0, 1),
        ("paragraph", "", "dit", 0, 1),
        ("row", "", "a\tb", 0, 0),
        ("row", "", "c\td", 0, 0),
        ("code", "", "x", 0, 0),
        ("code", "", "", 0, 0),
        ("code", "", "y", 0, 0),
        ("rule", "", "", 0, 0),
        ("rule", "", "", 1, 0),
        ("item", "", "", 1, 0),
    ]


def test_units_say_the_words_of_the_provisions() -> None:
    text = provisions.read(TEXT.encode())
    lines = [unit.line() for unit in cut(TEXT) if unit.kind is not UnitKind.RULE]
    assert lines == [line.strip() for line in text.text().split("\n")]


def test_the_parts_of_the_source_are_the_source() -> None:
    assert "".join(unit.source for unit in cut(TEXT)) == TEXT
    assert {unit.source for unit in units(provisions.read(TEXT.encode()))} == {""}


@pytest.mark.parametrize(
    "text", ["", "\n\n", "[ref]: /cible\n", "a\r\n\r\nb\rc\n", "- - a\n    - b", "a\n- b\nc"]
)
def test_the_source_is_kept_whatever_it_is(text: str) -> None:
    found = cut(text)
    assert "".join(unit.source for unit in found) == text
    assert [unit.index for unit in found] == list(range(len(found)))


def test_marks_cover_the_words_they_are_on() -> None:
    (unit,) = cut("Un **mot *vu***, [ici](#a)\\\nfin &#10;&#9;x\n")
    assert unit.text == "Un mot vu, ici fin   x"
    assert unit.marks == (
        Mark(7, 9, MarkKind.EMPHASIS),
        Mark(3, 9, MarkKind.STRONG),
        Mark(11, 14, MarkKind.LINK, "#a"),
        Mark(14, 15, MarkKind.BREAK),
    )


def test_marks_in_cells_are_counted_from_the_row() -> None:
    row = cut("| **a** | b |\n|---|---|\n| c | `d` |\n")[1]
    assert row.text == "c\td"
    assert row.marks == (Mark(2, 3, MarkKind.CODE),)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("## Article 11 – Prix", "11"),
        ("## Annexe A", "A"),
        ("## Article premier", "premier"),
        ("1.1 Lors de la création", "1.1"),
        ("a) la création", "a"),
        ("(iv) la création", "iv"),
        ("2° la création", "2"),
    ],
)
def test_its_own_number_is_found_in_its_words(text: str, own: str) -> None:
    (unit,) = cut(text)
    assert unit.own is not None
    assert unit.text[slice(*unit.own)] == own


@pytest.mark.parametrize("text", ["## Prix", "M. Dupont paie", "28. compte", "le a) b"])
def test_other_words_have_no_number_of_their_own(text: str) -> None:
    (unit,) = cut(text)
    assert unit.own is None
