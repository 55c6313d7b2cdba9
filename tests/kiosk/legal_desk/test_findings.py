"""What the checks find in a draft stops its submission, is mended by a button, or set aside with a reason."""

from __future__ import annotations

from dataclasses import replace

from cgu_archive.corpus import checks
from cgu_archive.corpus.errors import Severity
from cgu_archive.corpus.loader import load
from kiosk.db import reading, writing
from kiosk.legal_desk import drafts, findings, publishing, rule_changes
from kiosk.legal_desk.drafts import Content, Held
from kiosk.legal_desk.policy import Act, State
from kiosk.staff.roles import Role
from kiosk.texts import projections
from tests.kiosk.legal_desk.team import DESK, SOFFI, Team, press

FAULTY = (
    "# Conditions générales\n\n## Article 1\n\nVoir les accès les accès.\n\n## Article 3\n\n"
    "[ce lien](#)\n"
).encode()  # fmt: skip


def look(team: Team, held: Held) -> findings.Read:
    with reading(team.site.engine) as session:
        return findings.on(session, team.get(held.draft.id), team.service)


def faulty(team: Team) -> Held:
    return team.open(team.officer("a.uteur", Role.AUTHOR), what=replace(team.plain(), text=FAULTY))


def text_of(team: Team, held: Held) -> Content:
    with reading(team.site.engine) as session:
        return drafts.content(drafts.revision(session, team.get(held.draft.id)))


def test_an_error_stops_the_submission_until_it_is_mended_or_set_aside(light_team: Team) -> None:
    team = light_team
    held = faulty(team)
    home = f"{DESK}/brouillons/{held.draft.id}"
    browser = team.come("a.uteur").get(home)
    assert "Voir les vérifications" in browser.words
    assert "Soumettre à approbation" not in browser.words
    token = browser.get(f"{home}/abandonner").form().values
    browser.response = browser.client.post(f"{home}/soumettre", data=token, follow_redirects=True)
    assert browser.status == 422
    assert "Points à corriger avant de soumettre" in browser.words
    for blocking in look(team, held).blocking:
        browser.get(f"{home}/verifications")
        key = findings.key(blocking)
        if f"{home}/verifications/ecarter" in browser.html:
            press(browser, f"{home}/verifications/ecarter", key=key, why="")
            assert browser.status == 422
            press(browser, f"{home}/verifications/ecarter", key=key, why="Vu avec le service.")
            assert browser.status == 200, browser.words
    read = look(team, held)
    assert read.blocking == ()
    assert {findings.why(told) for _, told in read.silenced} == {"Vu avec le service."}
    assert all(
        finding.place.words[:200] in (told.words or "") for finding, told in read.silenced if finding.place
    )
    assert all(one.reason == "Vu avec le service." and one.by == "Juriste" for one in read.silences)
    press(browser.get(home), f"{home}/soumettre")
    assert team.get(held.draft.id).standing.state is State.SUBMITTED, browser.words
    after = team.do(held.draft.id, Act.APPROVED, team.officer("r.electeur", Role.REVIEWER))
    with reading(team.site.engine) as session:
        ready = publishing.ready(session, team.service, after, team.site.clock())
    assert len(ready.silences) == 2, "what was set aside does not stop the publication"
    _published_with_what_was_set_aside(team, after)


def _published_with_what_was_set_aside(team: Team, held: Held) -> None:
    """Publish it, write its files twice, as a worker that was killed, and check them as `cgu check` does."""
    site, texts_dir = team.site, team.site.settings.texts_dir
    officer = team.officer("p.ublie", Role.PUBLISHER)
    with writing(site.engine) as session:
        row = publishing.publish(session, team.desk, officer, team.service, held.draft.id, site.clock())
        made = findings.made(session, team.service, row)
        projections.project(session, row, texts_dir)
        assert projections.project(session, row, texts_dir, made)
        assert not projections.project(session, row, texts_dir, made)
    corpus = load(texts_dir)
    (silence, other) = corpus.version(SOFFI).silences
    assert {silence.rule, other.rule} == {"L-02", "L-12"}
    assert (silence.reason, silence.by) == ("Vu avec le service.", "Juriste")
    assert "Prénom" not in (texts_dir / str(SOFFI) / "silences.yml").read_text("utf-8")
    for lowest in (None, Severity.INFO):
        ours = [one for one in checks.check(corpus, lowest=lowest) if one.file.startswith(f"{SOFFI}/")]
        assert {"L-02", "L-12", "silence-unused"}.isdisjoint(one.rule for one in ours)


def test_a_proposed_fix_makes_another_state_and_touches_nothing_else(light_team: Team) -> None:
    team = light_team
    held = faulty(team)
    (finding,) = [one for one in look(team, held).heard if one.rule == "L-07"]
    page = f"{DESK}/brouillons/{held.draft.id}/verifications"
    browser = team.come("a.uteur").get(page)
    press(browser, f"{page}/corriger", key=findings.key(finding))
    assert text_of(team, held).text == FAULTY.replace(
        b"les acc\xc3\xa8s les acc\xc3\xa8s", b"les acc\xc3\xa8s"
    )
    after = team.get(held.draft.id)
    assert (after.acts[-1].done.act, after.standing.revision) == (Act.REVISED, 2)
    browser.get(page)
    browser.response = browser.client.post(
        f"{page}/corriger", data=browser.forms[-1].values | {"key": findings.key(finding), "seen": "2"}
    )
    assert (browser.status, "la liste est à jour" in browser.words) == (422, True)


def test_a_rule_changes_with_the_sentence_that_promises_it(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    held = team.open(author, ("Il contient au moins 12 caractères", "Il contient au moins 14 caractères"))
    page = f"{DESK}/brouillons/{held.draft.id}/regles"
    offered = rule_changes.offered(text_of(team, held))
    assert [(one.before.value, one.after.value) for one in offered if one.before and one.after] == [(12, 14)]
    browser = team.come("a.uteur").get(page)
    assert "Autre valeur" in browser.words
    press(browser, page, change=rule_changes.key(offered[0]))
    rules = text_of(team, held).metadata.rules
    assert {one.value for one in rules if one.id == offered[0].after.id} == {14}  # type: ignore[union-attr]
    assert rule_changes.offered(text_of(team, held)) == ()
