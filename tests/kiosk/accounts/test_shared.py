"""« Ordinateur partagé » (S-43): reading never locks, deciding locks and loses nothing, no file is left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select

from kiosk.acceptance.models import Decision
from kiosk.db import reading
from kiosk.security import is_public
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Site

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Nothing here asks of the database what the two answer differently."""

DECIDE, SIGN_IN = "/dgefp/soffi/cgu/decider", "/dgefp/connexion"
WARNING, LOCK = "/dgefp/ordinateur-partage/encore-la", "/dgefp/ordinateur-partage/verrou"


@pytest.fixture
def site(make_site: Callable[..., Site], engine: Engine) -> Site:
    return make_site(engine, shared_terminal=True)


@pytest.fixture
def shared(site: Site) -> Browser:
    """Somebody who has an account, signed in on a shared computer."""
    site.browser().sign_up("dgefp", "soffi", profile="opco")
    browser = site.browser().get(f"{SIGN_IN}?poste=partage")
    assert browser.form().checked == ["shared"]
    return browser.send(email=EMAIL, password=PASSWORD, shared="1")


def decided(site: Site) -> list[str]:
    with reading(site.engine) as session:
        return list(session.scalars(select(Decision.kind)))


def test_without_the_module_there_is_no_box_no_page_and_no_mode(
    make_site: Callable[..., Site], engine: Engine
) -> None:
    site = make_site(engine)
    browser = site.browser().sign_up("dgefp", "soffi", profile="opco")
    assert "shared" not in browser.get("/dgefp/deconnexion").html
    assert not [rule for rule in site.app.url_map.iter_rules() if "ordinateur-partage" in str(rule)]
    other = site.browser().get(f"{SIGN_IN}?poste=partage")
    assert "shared" not in other.form().types
    other.send(email=EMAIL, password=PASSWORD, shared="1").get("/dgefp/mon-compte")
    site.clock.move(minutes=20)
    assert other.get("/dgefp/mon-compte").path == "/dgefp/mon-compte"
    assert "Ordinateur partagé" not in other.words


@pytest.mark.requirement("S-43")
def test_cookies_end_with_the_browser_and_none_says_who_was_there(site: Site, shared: Browser) -> None:
    cookies = [shared.client.get_cookie(name) for name in ("kiosk", "kiosk-navigateur")]
    assert cookies[0] is not None
    assert cookies[0].max_age is None
    assert cookies[0].expires is None
    assert cookies[1] is None
    form = shared.get("/dgefp/connexion?poste=partage")
    assert form.path != SIGN_IN, "signed in already"
    assert 'autocomplete="off"' in site.browser().get(f"{SIGN_IN}?poste=partage").html


@pytest.mark.requirement("S-43")
def test_reading_never_locks_and_deciding_does_at_the_same_place(site: Site, shared: Browser) -> None:
    shared.get(DECIDE)
    assert f'content="240; url={WARNING}?next={DECIDE}"' in shared.html
    site.clock.move(minutes=30)
    text = shared.get("/dgefp/soffi/cgu")
    assert text.path == "/dgefp/soffi/cgu"
    assert 'http-equiv="refresh"' not in text.html
    assert EMAIL not in text.html
    locked = shared.get(DECIDE)
    assert locked.path == LOCK
    assert EMAIL not in locked.html
    assert "Recommencer" in locked.words
    assert locked.send(unlock="faux").status == 422
    assert "Ce n’est pas votre mot de passe actuel." in shared.words
    assert shared.get("/dgefp/mon-compte").path == LOCK
    assert shared.get(f"{LOCK}?next={DECIDE}").send(unlock=PASSWORD).path == DECIDE
    assert shared.accept().path.startswith("/dgefp/mes-acceptations/")
    assert decided(site) == ["accepted"]


@pytest.mark.requirement("S-43")
def test_a_decision_that_is_sent_too_late_waits_for_the_password_and_is_recorded(
    site: Site, shared: Browser
) -> None:
    shared.get(DECIDE)
    site.clock.move(minutes=5)
    shared.accept()
    assert shared.status == 403
    assert "Ce que vous avez envoyé attend ici" in shared.words
    assert decided(site) == []
    assert shared.send(unlock="faux").status == 403
    assert shared.send(unlock=PASSWORD).path.startswith("/dgefp/mes-acceptations/")
    assert decided(site) == ["accepted"]


