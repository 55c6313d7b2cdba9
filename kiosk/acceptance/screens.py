"""What the screen of a decision is made of: its files, the hash that decisions name, their bytes for later.

Texts, comparisons and the words of a service are not part of it: a statement names those by themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, meta, nodes
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import cgu_archive
from cgu_archive.corpus.hashing import canonical, text_hash
from kiosk.acceptance.errors import OvertakenError, ScreenError, StaleScreenError
from kiosk.acceptance.models import ScreenFile, ScreenRow
from kiosk.db import holds
from kiosk.ledger import services as ledger
from kiosk.proof.statement import Kind, make

ENTRIES = ("acceptance/decide.html", "acceptance/without_account.html", "acceptance/representative.html")
"""The templates that everything starts from: pages on which somebody decides."""
_KIOSK = Path(__file__).parents[1]
_ARCHIVE = Path(cgu_archive.__file__).parent
_TEMPLATES = _KIOSK / "templates"
_LINKED: Mapping[str, tuple[str, Path]] = {
    "static": ("filename", _KIOSK / "static"),
    "site.font": ("name", _ARCHIVE / "fonts"),
    "site.style": ("name", _ARCHIVE / "styles"),
    "site.script": ("name", _ARCHIVE / "scripts"),
}
"""Endpoints that serve files to a page: the argument that names the file, the folder where it stands."""
_WORDS = (
    (_KIOSK, "presentation.py"),
    (_KIOSK, "ledger/saying.py"),
    (_KIOSK, "acceptance/forms.py"),
    (_KIOSK, "english.py"),
    (_KIOSK, "languages.py"),
    (_KIOSK, "translations/*.po"),
    (_ARCHIVE, "rendering/*.py"),
    (_ARCHIVE, "redline/*.py"),
)
"""Modules that say words on the screen: of the form, of values, around a text and around a comparison."""
_STYLE_LINK = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']""")
_ATTEMPTS = 3

Randomness = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Screen:
    """The screen of a release."""

    release: str
    files: Mapping[str, bytes]
    """Contents by path, ``package/folder/name``, whatever the machine."""
    hashes: Mapping[str, str] = field(init=False)
    """SHA-256 of each file, hexadecimal, by path."""
    hash: str = field(init=False)
    """SHA-256 of the canonical JSON (RFC 8785) of `hashes`, hexadecimal."""

    def __post_init__(self) -> None:
        hashes = {path: text_hash(content) for path, content in sorted(self.files.items())}
        object.__setattr__(self, "hashes", hashes)
        object.__setattr__(self, "hash", text_hash(canonical(hashes)))


@cache
def current() -> Screen:
    """Return the screen of this release, read once by a process. Raises `ScreenError`."""
    templates = {name: tree for entry in ENTRIES for name, tree in _referenced(entry).items()}
    files = {file for name, tree in templates.items() for file in _linked(name, tree)}
    files |= {_TEMPLATES / name for name in templates}
    files |= {file for style in files if style.suffix == ".css" for file in _styled(style)}
    files |= {file for root, pattern in _WORDS for file in root.glob(pattern)}
    return Screen(version("cgu-kiosk"), {_path(file): file.read_bytes() for file in files})


def served(endpoint: str, values: Mapping[str, object]) -> str | None:
    """Return the path of the file that an address serves to a page; None when it serves none."""
    if endpoint not in _LINKED:
        return None
    argument, folder = _LINKED[endpoint]
    return _path(folder / str(values.get(argument)))


def _path(file: Path) -> str:
    root = _KIOSK if file.is_relative_to(_KIOSK) else _ARCHIVE
    return file.relative_to(root.parent).as_posix()


def _referenced(entry: str) -> dict[str, nodes.Template]:
    """Return `entry` and every template that it extends, includes or imports, parsed, by name."""
    environment = Environment(autoescape=True)
    found: dict[str, nodes.Template] = {}
    waiting = {entry}
    while waiting:
        name = waiting.pop()
        found[name] = environment.parse((_TEMPLATES / name).read_text("utf-8"), name)
        for one in meta.find_referenced_templates(found[name]):
            if one is None:
                raise ScreenError(f"{name}: a template named in full was expected, a computed name was found")
            waiting.add(one)
        waiting -= found.keys()
    return found


