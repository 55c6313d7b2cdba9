"""Commit the files of a publication with git, in the name of a legal team, never of a person."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from cgu_archive.corpus import loader, notes, register
from cgu_archive.corpus.model import Address, Publisher
from kiosk.texts.errors import ProjectionError

_SECONDS = 60
_ERROR_CHARACTERS = 200


def commit(texts_dir: Path, address: Address, publisher: Publisher, public_url: str) -> bool:
    """Commit what the publication, or the cancellation, of `address` wrote; returns whether there was any.

    Doing it again does nothing. Raises `ProjectionError`, having committed nothing, when the folder is not in
    a git repository, when something else in it was changed, or when git fails.
    """
    ours = [register.NAME, str(address)]
    published = {str(one.address) for one in register.parse((texts_dir / register.NAME).read_bytes())[0]}
    changed = _git(texts_dir, "status", "--porcelain", "-z", "--untracked-files=all", "--", ".")
    names = [entry[3:] for entry in changed.split("\0") if entry]
    prefix = _git(texts_dir, "rev-parse", "--show-prefix").strip()
    inside = [name.removeprefix(prefix) for name in names]
    links = f"{address.service}/{notes.LINKS}"
    if links in inside:  # what the register of links says goes with the next publication of its service
        ours.append(links)
    others = [
        name
        for name in inside
        if name != register.NAME
        and "/".join(name.split("/")[:3]) not in published
        and name.rpartition("/")[2] != notes.LINKS
    ]
    if others:
        raise ProjectionError(
            f"{texts_dir} : des fichiers ont été modifiés à la main ({others[0]}). Rien n’est versé dans git."
        )
    if not any(name == register.NAME or name.startswith(f"{address}/") for name in inside):
        return False
    who = f"Bureau juridique de {publisher.name}"
    host = urlsplit(public_url).hostname or "localhost"
    cancelled = any(name.endswith(loader.CANCELLATION) for name in inside)
    what = "Annulation" if cancelled else "Publication"
    _git(texts_dir, "add", "--", *ours)
    _git(
        texts_dir, "-c", f"user.name={who}", "-c", f"user.email=bureau-juridique@{host}",
        "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null",
        "commit", "--quiet", "-m", f"{what} de {address}", "-m", f"Par : {who}.", "--", *ours,
    )  # fmt: skip
    return True


def _git(folder: Path, *arguments: str) -> str:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "KIOSK_"))
    }
    try:
        done = subprocess.run(  # noqa: S603 - without a shell, and only names of our own
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - that of the machine
            capture_output=True, timeout=_SECONDS, check=False, env=environment,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProjectionError(f"git : {type(error).__name__}") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()[:_ERROR_CHARACTERS]
        raise ProjectionError(f"git {arguments[0]} : code {done.returncode}. {said}")
    return done.stdout.decode("utf-8", "replace")
