"""`cgu` as people and scripts call it: what it prints, where, and the code it leaves with."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import docx
import pytest

from cgu_archive import building, cli
from cgu_archive.corpus import freezing, loader
from cgu_archive.corpus.errors import CorpusError
from tests.builders import AT, TEXT, a_metadata, write_draft, write_published, write_service

V1, V2 = "mairie/cgu/v1", "mairie/cgu/v2"
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


class Cgu:
    """Calls `cgu` on one folder of texts and keeps what it said."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: object) -> int:
        code = cli.main(["--texts", str(self.root), *map(str, arguments)])
        self.out, self.err = self._capsys.readouterr()
        return code

    def json(self, *arguments: object) -> Any:
        assert self(*arguments, "--json") == 0, self.err
        return json.loads(self.out)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    texts = tmp_path / "textes"
    write_service(texts)
    return texts


@pytest.fixture
def cgu(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cgu:
    monkeypatch.setattr(cli, "_now", lambda: NOW)
    return Cgu(root, capsys)


# The command line itself


def every_command() -> Iterator[tuple[str, click.Command]]:
    yield "cgu", cli.cli
    yield from cli.cli.commands.items()


@pytest.mark.parametrize(("name", "command"), list(every_command()))
def test_every_command_and_option_has_a_help_in_french(name: str, command: click.Command) -> None:
    context = click.Context(command, info_name=name)
    helps = [command.help, *(p.help for p in command.get_params(context) if isinstance(p, click.Option))]
    for text in helps:
        assert text
        assert text.endswith(".")
        assert not re.search(r"\b(the|show|exit|and)\b", text, re.IGNORECASE)
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            assert parameter.metavar


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["foo"],
            "commande « foo » inconnue. Commandes : check, list, show, compare, export, links, new, import,"
            " publish, build.",
        ),
        (["check", "--foo"], "option « --foo » inconnue."),
        (["check", "un", "reste"], "argument en trop : reste."),
        (["check", "--rule", "L-99"], "règle « L-99 » inconnue. Règles : L-01,"),
        (["check", "--fix", "--json"], "--fix et --json s’excluent."),
        (["show"], "il manque ADRESSE."),
        (["list", "--at"], "option « --at » : valeur absente ou de trop."),
        (["list", "--at", "hier"], "--at : attendu 2026-01-05 ou 2026-01-05T08:00:00Z, trouvé « hier »."),
        (["list", "--at", "2026-01-05T08:00:00"], "--at : attendu"),
        (["list", "--at", "2026-13-05"], "--at : attendu"),
        (["build", "--mode", "x"], "--mode : attendu documentary, demonstration, publisher."),
        (["new", V1, "--text", "absent.md"], "--text : le fichier « absent.md » n’existe pas."),
        (["new", V1, "--text", __file__, "--from", V1], "--from et --text s’excluent."),
        (["check", "--since", "HEAD"], "git ne connaît pas PUBLISHED à la révision « HEAD »."),
    ],
)
def test_a_wrong_call_is_told_in_french_with_where_to_get_help(
    cgu: Cgu, arguments: list[str], said: str
) -> None:
    assert cgu(*arguments) == 2
    assert f"Appel incorrect : {said}" in cgu.err
    assert re.search(r"^Aide : cgu.* --help$", cgu.err, re.MULTILINE)
    assert cgu.out == ""


def test_a_folder_that_is_not_there_is_a_wrong_call(tmp_path: Path, capsys: Any) -> None:
    assert cli.main(["--texts", str(tmp_path / "absent"), "list"]) == 2
    assert "n’existe pas (option --texts)" in capsys.readouterr().err


def test_without_any_word_it_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert "Commandes:" in capsys.readouterr().err


def test_help_and_version_are_no_faults(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    assert "Affiche cette aide." in capsys.readouterr().out
    assert cli.main(["--version"]) == 0
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_the_folder_of_the_texts_comes_from_the_environment(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_published(root)
    monkeypatch.setenv("CGU_TEXTS", str(root))
    assert cli.main(["list"]) == 0
    assert V1 in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["show", "mairie/cgu/v9"], ["show", "mairie"], ["compare", V1, "x.md"]]
)
def test_an_unknown_address_is_a_wrong_call(cgu: Cgu, arguments: list[str]) -> None:
    write_published(cgu.root)
    assert cgu(*arguments) == 2
    assert cgu.err.startswith("Adresse inconnue : ")


