"""What tests of mails share: a real server, and a worker that hands it what waits."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine

from kiosk.config import Settings
from kiosk.connections import Smtp
from kiosk.worker import WorkerContext
from tests.kiosk.notices.inbox import SENDER, Inbox
from tests.kiosk.web import Hands


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def smtp(inbox: Inbox) -> Iterator[Smtp]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    controller.start()
    yield Smtp("127.0.0.1", port, SENDER, starttls=False)
    controller.stop()


@pytest.fixture
def context(make_settings: Any, engine: Engine, at: datetime, smtp: Smtp) -> WorkerContext:
    url = engine.url.render_as_string(hide_password=False)
    settings: Settings = make_settings(database_url=url, smtp=smtp)
    return WorkerContext(settings, engine, Hands(at))
