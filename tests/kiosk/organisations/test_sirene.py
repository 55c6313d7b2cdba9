"""The Sirene directory, asked over HTTP of a server that answers as INSEE's does, or does not."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kiosk.organisations.directory import Company, SampleDirectory
from kiosk.organisations.errors import DirectoryAnswerError, DirectoryAwayError, DirectoryError
from kiosk.organisations.sirene import MAX_BYTES, SireneDirectory

KEY = "0123-clef"
SIREN, SIRET = "732829320", "73282932000074"
ADDRESS = {
    "complementAdresseEtablissement": None,
    "numeroVoieEtablissement": "4",
    "indiceRepetitionEtablissement": "B",
    "typeVoieEtablissement": "RUE",
    "libelleVoieEtablissement": "DU MOULIN",
    "codePostalEtablissement": "62000",
    "libelleCommuneEtablissement": "ARRAS",
}
UNIT = {
    "etatAdministratifUniteLegale": "A", "denominationUniteLegale": "CFA DES PRES",
    "nomUniteLegale": None, "prenom1UniteLegale": None,
}  # fmt: skip
PLACE: dict[str, Any] = {
    "siren": SIREN, "nic": "00074", "siret": SIRET, "uniteLegale": UNIT, "adresseEtablissement": ADDRESS,
    "periodesEtablissement": [
        {"dateFin": None, "etatAdministratifEtablissement": "A"},
        {"dateFin": "2020-01-01", "etatAdministratifEtablissement": "F"},
    ],
}  # fmt: skip
FOUND = Company(SIRET, "CFA DES PRES", "4 B RUE DU MOULIN", "62000 ARRAS", active=True)
Answer = Callable[[BaseHTTPRequestHandler], None]


class Insee:
    """A server of this machine, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.answer: Answer = _as_insee
        insee = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                insee.asked.append((self.path, self.headers.get("X-INSEE-Api-Key-Integration")))
                insee.answer(self)

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/api-sirene/3.11"

    def directory(self, seconds: float = 5.0) -> SireneDirectory:
        return SireneDirectory(self.url, KEY, seconds)


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def _as_insee(handler: BaseHTTPRequestHandler) -> None:
    header = {"header": {"statut": 200, "message": "OK"}}
    if handler.path == f"/api-sirene/3.11/siret/{SIRET}":
        send(handler, 200, json.dumps(header | {"etablissement": PLACE}).encode())
    elif handler.path.startswith("/api-sirene/3.11/siret?") and f"siren%3A{SIREN}" in handler.path:
        send(handler, 200, json.dumps(header | {"etablissements": [PLACE]}).encode())
    else:
        send(handler, 404, json.dumps({"header": {"statut": 404}}).encode())


@pytest.fixture
def insee() -> Iterator[Insee]:
    insee = Insee()
    thread = threading.Thread(target=insee.server.serve_forever, daemon=True)
    thread.start()
    yield insee
    insee.server.shutdown()
    insee.server.server_close()
    thread.join()


@pytest.mark.requirement("P-22", "S-44")
def test_a_place_is_found_by_its_siret_with_name_address_and_commune(insee: Insee) -> None:
    assert insee.directory().find(SIRET) == FOUND
    assert insee.asked == [(f"/api-sirene/3.11/siret/{SIRET}", KEY)]


@pytest.mark.requirement("P-22", "S-44")
def test_a_company_is_found_by_its_siren_at_its_seat(insee: Insee) -> None:
    found = insee.directory().find(SIREN)
    assert found == Company(SIREN, FOUND.name, FOUND.address, FOUND.commune, active=True)
    ((asked, _),) = insee.asked
    assert asked.endswith(f"/siret?nombre=1&q=siren%3A{SIREN}%20AND%20etablissementSiege%3Atrue")


def test_a_number_that_nobody_has_is_no_error(insee: Insee) -> None:
    assert insee.directory().find("90000009200001") is None


