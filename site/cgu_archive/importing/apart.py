"""Read a received file in a process of its own, so that what it breaks is not who asks.

The process is started for one file, knows nothing (no variable of environment, no open file, no secret),
reads its question from a pipe, answers in JSON on another, and ends. It gives itself limits before it reads
(`__main__`); the time it may take and the length of its answer are counted here.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from signal import SIGKILL, SIGXCPU
from threading import Thread, Timer
from typing import IO

from cgu_archive.importing import carrying
from cgu_archive.importing.model import Imported, ImportRefusedError, Tracked

COMMAND = (sys.executable, "-I", "-m", "cgu_archive.importing")
MAX_SECONDS = 60.0
"""By the clock: a machine that does much else at once is slow to read."""
MAX_ANSWER = 32 * 1024 * 1024
"""Longest answer, in bytes: the text, and twice its blocks."""
OUT_OF_MEMORY = 3
"""What the process ends with when it lacked memory."""

_LIGHTER = (
    "Retirez-en les images et les objets, ou coupez-le en deux, enregistrez-le de nouveau, puis recommencez."
)
_TOO_MUCH = f"Fichier refusé : sa lecture demande trop de temps ou de mémoire. {_LIGHTER}"
_BROKEN = (
    "Ce fichier n’a pas pu être lu : sa lecture s’est arrêtée en route et rien n’est gardé. Ouvrez-le dans un"
    " traitement de texte, enregistrez-le sous un autre nom, puis recommencez ; ou copiez son texte dans un"
    " fichier .txt."
)


def receive_apart(name: str, content: bytes, *, tracked: Tracked | None = None) -> Imported:
    """Return what `receive` returns, and raise what it raises, from a process of its own.

    Raises `ImportRefusedError` too when this process takes too much time or memory, or breaks.
    """
    ended, answer = asked(COMMAND, carrying.question(name, content, tracked))
    if ended in (OUT_OF_MEMORY, -SIGXCPU, -SIGKILL) or len(answer) > MAX_ANSWER:
        raise ImportRefusedError(_TOO_MUCH)
    if ended:
        raise ImportRefusedError(_BROKEN)
    try:
        return carrying.answered(answer)
    except ValueError as error:
        raise ImportRefusedError(_BROKEN) from error


def asked(command: Sequence[str], question: bytes) -> tuple[int, bytes]:
    """Return how the process of `command` ended, and what it answered to `question`, cut when it is too long.

    Killed after `MAX_SECONDS`, it ended by `-SIGKILL`.
    """
    with subprocess.Popen(  # noqa: S603 - our own command, without a shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what broke may quote the file
        env={},
        cwd="/",
    ) as child:
        timer = Timer(MAX_SECONDS, child.kill)
        timer.daemon = True
        timer.start()
        feeding = Thread(target=_feed, args=(child.stdin, question), daemon=True)
        feeding.start()
        try:
            answer = child.stdout.read(MAX_ANSWER + 1) if child.stdout else b""
            if len(answer) > MAX_ANSWER:
                child.kill()
            ended = child.wait()
        finally:
            child.kill()
            timer.cancel()
            feeding.join()
    return ended, answer


def _feed(stdin: IO[bytes], question: bytes) -> None:
    with suppress(OSError):  # it ended before it had read all: how it ended says why
        stdin.write(question)
    with suppress(OSError):
        stdin.close()