@pytest.mark.requirement("S-43")
def test_the_warning_leaves_a_minute_and_more_time_is_had_as_often_as_wanted(
    site: Site, shared: Browser
) -> None:
    shared.get(DECIDE)
    for _ in range(12):
        site.clock.move(minutes=4)
        warned = shared.get(f"{WARNING}?next={DECIDE}")
        assert "se verrouille dans une minute" in warned.words
        assert f'content="60; url={LOCK}?next={DECIDE}"' in warned.html
        assert EMAIL not in warned.html
        assert warned.send().path == DECIDE
    site.clock.move(minutes=4)
    shared.get(WARNING)
    site.clock.move(minutes=1)
    assert shared.send().path == LOCK, "too late"
    shared.get(f"{LOCK}?next={DECIDE}").send(unlock=PASSWORD)
    assert shared.get(f"{LOCK}?next=//evil.example").path == LOCK
    assert shared.get(DECIDE).path == LOCK, "once it says that it is locked, it is"


@pytest.mark.requirement("S-43")
def test_no_file_is_left_and_other_ways_are_said(site: Site, shared: Browser) -> None:
    receipt = shared.get(DECIDE).accept().path
    assert "n’enregistrez rien ici. Nous vous envoyons le justificatif." in shared.words
    assert f"http://localhost{receipt}" in shared.words
    assert 'class="qr" src="data:image/svg+xml' in shared.html
    assert "download" not in shared.html.split("<main")[1]
    for path in (
        f"{receipt}.receipt.json",
        f"{receipt}.pdf",
        f"{receipt}.tlog-proof",
        f"{receipt}/comparaison.json",
    ):
        assert shared.get(path).status == 403, path
        assert "n’enregistrez rien ici" in shared.words
    shared.get("/dgefp/mon-compte/mes-donnees")
    assert shared.send().status == 403
    own = site.browser().sign_in("dgefp")
    assert own.get(f"{receipt}.receipt.json").status == 200


@pytest.mark.requirement("S-43")
def test_no_address_of_a_file_of_a_person_is_forgotten(
    make_site: Callable[..., Site], engine: Engine
) -> None:
    site = make_site(engine, shared_terminal=True, sanctions=True)
    site.browser().sign_up("dgefp", "soffi", profile="opco")
    shared = site.browser().get(f"{SIGN_IN}?poste=partage").send(email=EMAIL, password=PASSWORD, shared="1")
    files = [
        rule for rule in site.app.url_map.iter_rules()
        if rule.rule.rpartition("/")[2].rpartition(".")[2] in {"json", "pdf", "tlog-proof", "zip"}
        and not is_public(site.app, rule.endpoint)
    ]  # fmt: skip
    assert len(files) >= 7
    for rule in files:
        names = {name: "dgefp" if name == "publisher" else "0" * 32 for name in rule.arguments}
        path = site.app.url_map.bind("localhost").build(rule.endpoint, names)
        assert shared.get(path).status == 403, path


@pytest.mark.requirement("S-43")
def test_starting_over_asks_the_browser_to_forget_all(site: Site, shared: Browser) -> None:
    shared.get("/dgefp/mon-compte")
    assert shared.response.headers["Cache-Control"] == "no-store"
    button = next(one for one in shared.forms if "deconnexion" in one.action)
    answer = shared.client.post(button.action, data=button.values)
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    after = shared.get(answer.location)
    assert "ni page, ni cookie, ni fichier" in after.words
    assert f'href="{SIGN_IN}?poste=partage"' in after.html
    assert shared.get("/dgefp/mon-compte").path == SIGN_IN


def test_the_mode_survives_a_password_that_must_be_renewed_and_changed(site: Site, shared: Browser) -> None:
    shared.get("/dgefp/mon-compte/mot-de-passe").send(current=PASSWORD, password="Un autre pré, 8 vaches !")
    site.clock.move(minutes=6)
    assert shared.get("/dgefp/mon-compte").path == LOCK
