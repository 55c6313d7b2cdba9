"""Other open tools, run for real on the same texts; each says what words it shows as changed.

They are needed by this measurement alone: one that is missing is named, with the command that installs it.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from markdown_it import MarkdownIt

from cgu_archive.corpus.comparison import Op
from tests.bench.comparing.shown import Edit, Segment, touched, words


@dataclass(frozen=True, slots=True)
class Shown:
    """What a tool shows between two texts."""

    words: Edit
    operations: int
    """Insertions and deletions, a replacement being one of each: what a reader must go through."""
    hidden: int = 0
    """How many words it leaves as if they stood in the new text, and do not (or the other way round)."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One other tool."""

    name: str
    needs: str
    """A module of Python, or a program when it starts with ``$``."""
    install: str
    run: Callable[[str, str], Iterator[Segment]]
    read: Callable[[str], str] | None = None
    """How it reads a text, when its answer holds both texts whole."""

    def is_there(self) -> bool:
        """Whether this tool is installed."""
        if self.needs.startswith("$"):
            return shutil.which(self.needs[1:]) is not None
        return find_spec(self.needs) is not None

    def missing(self) -> str:
        """Return what to say of a tool that is not installed."""
        return f"{self.name} is not installed: {self.install}"

    def compare(self, old: str, new: str) -> Shown:
        """Return what it shows between two texts of Markdown."""
        raw = list(self.run(old, new))
        hidden = 0
        if self.read is not None:
            for text, gone in ((old, Op.INSERTED), (new, Op.DELETED)):
                side = "".join(part for op, part in raw if op is not gone)
                hidden = max(hidden, abs(len(words(side)) - len(words(self.read(text)))))
        segments = list(_joined(raw))
        return Shown(touched(segments), sum(op is not Op.EQUAL for op, _ in segments), hidden)


def _joined(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Join what stands between two equal segments into one deletion and one insertion, if not mere space."""
    parts: dict[Op, list[str]] = {Op.DELETED: [], Op.INSERTED: []}
    for op, text in (*segments, (Op.EQUAL, "")):
        if op is not Op.EQUAL:
            parts[op].append(text)
            continue
        for changed, several in parts.items():
            if "".join(several).strip():
                yield changed, "".join(several)
            several.clear()
        yield op, text


def _git(old: str, new: str) -> Iterator[Segment]:
    signs = {" ": Op.EQUAL, "+": Op.INSERTED, "-": Op.DELETED}
    command = ["git", "diff", "--no-index", "--no-color", "--word-diff=porcelain", "-U1000000"]
    for line in _of_files(command, old, new).split("\n")[5:]:
        if line[:1] in signs:
            yield signs[line[0]], line[1:] + " "
        elif line[:1] == "~":
            yield Op.EQUAL, "\n"


def _wdiff(old: str, new: str) -> Iterator[Segment]:
    marks = ("\x01", "\x02", "\x03", "\x04")
    command = ["wdiff", *(f"-{letter}{mark}" for letter, mark in zip("wxyz", marks, strict=True))]
    op, part = Op.EQUAL, ""
    for sign in _of_files(command, old, new):
        if sign not in marks:
            part += sign
            continue
        yield op, part
        part = ""
        op = {marks[0]: Op.DELETED, marks[2]: Op.INSERTED}.get(sign, Op.EQUAL)
    yield op, part


def _of_files(command: list[str], old: str, new: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "old.md", Path(folder) / "new.md"
        before.write_text(old)
        after.write_text(new)
        done = subprocess.run(
            [*command, before.name, after.name], cwd=folder, capture_output=True, check=False
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(f"{command[0]} failed: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode()


def _redlines(old: str, new: str) -> Iterator[Segment]:
    for change in import_module("redlines").Redlines(old, new).redlines:
        yield Op.DELETED, change.source_text or ""
        yield Op.INSERTED, change.test_text or ""
        yield Op.EQUAL, " "


def _match_patch(old: str, new: str) -> Iterator[Segment]:
    library = import_module("diff_match_patch").diff_match_patch()
    differences = library.diff_main(old, new)
    library.diff_cleanupSemantic(differences)
    signs = {0: Op.EQUAL, 1: Op.INSERTED, -1: Op.DELETED}
    for sign, text in differences:
        yield signs[sign], text


def _lxml(old: str, new: str) -> Iterator[Segment]:
    library = import_module("lxml.html.diff")
    yield from _marked(library.htmldiff(_page(old), _page(new)))


def _page(text: str) -> str:
    return str(MarkdownIt("commonmark").enable("table").render(text))


def _page_words(text: str) -> str:
    return "".join(part for _, part in _marked(_page(text)))


def _marked(page: str) -> list[Segment]:
    reader = _Marked()
    reader.feed(page)
    return reader.segments


class _Marked(HTMLParser):
    """Reads the words of a page, and which of them stand in `<ins>` or `<del>`."""

    def __init__(self) -> None:
        super().__init__()
        self.segments: list[Segment] = []
        self._op = [Op.EQUAL]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("ins", "del"):
            self._op.append(Op.INSERTED if tag == "ins" else Op.DELETED)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ins", "del"):
            self._op.pop()

    def handle_data(self, data: str) -> None:
        self.segments.append((self._op[-1], f"{data} "))


PEERS = (
    Peer("git --word-diff", "$git", "apt install git", _git, str),
    Peer("redlines", "redlines", "pip install redlines", _redlines),
    Peer("diff-match-patch", "diff_match_patch", "pip install diff-match-patch", _match_patch, str),
    Peer("lxml htmldiff", "lxml", "pip install lxml", _lxml, _page_words),
    Peer("wdiff", "$wdiff", "apt install wdiff", _wdiff, str),
)