def test_a_file_that_cannot_be_written_is_told(cgu: Cgu, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "version.yml")

    monkeypatch.setattr(freezing, "create_draft", full)
    assert cgu("new", V1) == 1
    assert cgu.err == "Fichier : version.yml : il n’y a plus de place sur le disque.\n"


def test_nobody_reading_any_more_is_no_fault_of_the_texts(root: Path) -> None:
    write_published(root, text="# Titre\n\n" + "mot " * 50_000)
    run = "import sys; from cgu_archive.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", run, "--texts", str(root), "show", V1]
    # An unbuffered Python drops what a pipe does not take at once, and never learns that nobody reads.
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=buffered) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 1


# check


def test_a_sound_corpus_passes(cgu: Cgu) -> None:
    write_published(cgu.root)
    assert cgu("check") == 0
    assert (cgu.out, cgu.err) == ("0 erreur(s), 0 avertissement(s).\n", "")


@pytest.mark.requirement("P-10")
def test_an_altered_text_fails_and_says_where_and_what_to_do(cgu: Cgu) -> None:
    write_published(cgu.root)
    (cgu.root / V1 / "texte.md").write_text(TEXT.replace("gratuit", "payant"))
    assert cgu("check") == 1
    assert f"Erreur : {V1}/texte.md: texte : empreinte attendue" in cgu.err
    assert "Restaurez ce fichier depuis son historique" in cgu.err
    assert "2 erreur(s)" in cgu.out
    assert cgu("check", "--quiet") == 1
    assert cgu.out == ""


def test_warnings_pass_and_stay_silent_on_demand(cgu: Cgu) -> None:
    write_draft(cgu.root, text="# Titre\n\nUn délai de huit jours.\n")
    assert cgu("check") == 0
    assert f"Avertissement : {V1}/texte.md:3: « huit jours »" in cgu.out
    assert cgu("check", "--quiet") == 0
    assert (cgu.out, cgu.err) == ("", "")


def test_a_corpus_that_cannot_be_read_fails_with_every_fault(cgu: Cgu) -> None:
    write_draft(cgu.root)
    (cgu.root / V1 / "version.yml").write_text("format: cgu-version/1\nlabel: v1\n")
    (cgu.root / "PUBLISHED").write_text("faux\n")
    assert cgu("check") == 1
    assert f"{V1}/version.yml:1: champ « origin » absent." in cgu.err
    assert "PUBLISHED:1: ligne illisible" in cgu.err
    assert cgu("list") == 1
    assert f"Erreur : {V1}/version.yml:1:" in cgu.err


def test_findings_in_json_have_their_place_and_remedy(cgu: Cgu) -> None:
    write_draft(cgu.root, text="# Titre\n\n<b>\n\nhuit jours\n")
    assert cgu("check", "--json") == 1
    said = json.loads(cgu.out)
    assert said["errors"] == 1
    html, figure = said["findings"]
    assert (html["file"], html["line"], html["rule"]) == (f"{V1}/texte.md", 3, "html")
    assert (html["severity"], figure["severity"]) == ("error", "warning")
    assert all(finding["message"] and finding["remedy"] for finding in said["findings"])


@pytest.mark.requirement("M-31")
def test_links_are_listed_with_their_places_and_state(cgu: Cgu) -> None:
    write_draft(cgu.root, text="# Titre\n\nVoir <https://loi.invalid/a> et <https://vieux.invalid/>.\n")
    (cgu.root / "mairie/links.yml").write_text(
        'format: cgu-links/1\nlinks:\n  - url: https://vieux.invalid/\n    checked_on: "2026-01-05"\n'
        '    removed_on: "2026-02-01"\n    reason: Contenu illicite.\n',
        encoding="utf-8",
    )
    assert cgu("links", "mairie") == 0
    assert "https://loi.invalid/a · à vérifier" in cgu.out
    assert "https://vieux.invalid/ · retiré le 1er février 2026 : Contenu illicite." in cgu.out
    assert cgu("links", "--json") == 0
    found = {one["url"]: one for one in json.loads(cgu.out)["services"]["mairie"]}
    assert found["https://vieux.invalid/"]["state"] == "removed"
    assert [place["version"] for place in found["https://loi.invalid/a"]["places"]] == [V1]
    assert cgu("links", "inconnu") == 2


