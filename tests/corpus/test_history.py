"""Lives of provisions and stays of sentences, across moves, renumbering and rewording."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgu_archive.corpus import comparison
from cgu_archive.corpus.comparison import ChangeClass, ChangeKind, Side, WarningKind, Words
from cgu_archive.corpus.history import history
from cgu_archive.corpus.lives import Former, History, Life, Sentence, Told
from cgu_archive.corpus.model import Corpus

OBJECT = "Le service permet de déclarer une adresse aux services de la ville."
ACCOUNT = "L’usager ouvre un compte avec une adresse électronique valide."
PASSWORD = "Le mot de passe contient au moins huit caractères et reste secret."
DATA = "Les données sont conservées trois ans après la fermeture du compte."
RIGHTS = "Chacun peut demander la copie ou la rectification de ses données personnelles."
COURT = "Tout litige est porté devant le tribunal du siège de la ville."
TITLES = {
    OBJECT[:10]: "Objet",
    ACCOUNT[:10]: "Compte",
    PASSWORD[:10]: "Secret",
    DATA[:10]: "Conservation",
    RIGHTS[:10]: "Droits",
    COURT[:10]: "Litiges",
}


def told(*texts: str, sides: list[Side] | None = None) -> History:
    read = (comparison.read(text.encode()) for text in texts)
    return history(read, sides or [Side(label=f"v{rank}") for rank in range(1, len(texts) + 1)])


def articles(*bodies: str) -> str:
    return "# Conditions\n\n" + "".join(
        f"## Article {n} – {TITLES.get(body[:10], 'Divers')}\n\n{body}\n\n"
        for n, body in enumerate(bodies, 1)
    )


def at(found: History, rank: int, address: str) -> Told:
    return found.versions[rank][address]


def life(found: History, rank: int, address: str) -> Life:
    return found.lives[at(found, rank, address).life]


def said(found: History, rank: int, address: str) -> list[tuple[str, int]]:
    return [(sentence.text, sentence.origin.since) for sentence in at(found, rank, address).sentences]


def replaced(sentence: Sentence) -> list[tuple[str, str, int]]:
    return [(former.sentence.text, former.address, former.until) for former in sentence.origin.replaced]


def numbers(life: Life) -> list[str | None]:
    return [place.number for place in life.places]


# Sentences


def test_a_sentence_stands_since_it_was_written_so() -> None:
    found = told(articles(f"{OBJECT} {ACCOUNT}"), articles(f"{OBJECT} {PASSWORD.replace('huit', 'douze')}"))
    assert said(found, 0, "article-1") == [(OBJECT, 0), (ACCOUNT, 0)]
    first, second = at(found, 1, "article-1").sentences
    assert first is at(found, 0, "article-1").sentences[0]
    assert (second.origin.since, replaced(second)) == (1, [(ACCOUNT, "article-1", 0)])


def test_what_a_sentence_replaced_tells_in_turn_what_it_replaced() -> None:
    versions = [articles(PASSWORD.replace("huit", count)) for count in ("six", "huit", "huit", "douze")]
    (sentence,) = at(told(*versions), 3, "article-1").sentences
    (former,) = sentence.origin.replaced
    assert (former.until, former.sentence.origin.since) == (2, 1)
    assert replaced(former.sentence) == [(PASSWORD.replace("huit", "six"), "article-1", 0)]


@pytest.mark.parametrize(
    "later",
    [
        PASSWORD.replace("é", "é").replace("mot de passe", "**mot de passe**"),
        PASSWORD.replace(" et ", "\u00a0et "),
        PASSWORD.replace("Le mot", "Le [mot](https://ville.fr)"),
    ],
    ids=["markup", "typography", "link"],
)
def test_no_new_wording_is_no_new_sentence(later: str) -> None:
    found = told(articles(PASSWORD), articles(later))
    (sentence,) = at(found, 1, "article-1").sentences
    assert sentence.origin is at(found, 0, "article-1").sentences[0].origin
    assert sentence.origin.since == 0


def test_typography_is_shown_as_each_version_writes_it() -> None:
    found = told(articles("L'usager s'engage."), articles("L’usager s’engage."))
    assert said(found, 0, "article-1") == [("L'usager s'engage.", 0)]
    assert said(found, 1, "article-1") == [("L’usager s’engage.", 0)]


def test_a_renumbered_reference_is_no_new_wording() -> None:
    cites = f"{RIGHTS}\n\nLe secret est défini à l’article {{}}."
    before = articles(OBJECT, PASSWORD, cites.format(2))
    after = articles(OBJECT, DATA, PASSWORD, cites.format(3))
    found = told(before, after)
    assert said(found, 1, "article-4") == [(RIGHTS, 0), ("Le secret est défini à l’article 3.", 0)]


def test_another_reference_is() -> None:
    cites = f"{RIGHTS}\n\nLe secret est défini à l’article {{}}."
    found = told(articles(OBJECT, PASSWORD, cites.format(2)), articles(OBJECT, PASSWORD, cites.format(1)))
    assert said(found, 1, "article-3") == [(RIGHTS, 0), ("Le secret est défini à l’article 1.", 1)]


def test_a_sentence_keeps_its_age_when_it_moves_to_another_provision() -> None:
    before = articles(f"{OBJECT}\n\n{RIGHTS}", f"{DATA}\n\n{ACCOUNT}")
    after = articles(OBJECT, f"{DATA}\n\n{ACCOUNT}\n\n{RIGHTS}")
    found = told(before, after)
    assert said(found, 1, "article-2") == [(DATA, 0), (ACCOUNT, 0), (RIGHTS, 0)]


def test_a_sentence_lifted_out_of_a_paragraph_into_another_keeps_its_age() -> None:
    before = articles(f"{OBJECT} {RIGHTS} {ACCOUNT}", f"{DATA} {PASSWORD}")
    after = articles(f"{OBJECT} {ACCOUNT}", f"{DATA} {RIGHTS} {PASSWORD}")
    found = told(before, after)
    assert said(found, 1, "article-2") == [(DATA, 0), (RIGHTS, 0), (PASSWORD, 0)]
    assert life(found, 1, "article-1").removed == ()
    rewritten = articles(f"{OBJECT} Une règle toute neuve.", f"{DATA} {RIGHTS} {PASSWORD}")
    (_, new) = at(told(before, rewritten), 1, "article-1").sentences
    assert RIGHTS not in [text for text, _, _ in replaced(new)]


def test_a_sentence_that_moves_and_is_edited_says_what_it_replaced() -> None:
    longer = DATA.replace("trois ans", "cinq ans")
    found = told(articles(f"{ACCOUNT} {DATA}", COURT), articles(ACCOUNT, f"{COURT} {longer}"))
    (account,) = at(found, 1, "article-1").sentences
    assert account.origin.since == 0
    _, data = at(found, 1, "article-2").sentences
    assert (data.text, data.origin.since) == (longer, 1)
    assert replaced(data) == [(DATA, "article-1", 0)]
    assert not life(found, 1, "article-1").removed


def test_a_replaced_sentence_is_found_where_it_last_stood() -> None:
    before = articles(OBJECT, PASSWORD)
    after = articles(OBJECT, DATA, PASSWORD.replace("huit", "douze"))
    (sentence,) = at(told(before, after), 1, "article-3").sentences
    assert replaced(sentence) == [(PASSWORD, "article-2", 0)]


def test_a_sentence_that_comes_back_stands_since_its_return() -> None:
    found = told(*(articles(f"{OBJECT} {body}") for body in (DATA, RIGHTS, DATA)))
    back = at(found, 2, "article-1").sentences[1]
    assert (back.text, back.origin.since, back.origin.stood) == (DATA, 2, (0, 0))
    assert at(found, 1, "article-1").sentences[1].origin.stood is None


def test_a_few_words_that_come_back_say_nothing() -> None:
    found = told(*(articles(f"{OBJECT} {body}") for body in ("Oui.", DATA, "Oui.")))
    assert at(found, 2, "article-1").sentences[1].origin.stood is None


def test_a_sentence_removed_without_another_is_told_by_its_provision() -> None:
    found = told(articles(f"{OBJECT} {DATA}"), articles(OBJECT), articles(OBJECT))
    (former,) = life(found, 2, "article-1").removed
    assert isinstance(former, Former)
    assert (former.sentence.text, former.until) == (DATA, 0)


def test_a_removed_provision_does_not_tell_its_sentences_one_by_one() -> None:
    found = told(articles(OBJECT, DATA), articles(OBJECT))
    assert life(found, 0, "article-2").removed == ()


def test_sentences_cut_or_joined_follow_their_words() -> None:
    cut = told(articles(f"{OBJECT[:-1]}, et {DATA}"), articles(f"{OBJECT} {DATA}"))
    first, second = at(cut, 1, "article-1").sentences
    assert [len(replaced(sentence)) for sentence in (first, second)] == [1, 1]
    joined = told(articles(f"{OBJECT} {DATA}"), articles(f"{OBJECT[:-1]}, et {DATA}"))
    (sentence,) = at(joined, 1, "article-1").sentences
    assert [text for text, _, _ in replaced(sentence)] == [OBJECT, DATA]


def test_blocks_cut_without_a_word_keep_their_age() -> None:
    found = told(articles(f"{OBJECT} {DATA}"), articles(f"{OBJECT}\n\n{DATA}"))
    assert said(found, 1, "article-1") == [(OBJECT, 0), (DATA, 0)]


def test_a_row_of_a_table_is_one_sentence() -> None:
    table = "| Donnée | Durée. Motif. |\n|---|---|\n| Adresse. Nom. | {} |\n"
    found = told(articles(table.format("un an")), articles(table.format("deux ans")))
    assert said(found, 1, "article-1") == [("Donnée\tDurée. Motif.", 0), ("Adresse. Nom.\tdeux ans", 1)]


def test_a_changed_title_is_told_apart_from_the_sentences() -> None:
    before = f"## Article 1 – Objet\n\n{OBJECT}\n"
    after = f"## Article 1 – But du service\n\n{OBJECT}\n"
    found = told(before, after)
    (title,) = at(found, 1, "article-1").title
    assert (title.text, title.origin.since) == ("Article 1 – But du service", 1)
    assert said(found, 1, "article-1") == [(OBJECT, 0)]


def test_what_did_not_change_is_shared_between_versions() -> None:
    found = told(*(articles(OBJECT, PASSWORD.replace("huit", count)) for count in ("six", "sept", "huit")))
    assert at(found, 0, "article-1") is at(found, 1, "article-1") is at(found, 2, "article-1")
    assert at(found, 1, "article-2") is not at(found, 2, "article-2")


# Provisions


def test_a_provision_is_followed_through_its_numbers() -> None:
    first = articles(OBJECT, PASSWORD, DATA)
    second = articles(OBJECT, RIGHTS, PASSWORD, DATA)
    third = articles(RIGHTS, PASSWORD, DATA)
    found = told(first, second, third)
    assert numbers(life(found, 0, "article-2")) == ["2", "3", "2"]
    assert numbers(life(found, 1, "article-2")) == ["2", "1"]
    begun = life(found, 1, "article-2")
    assert (begun.first, begun.last, begun.beginning and begun.beginning.kind) == (1, 2, ChangeKind.INSERTED)
    assert begun.place(0) is None
    ended = life(found, 0, "article-1")
    assert (ended.beginning, ended.last, ended.ending and ended.ending.kind) == (None, 1, ChangeKind.DELETED)
    assert [event.kinds for event in life(found, 0, "article-2").events] == [(ChangeKind.RENUMBERED,)] * 2


def test_a_provision_moved_keeps_its_life() -> None:
    found = told(articles(OBJECT, PASSWORD, DATA, RIGHTS), articles(OBJECT, DATA, RIGHTS, PASSWORD))
    (event,) = life(found, 1, "article-4").events
    assert numbers(life(found, 1, "article-4")) == ["2", "4"]
    assert ChangeKind.MOVED in event.kinds
    assert event.words == Words()


def test_a_number_taken_by_another_text_is_another_life() -> None:
    found = told(articles(OBJECT, PASSWORD), articles(OBJECT, COURT))
    ended, begun = life(found, 0, "article-2"), life(found, 1, "article-2")
    assert ended.ending is not None
    assert begun.beginning is not None
    assert ended.ending.kind is begun.beginning.kind is ChangeKind.NUMBER_REUSED
    assert found.lives[ended.ending.other or 0] is begun
    assert found.lives[begun.beginning.other or 0] is ended
    assert found.whereabouts(at(found, 0, "article-2").life, 1) is None


def test_a_provision_merged_into_another_goes_on_there() -> None:
    first = articles(OBJECT, PASSWORD, DATA)
    second = articles(OBJECT, f"{PASSWORD}\n\n{DATA}")
    third = articles(RIGHTS, OBJECT, f"{PASSWORD}\n\n{DATA}")
    found = told(first, second, third)
    merged = at(found, 0, "article-3").life
    into = at(found, 0, "article-2").life
    ending = found.lives[merged].ending
    assert ending is not None
    assert (ending.kind, ending.other) == (ChangeKind.MERGED, into)
    where = found.whereabouts(merged, 2)
    assert where is not None
    assert (where[0], where[1].number) == (into, "3")
    assert [event.source for event in found.lives[into].events] == [merged, None]
    assert list(found.followers(merged)) == [merged, into]


def test_a_provision_drawn_from_another_says_which() -> None:
    found = told(articles(OBJECT, f"{PASSWORD}\n\n{DATA}"), articles(OBJECT, PASSWORD, DATA))
    begun, source = life(found, 1, "article-3"), at(found, 0, "article-2").life
    assert begun.beginning is not None
    assert (begun.beginning.kind, begun.beginning.other) == (ChangeKind.SPLIT, source)
    (event,) = found.lives[source].events
    assert (event.kinds, event.target) == ((ChangeKind.SPLIT,), at(found, 1, "article-3").life)
    assert said(found, 1, "article-3") == [(DATA, 0)]


def test_a_passage_that_left_is_told_on_both_sides() -> None:
    before = articles(f"{OBJECT}\n\n{RIGHTS}", f"{DATA}\n\n{ACCOUNT}")
    after = articles(OBJECT, f"{DATA}\n\n{ACCOUNT}\n\n{RIGHTS.replace('Chacun', 'L’usager')}")
    found = told(before, after)
    giver, taker = at(found, 1, "article-1").life, at(found, 1, "article-2").life
    assert [(e.source, e.target, e.words) for e in found.lives[giver].events] == [(None, taker, Words())]
    assert [(e.source, e.target, e.words) for e in found.lives[taker].events] == [(giver, None, Words(1, 1))]


def test_the_same_provision_come_back_is_known() -> None:
    found = told(articles(OBJECT, DATA), articles(OBJECT), articles(OBJECT, DATA))
    assert life(found, 2, "article-2").again == at(found, 0, "article-2").life
    assert life(found, 0, "article-2").again is None


def test_a_provision_that_only_changed_place_in_one_step_did_not_come_back() -> None:
    found = told(articles(OBJECT, "Oui."), articles(OBJECT), articles(OBJECT, "Oui."))
    assert life(found, 2, "article-2").again is None, "too few words to know it by"


def test_each_provision_knows_the_one_that_holds_it() -> None:
    text = f"# Conditions\n\n## Article 1 – Objet\n\n{OBJECT}\n\n### 1.1 Compte\n\n{ACCOUNT}\n"
    found = told(text)
    article = at(found, 0, "article-1")
    assert [inner.life for inner in found.within(article.life, 0)] == [at(found, 0, "section-1-1").life]
    assert at(found, 0, "texte").under is None


# Steps


def test_a_step_counts_what_one_version_changed() -> None:
    found = told(
        articles(OBJECT, PASSWORD, DATA),
        articles(OBJECT, RIGHTS, PASSWORD.replace("huit", "douze"), DATA),
        articles(OBJECT, RIGHTS, PASSWORD.replace("huit", "douze"), DATA.replace("é", "é")),
        articles(OBJECT, RIGHTS, PASSWORD.replace("huit", "douze"), DATA.replace("compte", "**compte**")),
    )
    first, second, third = found.steps
    assert first.words == Words(len(f"Article 2 Droits {RIGHTS} douze".split()), 1)
    assert first.provisions == 2
    assert dict(first.kinds) == {ChangeKind.INSERTED: 1, ChangeKind.EDITED: 1, ChangeKind.RENUMBERED: 2}
    assert first.changes == 3
    assert second.words == third.words == Words()
    assert second.classes == ()
    assert third.classes == (ChangeClass.MARKUP,)
    assert third.provisions == 0


def test_a_step_warns_as_its_comparison_does() -> None:
    sides = [Side(label="v1"), Side(label="v2"), Side(label="v2")]
    found = told(articles(OBJECT), articles(DATA), articles(OBJECT), sides=sides)
    assert [w.kind for w in found.steps[0].warnings] == []
    assert WarningKind.LABEL_UNCHANGED in [w.kind for w in found.steps[1].warnings]


def test_each_comparison_of_neighbours_can_be_watched() -> None:
    seen: list[tuple[str, str, Words]] = []
    texts = [comparison.read(articles(body).encode()) for body in (OBJECT, DATA, DATA)]
    history(texts, [Side()] * 3, lambda old, new, found: seen.append((old.hash, new.hash, found.words)))
    assert [pair[:2] for pair in seen] == [(old.hash, new.hash) for old, new in pairwise(texts)]
    assert seen[1][2] == Words()


def test_no_version_has_no_history() -> None:
    assert told() == History((), (), ())


# Whatever the texts are


SENTENCES = [OBJECT, ACCOUNT, PASSWORD, DATA, RIGHTS, COURT, "Oui.", "12 jours.", "Voir l’article 2."]
bodies = st.lists(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=3).map(" ".join), max_size=5)
series = st.lists(bodies.map(lambda found: articles(*found)), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(series)
def test_each_version_is_told_whole_and_each_life_without_a_gap(texts: list[str]) -> None:
    found = told(*texts)
    assert_coherent(found, texts)


def test_the_demonstration_is_told_whole(corpus: Corpus) -> None:
    versions = corpus.service("demonstration").document("cgu").versions
    texts = [version.text.decode() for version in versions]
    found = told(*texts)
    assert_coherent(found, texts)
    # v4 adds an article 6: those after it go on under the next number.
    assert numbers(life(found, 0, "article-6"))[:6] == ["6", "6", "6", "7", "7", "7"]
    assert numbers(life(found, 3, "article-6"))[0] == "6"


def assert_coherent(found: History, texts: list[str]) -> None:
    assert len(found.versions) == len(texts)
    assert len(found.steps) == len(texts) - 1
    for rank, (version, text) in enumerate(zip(found.versions, texts, strict=True)):
        view = comparison.read(text.encode()).view
        assert list(version) == [section.place.address for section in view.sections]
        words = " ".join(unit.text for unit in view.units).split()
        shown = " ".join(s.text for told in version.values() for s in (*told.title, *told.sentences)).split()
        assert sorted(shown) == sorted(words)
        assert len({told.life for told in version.values()}) == len(version)
        for address, told in version.items():
            place = found.lives[told.life].place(rank)
            assert place is not None
            assert place.address == address
            for sentence in (*told.title, *told.sentences):
                assert 0 <= sentence.origin.since <= rank
                for former in sentence.origin.replaced:
                    assert former.until == sentence.origin.since - 1
                    assert former.sentence.origin.since <= former.until
                    stood = found.versions[former.until][former.address]
                    assert former.sentence in (*stood.title, *stood.sentences)
    for life in found.lives:
        assert (life.beginning is None) == (life.first == 0)
        assert (life.ending is None) == (life.last == len(texts) - 1)
        assert all(life.first < event.at <= life.last for event in life.events)


@given(st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_sentences_that_stayed_are_never_told_as_new(chance: random.Random) -> None:
    """Distinct sentences, one replaced by another per version: their age is known exactly."""
    current = [f"La clause {n} dit {word} au lecteur {n}{word}." for n, word in enumerate("abcdefgh")]
    born = dict.fromkeys(current, 0)
    texts = [articles(*current)]
    for rank in range(1, 5):
        where = chance.randrange(len(current))
        current[where] = f"Une règle toute neuve, la {rank}e, remplace ici ce qui était écrit{rank}."
        born[current[where]] = rank
        texts.append(articles(*current))
    found = told(*texts)
    for before, after in pairwise(range(len(texts))):
        assert found.versions[before].keys() == found.versions[after].keys()
    ages = {s.text: s.origin.since for told in found.versions[-1].values() for s in told.sentences}
    assert ages == {sentence: born[sentence] for sentence in current}
