from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
import yaml

from cgu_archive.corpus import fields, reading
from cgu_archive.corpus.errors import Finding, InvalidCorpusError
from cgu_archive.corpus.hashing import canonical
from cgu_archive.corpus.model import Contact, FieldKind, Service, SignUpStep, Terms
from cgu_archive.corpus.rules import ByPost, Campaign, Quoted, Retention
from tests.builders import a_metadata, a_service, a_version, an_acceptance, service_yml

CONTACT = {"label": "Assistance", "url": None, "email": "aide@ville.invalid", "phone": None, "postal": None}
FIELD = {
    "label": "Civilité", "kind": "choice", "required": True, "purpose": "Vous écrire.", "kept": False,
    "choices": ["Madame", "Monsieur"],
}  # fmt: skip
HOURS = {"days": ["mon", "fri"], "opens": "07:30", "closes": "19:30", "outside_url": None}
VERSION: dict[str, Any] = a_metadata().contractual() | {
    "format": "cgu-version/1", "text_hash": None, "metadata_hash": None,
}  # fmt: skip
RULE = {"id": "a", "kind": "password-length", "value": 12, "at": "article-1", "quote": "douze"}


def refused(content: dict[str, Any], build: Callable[[fields.Node], object]) -> Finding:
    value, findings = fields.load("f.yml", yaml.safe_dump(content).encode(), build)
    assert value is None
    (finding,) = findings
    return finding


def refused_service(**changes: Any) -> str:
    held = {"cgu": Terms("cgu", "", ())}
    return refused(service_yml(**changes), lambda root: reading.service("s", held, root)).message


def refused_version(**changes: Any) -> str:
    return refused(VERSION | changes, reading.metadata).message


def test_a_service_is_read_whole() -> None:
    service = a_service(
        "mairie",
        a_version(),
        contacts={"assistance": CONTACT, "incident": None, "data_protection": None, "contact": None},
        support_hours=HOURS,
        profiles=[{"slug": "habitant", "name": "Habitant", "fields": ["civilite"]}],
        fields={"civilite": FIELD},
        signup_steps=["address", "acceptance"],
        account_opens="with-acceptance",
        links={"privacy": {"label": "Vie privée", "url": None}, "site": "https://ville.invalid/"},
        requires=["portail"],
    )
    assert service.contacts["assistance"] == Contact("Assistance", None, "aide@ville.invalid", None, None)
    assert service.contacts["incident"] is None
    assert service.support_hours is not None
    assert (service.support_hours.opens, service.support_hours.closes) == (time(7, 30), time(19, 30))
    assert service.fields["civilite"].kind is FieldKind.CHOICE
    assert service.fields["civilite"].choices == ("Madame", "Monsieur")
    assert service.profiles[0].fields == ("civilite",)
    assert service.signup_steps == (SignUpStep.ADDRESS, SignUpStep.ACCEPTANCE)
    assert service.account_opens_with_acceptance
    assert service.company_may_be_declared
    assert service.privacy.url is None
    assert service.site == "https://ville.invalid/"
    assert service.document("cgu").versions == (a_version(),)
    assert service.requires == ("portail",)


def test_a_service_has_at_least_one_document() -> None:
    """One without any would ask nothing, and open its gate to all."""
    finding = refused(service_yml(terms={}), lambda root: reading.service("s", {}, root))
    assert "au moins un document" in finding.message


def test_a_document_without_folder_has_no_version() -> None:
    service = a_service("s", terms={"cgu": {"title": "CGU"}, "cg": {"title": "CG"}})
    assert service.document("cg").versions == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": "cgu-service/2"}, "« cgu-service/1 », trouvé 'cgu-service/2'"),
        ({"fictional": "peut-être"}, "true ou false"),
        ({"terms": {"cg": {"title": "CG"}}}, "le titre du document « cgu », qui a un dossier"),
        ({"support_hours": HOURS | {"days": ["lundi"]}}, "des jours parmi mon"),
        ({"support_hours": HOURS | {"opens": "7h30"}}, "une heure"),
        ({"account_opens": "later"}, "with-acceptance ou before-acceptance"),
        ({"signup_steps": ["coffee"]}, "l’un de : address"),
        ({"profiles": [{"slug": "a", "name": "A", "fields": ["b"]}]}, "pas « b »"),
        ({"acceptance": an_acceptance(new_version="guess")}, "accept, notify"),
        ({"contacts": {"assistance": None}}, "« contacts.incident » absent"),
    ],
)
def test_a_service_that_is_not_as_expected_says_why(changes: dict[str, Any], said: str) -> None:
    assert said in refused_service(**changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": "cgu-metadata/1"}, "« cgu-version/1 »"),
        ({"origin": "gift"}, "accession, publication"),
        ({"reason_kind": "whim"}, "platform, law, other"),
        ({"transcription": 0}, "un nombre de 1 à 99"),
        ({"transcription": 100}, "un nombre de 1 à 99"),
        ({"text_hash": "ABC"}, "SHA-256"),
        ({"metadata_hash": "A" * 64}, "minuscules"),
        ({"corrects": "V 1"}, "un nom court"),
        ({"source": {"file": "a/b", "received_on": "2026-01-01", "hash": "a" * 64}}, "sans dossier"),
        ({"source": {"file": "a", "received_on": "2026-01-01", "hash": None}}, "l’empreinte SHA-256"),
        ({"approval": {"body": "CA", "on": "avril"}}, "un jour"),
        ({"homologation": {"act": "A"}}, "« homologation.on » absent"),
        ({"rules": [RULE | {"value": "douze"}]}, "un nombre entier"),
        ({"rules": [RULE | {"kind": "gate"}]}, "true ou false"),
        ({"rules": [RULE | {"kind": "magic"}]}, "l’un de : password-length"),
        ({"rules": [RULE | {"kind": "effect", "value": None}]}, "un texte"),
    ],
)
def test_a_version_that_is_not_as_expected_says_why(changes: dict[str, Any], said: str) -> None:
    assert said in refused_version(**changes)


