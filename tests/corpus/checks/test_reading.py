"""The numbered rules, one by one: what each sees, what it leaves alone, what it proposes."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus import checks, provisions
from cgu_archive.corpus.checks import reading
from cgu_archive.corpus.checks.page import Page
from cgu_archive.corpus.checks.reading import MOST
from cgu_archive.corpus.checks.sheet import Sheet
from cgu_archive.corpus.checks.table import CARDS
from cgu_archive.corpus.dates import PartialDate
from cgu_archive.corpus.errors import Finding, Fix, Severity
from cgu_archive.corpus.model import Corpus, Homologation, Service
from cgu_archive.corpus.notes import LinkRecord
from cgu_archive.corpus.rules import RuleKind
from tests.builders import a_corpus, a_draft, a_metadata, a_rule, a_service, a_version, an_accession
from tests.corpus.hostile import MANY_BLOCKS, ONE_LINE


def the_service(**changes: Any) -> Service:
    links = {"privacy": {"label": "Vie privée", "url": None}, "site": "https://ville.invalid/"}
    return replace(a_service(links=links, unlinked_hosts=["interdit.invalid"]), **changes)


def read(text: str, rule: str | None = None, service: Service | None = None) -> list[Finding]:
    """Return what the numbered rules, or one of them, say of a draft that says `text`."""
    speaks = service or the_service()
    found = checks.on_draft(speaks, speaks.document("cgu"), text.encode(), a_metadata(published_at=None))
    return [one for one in found if checks.number(one) is not None and rule in (None, checks.number(one))]


def mended(text: str, fix: Fix | None) -> str:
    assert fix is not None
    return checks.apply(text, fix)


DEFINED = "« Service » : le site.\n\n« Usager » : qui s’en sert.\n\nLe Service aide chaque Usager.\n\n"

SEEN = [
    ("L-01", "Écrivez à μισι@ville.invalid.", "μισι@ville.invalid", "Écrivez à misi@ville.invalid."),
    ("L-02", "L’aide est accessible via ce lien.", "ce lien", None),
    ("L-02", "Le formulaire est disponible ici.", "disponible ici", None),
    ("L-03", "Date de mise en ligne :", "Date de mise en ligne :", None),
    ("L-04", "Un mot de passe de 12 caractères.\n\nLe mot de passe a huit caractères.", "huit caractères",
     None),
    ("L-05", "- Le gaz\n- L’eau\n- le gaz ;", "le gaz ;", None),
    ("L-05", "- Aide au logement (APL)\n- APL", "APL", None),
    ("L-06", "Le compte est personnel et ne se prête à personne.\n\nIl est gratuit.\n\n"
     "Le compte est personnel et ne se prête à personne.",
     "Le compte est personnel et ne se prête à personne.", None),
    ("L-07", "Gérer **les accès** les accès du compte.", "les accès les accès",
     "Gérer **les accès** du compte."),
    ("L-07", "Gérer les accès les accès du compte.", "les accès les accès", "Gérer les accès du compte."),
    ("L-07", "Le Conseil départemental de Département décide.", "départemental de Département", None),
    ("L-08", "Le Portail est ouvert. Le Portai l de la ville.", "Portai l",
     "Le Portail est ouvert. Le Portail de la ville."),
    ("L-08", "Une informa tion utile.", "informa tion", "Une information utile."),
    ("L-09", "Les pages d’Portail.", "d’Portail", "Les pages de Portail."),
    ("L-10", "Le service (ci-après « le service » est ouvert.", "(ci-après « le service » est ouvert.", None),
    ("L-11", "Les pièces suivantes: deux.", "suivantes:", "Les pièces suivantes\u00a0: deux."),
    ("L-11", "Voir la page .", "page .", "Voir la page."),
    ("L-11", "Le compte ;.", "compte ;.", None),
    ("L-12", "## Article 1 – A\n\na\n\n## Article 3 – B\n\nb", "3", None),
    ("L-12", "1. un\n2. deux\n2. trois", "trois", None),
    ("L-13", "Le service est ouvert à tous,\n\nIl est gratuit.", "Le service est ouvert à tous,", None),
    ("L-13", "Le service est ouvert à chacun de ceux qui le veulent bien",
     "ouvert à chacun de ceux qui le veulent bien",
     "Le service est ouvert à chacun de ceux qui le veulent bien."),
    ("L-14", "# Un\n\n### Deux\n\nmots", "Deux", "# Un\n\n## Deux\n\nmots"),
    ("L-14", "# **Un**\n\nmots", "Un", "# Un\n\nmots"),
    ("L-15", DEFINED + "La Plateforme est ouverte. Cette plateforme est sûre.", "Plateforme", None),
    ("L-15", DEFINED + "« Panne » : ce qui arrête tout.", "Panne", None),
    ("L-16", "Le dossier passe devant la CSA.", "CSA", None),
    ("L-17", "Selon l’article L.335-2 du code.", "L.335-2",
     "Selon l’article L.\u00a0335-2 du code."),
    ("L-17", "Selon le code de propriété intellectuelle.", "code de propriété intellectuelle",
     "Selon le Code de la propriété intellectuelle."),
    ("L-18", "MonJob62 est ouvert. MonJob62 aide. Monjob62 est gratuit.", "Monjob62", None),
    ("L-19", "153 rue de la Pompe, 75116 Paris.\n\n153, rue de la pompe 75016 Paris.",
     "153, rue de la pompe 75016", None),
    ("L-20", "En cas de vol, signaler à un@ville.invalid.\n\nEn cas de perte, signaler à deux@ville.invalid.",
     "deux@ville.invalid", None),
    ("L-21", "L’usager et l'agent.", "L’usager et l'agent.", "L’usager et l’agent."),
    ("L-22", "Voir <https://interdit.invalid/a>.", "https://interdit.invalid/a",
     "Voir https://interdit.invalid/a."),
    ("L-23", "Voir [la carte](https://ailleurs.invalid/).", "la carte", None),
    ("L-25", "Un délai de huit jours.", "huit jours", None),
    ("L-28", "Avec Pôle emploi.", "Pôle emploi", None),
    ("L-29", "Voir [la carte](http://ville.invalid/carte).", "la carte",
     "Voir [la carte](https://ville.invalid/carte)."),
    ("L-30", "Appelez Mme Jeanne Durand.", "Mme Jeanne Durand", None),
    ("L-30", "Appelez le 06 12 34 56 78.", "06 12 34 56 78", None),
    ("L-30", "Écrivez à jeanne.durand@ville.invalid.", "jeanne.durand@ville.invalid", None),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text", "words", "after"), SEEN)
def test_a_rule_sees_its_fault_and_mends_what_is_sure(
    rule: str, text: str, words: str, after: str | None
) -> None:
    (finding,) = read(text, rule)
    assert finding.place is not None
    assert finding.place.words == words
    assert finding.severity is checks.CARDS[rule].severity
    assert finding.message
    assert finding.remedy
    if after is None:
        assert finding.fix is None
    else:
        assert mended(text, finding.fix) == after
        assert read(after, rule) == []


LEFT_ALONE = [
    ("L-01", "Écrivez à aide@ville.invalid ou à l’élève."),
    ("L-02", "Voir le lien suivant : <https://ville.invalid/>. Ce lien [ici](https://ville.invalid/)."),
    ("L-02", "Suivez le lien suivant :\n\n<https://ville.invalid/>"),
    ("L-04", "Un mot de passe de 12 caractères.\n\nLe mot de passe a douze (12) caractères."),
    ("L-05", "- Le gaz\n- L’eau\n\nEt aussi :\n\n- Le gaz"),
    ("L-07", "Vous vous engagez. Nous nous réservons ce droit. 1 1 2. Peu à peu."),
    ("L-08", "Il est par tout temps partout. Le plan a un b. Une aide à la carte."),
    ("L-09", "L’usager d’ici, l’habitant, l’hôte, l’y, l’œuvre, d’ESF, l’SMS."),
    ("L-10", "a) un, (b) deux, « trois « quatre » cinq », 1) six."),
    ("L-10", "« Une citation\n\nen deux paragraphes. »"),
    ("L-11", "Ouvert de 7:30 à 19:30 : voir https://a.invalid:80/x?y=1, aide@a.invalid, 1,5 € ; etc."),
    ("L-12", "## Article 1 – A\n\n1. un\n2. deux\n\n## Article 2 – B\n\n1. un\n2. deux"),
    ("L-12", "# Titre\n\n6.1. un\n\n6.2. deux"),
    ("L-13", "Le service est ouvert à chacun, selon les conditions que voici :\n\n- un,\n- deux"),
    ("L-13", "« Usager » : toute personne qui se sert du service, ici ou ailleurs, seule ou non"),
    ("L-14", "# Un\n\n## **Deux** mots\n\n### Trois\n\n# Quatre"),
    ("L-15", DEFINED + "La Commission nationale siège. Le ministère du Travail aussi."),
    ("L-16", "Une carte nationale d’identité (CNI). La CNI suffit. La CNIL, en PDF. XIV."),
    ("L-17", "Selon l’article L. 112-9, le R. 6332-31 et la loi n° 78-17."),
    ("L-18", "OCAPIAT est ouvert. OCAPIAT, 1 rue X, PARIS. À Paris."),
    ("L-19", "1 rue de la Pompe, 75116 Paris. 2 rue de la Pompe, 75016 Paris."),
    ("L-20", "En cas de vol, signaler à un@ville.invalid.\n\nPour tout le reste, deux@ville.invalid."),
    ("L-21", "L'usager et l'agent sont là."),
    ("L-23", "Voir <https://ville.invalid/a> et https://ailleurs.invalid/."),
    ("L-29", "Voir http://ville.invalid/, sans lien."),
    ("L-30", "Monsieur le Délégué, aide.usagers@ville.invalid, 01 23 45 67 89."),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text"), LEFT_ALONE)
def test_a_rule_leaves_good_french_alone(rule: str, text: str) -> None:
    assert read(text, rule) == []


def test_a_verified_link_is_no_finding() -> None:
    text = "Voir [la carte](https://ailleurs.invalid/)."
    record = LinkRecord("https://ailleurs.invalid/", date(2026, 1, 5), None, None)
    assert read(text, "L-23", the_service(links=(record,))) == []


def test_dates_that_say_too_little_and_attestations_too_old_are_told() -> None:
    received = an_accession(
        declared_on=PartialDate.parse("2024-01"),
        homologation=Homologation("Délibération", date(2023, 1, 4)),
    )
    corpus = a_corpus(a_service("mairie", a_version(metadata=received)))
    assert [f.message[:21] for f in checks.check(corpus, only="L-24")] == [
        "champ « declared_on »", "champ « effective_on »"[:21],
    ]  # fmt: skip
    assert [f.rule for f in checks.check(corpus)] == ["L-27"]
    assert checks.check(corpus, only="L-27", on=date(2026, 1, 4)) == ()


def test_a_rule_whose_value_its_sentence_denies_is_an_error() -> None:
    rule = a_rule(kind=RuleKind.CURE_DAYS, value=8, quote="un délai de quinze jours")
    draft = a_draft(
        "mairie/cgu/v1", "# T\n\n## Article 1 – A\n\nIl y a un délai de quinze jours.", rules=(rule,)
    )
    (finding,) = checks.check(a_corpus(a_service("mairie", draft)))
    assert (finding.rule, checks.number(finding), finding.severity) == ("rule-figure", "L-25", Severity.ERROR)


def test_the_account_of_another_service_has_another_rule() -> None:
    rule = a_rule(kind=RuleKind.PASSWORD_LENGTH, value=12)
    door = a_service("porte", a_version("porte/cgu/v1", metadata=a_metadata(rules=(rule,))))
    ours = a_metadata(rules=(replace(rule, value=8),))
    inside = a_service("mairie", a_version(metadata=ours), requires=["porte"])
    (finding,) = checks.check(a_corpus(inside, door), only="L-04")
    assert "longueur : 8 ici, 12 dans porte/cgu/v1" in finding.message


def test_errors_of_a_text_received_are_only_said() -> None:
    text = "# T\n\n## Article 1 – A\n\na\n\n## Article 3 – B\n\nb"
    received = a_version(text=text, metadata=an_accession())
    (finding,) = checks.check(a_corpus(a_service("mairie", received)))
    assert (finding.rule, finding.severity, finding.fix) == ("L-12", Severity.WARNING, None)


def test_what_is_said_for_information_is_read_in_drafts_and_on_demand() -> None:
    text = "# Titre\n\nLe dossier passe devant la CSA.\n"
    published = a_corpus(a_service("mairie", a_version(text=text)))
    assert checks.check(published) == ()
    assert [f.rule for f in checks.check(published, lowest=Severity.INFO)] == ["L-16"]
    assert [f.rule for f in checks.check(published, only="L-16")] == ["L-16"]
    draft = a_corpus(a_service("mairie", a_draft(text=text)))
    assert [f.rule for f in checks.check(draft)] == ["L-16"]
    assert checks.check(draft, lowest=Severity.WARNING) == ()


def test_each_number_has_one_card() -> None:
    assert [card.id for card in checks.RULES] == [f"L-{number:02}" for number in range(1, 31)]
    assert all(card.title and card.why and card.source for card in checks.RULES)


def test_a_text_that_breaks_a_rule_everywhere_is_not_read_for_ever() -> None:
    assert len(read("(" * 3 * MOST, "L-10")) == MOST


# What is proposed

PIECES = st.sampled_from(
    ["les accès les accès", "d’Portail", "l'agent", "l’usager", "suivantes:", "page .", "« un »", "(deux",
     "**gras**", "\\(trois\\)", "[ici](http://ville.invalid/a)", "<https://interdit.invalid/>",
     "informa tion", "L.335-2", "Pôle Emploi", "\n\n", "\n- ", "\n1. ", "\n# ", "\n#### **T**", "\n> ",
     "`a  a`", "é", ".", " ", " ", ",", "\r\n", "\ufeff", "| a | l'un |\n|---|---|\n| b | b |\n"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25).map("".join))
def test_a_fix_removes_its_finding_and_touches_nothing_else(text: str) -> None:
    for finding in read(text):
        if finding.fix is None:
            continue
        after = checks.apply(text, finding.fix)
        # what stands between the edits is there still, in order, and nothing more
        kept, at = [], 0
        for edit in finding.fix.edits:
            kept += [text[at : edit.start], edit.words]
            at = edit.end
        assert after == "".join([*kept, text[at:]])
        place = finding.place
        assert place is not None
        again = [(one.message, one.place) for one in read(after, checks.number(finding))]
        assert (finding.message, place) not in again


@given(st.text(max_size=300))
def test_no_text_makes_the_rules_fail_and_every_place_is_in_it(text: str) -> None:
    text = text.replace("\x00", "")
    for finding in read(text.encode("utf-8", "replace").decode()):
        place = finding.place
        if place is not None and place.start is not None and place.end is not None:
            assert 0 <= place.start <= place.end <= len(text)


def test_the_fixes_of_a_whole_draft_go_together(corpus: Corpus) -> None:
    """The portail's text as a draft: all that is sure is mended at once, and mends nothing twice."""
    text = corpus.version("portail/cgu/2024-01").text.decode()
    findings = read(text)
    taken, fix = checks.together(findings)
    assert len(taken) >= 10
    left = read(checks.apply(text, fix))
    assert len(left) <= len(findings) - len(taken)
    for card in ("L-07", "L-08", "L-09"):
        assert not [one for one in left if one.rule == card]


