"""Whose seal: a publisher's, from its file, or that of a demonstration, named for what it is."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from cgu_archive.corpus.model import Mode
from kiosk import connections
from kiosk.config import Settings
from kiosk.ledger import public_keys, sealed_pdf
from kiosk.ledger.attestation import RECEIPT_FILE
from kiosk.ledger.errors import SealError
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.sealed_pdf import load_seal, seal_pdf
from kiosk.proof.errors import SpecimenError
from kiosk.proof.trust import Trust, parse_trust
from kiosk.verifier import pdf as verifier
from tests.authority import Issued, issue
from tests.kiosk.ledger.pdf_making import AT, RECEIPT, document

PASSWORD = b"un mot de passe de PKCS"


def test_a_demonstration_makes_its_seal_once(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings()
    seal = load_seal(settings, AT)
    assert seal is not None
    file = settings.keys_dir / sealed_pdf.DEMONSTRATION_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = load_seal(settings, AT + timedelta(days=9))
    assert again is not None
    assert again.certificates == seal.certificates
    raw = seal_pdf(document(), seal, AT)
    with pytest.raises(SpecimenError):
        verifier.verify_pdf(raw, Trust())
    own = {"demonstration": seal.certificates[0].public_bytes(sealed_pdf.Encoding.DER)}
    found = verifier.verify_pdf(raw, Trust(seals=own))
    assert (found.by, found.demonstration) == (sealed_pdf.DEMONSTRATION_NAME, True)


def test_the_trust_file_of_the_site_lists_the_seal_once_there_is_one(
    make_settings: Callable[..., Settings],
) -> None:
    settings = make_settings()
    LedgerKey.load_or_create(settings.keys_dir, "demonstration")
    assert "seal" not in public_keys.trust_text(settings)
    seal = load_seal(settings, AT)
    assert seal is not None
    found = parse_trust(public_keys.trust_text(settings)).seals
    assert found == {"demonstration": seal.certificates[0].public_bytes(sealed_pdf.Encoding.DER)}


def test_of_a_publisher_it_lists_the_root_that_comes_with_the_key_or_its_certificate(
    make_settings: Callable[..., Settings], p12: Callable[..., connections.Seal]
) -> None:
    assert sealed_pdf.published_seal(make_settings(mode=Mode.DOCUMENTARY)) is None
    top = issue("Racine", ca=True)
    sealer = issue("Cachet", top, usage=None, kind="ec")
    for above, published in (((top,), top), ((), sealer)):
        settings = make_settings(seal=p12(sealer, *above))
        for _ in range(2):
            assert sealed_pdf.published_seal(settings) == ("editeur", published.der)
    assert settings.seal is not None
    settings.seal.p12.unlink()
    with pytest.raises(SealError):
        sealed_pdf.published_seal(settings)


def test_both_sides_know_the_demonstration_by_the_same_names() -> None:
    assert verifier.DEMONSTRATION_NAME == sealed_pdf.DEMONSTRATION_NAME
    assert verifier.RECEIPT_FILE == RECEIPT_FILE


def test_a_seal_made_meanwhile_by_another_process_stays(tmp_path: Path) -> None:
    file = tmp_path / "seal.pem"
    file.write_bytes(b"first")
    sealed_pdf._keep(file, b"second")
    assert file.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [file]


def test_a_demonstration_seal_that_cannot_be_read_is_told(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings()
    settings.keys_dir.mkdir(parents=True)
    (settings.keys_dir / sealed_pdf.DEMONSTRATION_FILE).write_bytes(b"")
    with pytest.raises(SealError, match="illisible"):
        load_seal(settings, AT)


def test_no_seal_outside_of_a_demonstration_unless_configured(
    make_settings: Callable[..., Settings],
) -> None:
    assert load_seal(make_settings(mode=Mode.DOCUMENTARY), AT) is None


@pytest.fixture
def p12(tmp_path: Path) -> Callable[..., connections.Seal]:
    def made(issued: Issued | None, *above: Issued, password: bytes = PASSWORD) -> connections.Seal:
        held = pkcs12.serialize_key_and_certificates(
            b"cachet", issued.key if issued else None, issued.certificate if issued else None,
            [one.certificate for one in above], BestAvailableEncryption(PASSWORD),
        )  # fmt: skip
        (tmp_path / "seal.p12").write_bytes(held)
        (tmp_path / "password").write_bytes(password + b"\n")
        (tmp_path / "password").chmod(0o600)
        return connections.Seal(tmp_path / "seal.p12", tmp_path / "password")

    return made


def test_the_seal_of_a_publisher_is_read_from_its_file(
    make_settings: Callable[..., Settings], p12: Callable[..., connections.Seal], tmp_path: Path
) -> None:
    top = issue("Racine", ca=True)
    sealer = issue("Cachet", top, usage=None, kind="ec")
    (tmp_path / "time.pem").write_bytes(top.pem)
    authorities = (connections.Authority("temps", "https://temps.invalid/", tmp_path / "time.pem"),)
    seal = load_seal(make_settings(seal=p12(sealer, top), authorities=authorities), AT)
    assert seal is not None
    assert seal.certificates == (sealer.certificate, top.certificate)
    assert seal.roots == (top.certificate,)
    raw = seal_pdf(document(), seal, datetime.now(UTC))
    assert verifier.verify_pdf(raw, Trust(seals={"cachets": top.der})).receipt == RECEIPT


def test_a_seal_file_that_is_not_as_it_should_is_told(
    make_settings: Callable[..., Settings], p12: Callable[..., connections.Seal]
) -> None:
    top = issue("Racine", ca=True)
    for seal in (lambda: p12(issue("Cachet"), password=b"autre"), lambda: p12(None, top)):
        with pytest.raises(SealError):
            load_seal(make_settings(seal=seal()), AT)


def test_a_publisher_does_not_seal_with_the_certificate_of_a_demonstration(
    make_settings: Callable[..., Settings], p12: Callable[..., connections.Seal]
) -> None:
    seal = p12(issue(sealed_pdf.DEMONSTRATION_NAME, usage=None, kind="ec"))
    assert load_seal(make_settings(seal=seal), AT) is not None
    with pytest.raises(SealError, match="démonstration"):
        sealed_pdf._refuse_demonstration(
            load_seal(make_settings(seal=seal), AT).certificates[0],
            Mode.PUBLISHER,  # type: ignore[union-attr]
        )
