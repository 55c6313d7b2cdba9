"""What `cgu` says: nothing of it can drive the terminal, whatever files, texts and their names hold.

A terminal obeys some characters: it colours, moves, renames its window, fills the clipboard. Click takes them
out of what goes to a file, not of what goes to a screen.
"""

from __future__ import annotations

import errno
import json
import os
import re

import click

from cgu_archive.corpus.hashing import Json
from cgu_archive.redline.unseen import for_terminal, is_harmless

_FAULTS = {
    errno.ENOENT: "n’existe pas",
    errno.EEXIST: "existe déjà",
    errno.EACCES: "accès refusé",
    errno.EPERM: "opération interdite",
    errno.EISDIR: "est un dossier",
    errno.ENOTDIR: "un élément de ce chemin n’est pas un dossier",
    errno.ELOOP: "les liens tournent en rond",
    errno.ENAMETOOLONG: "nom trop long",
    errno.ENOSPC: "il n’y a plus de place sur le disque",
    errno.EDQUOT: "le quota de disque est atteint",
    errno.EROFS: "le disque est en lecture seule",
    errno.EIO: "le disque ne répond pas",
    errno.EMFILE: "trop de fichiers ouverts",
    errno.EBUSY: "occupé par un autre programme",
}
_NOT_ASCII = re.compile(r"[^\x00-\x7e]")


def say(words: object, *, err: bool = False) -> None:
    """Print `words`, on the error stream when `err`: every line, and nothing that a terminal would obey."""
    click.echo(for_terminal(str(words), keep="\n\t"), err=err)


def in_line(words: object) -> str:
    """Return a name that stays in its line, and in what is said of it."""
    return for_terminal(str(words), keep="")


def said_json(value: Json) -> str:
    """Return `value` in JSON; what a terminal would obey, or nobody would see, is escaped."""
    return _NOT_ASCII.sub(_escaped, json.dumps(value, ensure_ascii=False, indent=2))


def print_json(value: Json) -> None:
    """Print `value` in JSON."""
    click.echo(said_json(value))


def _escaped(found: re.Match[str]) -> str:
    letter = found[0]
    return letter if is_harmless(letter) else json.dumps(letter)[1:-1]


def fault(error: OSError) -> str:
    """Return in French what the system refused, and for which file."""
    told = _FAULTS.get(error.errno or 0, f"le système a répondu « {error.strerror} »")
    name = error.filename
    if name is None:
        return f"Fichier : {told}."
    return f"Fichier : {in_line(os.fsdecode(name))} : {told}."