@pytest.fixture
def repository(root: Path) -> Callable[..., None]:
    """Put the texts under git and return what runs a git command there."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=Essai", "-c", "user.email=essai@ville.invalid")
        command = ["git", "-C", str(root), *who, *arguments]
        subprocess.run(command, check=True, capture_output=True, env=environment)

    git("init", "--quiet")
    return git


def forge(root: Path) -> None:
    """Change a published text, the hash beside it and the line of the register."""
    for name in ("PUBLISHED", f"{V1}/texte.md", f"{V1}/version.yml"):
        (root / name).unlink()
    (root / V1).rmdir()
    write_published(root, V1, "# Conditions réécrites\n")


@pytest.mark.requirement("P-10", "P-14")
def test_a_register_rewritten_with_its_text_is_seen_before_and_after_the_commit(
    cgu: Cgu, repository: Callable[..., None]
) -> None:
    write_published(cgu.root)
    assert cgu("check") == 0, "no commit yet"
    repository("add", ".")
    repository("commit", "-m", "un")
    assert cgu("check") == 0
    forge(cgu.root)
    assert cgu("check") == 1
    assert "PUBLISHED:1: des lignes ont été retirées ou modifiées" in cgu.err
    repository("commit", "--all", "-m", "deux")
    assert cgu("check") == 1, "a clean checkout of the forged commit"
    assert cgu("check", "--since", "HEAD") == 0
    assert cgu("check", "--since", "HEAD^") == 1


def test_a_checkpoint_kept_elsewhere_sees_it_without_git(cgu: Cgu, tmp_path: Path) -> None:
    write_published(cgu.root)
    checkpoint = tmp_path / "copie"
    checkpoint.write_bytes((cgu.root / "PUBLISHED").read_bytes())
    write_published(cgu.root, V2, "# Deux\n")
    assert cgu("check", "--checkpoint", checkpoint) == 0
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"v1", b"v0"))
    assert cgu("check", "--checkpoint", checkpoint) == 1
    assert "la copie de contrôle" in cgu.err


def test_without_git_the_files_are_checked_all_the_same(cgu: Cgu, monkeypatch: pytest.MonkeyPatch) -> None:
    write_published(cgu.root)
    monkeypatch.setenv("PATH", "")
    assert cgu("check") == 0


@pytest.mark.requirement("O-08")
def test_the_texts_of_this_repository_pass(texts_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--texts", str(texts_dir), "check"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "la case nomme des documents que personne n’a déposés" in said.out


# list, show


def test_every_version_is_listed_with_its_state(cgu: Cgu) -> None:
    write_published(cgu.root)
    write_published(cgu.root, V2, "# Deux\n", at=NOW)
    write_draft(cgu.root, "mairie/cgu/v3", metadata=a_metadata(label="v3", published_at=None))
    assert cgu("list") == 0
    states = [line.split(" · ")[:3] for line in cgu.out.splitlines()[1:]]
    assert states == [
        [f"  {V1}", "sans numéro", "Remplacée"],
        [f"  {V2}", "sans numéro", "En vigueur"],
        ["  mairie/cgu/v3", "v3", "Brouillon"],
    ]
    assert cgu("list", "--at", "2026-01-05") == 0
    assert cgu.out.count("À venir") == 2
    listed = cgu.json("list")["versions"]
    assert [version["standing"] for version in listed] == ["superseded", "in-force", "draft"]


def test_a_version_is_shown_whole_with_its_addresses(cgu: Cgu) -> None:
    version = write_published(cgu.root)
    assert cgu("show", V1) == 0
    assert "État : En vigueur" in cgu.out
    assert "Mise en ligne : 2026-01-05 09:00 (heure de Paris)" in cgu.out
    assert "Date donnée par le texte : non renseigné" in cgu.out
    assert f"Empreinte du texte : {version.text_hash}" in cgu.out
    assert "[article-1]\nArticle 1 – Objet\nLe service est gratuit.\n" in cgu.out


def test_a_provision_is_shown_alone(cgu: Cgu) -> None:
    write_published(cgu.root)
    assert cgu("show", V1, "--provision", "article-1") == 0
    assert cgu.out == "Article 1 – Objet\nLe service est gratuit.\n"
    assert cgu("show", V1, "--provision", "article-9") == 2
    said = cgu.json("show", V1, "--provision", "article-1")
    assert said["provisions"] == [
        {"address": "article-1", "text": "Article 1 – Objet\nLe service est gratuit."}
    ]
    assert said["published_at"] == "2026-01-05T08:00:00Z"


# compare


def test_two_versions_are_compared_word_by_word(cgu: Cgu) -> None:
    write_published(cgu.root)
    write_published(cgu.root, V2, TEXT.replace("gratuit", "payant"), at=NOW)
    assert cgu("compare", V1, V2) == 0
    assert "gratuit" in cgu.out
    assert "payant" in cgu.out
    assert cgu.json("compare", V1, V2)


def test_a_file_is_compared_with_a_version(cgu: Cgu, tmp_path: Path) -> None:
    write_published(cgu.root)
    file = tmp_path / "projet.md"
    file.write_text(TEXT.replace("gratuit", "payant"))
    assert cgu("compare", V1, file) == 0
    assert "payant" in cgu.out
    file.write_bytes(b"\xff")
    assert cgu("compare", V1, file) == 1
    assert cgu.err.startswith(f"Refusé : {file} : ligne 1")


# export


def test_a_version_is_written_in_word(cgu: Cgu, tmp_path: Path) -> None:
    write_published(cgu.root)
    file = tmp_path / "texte.docx"
    assert cgu("export", V1, "--docx", file, "--url", "https://mairie.invalid/cgu") == 0
    assert cgu.out == f"Écrit : {file}\n"
    made = docx.Document(str(file))
    assert [paragraph.text for paragraph in made.paragraphs if paragraph.text][
        -1
    ] == "Le service est gratuit."
    assert made.sections[0].footer.paragraphs[1].text == "Version en ligne\u00a0: https://mairie.invalid/cgu"


def test_a_file_is_written_over_only_when_asked(cgu: Cgu, tmp_path: Path) -> None:
    write_published(cgu.root)
    file = tmp_path / "texte.docx"
    file.write_bytes(b"mine")
    assert cgu("export", V1, "--docx", file) == 1
    assert "--force le remplace" in cgu.err
    assert file.read_bytes() == b"mine"
    assert cgu("export", "mairie/cgu/v9", "--docx", file, "--force") == 2
    assert file.read_bytes() == b"mine"
    assert cgu("export", V1, "--docx", file, "--force") == 0
    assert file.read_bytes().startswith(b"PK")
    assert cgu("export", V1) == 2
    assert "il manque --docx" in cgu.err


# new, publish


def test_a_draft_begins_as_the_last_version_published(cgu: Cgu) -> None:
    write_published(cgu.root)
    assert cgu("new", V2, "--label", "v2") == 0
    assert f"Brouillon créé : {cgu.root / V2}" in cgu.out
    draft = loader.load(cgu.root).version(V2)
    assert draft.text == TEXT.encode()
    assert (draft.metadata.label, draft.metadata.reason, draft.metadata.published_at) == ("v2", None, None)
    assert cgu("new", V2) == 1
    assert "existe déjà" in cgu.err


def test_a_draft_begins_as_a_chosen_version_a_file_or_a_title(cgu: Cgu, tmp_path: Path) -> None:
    assert cgu("new", V1) == 0
    title = "# Conditions générales d’utilisation de Mairie\n"
    assert (cgu.root / V1 / "texte.md").read_text() == title
    file = tmp_path / "projet.md"
    file.write_text("# Projet\n")
    assert cgu("new", V2, "--text", file) == 0
    assert (cgu.root / V2 / "texte.md").read_text() == "# Projet\n"
    assert cgu.json("new", "mairie/cgu/v3", "--from", V2)["address"] == "mairie/cgu/v3"
    assert (cgu.root / "mairie/cgu/v3/texte.md").read_text() == "# Projet\n"
    file.write_bytes(b"\xff")
    assert cgu("new", "mairie/cgu/v4", "--text", file) == 1
    assert not (cgu.root / "mairie/cgu/v4").exists()


def test_a_draft_keeps_the_rules_of_the_version_it_comes_from(tmp_path: Path, texts_dir: Path) -> None:
    copy = shutil.copytree(texts_dir, tmp_path / "textes")
    assert cli.main(["--texts", str(copy), "new", "soffi/cgu/suivante"]) == 0
    corpus = loader.load(copy)
    before = corpus.version("soffi/cgu/sans-date-1").metadata.rules
    assert corpus.version("soffi/cgu/suivante").metadata.rules == before


def test_publishing_for_a_script(cgu: Cgu) -> None:
    write_draft(cgu.root)
    said = cgu.json("publish", V1, "--yes", "--reason", "Loi.", "--reason-kind", "law")
    version = loader.load(cgu.root).version(V1)
    assert said == {
        "address": V1, "text_hash": version.text_hash, "metadata_hash": version.metadata_hash,
    }  # fmt: skip
    assert version.metadata.published_at == NOW
    assert (version.metadata.reason, version.metadata.reason_kind) == ("Loi.", "law")


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


@pytest.mark.parametrize("text", ["o\n", "OUI\n"])
def test_publishing_shows_what_changes_and_asks(cgu: Cgu, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    write_published(cgu.root)
    write_draft(cgu.root, V2, TEXT.replace("gratuit", "payant"))
    answer(monkeypatch, text)
    assert cgu("publish", V2) == 0
    assert f"Par rapport à {V1} :" in cgu.err
    assert "payant" in cgu.err
    assert cgu.out.splitlines()[-1].startswith(f"Publiée : {V2}, empreinte ")
    assert loader.load(cgu.root).version(V2).published


@pytest.mark.parametrize("text", ["n\n", "\n", "yes\n", ""])
def test_nothing_is_published_without_a_clear_yes(
    cgu: Cgu, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    write_draft(cgu.root)
    answer(monkeypatch, text)
    assert cgu("publish", V1) == 1
    assert "Abandon : rien n’a été fait." in cgu.err
    assert not loader.load(cgu.root).version(V1).published


@pytest.mark.requirement("P-09")
def test_a_refusal_says_why(cgu: Cgu) -> None:
    write_draft(cgu.root, metadata=a_metadata(reason=None, published_at=None))
    assert cgu("publish", V1, "--yes") == 1
    assert cgu.err.startswith(f"Refusé : « {V1} » : motif absent.")
    write_draft(cgu.root, V2, "<b>")
    assert cgu("publish", V2, "--yes") == 1
    assert cgu.err.startswith(f"Erreur : {V2}/texte.md:1: balise « <b> »")
    assert not (cgu.root / "PUBLISHED").exists()


def test_an_instant_and_an_accession_on_demand(cgu: Cgu) -> None:
    write_draft(cgu.root, metadata=a_metadata())
    assert cgu("publish", V1, "--yes") == 1
    assert cgu("publish", V1, "--yes", "--at", "2026-01-05T08:00:00Z") == 0
    assert loader.load(cgu.root).version(V1).metadata.published_at == AT
    write_draft(cgu.root, V2)
    assert cgu("publish", V2, "--yes", "--accession") == 1
    assert "mêmes octets" in cgu.err
    assert cgu("publish", V2, "--yes", "--accession", "--same-text") == 0
    assert loader.load(cgu.root).version(V2).metadata.published_at is None


# build


def test_building_hands_on_what_it_is_asked(
    cgu: Cgu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def build_archive(texts: Path, out: Path, **options: Any) -> building.Built:
        asked.update(texts=texts, out=out, **options)
        options["progress"]("Pages…")
        return building.Built(out, 3, 4, 5)

    monkeypatch.setattr(building, "build_archive", build_archive)
    out = tmp_path / "archive"
    assert cgu("build", "--out", out) == 0
    assert (asked["texts"], asked["out"], asked["at"], asked["mode"]) == (cgu.root, out, NOW, "documentary")
    assert cgu.out == f"Archive construite : {out / 'index.html'}\n"
    assert cgu.err == "Pages…\n"
    said = cgu.json("build", "--out", out, "--at", "2026-01-05T08:00:00Z", "--mode", "publisher")
    assert said == {"folder": str(out), "pages": 3, "files": 4, "bytes": 5}
    assert (asked["at"], asked["mode"]) == (AT, "publisher")


def test_a_build_that_fails_is_told(cgu: Cgu, monkeypatch: pytest.MonkeyPatch) -> None:
    def build_archive(*_: object, **__: object) -> None:
        raise CorpusError("La page « x » n’a pas pu être construite.")

    monkeypatch.setattr(building, "build_archive", build_archive)
    assert cgu("build") == 1
    assert cgu.err == "Refusé : La page « x » n’a pas pu être construite.\n"


def test_the_clock_is_that_of_the_machine_in_utc() -> None:
    before = datetime.now(UTC)
    assert before <= cli._now() <= datetime.now(UTC)
