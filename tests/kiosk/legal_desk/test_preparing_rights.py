"""Who may do what of the preparation of a version: every page, for every role, at one's service or not."""

from __future__ import annotations

import pytest

from kiosk.legal_desk.guidance import Step, next_step
from kiosk.legal_desk.policy import Act, Done, stands
from kiosk.staff.roles import Grant, Role
from tests.kiosk.legal_desk.team import DESK, Team
from tests.kiosk.legal_desk.test_policy import AT, A

_ONE = "/brouillons/{id}"
EVERY_ROLE = (
    ("GET", ""), ("GET", _ONE), ("GET", f"{_ONE}/apercu"), ("GET", f"{_ONE}/comparer"),
    ("GET", f"{_ONE}/comparer.docx"), ("GET", f"{_ONE}/commentaires"), ("GET", f"{_ONE}/verifications"),
    ("GET", f"{_ONE}/texte.md"), ("GET", f"{_ONE}/texte.docx"), ("GET", f"{_ONE}/projet.pdf"),
    ("POST", f"{_ONE}/commentaires"),
    ("POST", f"{_ONE}/commentaires/9/clore"),
    ("GET", f"{_ONE}/pieces-jointes"), ("GET", f"{_ONE}/pieces-jointes/joint.txt"),
)  # fmt: skip
AUTHORS = (
    ("GET", "/preparer"), ("POST", "/preparer"), ("GET", "/recevoir"), ("POST", "/recevoir"),
    ("GET", "/preparer/rectificatif/soffi/cgu/sans-date-1"),
    ("POST", "/preparer/rectificatif/soffi/cgu/sans-date-1"),
    ("GET", f"{_ONE}/texte"), ("POST", f"{_ONE}/texte"), ("POST", f"{_ONE}/apercu"),
    ("GET", f"{_ONE}/fiche"), ("POST", f"{_ONE}/fiche"), ("GET", f"{_ONE}/fichier"),
    ("POST", f"{_ONE}/fichier"), ("POST", f"{_ONE}/verifications/corriger"),
    ("POST", f"{_ONE}/verifications/ecarter"), ("GET", f"{_ONE}/regles"), ("POST", f"{_ONE}/regles"),
    ("POST", f"{_ONE}/pieces-jointes"), ("POST", f"{_ONE}/pieces-jointes/joint.txt/titre"),
    ("POST", f"{_ONE}/pieces-jointes/joint.txt/retirer"),
    ("POST", f"{_ONE}/soumettre"), ("GET", f"{_ONE}/abandonner"), ("POST", f"{_ONE}/abandonner"),
)  # fmt: skip
NOT_THERE = ("/preparer", "/recevoir", "")
"""Pages of no service: an author of another one has them too."""


def test_every_page_for_every_role(light_team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    team = light_team
    monkeypatch.setitem(team.site.app.config, "WTF_CSRF_ENABLED", False)  # asked of every form elsewhere
    at = team.site.clock()
    people = {
        "author": (Grant(Role.AUTHOR, "soffi", at),), "reviewer": (Grant(Role.REVIEWER, "soffi", at),),
        "publisher": (Grant(Role.PUBLISHER, "soffi", at),), "portal": (Grant(Role.AUTHOR, "portail", at),),
        "support": (Role.SUPPORT,),
    }  # fmt: skip
    author, *_ = [team.officer(f"{name}.a", *given) for name, given in people.items()]
    team.officer("ocapiat.a", Role.AUTHOR, Role.REVIEWER, Role.PUBLISHER, publisher="ocapiat")
    draft_id = team.open(author, what=team.joined("joint.txt", b"Un guide.")).draft.id
    wrong = []
    for who in (*people, "ocapiat", ""):
        publisher = "ocapiat" if who == "ocapiat" else "dgefp"
        browser = team.come(f"{who}.a", publisher) if who else team.site.browser()
        for method, path in (*EVERY_ROLE, *AUTHORS):
            address = DESK.replace("dgefp", publisher) + path.format(id=draft_id)
            status = browser.client.open(address, method=method).status_code
            alone = (method, path) in AUTHORS
            if who == "":
                expected = {303} if method == "GET" else {401}
            elif who == "support":
                expected = {403}
            elif who in ("portal", "ocapiat"):
                expected = {200, 422} if path in NOT_THERE else {404}
            elif alone and who != "author":
                expected = {403}
            else:
                expected = {200, 404, 422} if method == "POST" else {200}
            if status not in expected:
                wrong.append((who, method, path, status))
    assert wrong == []
    assert team.get(draft_id).standing.acts == 1


def _acts(*told: tuple[str, str]) -> list[Done]:
    return [Done(n, Act(act), 1, A, who, "Juriste", AT) for n, (act, who) in enumerate(told, start=1)]


DRAFT, SUBMITTED = _acts(("opened", "x")), _acts(("opened", "x"), ("submitted", "x"))
APPROVED = _acts(("opened", "x"), ("submitted", "x"), ("approved", "y"))


@pytest.mark.parametrize(
    ("acts", "who", "roles", "explained", "blocked", "step"),
    [
        (DRAFT, "x", {Role.AUTHOR}, False, False, Step.EXPLAIN),
        (DRAFT, "x", {Role.AUTHOR}, False, True, Step.MEND),
        (DRAFT, "x", {Role.AUTHOR}, True, False, Step.SUBMIT),
        (DRAFT, "y", {Role.REVIEWER, Role.PUBLISHER}, True, False, Step.WAIT_AUTHOR),
        (SUBMITTED, "y", {Role.REVIEWER}, True, False, Step.APPROVE),
        (SUBMITTED, "x", {Role.AUTHOR, Role.REVIEWER}, True, False, Step.WAIT_REVIEWER),
        (APPROVED, "z", {Role.PUBLISHER}, True, False, Step.PUBLISH),
        (APPROVED, "y", {Role.REVIEWER}, True, False, Step.WAIT_PUBLISHER),
        (_acts(("opened", "x"), ("abandoned", "x")), "x", {Role.AUTHOR}, True, False, Step.NONE),
    ],
)
def test_one_thing_comes_next(
    acts: list[Done], who: str, roles: set[Role], explained: bool, blocked: bool, step: Step
) -> None:
    assert next_step(stands(acts), who, roles, explained=explained, blocked=blocked) is step
