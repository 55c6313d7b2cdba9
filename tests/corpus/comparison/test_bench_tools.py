"""The tools that measure comparisons are right themselves: counts, scores, scripts, completeness."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from cgu_archive.corpus.comparison import ChangeClass, Op, compare_bytes
from tests.bench.comparing import series
from tests.bench.comparing.bare import by_articles, by_words
from tests.bench.comparing.gold import (
    Expected,
    Named,
    all_gold,
    disagreements,
    gold_name,
    nameable,
    named,
    score_changes,
    texts_of,
)
from tests.bench.comparing.peers import PEERS, Peer
from tests.bench.comparing.script import STYLES, make, versions
from tests.bench.comparing.shown import Edit, common, least, shown_by, touched, words
from tests.bench.comparison import measure

EQUAL, INSERTED, DELETED = Op.EQUAL, Op.INSERTED, Op.DELETED


def change(kinds: str, old: str | None, new: str | None, classes: str = "wording") -> Named:
    return Named(old, new, frozenset(kinds.split()), frozenset(classes.split()))


def test_a_word_is_touched_once_however_many_of_its_letters_are_shown_as_changed() -> None:
    pieces = [
        (EQUAL, "le s"),
        (DELETED, "er"),
        (INSERTED, "ur"),
        (EQUAL, "v"),
        (DELETED, "ice"),
        (EQUAL, " va"),
    ]
    assert touched(pieces) == Edit(inserted=1, deleted=1)
    assert touched([(EQUAL, "le "), (INSERTED, "grand "), (EQUAL, "jour")]) == Edit(1, 0)
    assert touched([(DELETED, "un, "), (EQUAL, "deux")]) == Edit(0, 1)


def test_a_number_with_decimals_and_a_web_address_are_one_word_each() -> None:
    assert words("l’usager paie 1,64 % (v0.3), voir https://a.fr/b.c.") == [
        "l", "usager", "paie", "1,64", "v0.3", "voir", "https://a.fr/b.c",
    ]  # fmt: skip


def test_the_smallest_edit_is_what_is_left_of_a_longest_common_subsequence() -> None:
    assert common(list("abcd"), list("bdac")) == 2
    assert common([], ["a"]) == 0
    assert least(list("abc"), list("axcd")) == Edit(inserted=2, deleted=1)


def test_words_of_other_classes_are_left_out_when_wording_is_asked_for() -> None:
    old = "## Article 1 – Objet\n\nL'usager paie dix euros.\n".encode()
    new = "## Article 1 – Objet\n\nL’usager paie onze euros.\n".encode()
    comparison = compare_bytes(old, new)
    assert shown_by(comparison, ChangeClass.WORDING) == Edit(1, 1)
    assert shown_by(comparison) == Edit(2, 2)


def test_a_score_counts_what_is_right_missed_and_invented() -> None:
    expected = [
        Expected(change("edited", "article-1", "article-1")),
        Expected(change("renumbered", "article-2", "article-3", "numbering")),
        Expected(change("deleted", "article-4", None)),
    ]
    found = [
        change("edited", "article-1", "article-1", "wording typography"),
        change("renumbered edited", "article-2", "article-3", "numbering"),
        change("inserted", None, "article-9"),
    ]
    points = score_changes(expected, found)
    assert (points.expected, points.found, points.places, points.kinds, points.classes) == (3, 3, 2, 1, 0)
    assert (points.precision, points.recall) == (1 / 3, 1 / 3)


def test_an_optional_change_is_neither_missed_nor_invented() -> None:
    expected = [
        Expected(change("edited", "p-1", "p-1"), frozenset({"moved"}), frozenset({"link"})),
        Expected(change("moved edited", "p-2", "p-3"), optional=True),
    ]
    told = change("moved edited", "p-1", "p-1", "wording link")
    without = score_changes(expected, [told])
    assert (without.expected, without.found, without.classes) == (1, 1, 1)
    with_it = score_changes(expected, [told, change("moved edited", "p-2", "p-3")])
    assert (with_it.expected, with_it.found, with_it.classes) == (1, 1, 1)
    beside = score_changes(expected, [told, change("inserted", "p-2", "p-3")])
    assert (beside.expected, beside.found, beside.precision) == (1, 2, 0.5)


def test_one_change_told_is_right_once_only() -> None:
    twice = [Expected(change("edited", "p-1", "p-1"))] * 2
    assert score_changes(twice, [change("edited", "p-1", "p-1")]).recall == 0.5


def test_gold_files_hold_numbers_and_hashes_of_addresses_and_no_words_of_others() -> None:
    every = all_gold()
    assert len(every) >= 12
    cited = re.compile(
        r"texte|sha256:[0-9a-f]{16}|(?:-?(?:article|section|p|partie)(?:-(?:\d+|[ivx]+|[a-z]))+)+"
    )
    for gold in every:
        assert gold.changes
        for one in gold.changes:
            assert one.named.old or one.named.new
            for address in (one.named.old, one.named.new):
                assert address is None or cited.fullmatch(address), (gold.name, address)
        told = any("wording" in one.named.classes for one in gold.changes)
        assert gold.wording_changed is told
        assert bool(gold.edit.total) is told
        assert nameable(gold) <= len(gold.changes)


def test_an_address_made_of_a_title_is_hashed() -> None:
    assert gold_name("article-5-section-5-3-2") == "article-5-section-5-3-2"
    assert gold_name("annexe-b") == "annexe-b"
    assert gold_name(None) is None
    assert gold_name("propriete-intellectuelle") == "sha256:be521d7cf0a1f1c5"


def test_the_texts_of_a_gold_file_are_found_by_their_hash_alone(tmp_path: Path) -> None:
    gold = dataclasses.replace(all_gold()[0], series="serie", old=("01.md", EMPTY), new=("02.md", EMPTY))
    assert texts_of(gold, tmp_path) is None
    (tmp_path / "serie").mkdir()
    for name in ("01.md", "02.md"):
        (tmp_path / "serie" / name).write_bytes(b"")
    assert texts_of(gold, tmp_path) == (b"", b"")
    (tmp_path / "serie" / "02.md").write_bytes(b"autre")
    assert texts_of(gold, tmp_path) is None


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_change_of_a_comparison_is_named_as_gold_files_do() -> None:
    old = "## Article 1 – Objet\n\nLe service est gratuit pour tous.\n"
    new = old.replace("gratuit", "payant")
    found = [named(one) for one in compare_bytes(old.encode(), new.encode()).changes]
    assert found == [change("edited", "article-1", "article-1")]


@pytest.mark.parametrize(("rate", "inserted", "moved"), [(0.0, 0, 3), (0.0, 1, 0), (0.1, 1, 3)])
def test_the_script_of_a_generated_pair_is_what_was_done_to_it(
    rate: float, inserted: int, moved: int
) -> None:
    pair = make(6_000, rate, inserted=inserted, moved=moved)
    assert pair.least.inserted <= pair.script.inserted
    assert pair.least.deleted <= pair.script.deleted
    without_numbers = [words(re.sub(r"(rticle) \d+", r"\1", text)) for text in (pair.old, pair.new)]
    grown = len(without_numbers[1]) - len(without_numbers[0])
    assert pair.script.inserted - pair.script.deleted == grown + inserted  # and the number of the new article
    if not rate and not inserted:
        assert pair.script.total == 0
        assert sorted(without_numbers[0]) == sorted(without_numbers[1])
        assert pair.old != pair.new
    if inserted:
        cited = [re.findall(r"voir l’article (\d+)", text) for text in (pair.old, pair.new)]
        assert len(cited[0]) == 40
        assert moved or all(int(ours) + 1 == int(theirs) for ours, theirs in zip(*cited, strict=False))


def test_generated_texts_are_the_same_in_every_run() -> None:
    assert make(4_000, 0.1, seed=3) == make(4_000, 0.1, seed=3)
    assert make(4_000, 0.1, seed=3) != make(4_000, 0.1, seed=4)
    made = versions(12, 4_000)
    assert len(set(made)) == 12


@pytest.mark.parametrize("style", STYLES)
def test_the_generated_pairs_stay_within_the_bar_whatever_the_titles(style: str) -> None:
    pair = make(8_000, 0.05, inserted=1, moved=2, style=STYLES[style])
    comparison = compare_bytes(pair.old.encode(), pair.new.encode())
    assert shown_by(comparison, ChangeClass.WORDING).total <= 1.05 * pair.script.total


def test_a_bare_comparison_finds_the_same_edit_where_nothing_moved() -> None:
    pair = make(6_000, 0.05)
    assert by_articles(pair.old, pair.new) == by_words(pair.old, pair.new)


@pytest.mark.parametrize("peer", [peer for peer in PEERS if peer.is_there()], ids=lambda peer: peer.name)
def test_another_tool_is_read_rightly(peer: Peer) -> None:
    shown = peer.compare("Le chat dort la nuit.\n", "Le chien dort la nuit venue.\n")
    assert 1 <= shown.words.deleted <= 3  # some show « Le chat », some « chat », some « at »
    assert shown.words.inserted == shown.words.deleted + 1
    assert shown.hidden == 0
    assert shown.operations in (3, 4)
    assert peer.compare("Rien.\n", "Rien.\n").words == Edit(0, 0)


def test_a_tool_that_is_not_there_is_named_with_the_command_that_installs_it() -> None:
    peer = Peer("x", "$no-such-program", "apt install x", lambda old, new: iter(()))
    assert not peer.is_there()
    assert not Peer("y", "no_such_module", "pip install y", peer.run).is_there()
    assert peer.missing() == "x is not installed: apt install x"


def test_versions_are_found_in_a_folder_and_in_its_sub_folders(tmp_path: Path) -> None:
    for name in ("b.md", "a.md", "serie/2.md", "serie/1.md", "alone/1.md"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("Bonjour.")
    found = [(name, [path.name for path in files]) for name, files in series.folders(tmp_path)]
    assert found == [(tmp_path.name, ["a.md", "b.md"]), ("serie", ["1.md", "2.md"])]


def test_a_comparison_that_fails_is_named_and_the_next_ones_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(old: object, new: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(series, "compare", fails)
    result = series.check("série", [("v1", b"Un."), ("v2", b"Deux.")])
    assert result.mismatches == [
        "série v1 → v2 (RecursionError: too deep)",
        "série v2 → v1 (RecursionError: too deep)",
    ]


def test_a_folder_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SERIES", str(tmp_path / "absent"))
    with pytest.raises(SystemExit, match="absent: no such folder"):
        next(measure())


def test_what_is_missed_and_what_is_invented_is_said() -> None:
    gold = dataclasses.replace(all_gold()[0], changes=(Expected(change("deleted", "article-1", None)),))
    old = "## Article 1 – Objet\n\nLe service est gratuit pour tous.\n"
    comparison = compare_bytes(old.encode(), old.replace("gratuit", "payant").encode())
    assert disagreements(gold, comparison) == [
        "expected, not told: deleted article-1 → (none)",
        "told, not expected: edited article-1 → article-1",
    ]


def test_distant_pairs_go_both_ways_and_are_no_neighbours() -> None:
    assert series.distant(1) == []
    assert series.distant(2) == [(1, 0)]
    pairs = series.distant(9)
    assert (0, 8) in pairs
    assert (8, 0) in pairs
    assert all(new - old not in (0, 1) for old, new in pairs)


def test_a_series_is_complete_and_says_which_file_is_no_text() -> None:
    made = [text.encode() for text in versions(4, 3_000)]
    result = series.check("série", [*((f"{rank}", raw) for rank, raw in enumerate(made)), ("5", b"\xff\xfe")])
    assert result.mismatches == []
    assert [line.split(":")[0] for line in result.refused] == ["série 5"]
    assert result.pairs == 3 + len(series.distant(4))
    assert f"{result.pairs} pairs rebuilt from their JSON, 0 wrong" in result.summary()


def test_a_text_that_does_not_come_back_is_a_mismatch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "rebuild", lambda document: (b"", b""))
    result = series.check("série", [("v1", b"Un."), ("v2", b"Deux.")])
    assert result.mismatches == ["série v1 → v2", "série v2 → v1"]