def test_edits_that_overlap_are_refused() -> None:
    first = read("Les pages d’Portail.", "L-09")[0].fix
    assert first is not None
    with pytest.raises(ValueError, match="overlap"):
        checks.apply("Les pages d’Portail.", Fix((*first.edits, *first.edits)))


def test_cost_grows_with_length_whatever_the_words() -> None:
    """Measured: 25 KB in 0.03 s, 300 pages (970 KB) in 1.4 s of processor time, reading of Markdown apart."""
    service = the_service()
    for name, make in (ONE_LINE | MANY_BLOCKS).items():
        text = make(2000)
        sheet = Sheet(text, provisions.read(text.encode()))
        page = Page(service, a_draft(), sheet, strict=True)
        begin = time.process_time()
        assert sum(1 for _ in reading.read(page, Severity.INFO, None)) <= 30 * MOST
        assert time.process_time() - begin < 2, name


STUMBLED_ON = {
    "terms called so": "ci-après « A » ", "terms defined": "« Abc » : mot ; et ", "numbers": "01 02 ",
    "references": "article L. 123-4 ", "labels": "« Mon compte à moi ici » ", "acronyms": "AB (CD) ",
    "names": "Pôle Emploi PoleEmploi ", "addresses": "62000 Arras, a.b@c.fr ", "lists": "a) b ; 1° c ; ",
    "spaces": " ,\u00a0: ",
}  # fmt: skip


@pytest.mark.parametrize("part", STUMBLED_ON)
def test_twice_the_length_costs_no_rule_three_times_as_much(part: str) -> None:
    """One line of up to 160 KB: a cost that grew with its square would be seen, and told by its rule."""
    words, worse = STUMBLED_ON[part], set(CARDS)
    for _ in range(3):
        half, whole = _spent(words * (80_000 // len(words))), _spent(words * (160_000 // len(words)))
        worse &= {rule for rule, spent in whole.items() if spent > 0.3 and spent > 3 * half[rule]}
        if not worse:
            return
    pytest.fail(f"cost more than three times as much: {sorted(worse)}")


def _spent(words: str) -> dict[str, float]:
    """Return the seconds of processor that each rule takes."""
    page = Page(the_service(), a_draft(), Sheet(words, provisions.read(words.encode())), strict=True)
    spent = {}
    for rule in CARDS:
        begin = time.process_time()
        assert len(list(reading.read(page, Severity.INFO, None, (rule,)))) <= MOST
        spent[rule] = time.process_time() - begin
    return spent
