"""Entries that differ by one word are faced each with itself, whatever goes, comes, moves or is edited."""

from __future__ import annotations

from itertools import permutations

import pytest

from cgu_archive.corpus.comparison import Comparison
from tests.corpus.comparison.articles import LAW
from tests.corpus.comparison.comparing import compared

FREE, PAID = "Résiliation sans frais", "Résiliation avec frais"
LONG_FREE = "Le client peut résilier son abonnement sans frais à tout moment depuis son espace personnel."
LONG_PAID = LONG_FREE.replace("sans", "avec")
SHAPES = ["- {}", "{}\n", "1. {}", "## Cas\n\n{}\n"]


def listed(entries: tuple[str, ...], shape: str) -> str:
    body = "\n".join(shape.replace("1.", f"{rank}.").format(said) for rank, said in enumerate(entries, 1))
    return f"## Article 1 – Options\n\nVoici les options :\n\n{body}\n\n## Article 2 – Droit\n\n{LAW}"


def faced(comparison: Comparison, old: tuple[str, ...], new: tuple[str, ...]) -> set[tuple[str, str]]:
    """Return which entries face which; a lone one faces nothing."""
    found = set()
    for row in comparison.rows:
        before, after = [unit.text for unit in row.old], [unit.text for unit in row.new]
        if {*before} & {*old} or {*after} & {*new}:
            found.add((" ".join(before), " ".join(after)))
    return found


def check(old: tuple[str, ...], new: tuple[str, ...], shape: str, expected: set[tuple[str, str]]) -> None:
    there = compared(listed(old, shape), listed(new, shape))
    back = compared(listed(new, shape), listed(old, shape))
    assert faced(there, old, new) == expected
    assert faced(back, new, old) == {(after, before) for before, after in expected}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("one", "other"), [(FREE, PAID), (LONG_FREE, LONG_PAID)])
def test_of_two_twins_the_one_that_went_is_told_deleted(one: str, other: str, shape: str) -> None:
    check((one, other), (other,), shape, {(one, ""), (other, other)})
    check((one, other), (one,), shape, {(other, ""), (one, one)})


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("word", "other"), [("moment", "instant"), ("personnel", "réservé"), ("Le client", "Il")]
)
def test_the_one_that_stays_may_be_edited(word: str, other: str, shape: str) -> None:
    edited = LONG_PAID.replace(word, other)
    check((LONG_FREE, LONG_PAID), (edited,), shape, {(LONG_FREE, ""), (LONG_PAID, edited)})


@pytest.mark.parametrize("shape", SHAPES)
def test_a_swap_is_a_move(shape: str) -> None:
    comparison = compared(listed((FREE, PAID), shape), listed((PAID, FREE), shape))
    assert (comparison.words.inserted, comparison.words.deleted) == (0, 0)
    assert faced(comparison, (FREE, PAID), (PAID, FREE)) == {(FREE, FREE), (PAID, PAID)}


@pytest.mark.parametrize("shape", ["- {}", "{}\n", "1. {}"])
def test_twins_that_change_places_may_be_edited(shape: str) -> None:
    new = (LONG_PAID.replace("personnel", "réservé"), LONG_FREE.replace("tout moment", "toute heure"))
    check((LONG_FREE, LONG_PAID), new, shape, {(LONG_FREE, new[1]), (LONG_PAID, new[0])})
    short = ("Résiliation avec des frais", "Toute résiliation sans frais")
    check((FREE, PAID), short, shape, {(FREE, short[1]), (PAID, short[0])})


@pytest.mark.parametrize("shape", ["- {}", "{}\n"])
def test_an_entry_between_two_twins_that_change_places_holds_them_apart(shape: str) -> None:
    other = "Suspension du compte pendant un mois"
    new = (f"{PAID} de dossier", other, f"{FREE} de dossier")
    check((FREE, other, PAID), new, shape, {(FREE, new[2]), (other, other), (PAID, new[0])})


@pytest.mark.parametrize("shape", ["- {}", "{}\n"])
def test_three_twins_in_any_order_are_found(shape: str) -> None:
    old = tuple(f"Tarif {period} : 10 euros par compte" for period in ("mensuel", "annuel", "hebdomadaire"))
    edited = {said: f"{said} ouvert" for said in old}
    for order in permutations(old):
        check(old, tuple(edited[said] for said in order), shape, set(edited.items()))


