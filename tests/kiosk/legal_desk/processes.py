"""A worker that a test kills: it does what is due, without building the archive, until nothing is.

    python -m tests.kiosk.legal_desk.processes DATABASE TEXTS DATA INSTANT

It writes ``begun``, then the kind of each task as it begins it.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from cgu_archive.corpus.model import Mode
from kiosk import tasks
from kiosk.config import Settings
from kiosk.db import make_engine
from kiosk.tasks import WorkerContext, do_next
from kiosk.texts import projections
from tests.kiosk.conftest import SECRET


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def work(database_url: str, texts: Path, data: Path, at: datetime) -> None:
    settings = Settings(
        mode=Mode.DEMONSTRATION, secret_key=SECRET, database_url=database_url, data_dir=data, texts_dir=texts,
        archive_dir=data / "archive", public_url="http://localhost",
    )  # fmt: skip
    projections.build_archive = lambda *_: False
    do = tasks._do

    def told(context: WorkerContext, job: tasks._Job) -> object:
        say(job.kind)
        return do(context, job)

    tasks._do = told  # type: ignore[assignment]
    say("begun")
    context = WorkerContext(settings, make_engine(database_url), lambda: at)
    while do_next(context) is not None:
        continue
    say("ended")


if __name__ == "__main__":
    work(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), datetime.fromisoformat(sys.argv[4]))
