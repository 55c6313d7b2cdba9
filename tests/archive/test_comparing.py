"""`cgu compare`: what it reads, what it refuses, the files it writes."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
import threading
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from cgu_archive import cli
from cgu_archive.cli import comparing, speech
from cgu_archive.corpus.bounds import MAX_BYTES
from tests.archive.docx_reading import accepted, parts
from tests.archive.pdf_reading import Reading
from tests.builders import TEXT, a_metadata, write_draft, write_published, write_service

V1, V2, V3 = (f"mairie/cgu/v{number}" for number in (1, 2, 3))
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
PAID = TEXT.replace("gratuit", "payant")


class Compare:
    """Calls `cgu compare` and keeps what it said."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: object) -> int:
        code = cli.main(["--texts", str(self.root), "compare", *map(str, arguments)])
        self.out, self.err = self._capsys.readouterr()
        return code


@pytest.fixture
def root(tmp_path: Path) -> Path:
    texts = tmp_path / "textes"
    write_service(texts, fictional=False)
    write_published(texts)
    write_published(texts, V2, PAID, at=NOW)
    return texts


@pytest.fixture
def compare(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Compare:
    monkeypatch.setattr(cli, "_now", lambda: NOW)
    return Compare(root, capsys)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "sorties"
    folder.mkdir()
    return folder


def kinds(said: str) -> list[str]:
    return [warning["kind"] for warning in json.loads(said)["warnings"]]


# What is compared


@pytest.mark.parametrize("name", ["projet.md", "PROJET.MD", "projet.markdown", "projet.txt", "projet"])
def test_any_file_of_markdown_is_compared_with_any_other_or_with_a_version(
    compare: Compare, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    file.write_text(PAID, "utf-8")
    other = tmp_path / "autre.md"
    other.write_text(TEXT, "utf-8")
    for old, new in ((V1, file), (other, file), (file, V1)):
        assert compare(old, new) == 0
        assert "payant" in compare.out


def test_what_a_program_writes_is_compared_without_a_file(compare: Compare, tmp_path: Path) -> None:
    pipe = tmp_path / "tuyau"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(PAID, "utf-8"))
    writer.start()
    assert compare(V1, pipe) == 0
    writer.join()
    assert "payant" in compare.out


@pytest.mark.parametrize("asked", ["absent.md", "./absent", "/absent/texte", "absent.TXT"])
def test_a_file_that_is_not_there_is_told_with_both_ways_to_name_a_text(compare: Compare, asked: str) -> None:
    assert compare(V1, asked) == 2
    assert f"le fichier « {asked} » n’existe pas" in compare.err
    assert "service/document/version" in compare.err
    assert "chemin d’un fichier" in compare.err


def test_an_address_that_nobody_has_is_told_with_both_ways_to_name_a_text(compare: Compare) -> None:
    for asked in ("mairie/cgu/v9", "mairie", "n’importe quoi"):
        assert compare(V1, asked) == 2
        assert compare.err.startswith("Adresse inconnue : ")
        assert "Aucun fichier n’a ce nom" in compare.err


def test_a_folder_is_no_text(compare: Compare, tmp_path: Path) -> None:
    assert compare(V1, tmp_path) == 2
    assert "est un dossier" in compare.err


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("contrat.docx", b"PK\x03\x04", "attendu un fichier .md, .markdown ou .txt, trouvé « .docx »"),
        ("latin.md", "# Été\n".encode("latin-1"), "Ligne 1 : un octet n’est pas de l’UTF-8"),
        ("utf16.txt", "# Ete\n".encode("utf-16-le"), "caractère nul"),
        ("image.md", bytes(range(256)), "octet n’est pas de l’UTF-8"),
        ("gros.md", b"a" * (MAX_BYTES + 1), "plus de 1,0\u00a0Mo"),
        ("profond.md", b"> " * 10_000 + b"x\n", "imbriquées"),
    ],
)
def test_what_is_no_text_is_refused_by_name(
    compare: Compare, tmp_path: Path, name: str, raw: bytes, expected: str
) -> None:
    file = tmp_path / name
    file.write_bytes(raw)
    assert compare(V1, file) == 1
    assert compare.err.startswith(f"Refusé : {file} : ")
    assert expected.casefold() in compare.err.casefold()