@pytest.mark.parametrize("shape", ["- {}", "{}\n"])
def test_a_new_twin_does_not_take_the_place_of_an_edited_one(shape: str) -> None:
    old = ("Abonnement hors zone au service de base", "Abonnement avec zone au service de base")
    new = ("Abonnement hors zone service de base", old[1], "Abonnement sans zone au service de base")
    check(old, new, shape, {(old[0], new[0]), (old[1], old[1]), ("", new[2])})


def test_rows_of_a_table_are_faced_by_their_first_cell() -> None:
    head = "| Cas | Jours |\n|---|---|\n"
    old = f"{head}| {FREE} | 5 |\n| {PAID} | 7 |"
    rows = compared(old, f"{head}| {PAID} | 8 |").rows
    assert [row.old[0].text for row in rows if not row.new] == [f"{FREE}\t5"]


def test_unrelated_entries_are_not_brought_together() -> None:
    old = ("Le dossier est ouvert en mairie", "La carte coûte dix euros")
    new = ("Un agent passe chaque mardi", "Les locaux ferment à midi")
    check(old, new, "- {}", {(said, "") for said in old} | {("", said) for said in new})


def test_long_lists_are_still_compared() -> None:
    old = tuple(f"Tarif numéro {rank} de la commune, hors frais" for rank in range(90))
    new = tuple(said.replace("hors", "sans") for said in old)
    assert faced(compared(listed(old, "- {}"), listed(new, "- {}")), old, new) == set(
        zip(old, new, strict=True)
    )


PLEDGE = (
    "s’engage à ne pas céder les données reçues et à ne pas les communiquer à des tiers en dehors des cas"
    " prévus par la loi de la République"
)
RULES, ODD = (" ".join(f"{word}{rank}" for rank in range(80)) for word in ("règle", "preuve"))


def pledges(*sections: tuple[str, str]) -> str:
    body = "\n\n".join(f"### 5.{rank} {title}\n\n{said}" for rank, (title, said) in enumerate(sections, 1))
    return f"## Article 5 – Devoirs\n\n{body}\n\n## Article 6 – Droit\n\n{LAW}"


def test_of_two_provisions_that_begin_alike_the_one_about_the_same_subject_is_kept() -> None:
    old = pledges(("Conseiller", f"Le conseiller {PLEDGE}. {RULES}"))
    new = pledges(
        ("Entreprises", f"Comme dit plus haut, l’entreprise {PLEDGE}."),
        ("Organismes", f"Comme dit plus haut, le conseiller ou son organisme {PLEDGE}.\n\n{ODD}"),
    )
    for before, after, expected in ((old, new, ("5-1", "5-2")), (new, old, ("5-2", "5-1"))):
        pairs = [(pair.old.address, pair.new.address) for pair in compared(before, after).pairs]
        assert (f"section-{expected[0]}", f"section-{expected[1]}") in pairs


def test_a_short_opening_in_common_is_not_enough() -> None:
    old = pledges(("Conseiller", f"Le conseiller s’engage à ne pas céder les données. {RULES}"))
    new = pledges(("Organismes", f"L’organisme s’engage à ne pas céder les données. {ODD}"))
    assert len(compared(old, new).pairs) == 3


TABLE = "## Article 1 – Prix\n\n| Acte | Prix |\n|---|---|\n| Attestation | {} |\n| Duplicata | {} |\n"
LIST = "## Article 1 – Prix\n\n- Attestation : {}\n- Duplicata : {}\n"


@pytest.mark.parametrize("shape", [TABLE, LIST])
def test_prices_that_are_exchanged_are_told_of_lines_that_stay(shape: str) -> None:
    found = compared(shape.format("1 000 €", "15,00 €"), shape.format("15,00 €", "1 000 €"))
    (change,) = found.changes
    assert change.kinds == ("edited",)
    assert [(one.old, one.new) for one in change.callouts] == [("1 000 €", "15,00 €"), ("15,00 €", "1 000 €")]
