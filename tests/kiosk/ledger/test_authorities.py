"""Asking a timestamp authority: what it may answer, how long, how much."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.connections import Authority
from kiosk.ledger import authorities
from kiosk.ledger.errors import AuthorityError
from kiosk.proof import der
from tests import authority as openssl
from tests import handmade
from tests.authority import Issued, issue, served

TEXT = b"cgu.exemple.invalid/registre\n3\nrSUxYg==\n"
AT = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def root() -> Issued:
    return issue("Racine", ca=True, kind="ec")


@pytest.fixture(scope="module")
def signer(root: Issued) -> Issued:
    return issue("Horodatage", root, kind="ec")


@pytest.fixture
def root_file(tmp_path: Path, root: Issued) -> Path:
    (tmp_path / "essai.pem").write_bytes(root.pem)
    return tmp_path / "essai.pem"


def at(url: str, root_file: Path) -> Authority:
    return Authority("essai", url, root_file)


@pytest.fixture
def nobody(root_file: Path) -> Authority:
    """An authority that is never asked."""
    return at("https://horodatage.invalid/", root_file)


def why(url: str, root_file: Path) -> str:
    with pytest.raises(AuthorityError) as caught:
        authorities.ask(at(url, root_file), b"query")
    return str(caught.value)


def test_a_real_authority_answers_with_a_token(tmp_path: Path) -> None:
    root = issue("Racine", ca=True)
    real = openssl.Authority(tmp_path / "authority", root, issue("Horodatage", root))
    with real.served() as url:
        asked = at(url, real.root_file)
        query, nonce = authorities.request(TEXT)
        token, said = authorities.granted(authorities.ask(asked, query), TEXT, nonce, asked)
    assert said.nonce == nonce
    assert abs(said.at - datetime.now(UTC)) < timedelta(seconds=10)
    assert openssl.openssl_accepts(token, TEXT, real.root_file, tmp_path / "check")


def test_two_requests_never_have_the_same_nonce() -> None:
    assert len({authorities.request(TEXT)[1] for _ in range(50)}) == 50


def test_an_error_of_the_server_is_told(root_file: Path) -> None:
    with served(lambda _: (503, b"")) as url:
        assert why(url, root_file) == "réponse HTTP 503"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirection_is_not_followed(root_file: Path, status: int) -> None:
    asked: list[bytes] = []

    def elsewhere(query: bytes) -> tuple[int, bytes]:
        asked.append(query)
        return 200, b"followed"

    with served(elsewhere) as other, served(lambda _: (status, b""), {"Location": other}) as url:
        assert why(url, root_file) == f"réponse HTTP {status}"
    assert asked == []


def test_an_answer_that_never_ends_is_cut(root_file: Path) -> None:
    with served(lambda _: (200, bytes(authorities.MAX_BYTES + 1))) as url:
        assert why(url, root_file).startswith("réponse de plus de")


def test_a_closed_door_is_told(root_file: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        assert why(f"http://127.0.0.1:{taken.getsockname()[1]}/", root_file) == "injoignable"


@contextmanager
def talking(words: bytes, again: bytes = b"") -> Iterator[str]:
    """A server that says `words` to whoever comes, then `again` every 50 ms."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        over = threading.Event()

        def talk() -> None:
            with closing(server.accept()[0]) as visitor:
                visitor.recv(65_536)
                visitor.sendall(words)
                while not over.wait(0.05):
                    try:
                        visitor.sendall(again)
                    except OSError:
                        return

        thread = threading.Thread(target=talk)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        finally:
            over.set()
            thread.join()


def test_silence_is_not_waited_for(root_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorities, "SECONDS", 0.3)
    with talking(b"") as url:
        assert why(url, root_file) == "pas de réponse à temps"


def test_an_answer_drop_by_drop_is_not_waited_for(root_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorities, "SECONDS", 0.3)
    with talking(b"HTTP/1.0 200 OK\r\n\r\n", b"a") as url:
        assert why(url, root_file) == "pas de réponse à temps"


def test_what_is_not_http_is_told(root_file: Path) -> None:
    with talking(b"220 smtp.exemple.invalid\r\n") as url:
        assert why(url, root_file) == "injoignable"


def test_an_address_that_resolves_to_nothing_is_told(root_file: Path, nobody: Authority) -> None:
    assert why(nobody.url, root_file) == "injoignable"


# What is in the answer


def granted(answer: bytes, nonce: int, authority: Authority) -> str:
    with pytest.raises(AuthorityError) as caught:
        authorities.granted(answer, TEXT, nonce, authority)
    return str(caught.value)


def test_a_token_granted_with_changes_is_taken(nobody: Authority, signer: Issued) -> None:
    query, nonce = authorities.request(TEXT)
    answer = handmade.answer(query, AT, signer, status=1)
    assert authorities.granted(answer, TEXT, nonce, nobody)[1].at == AT


def test_a_refusal_is_told(nobody: Authority, signer: Issued) -> None:
    query, nonce = authorities.request(TEXT)
    answer = handmade.answer(query, AT, signer, status=2)
    assert granted(answer, nonce, nobody) == "refus de l’autorité, statut 2"


def test_the_answer_to_another_request_is_refused(nobody: Authority, signer: Issued) -> None:
    """An old answer, played again, would attest an old time."""
    query, nonce = authorities.request(TEXT)
    answer = handmade.answer(query, AT, signer)
    assert granted(answer, nonce + 1, nobody) == "réponse à une autre demande"
    assert granted(handmade.answer(query, AT, signer, info={"nonce": b""}), nonce, nobody) == (
        "réponse à une autre demande"
    )


def test_a_token_of_another_text_is_refused(nobody: Authority, signer: Issued) -> None:
    query, nonce = authorities.request(TEXT + b"other")
    assert granted(handmade.answer(query, AT, signer), nonce, nobody) == "other-message"


def test_a_token_of_another_authority_is_refused(nobody: Authority) -> None:
    query, nonce = authorities.request(TEXT)
    assert granted(handmade.answer(query, AT, issue("Autre", kind="ec")), nonce, nobody) == (
        "unknown-authority"
    )


@pytest.mark.parametrize("answer", [b"", b"<html>", handmade.sequence(handmade.sequence(handmade.number(0)))])
def test_what_is_no_answer_is_refused(nobody: Authority, answer: bytes) -> None:
    assert granted(answer, 1, nobody) == "malformed"


def test_more_than_an_answer_is_refused(nobody: Authority, signer: Issued) -> None:
    query, nonce = authorities.request(TEXT)
    parts = der.read(handmade.answer(query, AT, signer)).children()
    longer = handmade.sequence(*(part.raw for part in parts), b"\x05\x00")
    assert granted(longer, nonce, nobody) == "malformed"


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_root_that_cannot_be_read_is_told(nobody: Authority, signer: Issued, content: bytes | None) -> None:
    query, nonce = authorities.request(TEXT)
    answer = handmade.answer(query, AT, signer)
    if content is None:
        nobody.root.unlink()
    else:
        nobody.root.write_bytes(content)
    assert granted(answer, nonce, nobody) == "certificat racine illisible"