def test_a_text_seen_in_an_earlier_version_is_told(compare: Compare, root: Path) -> None:
    write_published(root, V3, TEXT, at=datetime(2026, 4, 1, tzinfo=UTC))
    assert compare(V2, V3, "--json") == 0
    assert "seen-before" in kinds(compare.out)
    assert compare(V1, V2, "--json") == 0
    assert "seen-before" not in kinds(compare.out), "a later version is none"
    assert compare(V1, V3, "--json") == 0
    assert "seen-before" not in kinds(compare.out), "the version it is compared with is none"


def test_a_draft_is_looked_up_among_all_that_is_published(compare: Compare, root: Path) -> None:
    write_draft(root, V3, TEXT, metadata=a_metadata(published_at=None))
    assert compare(V2, V3, "--json") == 0
    assert "seen-before" in kinds(compare.out)


# What is written


def test_several_files_are_written_in_one_call_and_told(compare: Compare, out: Path) -> None:
    files = {kind: out / f"c.{kind}" for kind in ("html", "pdf", "docx")}
    options = [word for kind, file in files.items() for word in (f"--{kind}", str(file))]
    assert compare(V1, V2, *options) == 0
    assert compare.out.splitlines()[1:] == [f"Écrit : {file}" for file in files.values()]
    assert compare.out.startswith("1\u00a0disposition modifiée")
    assert sorted(out.iterdir()) == sorted(files.values())
    page = files["html"].read_text("utf-8")
    assert '<html lang="fr">' in page
    assert "mairie/cgu/v2" in page
    assert [line.text for line in accepted(files["docx"].read_bytes())][-1] == "Le service est payant."
    pdf = Reading(files["pdf"].read_bytes())
    titles = [str(item.title) for item in pdf.reader.outline if not isinstance(item, list)]
    assert "Liste des changements" in titles
    assert all("Copie documentaire" in text for text in pdf.pages)
    assert "Copie documentaire" in parts(files["docx"].read_bytes())["word/footer.xml"].decode()
    assert "Copie documentaire" in page


def test_the_json_stays_alone_on_its_stream(compare: Compare, out: Path) -> None:
    assert compare(V1, V2, "--json", "--html", out / "c.html") == 0
    assert json.loads(compare.out)["format"] == "cgu-comparison/1"
    assert compare.err == f"Écrit : {out / 'c.html'}\n"


def test_the_same_call_at_the_same_instant_writes_the_same_bytes(compare: Compare, out: Path) -> None:
    for kind in ("html", "pdf", "docx"):
        files = [out / f"{number}.{kind}" for number in range(2)]
        for file in files:
            assert compare(V1, V2, f"--{kind}", file, "--at", "2026-03-02") == 0
        assert files[0].read_bytes() == files[1].read_bytes()


def test_a_file_is_replaced_on_demand_only(compare: Compare, out: Path) -> None:
    file = out / "c.html"
    file.write_text("à moi")
    assert compare(V1, V2, "--html", file) == 1
    assert "existe déjà ; --force le remplace" in compare.err
    assert file.read_text() == "à moi"
    assert compare(V1, V2, "--html", file, "--force") == 0
    assert "payant" in file.read_text("utf-8")


def test_a_place_where_nothing_can_be_written_is_refused_before_any_work(
    compare: Compare, out: Path, tmp_path: Path
) -> None:
    text = tmp_path / "texte.md"
    text.write_text(PAID, "utf-8")
    for arguments, expected in (
        (["--html", tmp_path / "nulle-part" / "c.html"], "n’existe pas"),
        (["--html", out, "--force"], "nommez un fichier"),
        (["--html", out / "c", "--pdf", out / "c"], "--html et --pdf nomment le même fichier"),
        (["--html", text, "--force"], "est l’un des textes à comparer"),
    ):
        assert compare(V1, text, *arguments) == 1
        assert expected in compare.err
    assert text.read_text("utf-8") == PAID
    assert list(out.iterdir()) == []


