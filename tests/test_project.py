"""The promises this repository makes about itself."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests import promises
from tests.conftest import ROOT

TOP_LEVEL = {
    ".ci", ".editorconfig", ".gitattributes", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE",
    "Makefile", "README.md", "SECURITY.md", "cgu_texts", "kiosk", "mkdocs.yml", "pyproject.toml",
    "requirements-dev.txt", "requirements.txt", "site", "tests",
}  # fmt: skip


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [Path(name) for name in listed.decode().split("\0") if name]


def test_the_top_level_is_closed() -> None:
    assert {path.parts[0] for path in tracked()} <= TOP_LEVEL


def test_a_build_never_writes_over_the_sources() -> None:
    """Left to itself mkdocs builds into `site`, which holds our code."""
    written = re.findall(r"^site_dir: (\S+)", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert written == ["build/archive"]


@pytest.mark.requirement("O-50")
def test_no_mark_of_a_publisher_is_in_the_repository() -> None:
    """Pictures are of our own pages, and of fictional texts; no logo comes with the texts."""
    pictures = {
        path for path in tracked() if path.suffix in (".svg", ".png", ".jpg", ".gif", ".ico", ".webp")
    }
    own = {"kiosk/static/icon.svg", "site/decisions/pictures", "site/pages/pictures", "site/theme", "tests"}
    strangers = {path for path in pictures if not any(path.is_relative_to(one) for one in own)}
    assert not strangers
    assert not [path for path in pictures if path.parts[0] == "cgu_texts"]


def test_what_is_left_to_others_is_a_promise_that_no_test_claims() -> None:
    left = promises.left_to_others()
    assert left.keys() <= promises.rows().keys()
    assert all(row["kept_by"] and row["reason"] for row in left.values())
    marks = "".join(path.read_text("utf-8") for path in tracked() if path.name.startswith("test_"))
    assert not [name for name in left if f'"{name}"' in marks]


@pytest.mark.requirement("O-48")
@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locked_dependencies_have_hashes_and_name_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links|--trusted-host|file:", text)
    for requirement in re.split(r"\n(?=[a-z])", text):
        assert "--hash=sha256:" in requirement, requirement.splitlines()[0]


def test_both_locks_agree() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z][\w.-]*==\S+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


def test_every_make_target_has_a_line_of_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.search(r"\.PHONY: (.*)", makefile)[1].split())  # type: ignore[index]
    assert targets == set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE))


def test_console_scripts_are_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(project["scripts"]) == {"cgu", "kiosk", "cgu-verify", "cgu-monitor"}
    assert {"archive", "kiosk", "dev"} <= set(project["optional-dependencies"])


def test_no_python_in_the_texts_and_no_module_named_site() -> None:
    assert not [path for path in tracked() if path.parts[0] == "cgu_texts" and path.suffix == ".py"]
    assert not (ROOT / "site" / "__init__.py").exists()


def test_hashed_files_are_exempt_from_line_ending_changes() -> None:
    paths = ["cgu_texts/soffi/cgu/sans-date-1/texte.md", "cgu_texts/PUBLISHED"]
    shown = subprocess.run(
        ["git", "check-attr", "text", *paths], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    assert shown.count("text: unset") == len(paths)