def test_a_person_who_is_a_company_has_a_name_and_what_is_withheld_is_left_out(insee: Insee) -> None:
    unit = UNIT | {"denominationUniteLegale": None, "nomUniteLegale": "DUPONT", "prenom1UniteLegale": "LEA"}
    place = PLACE | {
        "uniteLegale": unit,
        "adresseEtablissement": dict.fromkeys(ADDRESS, "[ND]") | {"libelleCommuneEtablissement": "ARRAS"},
    }
    insee.answer = lambda handler: send(handler, 200, json.dumps({"etablissement": place}).encode())
    assert insee.directory().find(SIRET) == Company(SIRET, "LEA DUPONT", "", "ARRAS", active=True)


@pytest.mark.parametrize(
    "closed",
    [
        {"uniteLegale": UNIT | {"etatAdministratifUniteLegale": "C"}},
        {"periodesEtablissement": [{"etatAdministratifEtablissement": "F"}]},
    ],
)
def test_a_company_or_a_place_that_closed_is_not_active(insee: Insee, closed: dict[str, Any]) -> None:
    insee.answer = lambda handler: send(handler, 200, json.dumps({"etablissement": PLACE | closed}).encode())
    found = insee.directory().find(SIRET)
    assert found is not None
    assert not found.active


@pytest.mark.parametrize("status", [301, 302, 400, 401, 403, 429, 500, 503])
def test_a_directory_that_refuses_is_away(insee: Insee, status: int) -> None:
    insee.answer = lambda handler: send(handler, status, b"{}", Location=f"{insee.url}/ailleurs")
    with pytest.raises(DirectoryAwayError):
        insee.directory().find(SIRET)
    assert len(insee.asked) == 1  # the key goes nowhere else


def test_a_directory_that_is_slow_to_begin_or_to_end_is_away(insee: Insee) -> None:
    def late(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.6)
        send(handler, 200, b"{}")

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(20):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)

    for answer in (late, endless):
        insee.answer = answer
        with pytest.raises(DirectoryAwayError):
            insee.directory(0.3).find(SIRET)


def test_a_directory_that_nobody_serves_is_away() -> None:
    with pytest.raises(DirectoryAwayError):
        SireneDirectory("http://127.0.0.1:9", KEY).find(SIRET)


UNREAD = {"siren", "nic"}
"""What is not looked at in a place found by its SIRET."""


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in PLACE.items() if key != name}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{", b"\xff", b"[" * 100_000, b"{}", b" " * (MAX_BYTES + 1),
        b'{"etablissement": []}', b'{"etablissement": "x"}',
        *(json.dumps({"etablissement": without(name)}).encode() for name in sorted(PLACE.keys() - UNREAD)),
        json.dumps({"etablissement": PLACE | {"siret": "35600000049837"}}).encode(),
        json.dumps({"etablissement": PLACE | {"uniteLegale": UNIT | {"nomUniteLegale": 3}}})
        .replace("CFA DES PRES", "").encode(),
        json.dumps(
            {"etablissement": PLACE | {"uniteLegale": UNIT | {"denominationUniteLegale": "x" * 300}}}
        ).encode(),
        json.dumps(
            {"etablissement": PLACE | {"uniteLegale": UNIT | {"denominationUniteLegale": "a\u202eb"}}}
        ).encode(),
        json.dumps({"etablissement": PLACE | {"periodesEtablissement": []}}).encode(),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_of_the_format_is_refused_with_a_typed_error(insee: Insee, body: bytes) -> None:
    insee.answer = lambda handler: send(handler, 200, body)
    with pytest.raises(DirectoryAnswerError):
        insee.directory().find(SIRET)


def test_the_sample_has_companies_at_work_one_that_closed_and_one_that_never_answers() -> None:
    sample = SampleDirectory()
    seat, place = sample.find(SIREN), sample.find(SIRET)
    assert seat is not None
    assert place is not None
    assert (seat.name, seat.siren, place.siren) == ("CFA des Prés", SIREN, SIREN)
    closed = sample.find("900000035")
    assert closed is not None
    assert not closed.active
    assert sample.find("900000092") is None
    with pytest.raises(DirectoryError):
        sample.find("351000005")