def test_nothing_is_left_when_writing_fails(
    compare: Compare, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "c.html")

    file = out / "c.html"
    file.write_text("à moi")
    monkeypatch.setattr(Path, "replace", full)
    assert compare(V1, V2, "--html", file, "--force") == 1
    assert compare.err == f"Fichier : {file} : il n’y a plus de place sur le disque.\n"
    assert list(out.iterdir()) == [file]
    assert file.read_text() == "à moi"


def test_a_link_is_written_through_on_demand_only(compare: Compare, out: Path, tmp_path: Path) -> None:
    for target in (tmp_path / "piège.html", tmp_path / "texte.html"):
        link = out / target.name
        link.symlink_to(target)
        assert compare(V1, V2, "--html", link) == 1, "even where it leads to nothing"
        assert "est un lien ; --force écrit là où il mène" in compare.err
        assert not target.exists()
        assert compare(V1, V2, "--html", link, "--force") == 0
        assert "payant" in target.read_text("utf-8")
        assert link.is_symlink()


def test_links_that_go_round_are_told(compare: Compare, out: Path) -> None:
    loop = out / "boucle.html"
    loop.symlink_to(loop)
    for extra in ([], ["--force"]):
        assert compare(V1, V2, "--html", loop, *extra) == 1
        assert "liens qui tournent en rond" in compare.err
    assert compare(V1, loop) == 2
    assert "Adresse inconnue" in compare.err


def test_a_file_that_comes_meanwhile_is_left_as_it_is(
    compare: Compare, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = out / "c.html"
    made = comparing.redline_page

    def slow(*arguments: Any, **options: Any) -> str:
        file.write_text("à quelqu’un", "utf-8")
        return made(*arguments, **options)

    monkeypatch.setattr(comparing, "redline_page", slow)
    assert compare(V1, V2, "--html", file) == 1
    assert compare.err == f"Fichier : {file} : existe déjà.\n"
    assert [one.read_text("utf-8") for one in out.iterdir()] == ["à quelqu’un"]


def test_a_file_of_somebody_else_is_never_removed(
    compare: Compare, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing.secrets, "token_hex", lambda _: "pris")
    other = out / ".cgu-pris"
    other.write_text("à quelqu’un", "utf-8")
    assert compare(V1, V2, "--html", out / "c.html", "--force") == 1
    assert compare.err == f"Fichier : {out / 'c.html'} : existe déjà.\n"
    assert list(out.iterdir()) == [other]


def test_a_half_written_file_is_not_left(
    compare: Compare, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing._Telling, "html", lambda _: "pas des octets")
    with pytest.raises(TypeError):
        compare(V1, V2, "--html", out / "c.html")
    assert list(out.iterdir()) == []


@pytest.mark.skipif(sys.platform == "darwin", reason="its file names are UTF-8")
@pytest.mark.parametrize("kind", ["html", "pdf", "docx"])
def test_a_name_that_is_not_utf8_is_told_as_can_be(compare: Compare, out: Path, kind: str) -> None:
    text = Path(os.fsdecode(os.fsencode(out) + b"/n\xffm.md"))
    text.write_text(PAID, "utf-8")
    file = Path(os.fsdecode(os.fsencode(out) + b"/r\xff." + kind.encode()))
    assert compare(V1, text, f"--{kind}", file) == 0
    assert file.stat().st_size > 0
    if kind == "html":
        assert "n�m.md" in file.read_text("utf-8")
    assert "Écrit : " in compare.out


# The terminal


def on_a_terminal(root: Path, *arguments: object) -> str:
    """Return what `cgu` sends to a real terminal, where click takes nothing out."""
    run = "import sys; from cgu_archive.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", run, "--texts", str(root), *map(str, arguments)]
    ours, its = pty.openpty()
    with subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=os.environ | {"NO_COLOR": "1"}):
        os.close(its)
        said = b""
        with contextlib.suppress(OSError):  # the end, as Linux tells it
            while piece := os.read(ours, 65536):
                said += piece
        os.close(ours)
    return said.decode().replace("\r\n", "\n")


OBEYED = "\x1b]0;t\x07\x1b[31m\x0b\x0c\x1c\x1f\x7f\x85\x9b31m\u2028\u2029\u202e\u2066"


