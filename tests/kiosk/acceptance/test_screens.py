"""The screen of a decision: what it is made of, its hash in the ledger and in decisions, its bytes kept."""

from __future__ import annotations

import ast
import hashlib
import html
import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

import html5lib
import pytest
import rfc8785
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kiosk import worker
from kiosk.acceptance import screens
from kiosk.acceptance.errors import ScreenError, StaleScreenError
from kiosk.acceptance.models import ScreenFile, ScreenRow
from kiosk.acceptance.screens import Screen
from kiosk.cli import main
from kiosk.db import reading, writing
from kiosk.ledger.models import StatementRow
from kiosk.proof.tiles import number_path
from kiosk.worker import WorkerContext
from tests.conftest import ROOT
from tests.kiosk.acceptance.test_journeys import decisions, members
from tests.kiosk.ledger.tampering import tamper
from tests.kiosk.web import Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

OTHER = Screen("9.9.9", {"kiosk/templates/acceptance/decide.html": b"autre", "kiosk/static/x.css": b""})
"""The screen of another release."""
UNSEEN = (
    *(f"cgu_archive/{name}" for name in ("cli/", "pages/", "plugin.py", "building.py", "feeds.py")),
    "kiosk/evidence/", "kiosk/sanctions/", "kiosk/verifier/",
)  # fmt: skip
"""What acceptance never imports, by contract."""
OF_TEXTS = ("cgu_archive/corpus/checks/", "cgu_archive/word/")
"""What speaks of texts to who writes them, or in a file: the same words are on the page by themselves."""


def random(count: int) -> bytes:
    return b"r" * count


def release(monkeypatch: pytest.MonkeyPatch, screen: Screen) -> None:
    """Make this process one of another release."""
    monkeypatch.setattr(screens, "current", lambda: screen)


def keep(site: Site, screen: Screen) -> None:
    with writing(site.engine) as session:
        assert screens.keep(session, screen, "demonstration", site.clock(), random)


def told(site: Site) -> list[dict]:
    """The screens that the ledger tells of."""
    with reading(site.engine) as session:
        bodies = session.scalars(select(StatementRow.body).where(StatementRow.kind == "screens"))
        return [json.loads(body) for body in bodies]


# What it is made of


def test_its_hash_is_that_of_the_canonical_list_of_its_files() -> None:
    screen = screens.current()
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in screen.files.items()}
    assert dict(screen.hashes) == hashes
    assert screen.hash == hashlib.sha256(rfc8785.dumps(hashes)).hexdigest()
    assert Screen("2", dict(screen.files)).hash == screen.hash
    for path in ("kiosk/templates/base.html", "cgu_archive/styles/redline.css"):
        changed = Screen(screen.release, dict(screen.files) | {path: screen.files[path] + b" "})
        assert changed.hash != screen.hash
    moved = {f"{path}.": content for path, content in screen.files.items()}
    assert Screen(screen.release, moved).hash != screen.hash


def test_its_files_are_those_of_this_software_wherever_it_is_installed() -> None:
    for path, content in screens.current().files.items():
        root = ROOT / "site" if path.startswith("cgu_archive/") else ROOT
        assert (root / path).read_bytes() == content


@pytest.fixture
def pages(site: Site, browser: Browser) -> Mapping[str, str]:
    """The screen in every state: the first time, to correct, with a comparison, once accepted."""
    made: dict[str, str] = {}
    browser.sign_up("ocapiat", "ocapiat", profile="entreprise-adherente")
    made["organisation"] = browser.html
    made["to correct"] = browser.send(choice="accepter").html
    other = site.browser().sign_up("ville-exemple", "demonstration", "b@exemple.fr", profile="habitant")
    made["first"] = other.html
    made["box"] = other.send(choice="accepter").html
    made["receipt"] = other.accept().html
    made["accepted"] = other.get("/ville-exemple/demonstration/cgu/decider").html
    site.clock.move(minutes=5)
    site.publish()
    made["compared"] = other.get("/ville-exemple/demonstration/cgu/decider").html
    assert 'id="box-erreur"' in made["box"]
    assert "<ins" in made["compared"]
    assert made.pop("receipt")
    return MappingProxyType(made)


