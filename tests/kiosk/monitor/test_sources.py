"""Over the network: a real server, on this machine; and folders."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from kiosk.monitor import sources
from kiosk.monitor.errors import SourceError
from kiosk.monitor.sources import Folder, Web, source
from tests.kiosk.monitor.answers import answer
from tests.kiosk.publishing import Ledger, put
from tests.kiosk.serving import Serving


class Sending(BaseHTTPRequestHandler):
    """Answers as its path says."""

    def do_GET(self) -> None:
        to = {"/ici/checkpoint": "/la", "/ailleurs/checkpoint": "http://localhost:1/checkpoint"}.get(
            self.path
        )
        if to:
            self.send_response(302)
            self.send_header("Location", to)
            self.end_headers()
        elif self.path == "/la":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"bonjour")
        else:
            self.send_error(500)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_ledger_over_the_network_is_read_as_a_folder_is(
    site: Path, serve: Callable[[Any], str], watch: Callable[..., Result]
) -> None:
    url = serve(lambda *arguments: Serving(*arguments, directory=str(site)))
    Ledger().decisions(2).publish("v1").decisions(300).write(site)
    found = answer(watch(address=f"{url}/"))
    assert (found["verdict"], len(found["published"])) == ("consistent", 1)
    (site / "tile/0/000").unlink()
    assert "absent" in answer(watch("--whole", address=url))["detail"]


def test_a_redirection_is_followed_to_the_same_host_only(serve: Callable[[Any], str]) -> None:
    url = serve(Sending)
    assert Web(f"{url}/ici").read("checkpoint", 100) == b"bonjour"
    with pytest.raises(SourceError, match="302"):
        Web(f"{url}/ailleurs").read("checkpoint", 100)
    with pytest.raises(SourceError, match="500"):
        Web(f"{url}/erreur").read("checkpoint", 100)
    with pytest.raises(SourceError, match="plus de 3 octets"):
        Web(url).read("la", 3)


def test_a_host_that_does_not_answer_is_said(
    serve: Callable[[Any], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    class Silent(Serving):
        def do_GET(self) -> None:  # noqa: N802 - http.server calls it so
            released.wait(10)

    class Slow(Serving):
        def do_GET(self) -> None:  # noqa: N802 - http.server calls it so
            self.send_response(200)
            self.end_headers()
            while not released.wait(0.05):
                self.wfile.write(b".")

    monkeypatch.setattr(sources, "SECONDS", 0.3)
    for handler in (Silent, Slow):
        with pytest.raises(SourceError, match="pas de réponse"):
            Web(serve(handler)).read("checkpoint", 1_000)
    released.set()
    with pytest.raises(SourceError, match="injoignable"):
        Web("http://127.0.0.1:1").read("checkpoint", 1_000)


@pytest.mark.parametrize(
    "address",
    ["http://exemple.invalid", "ftp://exemple.invalid", "https://u@exemple.invalid", "https://exemple.invalid?a=b",
     "https://exemple.invalid#a", "https://", "https://[x", "https://h:port", "file:///etc", "http://10.0.0.1"],
)  # fmt: skip
def test_an_address_that_is_not_safe_is_refused(address: str) -> None:
    with pytest.raises(SourceError, match="adresse"):
        source(address)


@pytest.mark.parametrize(
    "address", ["https://exemple.invalid/registre/", "http://localhost:8000", "http://[::1]:8000"]
)
def test_a_safe_address_is_taken(address: str) -> None:
    assert source(address) == Web(address.rstrip("/"))


def test_a_file_that_may_not_be_read_is_said(site: Path) -> None:
    put(site / "a", b"1234")
    with pytest.raises(SourceError, match="plus de 3 octets"):
        Folder(site).read("a", 3)
    with pytest.raises(SourceError, match="absent"):
        Folder(site).read("a/b", 3)
    (site / "dossier").mkdir()
    with pytest.raises(SourceError, match="illisible"):
        Folder(site).read("dossier", 3)
