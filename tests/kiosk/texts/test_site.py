"""The published ledger as the kiosk serves it, and what `/healthz` says of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from kiosk import worker
from kiosk.worker import WorkerContext
from tests.kiosk.ledger.making import wait
from tests.kiosk.web import Site


def work(site: Site) -> None:
    worker.run_once(WorkerContext(site.settings, site.engine, site.clock))


def test_the_ledger_is_served_as_it_was_published(site: Site) -> None:
    work(site)
    client, folder = site.app.test_client(), site.settings.ledger_dir
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert {"checkpoint", "keys.txt", "confiance.txt", "statements/index"} < set(files)
    assert any(name.startswith("tile/0/") for name in files)
    for name in files:
        with client.get(f"/archive/registre/{name}") as answer:
            assert (answer.status_code, answer.data) == (200, (folder / name).read_bytes()), name


@pytest.mark.parametrize(
    ("name", "kept", "media_type"),
    [
        ("checkpoint", "no-cache", "text/plain; charset=utf-8"),
        ("keys.txt", "no-cache", "text/plain; charset=utf-8"),
        ("confiance.txt", "no-cache", "text/plain; charset=utf-8"),
        ("statements/index", "no-cache", "text/plain; charset=utf-8"),
        ("statements//index", "no-cache", "text/plain; charset=utf-8"),
        ("statements/000", "public, max-age=31536000, immutable", "application/json"),
    ],
)
def test_what_changes_is_asked_again_and_what_does_not_is_kept(
    site: Site, name: str, kept: str, media_type: str
) -> None:
    work(site)
    with site.app.test_client().get(f"/archive/registre/{name}", follow_redirects=True) as answer:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == kept
        assert answer.headers["Content-Type"] == media_type
        assert "ETag" in answer.headers


def test_tiles_and_checkpoints_are_kept_for_ever(site: Site) -> None:
    work(site)
    folder = site.settings.ledger_dir
    for path in (next(folder.glob("tile/0/*.p/*")), next(folder.glob("checkpoints/*"))):
        with site.app.test_client().get(f"/archive/registre/{path.relative_to(folder)}") as answer:
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_nothing_beside_the_ledger_is_served(site: Site) -> None:
    work(site)
    (site.settings.ledger_dir / ".checkpoint.draft").write_text("à moitié")
    client = site.app.test_client()
    for path in (
        ".checkpoint.draft", "../keys/ledger.pem", "%2e%2e/keys/ledger.pem", "tile", "tile/", "absent",
        "a%00b", "a" * 3000,
    ):  # fmt: skip
        with client.get(f"/archive/registre/{path}", follow_redirects=True) as answer:
            assert answer.status_code == 404, path
            assert b"PRIVATE" not in answer.data


def health(site: Site) -> tuple[int, dict[str, str]]:
    answer = site.app.test_client().get("/healthz")
    first, *lines = answer.get_data(as_text=True).splitlines()
    return answer.status_code, {"": first} | dict(line.split(" ") for line in lines)


@pytest.mark.requirement("S-58")
def test_health_says_what_waits_and_fails_when_it_waits_too_long(site: Site, engine: Engine) -> None:
    work(site)
    size = int(health(site)[1]["checkpoint_size"])
    wait(engine, 2)
    site.clock.move(seconds=60)
    status, said = health(site)
    assert status == 200
    assert said == {
        "": "ok", "pending": "2", "oldest_pending_seconds": "60", "checkpoint_size": str(size),
        "unstamped_seconds": "60",
    }  # fmt: skip
    site.clock.move(seconds=1)
    status, said = health(site)
    assert (status, said[""]) == (503, "late")
    work(site)
    status, said = health(site)
    assert (status, said[""], said["checkpoint_size"]) == (200, "ok", str(size + 2))


def test_a_clock_that_was_put_back_waits_for_nothing(site: Site, engine: Engine) -> None:
    wait(engine, 1)
    site.clock.at -= timedelta(days=1)
    assert health(site)[1]["oldest_pending_seconds"] == "0"