def linked(page: str) -> Iterator[str]:
    """Yield the addresses of what a browser loads with a page."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    for one in tree.iter():
        if one.tag == "link":
            yield one.get("href")
        elif one.get("src"):
            yield one.get("src")


def test_every_file_that_the_page_loads_is_part_of_it(site: Site, pages: Mapping[str, str]) -> None:
    known = set(screens.current().hashes.values())
    client = site.app.test_client()
    addresses = {address for page in pages.values() for address in linked(page)}
    assert len(addresses) >= 6
    styles = 0
    for address in addresses:
        with client.get(address) as answer:
            assert answer.status_code == 200, address
            content = answer.get_data()
        digest = hashlib.sha256(content).hexdigest()
        assert digest in known, address
        assert address.endswith(f"?v={digest[:16]}")
        folder = address.rpartition("/")[0]
        for link in re.findall(rb"url\([\"']?([^\"')]+)", content) if ".css" in address else ():
            with client.get(f"{folder}/{link.decode()}") as answer:
                assert answer.status_code == 200, link
                assert hashlib.sha256(answer.get_data()).hexdigest() in known, link
            styles += 1
    assert styles > 20


def test_every_template_that_the_page_is_made_from_is_part_of_it(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_up("dgefp", "portail")
    loaded: set[str] = set()
    environment = site.app.jinja_env
    real = type(environment)._load_template

    def load(self: object, name: str, values: object) -> object:
        loaded.add(f"kiosk/templates/{name}")
        return real(self, name, values)

    monkeypatch.setattr(type(environment), "_load_template", load)
    assert browser.get("/dgefp/portail/cgu/decider").status == 200
    assert len(loaded) >= 5
    assert loaded <= screens.current().files.keys()


def test_every_module_that_says_words_on_the_page_is_part_of_it(pages: Mapping[str, str]) -> None:
    """No other module of ours holds a phrase that is on it."""
    said = " ".join(html.unescape(re.sub(r"<[^>]*>", "", page)) for page in pages.values())
    known = screens.current().files.keys()
    strange: dict[str, set[str]] = {}
    speaking = set()
    for root in (ROOT, ROOT / "site"):
        for file in (*root.glob("kiosk/**/*.py"), *root.glob("cgu_archive/**/*.py")):
            found = {phrase for phrase in phrases(file.read_text("utf-8")) if phrase in said}
            path = file.relative_to(root).as_posix()
            if found and path in known:
                speaking.add(path)
            elif found and not path.startswith((*UNSEEN, *OF_TEXTS)):
                strange[path] = found
    assert strange == {}
    assert {"kiosk/acceptance/forms.py", "kiosk/ledger/saying.py"} < speaking


def phrases(source: str) -> set[str]:
    """The texts in a program that could only be words for people: long enough, and of several words."""
    tree = ast.parse(source)
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return {
        node.value.strip()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented
        and len(node.value.strip()) >= 12 and len(node.value.split()) >= 3
    }  # fmt: skip


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ('{% include name %}', "a computed name"),
        ('{{ url_for(where, name="x") }}', "computed endpoint"),
        ('{{ url_for("site.style", name=one) }}', "is computed"),
    ],
)  # fmt: skip
def test_a_template_that_does_not_say_what_it_needs_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, said: str
) -> None:
    (tmp_path / "acceptance").mkdir()
    (tmp_path / screens.ENTRIES[0]).write_text("\n" + template)
    monkeypatch.setattr(screens, "_TEMPLATES", tmp_path)
    monkeypatch.setattr(screens, "ENTRIES", screens.ENTRIES[:1])
    with pytest.raises(ScreenError, match=f"^acceptance/decide.html.*{said}"):
        screens.current.__wrapped__()


def test_a_style_sheet_brings_what_it_loads(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text('@import "b.css"; p { background: url(data:image/png;base64,AA==) }')
    (tmp_path / "b.css").write_text("@font-face { src: url('c.woff2') }")
    assert set(screens._styled(tmp_path / "a.css")) == {tmp_path / "b.css", tmp_path / "c.woff2"}


# What decisions name


@pytest.mark.requirement("S-59", "P-13")
def test_a_decision_names_its_screen_which_is_kept_and_told_of_in_the_ledger(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "portail")
    assert told(site) == []
    browser.accept().get("/dgefp/portail/cgu/decider").send(choice="renoncer")
    assert "Empreinte de l’écran" in browser.words
    now = screens.current()
    assert [members(site, one)["screen"] for one in decisions(site)] == [now.hash, now.hash]
    (said,) = told(site)
    assert (said["release"], said["screen"], said["files"]) == (now.release, now.hash, dict(now.hashes))
    with reading(site.engine) as session:
        assert screens.kept(session, now.hash) == now.files
        assert screens.kept(session, "0" * 64) == {}
        (row,) = screens.every(session)
        assert (row.release, row.kept_at) == (now.release, site.clock())
        assert hashlib.sha256(screens.listing(session, now.hash)).hexdigest() == now.hash


def test_the_words_of_the_button_are_those_that_were_shown(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_up("dgefp", "portail")
    monkeypatch.setattr("kiosk.acceptance.forms.button", lambda kind: f"Autre {kind.value}")
    browser.accept()
    assert members(site, decisions(site)[0])["wording"]["button"] == "Accepter ces conditions"


@pytest.mark.requirement("S-59")
def test_a_decision_names_the_screen_of_the_release_that_showed_it(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two releases are at work at once, or one replaced the other while somebody was reading."""
    first = screens.current()
    browser.sign_up("dgefp", "portail")
    keep(site, first)
    site.clock.move(minutes=1)
    release(monkeypatch, OTHER)
    browser.accept()
    assert browser.status == 200
    browser.get("/dgefp/portail/cgu/decider").send(choice="renoncer")
    assert [members(site, one)["screen"] for one in decisions(site)] == [first.hash, OTHER.hash]
    assert [one["screen"] for one in told(site)] == [first.hash, OTHER.hash]
    with reading(site.engine) as session:
        assert screens.kept(session, OTHER.hash) == OTHER.files


