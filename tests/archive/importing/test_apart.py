"""A file is read in a process of its own: the same answer, and what breaks there breaks nothing here."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from cgu_archive.importing import (
    ImportRefusedError,
    Kind,
    Tracked,
    TrackedChangesError,
    apart,
    carrying,
    receive,
    receive_apart,
)
from tests.archive.importing.making import odt, p, run, word

BROKEN = "s’est arrêtée en route"
TOO_MUCH = "trop de temps ou de mémoire"


def comment(author: str, words: str) -> str:
    return f'<w:comment w:id="7" w:author="{author}" w:date="2026-11-02T10:00:00Z">{p(words)}</w:comment>'


def tracked() -> bytes:
    return word(p(run("Un ") + f'<w:ins w:author="A">{run("deux")}</w:ins>'))


@pytest.mark.parametrize(
    ("name", "content", "choice"),
    [
        ("a.txt", "Titre\n\nVu : l’été.\n".encode(), None),
        ("a.docx", word(p("Un."), comments=comment("Camille", "Vu.")), None),
        ("a.docx", tracked(), Tracked.ACCEPT),
        ("a.odt", odt("<text:p>Bonjour.</text:p>"), None),
        ("a.html", b"<html><p>un <b>deux</b><img></html>", None),
    ],
)
def test_the_answer_is_that_of_the_reader(name: str, content: bytes, choice: Tracked | None) -> None:
    assert receive_apart(name, content, tracked=choice) == receive(name, content, tracked=choice)


def test_refusals_come_back_as_they_are() -> None:
    with pytest.raises(ImportRefusedError, match="PDF"):
        receive_apart("a.docx", b"%PDF-1.7\n")
    with pytest.raises(TrackedChangesError, match="1 insertion") as refused:
        receive_apart("a.docx", tracked())
    assert [(one.change, one.author, one.count) for one in refused.value.changes] == [("insertion", "A", 1)]
    assert refused.value.kind is Kind.DOCX


def with_reader(monkeypatch: pytest.MonkeyPatch, body: str, before: str = "") -> None:
    """Have the process read files with a reader of which `body` is the code."""
    made = (
        "import json, os, sys, time\n"
        "from cgu_archive.importing import __main__, model, receiving\n"
        f"{before}\n"
        "def reader(name, content, *, tracked):\n"
        f"    {body}\n"
        "receiving.receive = reader\n"
        "os._exit(__main__.main())\n"
    )
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-I", "-c", made))


@pytest.mark.parametrize(
    ("body", "before", "said"),
    [
        ("return bytearray(1 << 30)", "", TOO_MUCH),
        ("\n    while True: pass", "__main__.MAX_PROCESSOR = 1", TOO_MUCH),
        ("os.write(1, b'x' * 100_000); time.sleep(60)", "", TOO_MUCH),
        ("os.abort()", "", BROKEN),
        ("raise ZeroDivisionError", "", BROKEN),
        ("os._exit(0)", "", BROKEN),
        ("os.write(1, b'{\"imported\": {}}'); os._exit(0)", "", BROKEN),
        ("os.write(1, b'[' * 50_000); os._exit(0)", "", BROKEN),
        ("open('/tmp/w', 'wb').write(b'x')", "", BROKEN),
    ],
    ids=["memory", "processor", "answer", "abort", "fault", "silence", "values", "depth", "file"],
)
def test_what_breaks_there_is_said_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, body: str, before: str, said: str
) -> None:
    with_reader(monkeypatch, body, before)
    monkeypatch.setattr(apart, "MAX_ANSWER", 90_000)
    with pytest.raises(ImportRefusedError, match=said):
        receive_apart("a.txt", b"x" * 1_000_000)  # more than a pipe holds


def test_a_reader_that_waits_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    with_reader(monkeypatch, "time.sleep(60)")
    monkeypatch.setattr(apart, "MAX_SECONDS", 1.0)
    with pytest.raises(ImportRefusedError, match=TOO_MUCH):
        receive_apart("a.txt", b"Bonjour.")


def test_the_process_is_given_nothing_but_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_SECRET_KEY", "x" * 32)
    said = "[sorted(os.environ), sorted(os.listdir('/proc/self/fd'))[:-1], os.getcwd()]"
    with_reader(monkeypatch, f"raise model.ImportRefusedError(json.dumps({said}))")
    with Path(__file__).open() as held:
        os.set_inheritable(held.fileno(), True)
        with pytest.raises(ImportRefusedError) as refused:
            receive_apart("a.txt", b"Bonjour.")
    environment, files, folder = json.loads(str(refused.value))
    assert set(environment) <= {"LC_CTYPE"}, "set by Python itself"
    assert (files, folder) == (["0", "1", "2"], "/")


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b"null", b"\xff", b'{"refused": 1}', b'{"tracked": [1], "kind": "docx"}',
     b'{"tracked": [], "kind": "exe"}', b'{"imported": {"kind": "docx", "text": 1}}'],
)  # fmt: skip
def test_an_answer_of_another_form_is_none(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        carrying.answered(raw)


def test_what_comments_hide_or_turn_round_is_left_out() -> None:
    hidden = comment("An\u202ene\u0085", "Vu\u009b[2J\u2066.")
    one = receive("a.docx", word(p("Un."), comments=hidden)).comments[0]
    assert (one.author, one.words) == ("An ne", "Vu [2J .")
