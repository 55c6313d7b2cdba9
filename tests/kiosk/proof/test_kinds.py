"""README.md says of each kind of statement exactly what is checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.proof import kinds
from kiosk.proof.kinds import Shape

README = Path(kinds.__file__).with_name("README.md").read_text("utf-8")
WORDS = {
    "id": "id", "H": "hash", "text": "text", "instant": "instant", "number": "count", "key": "key",
    "[text]": ["text"], "[H]": ["hash"], "{path: H}": {"*": "hash"},
    "{name: text or whole number}": {"*": "text|integer"},
}  # fmt: skip


def rows() -> Iterator[tuple[str, str, str]]:
    """Each kind in the table, the words on its members, and those on its commitments."""
    table = README.partition("### Kinds")[2].partition("\n\n- ")[0]
    for line in table.splitlines():
        if line.startswith("| `"):
            names, members, fields = (cell.strip() for cell in line.strip("|").split(" |"))
            for name in re.findall(r"`([a-z-]+)`", names):
                yield name, members, fields


def shape(words: str) -> Shape:
    """What the words on a member say."""
    choices = re.fullmatch(r"\((`[a-z-]+`(?:, `[a-z-]+`)*)\)", words)
    if choices:
        return "=" + "|".join(sorted(re.findall(r"[a-z-]+", choices[1])))
    return WORDS[words]


@pytest.mark.parametrize("kind", kinds.MEMBERS)
def test_the_table_says_what_is_checked(kind: str) -> None:
    (said,) = [row for row in rows() if row[0] == kind]
    found = re.findall(r"`([a-z_]+)`(?: ([^`(]*?|\([^)]*\)))?(\?)?(?:, (?=`)|$)", said[1])
    assert {f"{name}{null}" for name, _, null in found} == set(kinds.MEMBERS[kind])
    for name, words, null in found:
        if words:
            assert shape(words) == kinds.MEMBERS[kind][f"{name}{null}"], name
    assert set(re.findall(r"`([a-z_]+)`", said[2])) == set(kinds.COMMITTED.get(kind, ()))


def test_the_parts_that_several_kinds_have_are_said_member_by_member() -> None:
    for name, parts in (
        ("document", kinds.DOCUMENT),
        ("checkpoint", kinds.CHECKPOINT),
        ("exposure", kinds.MEMBERS["decision"]["exposure"]),
        ("authentication", kinds.MEMBERS["decision"]["authentication"]),
        ("wording", kinds.MEMBERS["decision"]["wording"]),
        ("dates", kinds.MEMBERS["publication"]["dates"]),
    ):
        told = README.partition(f"\n- `{name}`: ")[2].partition("\n- ")[0]
        assert isinstance(parts, dict)
        assert {one.removesuffix("?") for one in parts} <= set(re.findall(r"`([a-z_]+)`", told)), name