def test_a_page_of_a_release_that_left_nothing_decides_nothing(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_up("dgefp", "portail")
    release(monkeypatch, OTHER)
    browser.accept()
    assert browser.status == 409
    assert "La présentation de cette page a changé pendant votre lecture. Rien n’a été enregistré." in (
        browser.words
    )
    assert "Le texte a changé" not in browser.words
    assert decisions(site) == []
    assert told(site) == []
    assert browser.get("/dgefp/portail/cgu/decider").accept().status == 200
    assert members(site, decisions(site)[0])["screen"] == OTHER.hash


def test_a_page_shown_again_to_correct_names_its_own_screen(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_up("dgefp", "portail")
    release(monkeypatch, OTHER)
    browser.send(choice="accepter")
    assert browser.status == 422
    browser.accept()
    assert members(site, decisions(site)[0])["screen"] == OTHER.hash


def test_a_form_of_a_release_that_named_no_screen_decides_nothing(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "kiosk.acceptance.forms.asdict", lambda shown: {"form_id": shown.form_id, "service": shown.service}
    )
    browser.sign_up("dgefp", "portail").accept()
    assert browser.status == 409
    assert decisions(site) == []


# Keeping


def test_a_screen_is_kept_once_and_files_are_shared(site: Site) -> None:
    first = Screen("1", {"a": b"same", "b": b"one"})
    second = Screen("2", {"a": b"same", "b": b"other", "c": b"other"})
    keep(site, first)
    keep(site, second)
    with writing(site.engine) as session:
        assert not screens.keep(session, Screen("3", first.files), "demonstration", site.clock(), random)
        assert {**screens.kept(session, second.hash)} == second.files
        assert {row.release for row in screens.every(session)} == {"1", "2"}
    assert (site.count(ScreenRow), site.count(ScreenFile), len(told(site))) == (2, 3, 2)


def test_a_screen_that_is_not_ours_and_not_kept_is_stale(site: Site) -> None:
    with writing(site.engine) as session, pytest.raises(StaleScreenError):
        screens.keep_shown(session, "f" * 64, "demonstration", site.clock(), random)


@ON_BOTH
def test_processes_that_keep_screens_at_once_keep_each_once(site: Site) -> None:
    """Two of one release, and another that shares files with it."""
    shared = {f"f{number}": f"{number}".encode() for number in range(40)}
    wanted = [Screen("1", shared), Screen("1", shared), Screen("2", shared | {"more": b"more"})]
    start = threading.Barrier(len(wanted))

    def work(screen: Screen) -> None:
        start.wait()
        with writing(site.engine) as session:
            screens.keep(session, screen, "demonstration", site.clock(), secrets.token_bytes)

    with ThreadPoolExecutor(len(wanted)) as pool:
        for done in [pool.submit(work, screen) for screen in wanted]:
            done.result()
    assert {one["screen"] for one in told(site)} == {screen.hash for screen in wanted}
    assert (site.count(ScreenRow), site.count(ScreenFile), len(told(site))) == (2, 41, 2)


@ON_BOTH
def test_what_the_database_refuses_for_another_reason_is_raised(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise IntegrityError("", {}, Exception())

    monkeypatch.setattr(screens, "_insert", refused)
    with writing(site.engine) as session, pytest.raises(IntegrityError):
        screens.keep(session, OTHER, "demonstration", site.clock(), random)


@pytest.mark.requirement("S-59")
def test_the_worker_keeps_the_screen_of_its_release_as_it_starts_and_publishes_it(site: Site) -> None:
    context = WorkerContext(site.settings, site.engine, site.clock)
    worker.run_once(context)
    worker.run_once(context)
    (said,) = told(site)
    assert said["screen"] == screens.current().hash
    with reading(site.engine) as session:
        (row,) = screens.every(session)
        body = session.get_one(StatementRow, row.statement_hash).body
    listed = (site.settings.ledger_dir / "statements" / "index").read_text().splitlines()
    (line,) = (one for one in listed if one.endswith(" screens"))
    index, digest, _ = line.split()
    assert digest == row.statement_hash == hashlib.sha256(body).hexdigest()
    assert (site.settings.ledger_dir / "statements" / number_path(int(index))).read_bytes() == body


# For who checks years later


@pytest.fixture
def command(site: Site) -> Callable[..., Result]:
    """Run `kiosk screens` beside the site."""
    held = site.settings
    environ = {
        "KIOSK_MODE": held.mode.value, "KIOSK_SECRET_KEY": held.secret_key,
        "DATABASE_URL": held.database_url, "KIOSK_DATA_DIR": str(held.data_dir),
        "KIOSK_TEXTS_DIR": str(held.texts_dir),
    }  # fmt: skip
    return lambda *words: CliRunner().invoke(main, ["screens", *map(str, words)], env=environ)


@ON_BOTH
def test_screens_are_listed(site: Site, command: Callable[..., Result]) -> None:
    assert command("list").output == "0 écran(s) gardé(s).\n"
    keep(site, OTHER)
    assert command("list").output == (
        f"{OTHER.hash}  version 9.9.9, gardé le 2026-11-22T08:00:00Z, 2 fichiers\n1 écran(s) gardé(s).\n"
    )
    (row,) = json.loads(command("list", "--json").output)
    assert (row["screen"], row["release"], row["files"]) == (OTHER.hash, "9.9.9", 2)


def test_the_files_of_a_screen_are_written_as_they_were(
    site: Site, command: Callable[..., Result], tmp_path: Path
) -> None:
    keep(site, OTHER)
    folder = tmp_path / "ecran"
    done = command("export", OTHER.hash, folder)
    assert done.exit_code == 0, done.output
    assert "2 fichiers" in done.output
    assert hashlib.sha256((folder / "ecran.json").read_bytes()).hexdigest() == OTHER.hash
    for path, digest in json.loads((folder / "ecran.json").read_bytes()).items():
        content = (folder / path).read_bytes()
        assert content == OTHER.files[path]
        assert hashlib.sha256(content).hexdigest() == digest
    again = command("export", OTHER.hash, folder)
    assert (again.exit_code, "n’est pas vide" in again.output) == (2, True)
    unknown = command("export", "f" * 64, tmp_path / "autre")
    assert (unknown.exit_code, "Aucun écran" in unknown.output) == (2, True)


@ON_BOTH
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE screen_file SET body = :body", "a été altéré"),
        ("DELETE FROM screen_file", "manque à l’écran"),
        ("UPDATE screen SET files = :body", "a été altérée"),
    ],
)
def test_an_altered_screen_is_not_written(
    site: Site, command: Callable[..., Result], tmp_path: Path, change: str, said: str
) -> None:
    keep(site, OTHER)
    tamper(site.engine, change, **({"body": b"{}"} if ":body" in change else {}))
    done = command("export", OTHER.hash, tmp_path / "ecran")
    assert (done.exit_code, said in done.output) == (1, True), done.output
    assert not (tmp_path / "ecran").exists()


def test_a_path_that_leaves_the_folder_is_not_written(
    site: Site, command: Callable[..., Result], tmp_path: Path
) -> None:
    hostile = Screen("1", {"../../autre": b"x"})
    keep(site, hostile)
    done = command("export", hostile.hash, tmp_path / "a" / "b")
    assert (done.exit_code, "attendu un chemin" in done.output) == (1, True)
    assert not (tmp_path / "autre").exists()
