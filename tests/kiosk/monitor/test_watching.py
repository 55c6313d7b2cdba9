"""`cgu-monitor`: what an honest ledger may do, and what a dishonest one cannot."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine

from kiosk.db import writing
from kiosk.ledger.files import publish
from kiosk.ledger.sealing import seal_once
from kiosk.monitor.sources import Folder
from kiosk.proof import checkpoint
from tests.kiosk.ledger.making import KEY, add, clock, wait
from tests.kiosk.monitor.answers import answer
from tests.kiosk.proof.making import PUBLISHER
from tests.kiosk.publishing import Ledger, publication, put, statement


def test_a_ledger_that_grows_is_consistent_and_its_new_publications_are_listed(
    site: Path, watch: Callable[..., Result]
) -> None:
    ledger = Ledger().decisions(2).publish("v1").decisions(300)
    ledger.write(site)
    first = answer(watch())
    assert (first["verdict"], first["size"], first["seen_before"]) == ("consistent", 303, None)
    assert [(one["index"], one["document"]["version"]) for one in first["published"]] == [(2, "v1")]
    ledger.decisions(300).publish("v2").decisions(1).write(site)
    second = answer(watch())
    assert (second["size"], second["seen_before"]) == (605, 303)
    assert [(one["index"], one["document"]["version"]) for one in second["published"]] == [(603, "v2")]
    assert answer(watch())["published"] == []
    assert answer(watch("--whole"))["published"] == []


def test_an_empty_ledger_is_consistent_and_may_grow(site: Path, watch: Callable[..., Result]) -> None:
    Ledger().write(site)
    assert answer(watch())["size"] == 0
    Ledger().publish("v1").write(site)
    assert answer(watch())["size"] == 1


@pytest.mark.parametrize("first", [1, 255, 256, 257, 511, 512, 600])
def test_growth_over_the_edges_of_tiles_is_consistent(
    first: int, site: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(first).write(site)
    answer(watch())
    Ledger().decisions(700).write(site)
    assert answer(watch())["verdict"] == "consistent"


def test_only_new_tiles_are_read_again(
    site: Path, watch: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    Ledger().decisions(600).write(site)
    answer(watch())
    Ledger().decisions(601).write(site)
    asked = []
    real = Folder.read
    monkeypatch.setattr(
        Folder, "read", lambda self, name, most: (asked.append(name), real(self, name, most))[1]
    )
    answer(watch())
    assert [name for name in asked if name.startswith("tile/0/")] == ["tile/0/002.p/89"]


def test_a_second_history_is_refused_and_both_checkpoints_are_kept(
    site: Path, watch: Callable[..., Result], trust: Path
) -> None:
    Ledger().decisions(300).write(site)
    answer(watch())
    seen = (site / "checkpoint").read_text("utf-8")
    other = Ledger().decisions(310)
    other.bodies[7] = b"another"
    other.write(site)
    found = answer(watch())
    assert found["verdict"] == "fork"
    kept = Path(found["evidence"])
    assert (kept / "checkpoint-connu").read_text("utf-8") == seen
    assert (
        checkpoint.opened((kept / "checkpoint-publie").read_text("utf-8"), [PUBLISHER.verifier])[0].size
        == 310
    )
    assert answer(watch())["evidence"] == found["evidence"], "the same contradiction is kept once"
    shutil.rmtree(site)
    Ledger().decisions(311).write(site)
    assert answer(watch())["verdict"] == "consistent", "what was refused was not kept"


def test_two_trees_of_one_size_are_a_second_history(site: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(5).write(site)
    answer(watch())
    other = Ledger().decisions(5)
    other.bodies[0] = b"another"
    other.write(site)
    assert answer(watch())["verdict"] == "fork"


def test_a_ledger_that_shrinks_is_refused_and_said_so(site: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(5).write(site)
    answer(watch())
    Ledger().decisions(4).write(site)
    found = answer(watch())
    assert (found["verdict"], bool(found["evidence"])) == ("rewound", True)


@pytest.mark.parametrize("tile", ["tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2"])
def test_a_tile_changed_is_refused(tile: str, site: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(600).write(site)
    changed = bytearray((site / tile).read_bytes())
    changed[40] ^= 1
    (site / tile).write_bytes(changed)
    found = answer(watch())
    assert (found["verdict"], found["evidence"]) == ("altered", None)


def test_a_hash_above_the_leaves_changed_later_is_refused(site: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(600).write(site)
    answer(watch())
    Ledger().decisions(700).write(site)
    (site / "tile/1/000.p/2").write_bytes(bytes(64))
    assert answer(watch())["verdict"] == "altered"


def test_a_tile_changed_after_it_was_seen_shows_when_everything_is_read_again(
    site: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(600).write(site)
    answer(watch())
    (site / "tile/0/000").write_bytes(bytes(8_192))
    assert answer(watch())["verdict"] == "consistent"
    assert answer(watch("--whole"))["verdict"] == "altered"


@pytest.mark.parametrize(("length", "verdict"), [(0, "altered"), (8_191, "altered"), (8_193, "unreachable")])
def test_a_tile_of_another_length_is_refused(
    length: int, verdict: str, site: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(300).write(site)
    (site / "tile/0/000").write_bytes(bytes(length))
    assert answer(watch())["verdict"] == verdict


def test_a_full_tile_stands_for_a_partial_one_that_is_gone(site: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(600).write(site)
    head = (site / "checkpoint").read_bytes()
    Ledger().decisions(800).write(site)
    shutil.rmtree(site / "tile/0/002.p")
    put(site / "checkpoint", head)
    assert answer(watch())["size"] == 600


@pytest.mark.parametrize(
    "missing",
    ["tile/0/000", "tile/0/001.p/44", "statements/index", "statements/002", "checkpoint"],
)
def test_a_file_missing_is_said(missing: str, site: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(2).publish("v1").decisions(297).write(site)
    (site / missing).unlink()
    found = answer(watch())
    assert found["verdict"] == "unreachable"
    assert "absent" in found["detail"]


def test_a_publication_changed_withdrawn_or_moved_is_refused(
    site: Path, watch: Callable[..., Result]
) -> None:
    ledger = Ledger().publish("v1").decisions(3).publish("v2")
    ledger.write(site)
    listed = (site / "statements/index").read_text("ascii")
    put(site / "statements/004", publication("v3"))
    assert answer(watch())["verdict"] == "altered"
    put(site / "statements/004", ledger.bodies[4])
    put(site / "statements/index", listed.replace("4 ", "3 ").encode())
    put(site / "statements/003", ledger.bodies[4])
    assert answer(watch())["verdict"] == "altered"
    put(site / "statements/index", listed.replace("0 ", "0 ").replace("publication", "accession").encode())
    assert answer(watch())["verdict"] == "altered"
    put(site / "statements/index", listed.encode())
    assert answer(watch())["verdict"] == "consistent"
    put(site / "statements/index", listed.split("\n", 1)[1].encode())
    found = answer(watch())
    assert (found["verdict"], bool(found["evidence"])) == ("withdrawn", True)


@pytest.mark.parametrize(
    "index",
    [b"\xff\n", b"0 abc publication\n", b"0 " + b"a" * 64 + b" publication",
     b"00 " + b"a" * 64 + b" publication\n",
     b"1 " + b"a" * 64 + b" screens\n0 " + b"a" * 64 + b" screens\n", b"\n"],
)  # fmt: skip
def test_a_list_in_another_form_is_refused(index: bytes, site: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(5).write(site)
    put(site / "statements/index", index)
    assert answer(watch())["verdict"] == "altered"


def test_what_the_list_says_past_the_checkpoint_waits(site: Path, watch: Callable[..., Result]) -> None:
    ledger = Ledger().decisions(3)
    ledger.write(site)
    head = (site / "checkpoint").read_bytes()
    ledger.publish("v1").write(site)
    put(site / "checkpoint", head)
    assert answer(watch())["published"] == []
    ledger.write(site)
    assert len(answer(watch())["published"]) == 1


def test_a_statement_that_is_none_is_refused_though_it_is_a_leaf(
    site: Path, watch: Callable[..., Result]
) -> None:
    ledger = Ledger(bodies=[b"{}"], public={0: "publication"})
    ledger.write(site)
    assert answer(watch())["verdict"] == "altered"


def test_a_statement_without_a_document_is_listed_too(site: Path, watch: Callable[..., Result]) -> None:
    Ledger(bodies=[statement("publication")], public={0: "publication"}).write(site)
    assert answer(watch())["published"][0]["document"] is None


def test_what_the_sealer_publishes_is_consistent_from_one_run_to_the_next(
    engine: Engine, site: Path, watch: Callable[..., Result], trust: Path
) -> None:
    trust.write_text(KEY.verifier.encode(), "utf-8")
    for first in (0, 300):
        wait(engine, 299, first=first)
        with writing(engine) as session:
            add(session, publication(f"v{first}"), kind="publication")
        seal_once(engine, KEY, clock, folder=site)
        publish(engine, site)
        found = answer(watch())
        assert (found["verdict"], found["size"], len(found["published"])) == ("consistent", first + 300, 1)
