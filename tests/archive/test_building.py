"""A build gives the whole archive or leaves the previous one as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from cgu_archive import building
from cgu_archive.building import ArchiveNotBuiltError, Built, build_archive
from cgu_archive.corpus import freezing
from cgu_archive.corpus.errors import InvalidCorpusError, UnreadableTextError
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.model import Corpus, Mode
from cgu_archive.pages.model import Archive, Operator
from cgu_archive.pages.texts import read
from tests.archive.conftest import AT
from tests.builders import TEXT, write_draft, write_published, write_service

pytestmark = pytest.mark.xdist_group("archive")

SECOND = TEXT.replace("gratuit", "payant")


def build(texts: Path, out: Path, **changes: Any) -> Built:
    values: dict[str, Any] = {"at": AT, "mode": "documentary", "progress": lambda _: None}
    return build_archive(texts, out, **(values | changes))


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A small corpus: one imaginary service, two versions."""
    root = tmp_path / "texts"
    write_service(root)
    write_published(root)
    write_published(root, "mairie/cgu/v2", SECOND)
    return root


@pytest.fixture
def previous(tmp_path: Path) -> Path:
    """An archive built earlier, or what stands for one."""
    out = tmp_path / "out" / "archive"
    out.mkdir(parents=True)
    (out / "index.html").write_text("previous")
    return out


def test_every_version_has_its_page_its_pdf_and_its_exact_bytes(archive: Path, corpus: Corpus) -> None:
    for _, _, version in corpus.versions():
        folder = archive / str(version.address)
        if not version.published:
            assert not folder.exists()
            continue
        assert (folder / "index.html").is_file()
        assert (folder / "texte.md").read_bytes() == version.text
        (pdf,) = folder.glob("*.pdf")
        assert pdf.read_bytes().startswith(b"%PDF-")
        assert pdf.with_suffix(".docx").read_bytes().startswith(b"PK")
        if version.source_text is not None:
            assert (folder / "source.txt").read_bytes() == version.source_text


def test_a_build_says_what_it_wrote(built: Built) -> None:
    files = [path for path in built.out.rglob("*") if path.is_file()]
    assert built.files == len(files)
    assert built.pages == sum(path.suffix == ".html" for path in files)
    assert built.size == sum(path.stat().st_size for path in files)


def test_the_manifest_lists_every_other_file_with_its_hash(archive: Path) -> None:
    manifest = json.loads((archive / "manifest.json").read_bytes())
    listed = {entry["path"]: (entry["sha256"], entry["size"]) for entry in manifest["files"]}
    found = snapshot(archive)
    del found["manifest.json"]
    assert listed == {path: (text_hash(content), len(content)) for path, content in found.items()}
    assert manifest["mode"] == "demonstration"


