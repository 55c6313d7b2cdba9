"""The process that reads one received file (`apart`): a question on its input, an answer on its output."""

from __future__ import annotations

import os
import resource
import sys

MAX_MEMORY = 512 * 1024 * 1024
"""Of its whole address space, in bytes; three hundred pages of Word take 150 MiB."""
MAX_PROCESSOR = 30
"""Seconds of processor; three hundred pages take two."""


def limit() -> None:
    """Take from this process what reading a file does not need; nothing gives it back."""
    for what, most in (
        (resource.RLIMIT_AS, MAX_MEMORY),
        (resource.RLIMIT_CPU, MAX_PROCESSOR),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(what, (most, most))


def main() -> int:
    """Answer one question; returns how the process ends."""
    limit()
    from cgu_archive.importing import carrying
    from cgu_archive.importing.apart import OUT_OF_MEMORY
    from cgu_archive.importing.model import ImportRefusedError
    from cgu_archive.importing.receiving import receive

    try:
        name, content, tracked = carrying.asked(sys.stdin.buffer.read())
        try:
            answer = carrying.understood(receive(name, content, tracked=tracked))
        except ImportRefusedError as error:
            answer = carrying.refused(error)
    except MemoryError:
        return OUT_OF_MEMORY
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    os._exit(main())  # at once: nothing is left to close