def test_nothing_read_drives_the_terminal(root: Path, out: Path) -> None:
    text = out / f"m{OBEYED}.md"
    text.write_text(f"{PAID}\nUn{OBEYED}mot, {OBEYED}\n\n## Titre {OBEYED}\n", "utf-8")
    nul = out / f"n{OBEYED}.md"
    nul.write_bytes(b"\x00")
    written = out / f"o{OBEYED}\nÉcrit : faux.html"
    for arguments in (
        ["compare", V1, text],
        ["compare", V1, text, "--html", written],
        ["compare", V1, text, "--html", written],
        ["compare", V1, text, "--json"],
        ["compare", V1, nul],
        ["compare", V1, out / f"absent{OBEYED}.md"],
        ["compare", V1, V2, OBEYED],
        [OBEYED],
        ["show", OBEYED],
        ["new", V1, "--text", f"absent{OBEYED}"],
    ):
        said = on_a_terminal(root, *arguments)
        assert len(said) > 10
        assert [letter for letter in said if not (letter.isprintable() or letter in "\n\u00a0")] == []
        assert "\nÉcrit : faux" not in said


def test_json_escapes_what_nobody_sees_and_keeps_its_value(compare: Compare, out: Path) -> None:
    text = out / "m.md"
    text.write_text(f"Un{OBEYED}mot 😀 \U000e0041é\n", "utf-8")
    assert compare(V1, text, "--json") == 0
    assert [letter for letter in compare.out if not (letter.isprintable() or letter in "\n\u00a0")] == []
    assert "😀" in compare.out
    value = {"é": [OBEYED, "\U000e0041😀\ud800", 1, None]}
    assert json.loads(speech.said_json(value)) == value
    assert speech.said_json("é\u202e\U000e0041") == '"é\\u202e\\udb40\\udc41"'


def test_a_publisher_is_not_said_to_be_copied(compare: Compare, out: Path) -> None:
    assert compare(V1, V2, "--html", out / "c.html", "--mode", "publisher") == 0
    assert "Copie documentaire" not in (out / "c.html").read_text("utf-8")


# The page


class Outside(HTMLParser):
    """Gathers every address a page would fetch by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [f"{tag} {value}" for name, value in attributes if name in ("src", "srcset", "data")]
        self.found += [f"{tag}" for name, _ in attributes if tag == "link" or name.startswith("on")]


def test_the_page_opens_from_the_disk_and_asks_nothing_of_anyone(
    compare: Compare, tmp_path: Path, out: Path
) -> None:
    texts = [tmp_path / f"{number}.md" for number in range(2)]
    hostile = '# A\n\n<script>alert(1)</script> <img src="https://exemple.invalid/i"> ![i](https://exemple.invalid/i)'
    for text, word in zip(texts, ("un", "deux"), strict=True):
        text.write_text(f"{hostile} {word}.\n", "utf-8")
    file = out / "c.html"
    assert compare(*texts, "--html", file) == 0
    page = file.read_text("utf-8")
    outside = Outside()
    outside.feed(page)
    assert outside.found == []
    assert page.count("<script>") == 1
    asked: list[str] = []
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for width in (320, 1300):
            shown = browser.new_page(viewport={"width": width, "height": 800})
            shown.on("request", lambda request: asked.append(request.url))
            shown.on("console", lambda message: said.append(message.text))
            shown.goto(file.as_uri())
            assert shown.title() == "Comparaison\u00a0: 0.md → 1.md"
            assert shown.evaluate("document.documentElement.scrollWidth") <= width
            assert shown.locator("del", has_text="un").count() == 1
            assert shown.locator(".redline button").count() > 0, "the script runs"
        browser.close()
    assert set(asked) == {file.as_uri()}
    assert said == []


def test_the_command_itself_writes_from_a_shell(root: Path, out: Path) -> None:
    command = [sys.executable, "-c", "from cgu_archive.cli import main; raise SystemExit(main())"]
    command += ["--texts", str(root), "compare", V1, V2, "--docx", str(out / "c.docx"), "--at", "2026-01-05"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (out / "c.docx").stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
