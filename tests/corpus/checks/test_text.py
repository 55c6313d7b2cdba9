from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus import checks
from cgu_archive.corpus.errors import Finding, Severity
from cgu_archive.corpus.model import Corpus
from tests.builders import TEXT, a_corpus, a_draft, a_metadata, a_rule, a_service, a_version, an_accession


def findings(text: str | bytes, **changes: Any) -> list[Finding]:
    """Return what is said of a draft of our own that says `text`, but for the rules of reading."""
    draft = a_draft("mairie/cgu/v1", text, **changes)
    found = checks.check(a_corpus(a_service("mairie", draft)))
    return [finding for finding in found if not finding.rule.startswith("L-")]


def test_a_plain_text_has_no_finding() -> None:
    text = (
        "# Titre\n\nVoir [l’article 1](#article-1), <https://ville.invalid/> ou <aide@ville.invalid>.\n\n"
        "## Article 1 – A\n\n1 < 2, a <b et `<script>`.\n\n```\n<b> [a](javascript:b)\n```\n\n"
        "- *un* **deux**\n\n> trois\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n---\n\nVersion finale : 2\n"
    )
    assert findings(text) == []


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("a\n\n<script>b</script>", "html", 3),
        ("a <br/> b", "html", 1),
        ("</div>", "html", 1),
        ("<!-- caché -->", "html", 1),
        ("**<b>**", "html", 1),
        ("- a\n- <i class='x'>\n", "html", 2),
        ("> <?php ?>", "html", 1),
        ("| <u> |\n|---|\n| b |", "html", 1),
        ("| a |\n|---|\n| <u> |", "html", 3),
        ("# <em>Titre</em>", "html", 1),
        ("[a](javascript:b)", "link-unsafe", 1),
        ("[a](JaVaScRiPt:b)", "link-unsafe", 1),
        ("[a](java&#115;cript:b)", "link-unsafe", 1),
        ("[a](data:text/html,b)", "link-unsafe", 1),
        ("[a](data:image/png;base64,b)", "link-unsafe", 1),
        ("[a](vbscript:b)", "link-unsafe", 1),
        ("[a](ftp://ville.invalid/)", "link-unsafe", 1),
        ("[a](page.html)", "link-unsafe", 1),
        ("[a](//ville.invalid)", "link-unsafe", 1),
        ("[a](https://)", "link-unsafe", 1),
        ("[a](https://[)", "link-unsafe", 1),
        ("[a](https://moi@ville.invalid)", "link-unsafe", 1),
        ("[a](mailto:personne)", "link-unsafe", 1),
        ("*[**a**](page.html)*", "link-unsafe", 1),
        ("[a](mailto:μισι@ville.invalid)", "link-confusable", 1),
        ("[a](https://vіlle.invalid)", "link-confusable", 1),
        ("[ici]()", "link-lost", 1),
        ("\n[ici](#)", "link-lost", 2),
        ("[a](#article-9)", "link-broken", 1),
        ("![plan](https://ailleurs.invalid/p.png)", "image", 1),
        ("[![plan](p.png)](https://ville.invalid)", "image", 1),
        ("Version finale :", "blank-field", 1),
        ("Date de mise en ligne :\u00a0", "blank-field", 1),
        ("a\n\n*Dernière mise à jour :*", "blank-field", 3),
        ("a\nb\u200bc", "hidden-character", 2),
        ("\ufeff# Titre", "hidden-character", 1),
        ("a\u202eb", "hidden-character", 1),
        ("a\x07b", "hidden-character", 1),
        ("a\n\nBonjour \U0001f600", "undrawable", 3),
        ("| a |\n|---|\n| \u2665 |", "undrawable", 3),
        ("a &hearts;", "undrawable", 1),
        ("a [b](https://ville.invalid 'caché')", "hidden-words", 1),
        ("a\n\n[b]: https://ville.invalid", "hidden-words", 3),
    ],
)
def test_what_no_page_should_show_is_an_error_in_a_draft(text: str, rule: str, line: int) -> None:
    (finding,) = findings(text)
    assert (finding.file, finding.rule, finding.line) == ("mairie/cgu/v1/texte.md", rule, line)
    assert finding.severity is Severity.ERROR
    assert finding.remedy


def test_a_text_that_is_published_or_received_can_only_be_spoken_of() -> None:
    text = "# Titre\n\n<b>\n"
    published = a_version(text=text)
    received = a_version("mairie/cgu/v2", text + "a", an_accession(), published=False)
    found = [f for f in checks.check(a_corpus(a_service("mairie", published, received))) if f.rule != "L-24"]
    assert [(finding.rule, finding.severity) for finding in found] == [("html", Severity.WARNING)] * 2
    assert {finding.remedy[:22] for finding in found} == {"Le texte reste tel que"}


def test_a_character_that_no_font_draws_is_an_error_in_a_received_text_too() -> None:
    received = a_version("mairie/cgu/v2", "# Titre\n\na \u2665\n", an_accession(), published=False)
    (finding,) = checks.errors(checks.candidate(a_service("mairie", received), received))
    assert finding.rule == "undrawable"
    assert "(U+2665, BLACK HEART SUIT)" in finding.message


def test_a_text_in_letters_that_no_font_has_is_told_in_a_few_findings() -> None:
    found = findings("# Titre\n\n" + "".join(map(chr, range(0x4E00, 0x4F00))))
    assert [finding.rule for finding in found] == ["undrawable"] * 10


@pytest.mark.parametrize("raw", [b"\xff", b"a\x00", b"> " * 70 + b"a"])
def test_a_text_that_cannot_be_read_is_an_error(raw: bytes) -> None:
    (finding,) = findings(raw)
    assert (finding.rule, finding.severity) == ("unreadable", Severity.ERROR)


def test_a_rule_quotes_its_provision() -> None:
    assert findings(TEXT, rules=(a_rule(),)) == []
    (gone,) = findings(TEXT, rules=(a_rule(quote="Le service est payant."),))
    assert (gone.file, gone.rule) == ("mairie/cgu/v1/version.yml", "rule-quote")
    assert "« Le service est payant. »" in gone.message
    (lost,) = findings(TEXT, rules=(a_rule(at="article-9"),))
    assert lost.rule == "rule-address"


def test_a_rule_that_misquotes_is_an_error_whoever_wrote_the_text() -> None:
    received = a_version(metadata=an_accession(rules=(a_rule(quote="autre"),)))
    (finding,) = checks.check(a_corpus(a_service("mairie", received)))
    assert finding.severity is Severity.ERROR


def test_the_file_named_is_that_of_the_transcription() -> None:
    version = a_version(text="<b>", metadata=a_metadata(transcription=2), earlier_texts=(b"<b>",))
    files = {finding.file for finding in checks.check(a_corpus(a_service("mairie", version)))}
    assert "mairie/cgu/v1/texte-2.md" in files


@pytest.mark.requirement("S-02", "S-31", "S-36", "M-02", "M-20")
def test_what_the_real_texts_lost_is_reported_and_stops_nothing(corpus: Corpus) -> None:
    found = {(f.file.split("/")[0], f.rule, f.line) for f in checks.check(corpus) if f.line}
    assert {
        ("soffi", "blank-field", 19),
        ("soffi", "blank-field", 21),
        ("soffi", "link-confusable", 97),
        ("soffi", "link-lost", 86),
        ("monjob62", "blank-field", 11),
        ("monjob62", "link-lost", 124),
    } <= found
    assert checks.errors(checks.check(corpus)) == ()


@given(st.text(max_size=200))
def test_no_text_makes_the_checks_fail(text: str) -> None:
    for finding in findings(text):
        str(finding).encode()
