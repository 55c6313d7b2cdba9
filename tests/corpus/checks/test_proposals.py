"""What is offered when the text of a rule changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus import provisions
from cgu_archive.corpus.checks import Fate, RuleChange, carried_rules, proposed_rules
from cgu_archive.corpus.model import Corpus
from cgu_archive.corpus.rules import Rule, RuleKind, said_by
from tests.builders import a_rule

PASSWORD = "Le mot de passe contient au moins douze caractères."
LENGTH = a_rule(id="password-length", kind=RuleKind.PASSWORD_LENGTH, value=12, quote=PASSWORD)


def offered(text: str, *rules: Rule) -> tuple[RuleChange, ...]:
    return proposed_rules(provisions.read(text.encode()), rules)


def article(*sentences: str) -> str:
    return "# Conditions\n\n## Article 1 – Objet\n\n" + " ".join(sentences) + "\n"


def test_a_rule_that_the_text_still_says_is_left_alone() -> None:
    assert offered(article("Le service est gratuit.", PASSWORD), a_rule(), LENGTH) == ()


@pytest.mark.parametrize(
    ("sentence", "fate", "value"),
    [
        ("Le mot de passe contient au moins seize caractères.", Fate.CHANGED, 16),
        ("Le mot de passe contient au moins 14 (quatorze) caractères.", Fate.CHANGED, 14),
        ("Le mot de passe contient toujours au moins douze caractères.", Fate.REWORDED, 12),
    ],
)
def test_a_rule_follows_the_sentence_that_changed(sentence: str, fate: Fate, value: int) -> None:
    (change, *_) = offered(article(sentence), LENGTH)
    assert (change.fate, change.before) == (fate, LENGTH)
    assert change.after is not None
    assert (change.after.value, change.after.quote, change.after.at) == (value, sentence, "article-1")


def test_a_rule_follows_its_sentence_to_another_article() -> None:
    text = article("Le service est payant.") + f"\n## Article 2 – Compte\n\n{PASSWORD}\n"
    (change,) = offered(text, LENGTH)
    assert change.fate is Fate.MOVED
    assert change.after is not None
    assert change.after.at == "article-2"


def test_a_rule_is_led_to_its_unchanged_sentence_and_nothing_else_changes_by_itself() -> None:
    elsewhere = provisions.read(
        (article("Le service est payant.") + f"\n## Article 2\n\n{PASSWORD}\n").encode()
    )
    (led,) = carried_rules(elsewhere, (LENGTH,))
    assert (led.at, led.quote, led.value) == ("article-2", PASSWORD, 12)
    changed = provisions.read(article("Le mot de passe contient au moins seize caractères.").encode())
    assert carried_rules(changed, (LENGTH,)) == (LENGTH,)


def test_a_rule_that_nothing_says_any_more_goes() -> None:
    assert offered(article("Le service est payant."), LENGTH) == (RuleChange(Fate.GONE, LENGTH, None),)


@pytest.mark.parametrize(
    ("sentence", "kind", "value"),
    [
        (PASSWORD, RuleKind.PASSWORD_LENGTH, 12),
        ("Le mot de passe mêle trois des quatre catégories suivantes.", RuleKind.PASSWORD_CLASSES, 3),
        ("Le mot de passe est changé au bout de six mois.", RuleKind.PASSWORD_RENEWAL_DAYS, 180),
        ("Les traces de connexion sont conservées pendant un an.", RuleKind.RETENTION_TRACE_DAYS, 365),
        ("Les demandes sont conservées deux ans.", RuleKind.RETENTION, "deux ans"),
        ("Le compte est fermé huit (8) jours après la notification.", RuleKind.CURE_DAYS, 8),
        ("La clé de sécurité est valable un an.", RuleKind.API_KEY_DAYS, 365),
    ],
)
def test_a_figure_that_no_rule_knows_makes_one_of_its_kind(
    sentence: str, kind: RuleKind, value: int | str
) -> None:
    (change,) = offered(article(sentence))
    assert (change.fate, change.before) == (Fate.NEW, None)
    assert change.after == Rule(kind.value, kind, value, "article-1", sentence)


def test_a_figure_of_no_known_kind_makes_none() -> None:
    assert offered(article("La réponse arrive entre 2 et 4 semaines.")) == ()


def test_names_of_new_rules_are_free() -> None:
    known = a_rule(id="retention", kind=RuleKind.RETENTION, value="un an", quote="pendant un an")
    text = article("Les noms sont conservés pendant un an.", "Les factures sont conservées dix ans.")
    (change,) = offered(text, known)
    assert change.after is not None
    assert change.after.id == "retention-2"


def test_every_rule_offered_for_the_next_text_is_said_by_it(corpus: Corpus) -> None:
    """From each version of the demonstration to the next, and to a text that shares little with it."""
    terms = corpus.service("demonstration").document("cgu")
    texts = [provisions.read(version.text) for version in terms.versions]
    texts.append(provisions.read(corpus.version("soffi/cgu/sans-date-1").text))
    fates = set()
    for version in terms.versions:
        for text in texts:
            for change in proposed_rules(text, version.metadata.rules):
                fates.add(change.fate)
                if change.after is not None:
                    assert said_by(change.after, text.find(change.after.at))
    assert {Fate.CHANGED, Fate.REWORDED, Fate.GONE, Fate.NEW} <= fates


@given(st.text(max_size=200), st.text(min_size=1, max_size=40))
def test_no_text_makes_it_fail(text: str, quote: str) -> None:
    tree = provisions.read(text.replace("\x00", "").encode("utf-8", "replace"))
    for change in proposed_rules(tree, (a_rule(quote=quote),)):
        assert change.after is None or said_by(change.after, tree.find(change.after.at))