def _linked(name: str, tree: nodes.Template) -> Iterator[Path]:
    """Yield the files that the template `name` asks the browser to load, those of `_LINKED`."""
    for call in tree.find_all(nodes.Call):
        if not (isinstance(call.node, nodes.Name) and call.node.name == "url_for"):
            continue
        endpoint = call.args[0] if call.args else None
        if not isinstance(endpoint, nodes.Const):
            raise ScreenError(f"{name}:{call.lineno}: url_for with a computed endpoint")
        if endpoint.value in _LINKED:
            argument, folder = _LINKED[endpoint.value]
            given = {one.key: one.value for one in call.kwargs}
            file = given.get(argument)
            if not isinstance(file, nodes.Const):
                raise ScreenError(f"{name}:{call.lineno}: {argument} of {endpoint.value} is computed")
            yield folder / file.value


def _styled(style: Path) -> Iterator[Path]:
    """Yield what a style sheet loads, and what that loads."""
    for address, imported in _STYLE_LINK.findall(style.read_text("utf-8")):
        link = address or imported
        if not link.startswith("data:"):
            file = style.parent / link
            yield file
            if file.suffix == ".css":
                yield from _styled(file)


_SEEN = "screens_kept"
"""Where a connection remembers which screens it found kept: they are for ever, in that database."""


def keep(session: Session, screen: Screen, environment: str, at: datetime, randomness: Randomness) -> bool:
    """Keep `screen` for ever and tell of it in the ledger, once; returns whether it is new.

    Whoever is first does it, worker or web process: no decision can name a screen that is not kept.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        if is_kept(session, screen.hash):
            return False
        try:
            with session.begin_nested():
                _insert(session, screen, environment, at, randomness)
        except IntegrityError:  # somebody kept it, or files of it, at the same instant
            if attempt == _ATTEMPTS:
                raise
        else:
            break
    return True


def keep_shown(
    session: Session, screen_hash: str, environment: str, at: datetime, randomness: Randomness
) -> None:
    """Keep the screen that somebody had before them; raises `StaleScreenError` when nobody has it any more.

    It may be that of another release, which is at work beside this one or was before it. Raises
    `OvertakenError` when it is to be kept and `session` does not hold what it writes.
    """
    seen = session.connection().info.setdefault(_SEEN, set())
    if screen_hash in seen:
        return
    if is_kept(session, screen_hash):
        seen.add(screen_hash)
        return
    if screen_hash != current().hash:
        raise StaleScreenError(screen_hash)
    if not holds(session):
        raise OvertakenError(screen_hash)
    keep(session, current(), environment, at, randomness)


def _insert(session: Session, screen: Screen, environment: str, at: datetime, randomness: Randomness) -> None:
    bodies = {digest: screen.files[path] for path, digest in screen.hashes.items()}
    held = session.scalars(select(ScreenFile.hash).where(ScreenFile.hash.in_(bodies)))
    missing = sorted(bodies.keys() - set(held))  # in order: two processes cannot wait for each other
    if missing:
        session.execute(insert(ScreenFile), [{"hash": one, "body": bodies[one]} for one in missing])
    members = {
        "id": randomness(16).hex(),
        "release": screen.release,
        "screen": screen.hash,
        "files": dict(screen.hashes),
    }
    session.execute(
        insert(ScreenRow).values(
            hash=screen.hash,
            release=screen.release,
            files=canonical(screen.hashes),
            kept_at=at,
            statement_hash=ledger.record(session, make(Kind.SCREENS, environment, at, members), (), at),
        )
    )


def is_kept(session: Session, screen_hash: str) -> bool:
    """Whether the screen of this hash is kept."""
    return session.scalar(select(ScreenRow.hash).where(ScreenRow.hash == screen_hash)) is not None


def every(session: Session) -> list[ScreenRow]:
    """Return the screens that are kept, oldest first."""
    return list(session.scalars(select(ScreenRow).order_by(ScreenRow.kept_at, ScreenRow.hash)))


def listing(session: Session, screen_hash: str) -> bytes | None:
    """Return the canonical JSON whose SHA-256 is `screen_hash`: the hash of each file, by path."""
    return session.scalar(select(ScreenRow.files).where(ScreenRow.hash == screen_hash))


def kept(session: Session, screen_hash: str) -> Mapping[str, bytes]:
    """Return the files of the screen of this hash, by path; empty when it is not kept.

    Raises `ScreenError` when one of them is lost.
    """
    listed = listing(session, screen_hash)
    if listed is None:
        return {}
    hashes: dict[str, str] = json.loads(listed)
    rows = session.execute(
        select(ScreenFile.hash, ScreenFile.body).where(ScreenFile.hash.in_(set(hashes.values())))
    )
    bodies = {row.hash: row.body for row in rows}
    lost = sorted(path for path, digest in hashes.items() if digest not in bodies)
    if lost:
        raise ScreenError(f"« {lost[0]} » manque à l’écran {screen_hash}.")
    return {path: bodies[digest] for path, digest in hashes.items()}
