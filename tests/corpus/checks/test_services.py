from __future__ import annotations

from typing import Any

import pytest

from cgu_archive.corpus import checks
from cgu_archive.corpus.errors import Finding, Severity
from cgu_archive.corpus.model import Corpus
from tests.builders import a_corpus, a_service, a_version, an_acceptance

FIELD = {"label": "Nom", "kind": "text", "required": True, "purpose": "P.", "kept": True, "choices": []}
ASKED = {"profiles": [{"slug": "habitant", "name": "Habitant", "fields": ["nom"]}], "fields": {"nom": FIELD}}


def findings(**changes: Any) -> list[Finding]:
    return list(checks.check(a_corpus(a_service("mairie", a_version(), **changes))))


def between(**requires: list[str]) -> list[Finding]:
    services = [
        a_service(slug, a_version(f"{slug}/cgu/v1"), requires=names) for slug, names in requires.items()
    ]
    return list(checks.check(a_corpus(*services)))


def test_a_service_without_fault_has_no_finding() -> None:
    assert findings() == findings(**ASKED) == []


@pytest.mark.requirement("P-02")
def test_a_publisher_has_one_name() -> None:
    other = {"slug": "ville", "name": "Commune", "title": "Ville imaginaire", "public": True}
    (finding,) = checks.check(
        a_corpus(
            a_service("mairie", a_version()), a_service("musee", a_version("musee/cgu/v1"), publisher=other)
        )
    )
    assert (finding.file, finding.rule) == ("musee/service.yml", "publisher")
    assert "mairie/service.yml" in finding.message


def test_required_services_exist_and_never_go_in_circles() -> None:
    assert between(a=[], b=["a"], c=["a", "b"]) == []
    (unknown,) = between(a=["inconnu"])
    assert "« inconnu »" in unknown.message
    assert [finding.file for finding in between(a=["b"], b=["c"], c=["a"], d=["a", "b"])] == [
        "a/service.yml", "b/service.yml", "c/service.yml",
    ]  # fmt: skip
    assert len(between(a=["a"])) == 1


@pytest.mark.parametrize(
    ("changes", "rule", "said"),
    [
        ({"signup_steps": ["address", "address", "acceptance"]}, "steps", "écrit 2 fois"),
        ({"signup_steps": ["address", "password"]}, "steps", "« acceptance » manque"),
        ({"signup_steps": ["profile", "acceptance"]}, "profile", "sans aucun profil"),
        (
            {"profiles": [{"slug": "a", "name": name, "fields": []} for name in "AB"]},
            "profile",
            "« a » écrit 2 fois",
        ),
        (ASKED | {"fields": {"nom": FIELD | {"kind": "choice"}}}, "fields", "réservé à kind: choice"),
        (ASKED | {"fields": {"nom": FIELD | {"choices": ["a"]}}}, "fields", "réservé à kind: choice"),
        (ASKED | {"fields": {"nom": FIELD | {"kind": "civility"}}}, "fields", "réservé à kind: choice"),
        ({"fields": {"nom": FIELD}}, "fields", "aucun profil ne le demande"),
        ({"acceptance": an_acceptance(box="Oui à {editeur}")}, "box", "seuls {service} et {version}"),
        ({"acceptance": an_acceptance(box="Oui {")}, "box", "seuls {service} et {version}"),
        ({"acceptance": an_acceptance(box="J’ai lu les conditions")}, "box", "« J’ai lu »"),
        ({"acceptance": an_acceptance(named_without_text=["charte"])}, "box", "ne nomme pas « charte »"),
        ({"acceptance": an_acceptance(box="Oui", together=["cgu"])}, "box", "au moins deux documents"),
        ({"acceptance": an_acceptance(box="Oui", together=["cgu", "cg"])}, "box", "au moins deux documents"),
        (
            {"acceptance": an_acceptance(representative=True, on_behalf_of_organisation=True)},
            "box",
            "porte sur un seul document",
        ),
        ({"acceptance": an_acceptance(without_account=["Borne"])}, "box", "« Borne » n’est pas une des"),
    ],
)
def test_a_service_that_contradicts_itself_is_an_error(changes: dict[str, Any], rule: str, said: str) -> None:
    (finding,) = findings(**changes)
    assert (finding.file, finding.rule, finding.severity) == ("mairie/service.yml", rule, Severity.ERROR)
    assert said in finding.message


@pytest.mark.requirement("O-08")
@pytest.mark.parametrize(
    ("box", "document"),
    [
        ("J’accepte les conditions générales", "conditions générales"),
        ("J’accepte les conditions générales de vente", "conditions générales de vente"),
        ("J’accepte les Conditions particulières", "conditions particulières"),
        ("J’accepte la charte informatique", "charte informatique"),
        ("J’accepte le règlement intérieur", "règlement intérieur"),
    ],
)
def test_a_box_that_names_a_document_nobody_deposited_is_an_error(box: str, document: str) -> None:
    (finding,) = findings(acceptance=an_acceptance(box=box))
    assert (finding.rule, finding.severity) == ("box-document", Severity.ERROR)
    assert f"« {document} »" in finding.message


