"""What the tests of `cgu-verify` share: the texts, how it is run, a receipt written again."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import rfc8785
from click.testing import CliRunner, Result

from cgu_archive.corpus.comparison import compare_bytes, hashed_bytes
from kiosk.verifier import main
from kiosk.verifier.words_french import FRENCH
from tests.kiosk.proof.making import TEXT

ESTABLISHES, NOT_EXAMINED, UNREAD = (
    FRENCH.establishes, FRENCH.comparison_not_examined, FRENCH.comparison_unread,
)  # fmt: skip
TEXT_DIGEST = sha256(TEXT).hexdigest()
OLD = b"# Conditions\n\nUn autre texte.\n"
SHOWN = hashed_bytes(compare_bytes(OLD, TEXT))


def run(folder: Path, *words: str, trust: bool = True, lang: str = "C.UTF-8") -> Result:
    options = ["--trust", str(folder / "cles")] if trust else []
    files = [str(folder / word) if word.endswith((".json", ".md", "proof")) else word for word in words]
    return CliRunner(env={"LC_ALL": None, "LANG": lang}).invoke(main, [*files, *options])


def rewritten(folder: Path, **members: object) -> None:
    """Write « piege.json »: a receipt some of whose members were replaced, in the only form there is."""
    raw = json.loads((folder / "bon.json").read_bytes()) | members
    rest = {name: value for name, value in raw.items() if name != "sha256"}
    raw["sha256"] = sha256(rfc8785.dumps(rest)).hexdigest()
    (folder / "piege.json").write_text(json.dumps(raw, ensure_ascii=False, indent=2) + "\n")