def test_the_sitemap_names_every_page_but_that_of_wrong_addresses(archive: Path) -> None:
    root = ET.fromstring((archive / "sitemap.xml").read_bytes())
    found = [loc.text or "" for loc in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    site = "http://127.0.0.1:8000/archive/"
    pages = {path.relative_to(archive).as_posix() for path in archive.rglob("*.html")} - {"404.html"}
    assert {address.removeprefix(site) for address in found} == pages


def test_the_same_texts_give_the_same_bytes(texts: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "elsewhere" / "second"
    build(texts, first)
    build(texts, second)
    assert snapshot(first) == snapshot(second)


@pytest.mark.requirement("P-14", "T-09")
def test_an_address_once_published_answers_for_ever_with_the_same_text(texts: Path, tmp_path: Path) -> None:
    out = tmp_path / "archive"
    build(texts, out)
    before = {path: content for path, content in snapshot(out).items() if path.startswith("mairie/cgu/")}
    write_published(texts, "mairie/cgu/v3", SECOND + "\nUn mot de plus.\n")
    build(texts, out)
    after = snapshot(out)
    assert before.keys() <= after.keys()
    for version in ("v1", "v2"):
        file = f"mairie/cgu/{version}/texte.md"
        assert after[file] == before[file]
        assert text_hash(before[file]).encode() in after[f"mairie/cgu/{version}/index.html"]


@pytest.mark.requirement("P-57", "T-24")
def test_no_personal_data_is_in_any_file(archive: Path, corpus: Corpus) -> None:
    known = "".join(read(version).text() for _, _, version in corpus.versions())
    known += "".join(str(contact) for service in corpus.services for contact in service.contacts.values())
    for path, content in snapshot(archive).items():
        if path.endswith((".html", ".xml", ".json", ".md", ".txt")):
            text = content.decode("utf-8")
            if path.endswith(".json"):
                text = json.dumps(json.loads(text), ensure_ascii=False)
            for address in re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", text):
                assert address in known, (path, address)
            assert set(re.findall(r"\b(?:\d{1,3}\.){3}\d{1,3}\b", text)) <= {"127.0.0.1"}, path


def test_a_build_replaces_the_whole_of_the_previous_archive(texts: Path, previous: Path) -> None:
    (previous / "left-over.html").write_text("old")
    build(texts, previous)
    assert not (previous / "left-over.html").exists()
    assert "previous" not in (previous / "index.html").read_text()
    assert previous.stat().st_mode & 0o777 == 0o755


def broken(texts: Path, what: str) -> None:
    folder = texts / "mairie/cgu/v2"
    match what:
        case "altered text":
            (folder / "texte.md").write_text(SECOND + " ")
        case "missing text":
            (folder / "texte.md").unlink()
        case "metadata":
            file = folder / "version.yml"
            file.write_text(file.read_text().replace("label:", "lable:"))
        case "service":
            file = texts / "mairie/service.yml"
            file.write_text(file.read_text().replace("fictional: true", "fictional: maybe"))


@pytest.mark.parametrize(
    ("what", "where"),
    [
        ("altered text", r"mairie/cgu/v2/texte\.md"),
        ("missing text", r"mairie/cgu/v2/texte\.md"),
        ("metadata", r"mairie/cgu/v2/version\.yml:\d+"),
        ("service", r"mairie/service\.yml:\d+"),
    ],
)
def test_broken_texts_stop_the_build_say_where_and_leave_the_previous_archive(
    texts: Path, previous: Path, what: str, where: str
) -> None:
    broken(texts, what)
    with pytest.raises(InvalidCorpusError, match=where):
        build(texts, previous)
    assert snapshot(previous) == {"index.html": b"previous"}
    assert [path.name for path in previous.parent.iterdir()] == ["archive"]


def test_a_text_no_page_can_hold_stops_the_build_by_its_name(
    texts: Path, previous: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_draft(texts, "mairie/cgu/v3", "Un texte.\n" + "> " * 70 + "profond\n")
    monkeypatch.setattr(building.checks, "check", lambda corpus: ())
    file = texts / "mairie/cgu/v3/texte.md"
    raw = (texts / "PUBLISHED").read_text()
    (texts / "PUBLISHED").write_text(raw + f"mairie/cgu/v3 {text_hash(file.read_bytes())} {'0' * 64}\n")
    with pytest.raises(UnreadableTextError, match=r"mairie/cgu/v3/texte\.md : Ligne 2"):
        build(texts, previous)
    assert snapshot(previous) == {"index.html": b"previous"}


def test_a_failure_of_the_shell_leaves_the_previous_archive(
    texts: Path, previous: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(config: object) -> Iterator[None]:
        raise building.Abort("disk full")

    monkeypatch.setattr(building, "build_site", fails)
    with pytest.raises(ArchiveNotBuiltError, match="disk full"):
        build(texts, previous)
    assert snapshot(previous) == {"index.html": b"previous"}


def test_a_failed_swap_puts_the_previous_archive_back(
    texts: Path, previous: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def refuses(self: Path, target: Path) -> Path:
        if self.name == "site":
            raise OSError("no space left")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuses)
    with pytest.raises(ArchiveNotBuiltError, match="no space left"):
        build(texts, previous)
    assert snapshot(previous) == {"index.html": b"previous"}


def test_two_pages_at_one_address_are_refused(texts: Path, tmp_path: Path) -> None:
    write_published(texts, "mairie/cgu/depuis", SECOND + "\nAutre.\n")
    write_published(texts, "mairie/cgu/index", SECOND + "\nEncore.\n")
    with pytest.raises(ArchiveNotBuiltError, match=r"mairie/cgu/depuis/index\.html"):
        build(texts, tmp_path / "archive")


def test_a_file_never_takes_the_place_of_a_page(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("page")
    archive = Archive(Corpus(()), Mode.DOCUMENTARY, AT, None, None, Operator(), {"index.html": b"file"})
    with pytest.raises(ArchiveNotBuiltError, match=r"index\.html"):
        building.finish(archive, tmp_path, {})
    assert (tmp_path / "index.html").read_text() == "page"


def test_without_an_address_of_its_own_a_site_has_no_plan_for_machines(tmp_path: Path) -> None:
    building.finish(Archive(Corpus(()), Mode.DOCUMENTARY, AT, None, None, Operator()), tmp_path, {})
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_an_unknown_mode_is_refused_with_those_that_exist(texts: Path, tmp_path: Path) -> None:
    with pytest.raises(ArchiveNotBuiltError, match="documentary, demonstration, publisher"):
        build(texts, tmp_path / "archive", mode="official")


def test_settings_that_are_not_there_are_named(texts: Path, tmp_path: Path) -> None:
    with pytest.raises(ArchiveNotBuiltError, match=r"nowhere\.yml"):
        build(texts, tmp_path / "archive", config_file=tmp_path / "nowhere.yml")


def settings(tmp_path: Path, **operator: str) -> Path:
    """Write settings beside the real ones' folders, with what is said of the operator."""
    text = building.CONFIG.read_text("utf-8")
    for place in ("docs_dir: site/pages", "custom_dir: site/theme", "trust_file: kiosk/proof/release.trust"):
        name, _, path = place.partition(": ")
        assert place in text
        text = text.replace(place, f"{name}: {building.CONFIG.parent / path}")
    for key, value in operator.items():
        text = re.sub(rf"^(\s+{key}): null$", rf"\1: {value}", text, flags=re.MULTILINE)
    file = tmp_path / "mkdocs.yml"
    file.write_text(text, "utf-8")
    return file


def test_wrong_settings_are_said_with_their_field(texts: Path, tmp_path: Path) -> None:
    file = settings(tmp_path)
    file.write_text(file.read_text("utf-8").replace("strict: true", "strict: peut-être"), "utf-8")
    with pytest.raises(ArchiveNotBuiltError, match="'strict'"):
        build(texts, tmp_path / "archive", config_file=file)


def test_an_earlier_transcription_keeps_its_file_and_its_hash(texts: Path, tmp_path: Path) -> None:
    folder = texts / "mairie/cgu/v2"
    again = SECOND.replace("Article 1 – Objet", "**Article 1 – Objet**")
    (folder / "texte-2.md").write_text(again)
    metadata = (folder / "version.yml").read_text()
    (folder / "version.yml").write_text(metadata.replace("transcription: 1", "transcription: 2"))
    freezing.freeze(texts, "mairie/cgu/v2", at=AT)
    out = tmp_path / "archive"
    build(texts, out)
    assert (out / "mairie/cgu/v2/texte.md").read_text() == SECOND
    assert (out / "mairie/cgu/v2/texte-2.md").read_text() == again
    page = (out / "mairie/cgu/v2/index.html").read_text()
    assert "2e transcription du même texte" in page
    assert "sha256sum texte-2.md" in page


def test_a_publisher_archive_must_say_who_runs_it(texts: Path, tmp_path: Path) -> None:
    with pytest.raises(ArchiveNotBuiltError, match=r"operator\.name"):
        build(texts, tmp_path / "archive", mode="publisher")


@pytest.mark.requirement("M-33")
def test_a_publisher_archive_holds_no_fiction_and_shows_the_publisher_s_own_notices(tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    write_service(texts)
    write_published(texts)
    write_service(
        texts, "real", fictional=False, publisher_notices=["paru sur le site Réel", "http://www.reel.invalid"]
    )
    write_published(texts, "real/cgu/v1")
    said: list[str] = []
    file = settings(tmp_path, name="Département réel", contact="contact@reel.invalid")
    out = tmp_path / "archive"
    build(texts, out, mode="publisher", config_file=file, progress=said.append)
    assert not (out / "mairie").exists()
    assert any("mairie : service imaginaire" in line for line in said)
    for page in ("real/index.html", "real/cgu/v1/index.html"):
        html = (out / page).read_text()
        notices = html.partition('<aside class="mentions"')[2]
        assert "paru sur le site Réel" in notices
        assert '<a href="http://www.reel.invalid" rel="external noopener noreferrer">' in notices
        assert "Copie documentaire" not in html
    assert "En vigueur" in (out / "real/index.html").read_text()
    assert "Département réel" in (out / "mentions-legales.html").read_text()
    assert "Se connecter pour décider" in (out / "index.html").read_text()


def test_a_documentary_archive_has_no_door_to_decide_and_says_nothing_is_in_force(
    texts: Path, tmp_path: Path
) -> None:
    out = tmp_path / "archive"
    build(texts, out)
    pages = {path: content.decode() for path, content in snapshot(out).items() if path.endswith(".html")}
    assert "Se connecter pour décider" not in pages["index.html"]
    told = {path for path, html in pages.items() if "En vigueur" in html}
    assert told <= {"aide.html"}, "only the help explains these words"
    assert "Dernière version connue" in pages["mairie/cgu/v2/index.html"]
    assert "n’a pas renseigné ses mentions légales" in pages["mentions-legales.html"]