@pytest.mark.requirement("O-08")
def test_saying_that_nobody_deposited_it_leaves_a_warning_that_names_it() -> None:
    box = "J’accepte les conditions générales et particulières, et les conditions particulières"
    (finding,) = findings(
        acceptance=an_acceptance(
            box=box, named_without_text=["Conditions générales", "conditions particulières"]
        )
    )
    assert finding.severity is Severity.WARNING
    assert "« Conditions générales », « conditions particulières »" in finding.message


def test_a_document_that_is_held_may_be_named() -> None:
    terms = {"cgu": {"title": "CGU"}, "cg": {"title": "Conditions générales de Mairie"}}
    box = an_acceptance(box="J’accepte les conditions générales")
    (finding,) = findings(terms=terms, acceptance=box)
    assert (finding.rule, finding.severity) == ("terms-empty", Severity.WARNING)


@pytest.mark.requirement("O-08")
def test_one_box_may_stand_for_documents_that_are_held_and_then_names_no_version() -> None:
    terms = {"cgu": {"title": "CGU"}, "cg": {"title": "Conditions générales de Mairie"}}
    for box, more, said in (
        ("Oui", {}, set()),
        ("Oui à {version}", {}, {"box"}),
        ("Oui", {"representative": True}, {"box"}),
    ):
        found = findings(terms=terms, acceptance=an_acceptance(box=box, together=["cgu", "cg"], **more))
        assert {one.rule for one in found if one.severity is Severity.ERROR} == said


@pytest.mark.requirement("O-08")
def test_the_box_of_ocapiat_is_reported_with_the_two_documents_it_names(corpus: Corpus) -> None:
    (finding,) = [f for f in checks.check(corpus) if f.rule == "box-document"]
    assert finding.file == "ocapiat/service.yml"
    assert finding.severity is Severity.WARNING
    assert "« conditions générales », « conditions particulières »" in finding.message
    assert "une acceptation n’est qu’un spécimen" in finding.message


@pytest.mark.requirement("P-47", "S-36")
def test_what_the_text_lost_is_said() -> None:
    lost = {"label": "Assistance", "url": None, "email": None, "phone": None, "postal": None}
    contacts = {"assistance": lost, "incident": None, "data_protection": None, "contact": None}
    (finding,) = findings(contacts=contacts)
    assert (finding.rule, finding.severity) == ("contact-lost", Severity.WARNING)
    found = contacts | {"assistance": lost | {"email": "aide@ville.invalid"}}
    assert findings(contacts=found) == []
    (link,) = findings(links={"privacy": {"label": "Vie privée", "url": None}, "site": None})
    assert "« Vie privée »" in link.message


WAYS = {"label": "Aide", "url": None, "email": None, "phone": "3939", "postal": None}


@pytest.mark.requirement("P-49", "S-31")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"unlinked_hosts": ["https://www.ville.invalid/"]}, "unlinked_hosts"),
        ({"unlinked_hosts": ["Ville.invalid"]}, "unlinked_hosts"),
        ({"links": {"privacy": {"label": "a", "url": "/vie-privee"}, "site": None}}, "links.privacy.url"),
        ({"links": {"privacy": {"label": "a", "url": "https://a.fr"}, "site": "a.fr"}}, "links.site"),
        ({"support_hours": "javascript:a"}, "support_hours.outside_url"),
        ({"contact": {"url": "javascript:alert(1)"}}, "contacts.contact.url"),
        ({"contact": {"url": "https://moi@ville.invalid/"}}, "contacts.contact.url"),
        ({"contact": {"email": "μισι@ville.invalid"}}, "contacts.contact.email"),
        ({"contact": {"email": "aide"}}, "contacts.contact.email"),
    ],
)
def test_addresses_lead_where_they_say(changes: dict[str, Any], field: str) -> None:
    written = dict(changes)
    if "contact" in written:
        empty = {"assistance": None, "incident": None, "data_protection": None}
        written["contacts"] = empty | {"contact": WAYS | written.pop("contact")}
    if "support_hours" in written:
        hours = {"days": ["mon"], "opens": "09:00", "closes": "17:00"}
        written["support_hours"] = hours | {"outside_url": written["support_hours"]}
    (finding,) = findings(**written)
    assert (finding.rule, finding.severity) == ("address", Severity.ERROR)
    assert f"« {field} » : attendu" in finding.message


@pytest.mark.requirement("P-49", "S-38")
def test_the_addresses_of_the_real_services_are_sound(corpus: Corpus) -> None:
    assert [finding for finding in checks.check(corpus) if finding.rule == "address"] == []
    assert corpus.service("soffi").unlinked_hosts


@pytest.mark.requirement("S-06", "O-25")
def test_a_sentence_quoted_that_no_version_says_is_an_error(corpus: Corpus) -> None:
    wrong = {"at": "article 1", "quote": "Une phrase que personne n’a écrite."}
    (finding,) = findings(data_controllers=[wrong])
    assert (finding.rule, finding.severity) == ("unsaid", Severity.ERROR)
    assert "« Une phrase que personne n’a écrite. » (article 1)" in finding.message
    assert not [one for one in checks.check(corpus) if one.rule == "unsaid"]
    assert corpus.service("soffi").data_controllers
    assert corpus.service("ocapiat").by_post
