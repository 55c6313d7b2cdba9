"""In which order a service asks what: decided by `service.yml` alone."""

from __future__ import annotations

import pytest

from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Service, SignUpStep
from kiosk.accounts import steps
from tests.demonstration import ROOT

SERVICES = {one.slug: one for one in load(ROOT / "cgu_texts").services}
PAGES = {
    ("portail", None): "address verification password identity acceptance",
    ("soffi", None): "address verification password identity profile acceptance",
    ("tableau-de-bord", None): "address verification password profile acceptance",
    ("ocapiat", None): "address verification password profile identity acceptance",
    ("ocapiat", "cfa"): "address verification password profile identity acceptance",
    ("monjob62", None): "address verification password profile identity acceptance",
    ("monjob62", "candidat"): "address verification password profile identity acceptance",
    ("demonstration", None): "address verification password acceptance profile identity",
}


@pytest.mark.parametrize(("service", "profile"), PAGES)
def test_the_pages_of_each_service_are_those_of_its_text(service: str, profile: str | None) -> None:
    found = steps.pages(SERVICES[service], profile)
    assert " ".join(step.value for step in found) == PAGES[service, profile]


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda one: one.slug)
def test_every_page_is_reached_from_the_one_before_and_from_none_earlier(service: Service) -> None:
    for profile in [one.slug for one in service.profiles]:
        asked = steps.pages(service, profile)
        for place, step in enumerate(asked[:-1]):
            assert steps.after(service, profile, step) is asked[place + 1]
            for standing in asked[:place]:
                assert not steps.is_reached(service, profile, step, standing)
            for standing in asked[place:]:
                assert steps.is_reached(service, profile, step, standing)
        assert steps.after(service, profile, asked[-1]) is None


def test_what_stands_before_the_conditions_holds_them_back_and_what_follows_does_not() -> None:
    portail, demonstration = SERVICES["portail"], SERVICES["demonstration"]
    assert steps.holds_back(portail, SignUpStep.IDENTITY)
    assert not steps.holds_back(demonstration, SignUpStep.PROFILE)
    assert steps.account_step(portail, None, SignUpStep.IDENTITY) is None
    assert steps.account_step(demonstration, None, SignUpStep.ACCEPTANCE) is SignUpStep.PROFILE


def test_before_a_profile_is_chosen_only_what_all_profiles_are_asked_is() -> None:
    monjob62 = SERVICES["monjob62"]
    assert {field.slug for field in steps.fields(monjob62, None)} == {"nom", "prenom"}
    assert [field.slug for field in steps.fields(monjob62, "recruteur")] == [
        "civilite", "nom", "prenom", "telephone", "siret",
    ]  # fmt: skip