def test_frozen_metadata_are_read_back_from_their_canonical_json() -> None:
    metadata = a_metadata(label="« v1 » 😀", summary="ligne\nligne", reason='"oui" : non')
    assert reading.frozen(canonical(metadata.contractual())) == metadata


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"{", "pas du JSON"),
        (b"\xff", "pas du JSON"),
        (b"[" * 100_000, "pas du JSON"),
        (b"{}", "absent"),
        (canonical(a_metadata().contractual()) + b" ", "forme canonique"),
        (canonical(a_metadata().contractual() | {"format": "cgu-version/1"}), "« cgu-metadata/1 »"),
        (canonical(a_metadata().contractual() | {"more": 1}), "« more » inconnu"),
    ],
)
def test_anything_else_is_no_frozen_metadata(raw: bytes, said: str) -> None:
    with pytest.raises(InvalidCorpusError, match=said):
        reading.frozen(raw)


@pytest.mark.requirement("S-08", "T-03", "S-64", "P-61")
def test_the_settings_of_the_real_services(corpus: Any) -> None:
    def service(slug: str) -> Service:
        found: Service = corpus.service(slug)
        return found

    assert [p.slug for p in service("soffi").profiles] == [
        "opco", "atpro", "faf-non-salaries", "agent-dgefp-mpfq", "agent-dr-iets",
    ]  # fmt: skip
    assert len(service("tableau-de-bord").profiles) == 4
    assert (service("soffi").law.applicable, service("soffi").law.court) == ("droit français", None)
    assert service("portail").law.court == "tribunal administratif de Paris"


def test_a_term_may_be_left_out_and_is_then_five_and_three_years() -> None:
    assert a_service().retention == Retention(years=5, unused_years=3)
    given = {"years": 30, "unused_years": 1}
    assert a_service(retention=given).retention == Retention(30, 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"years": 0, "unused_years": 3}, "retention.years"),
        ({"years": 31, "unused_years": 3}, "de 1 à 30"),
        ({"years": 5, "unused_years": 100}, "retention.unused_years"),
        ({"years": 5}, "« retention.unused_years » absent"),
        ({"years": 5, "unused_years": 3, "never": 1}, "« retention.never » inconnu"),
        ({"years": None, "unused_years": 3}, "un nombre entier"),
        (None, "un bloc"),
    ],
)
def test_a_term_is_a_number_of_years_and_never_without_end(given: Any, said: str) -> None:
    assert said in refused_service(retention=given)


def test_a_service_may_refuse_a_company_that_no_directory_confirmed() -> None:
    assert not a_service("mairie", a_version(), company_may_be_declared=False).company_may_be_declared
    assert "true ou false" in refused_service(company_may_be_declared="parfois")


def test_what_a_service_may_send_is_nothing_unless_it_says_so() -> None:
    assert a_service("mairie", a_version()).channels == ()
    assert a_service("mairie", a_version(), channels=["push", "news", "push"]).channels == ("push", "news")
    assert "l’un de : news, push" in refused_service(channels=["sms"])


@pytest.mark.requirement("O-32")
def test_a_day_of_renewal_is_one_that_every_year_has() -> None:
    assert a_service(password_campaign="12-15").password_campaign == Campaign(12, 15)
    assert a_service().password_campaign is None
    for day in ("02-29", "13-01", "12-5", "15 décembre", "12-15T00"):
        assert "mois et jour" in refused_service(password_campaign=day)


@pytest.mark.requirement("S-32", "S-06", "O-25")
def test_what_is_quoted_of_a_text_and_the_domains_of_a_profile_are_read() -> None:
    profile = {"slug": "agent", "name": "Agent", "fields": [], "email_domains": ["emploi.gouv.fr"]}
    assert a_service(profiles=[profile]).profiles[0].email_domains == ("emploi.gouv.fr",)
    assert "minuscules" in refused_service(profiles=[profile | {"email_domains": ["@emploi.gouv.fr"]}])
    said = {"at": "article 1", "quote": "Une phrase."}
    assert a_service(data_controllers=[said]).data_controllers == (Quoted("article 1", "Une phrase."),)
    assert "absent" in refused_service(data_controllers=[{"at": "article 1"}])
    way = {"at": "a", "address": "b", "sending": "c", "enclosures": ["d", "e"], "delay": "f"}
    assert a_service(by_post=way).by_post == ByPost("a", "b", "c", ("d", "e"), "f")
    assert "absent" in refused_service(by_post={"at": "a"})
