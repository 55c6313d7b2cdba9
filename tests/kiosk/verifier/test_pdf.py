"""`cgu-verify` on an attestation in PDF: the verdict on what is printed is not that on the receipt inside."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from cgu_archive import pdf
from kiosk.ledger.sealed_pdf import DEMONSTRATION_NAME, Seal, seal_pdf
from kiosk.proof import receipt
from kiosk.proof.errors import ProofError
from kiosk.proof.receipt import Receipt
from kiosk.proof.trust import Trust
from kiosk.proof.verify import Step, Verdict
from kiosk.verifier import main
from kiosk.verifier.judging import judge
from kiosk.verifier.pdf import receipt_of, sealed_by, verify_pdf
from kiosk.verifier.words_french import FRENCH
from tests.authority import Authority, Issued, issue
from tests.kiosk.ledger.pdf_making import document
from tests.kiosk.proof.making import DEMONSTRATION, PUBLISHER, Signer, issued, sealed, trust_text, trusting

NOW = datetime.now(UTC)
SEALED = sealed()[0]


@cache
def root() -> Issued:
    return issue("Racine des cachets", ca=True, kind="ec")


@cache
def sealer(name: str = "Cachet de l’éditeur") -> Issued:
    return issue(name, root(), usage=None, kind="ec")


def trust(*signers: Signer, seals: bool = True) -> Trust:
    return replace(trusting(*signers or (PUBLISHER,)), seals={"cachets": root().der} if seals else {})


def attestation(
    held: Receipt = SEALED, by: Issued | None = None, *, is_sealed: bool = True, tsa_url: str | None = None
) -> bytes:
    """An attestation in PDF of the receipt."""
    attached = pdf.Attached("justificatif.receipt.json", receipt.dump(held), "Essai", "Data")
    raw = document(attached)
    by = by or sealer()
    return (
        seal_pdf(raw, Seal(by.key, (by.certificate, root().certificate), tsa_url), NOW) if is_sealed else raw
    )


def told(tmp_path: Path, raw: bytes, lines: str) -> tuple[str, dict[str, Any], int]:
    """What is printed of a PDF, what machines read, and the exit code."""
    (tmp_path / "a.pdf").write_bytes(raw)
    (tmp_path / "cles").write_text(lines)
    words = [str(tmp_path / "a.pdf"), "--trust", str(tmp_path / "cles"), "--lang", "fr"]
    printed = CliRunner().invoke(main, words)
    machine = CliRunner().invoke(main, [*words, "--json"])
    assert printed.exit_code == machine.exit_code
    return printed.output, json.loads(machine.output)[0], printed.exit_code


def lines(*, seals: bool = True) -> str:
    import base64

    line = f"seal cachets {base64.b64encode(root().der).decode()}\n" if seals else ""
    return trust_text(PUBLISHER, more=line)


@pytest.mark.requirement("S-58")
def test_a_sealed_pdf_is_verified_and_names_who_sealed_it(tmp_path: Path) -> None:
    said, machine, code = told(tmp_path, attestation(), lines())
    assert code == 0, said
    assert "a.pdf : Intact, heure non attestée\n  Justificatif joint : Intact, heure non attestée\n" in said
    assert "12. cachet du PDF par un certificat connu : oui (Cachet de l’éditeur)" in said
    assert f"Cachet de Cachet de l’éditeur, daté du {NOW:%Y-%m-%dT%H:%M:%SZ} (date non attestée)" in said
    assert (machine["sealed_by"], machine["unsealed_pdf"]) == ("Cachet de l’éditeur", False)
    assert (machine["sealed_at"], machine["seal_attested"]) == (NOW.replace(microsecond=0).isoformat(), None)


def test_a_stamped_seal_says_who_attests_its_date(tmp_path: Path) -> None:
    top = issue("Racine du temps", ca=True)
    signer = issue("Horodatage", top)
    with Authority(tmp_path / "authority", top, signer).served() as url:
        raw = attestation(tsa_url=url)
    roots = {"temps": top.der}
    seal = lines().splitlines()[-1]
    said, machine, code = told(tmp_path, raw, trust_text(PUBLISHER, roots=roots, more=f"{seal}\n"))
    assert code == 0, said
    assert "existait au plus tard le" in said
    assert "attesté par temps)" in said
    assert machine["seal_attested"]["authority"] == "temps"


def test_without_the_root_of_its_seal_the_key_is_unknown(tmp_path: Path) -> None:
    said, machine, code = told(tmp_path, attestation(), lines(seals=False))
    assert code == 1
    assert "a.pdf : Clé inconnue\n  Justificatif joint : Intact, heure non attestée\n" in said
    assert "12. cachet du PDF par un certificat connu : NON (Cachet de l’éditeur)" in said
    assert (machine["code"], machine["receipt_code"]) == ("unknown-key", "intact-unattested")
    assert machine["sealed_by"] == "Cachet de l’éditeur"
    assert machine["sealed_at"] is None


@pytest.mark.requirement("S-58")
def test_a_pdf_without_the_seal_that_is_expected_is_incomplete(tmp_path: Path) -> None:
    said, machine, code = told(tmp_path, attestation(is_sealed=False), lines())
    assert code == 1
    assert "a.pdf : Altéré ou incomplet : étape 12\n  Justificatif joint : Intact, heure non attestée" in said
    assert FRENCH.no_seal in said
    assert (machine["failed_step"], machine["unsealed_pdf"], machine["sealed_by"]) == (12, True, None)


def test_where_no_seal_is_expected_its_absence_is_said_and_the_pdf_is_not_verified(tmp_path: Path) -> None:
    said, machine, code = told(tmp_path, attestation(is_sealed=False), lines(seals=False))
    assert code == 1, "what is printed may be anything"
    assert f"a.pdf : {FRENCH.unsealed}\n  Justificatif joint : Intact, heure non attestée\n" in said
    assert FRENCH.no_seal in said
    assert "12. " not in said
    assert (machine["verified"], machine["unsealed_pdf"], machine["failed_step"]) == (False, True, None)
    assert machine["verdict"] == FRENCH.unsealed


def test_what_refuses_the_receipt_refuses_the_pdf_and_its_seal_is_not_examined(tmp_path: Path) -> None:
    said, _, code = told(tmp_path, attestation(issued(signer=DEMONSTRATION)), lines())
    assert code == 1
    assert "a.pdf : Spécimen sans valeur\n  Justificatif joint : Spécimen sans valeur\n" in said
    assert "12. cachet du PDF par un certificat connu : non examiné" in said


def test_a_seal_of_a_demonstration_is_one_around_any_receipt(tmp_path: Path) -> None:
    specimen, _ = sealed("demonstration", DEMONSTRATION)
    pretended = sealer(DEMONSTRATION_NAME)
    known = judge(attestation(specimen, pretended), trust(DEMONSTRATION))
    assert (known.verdict, known.failed) == (Verdict.SPECIMEN, Step.ENVIRONMENT)
    assert Step.SEAL in known.found.passed
    assert known.container
    assert known.container.seal_refused is None
    around = judge(attestation(SEALED, pretended), trust())
    assert (around.verdict, around.failed) == (Verdict.SPECIMEN, Step.SEAL)
    by_nobody = told(tmp_path, attestation(specimen, pretended), trust_text(DEMONSTRATION))
    assert by_nobody[1]["failed_step"] == Step.ENVIRONMENT
    assert f"12. cachet du PDF par un certificat connu : NON ({DEMONSTRATION_NAME})" in by_nobody[0]
    unknown = judge(attestation(SEALED, pretended), trust(seals=False))
    assert (unknown.verdict, unknown.failed) == (Verdict.SPECIMEN, Step.SEAL)


def test_the_organisation_is_named_too_and_a_name_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    names = {
        x509.NameOID.COUNTRY_NAME: "FR",
        x509.NameOID.ORGANIZATION_NAME: "Préfecture\x1b[2J",
        x509.NameOID.COMMON_NAME: "Cachet",
    }
    subject = x509.Name([x509.NameAttribute(of, value) for of, value in names.items()])
    certificate = (
        x509.CertificateBuilder(root().certificate.subject, subject, key.public_key(), 7)
        .not_valid_before(root().certificate.not_valid_before_utc)
        .not_valid_after(root().certificate.not_valid_after_utc)
        .add_extension(sealer().certificate.extensions.get_extension_for_class(x509.KeyUsage).value, True)
        .sign(root().key, x509.base.hashes.SHA256())
    )
    said, machine, code = told(tmp_path, attestation(SEALED, Issued(certificate, key)), lines())
    assert code == 0, said
    assert "oui (Cachet, Préfecture\ufffd[2J)" in said
    assert machine["sealed_by"] == "Cachet, Préfecture\x1b[2J"


PIECE = re.compile(rb"[0-9]+|/[A-Za-z]+|<<|>>|[][()<>]|obj|stream|xref|trailer")
PIECES = [b"null", b"true", b"-1", b"9" * 20, b"[]", b"<<>>", b"/X", b"()", b"1 0 R", b"3.5", b"[" * 3_000]


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_changed_pdf_gives_only_our_errors(data: st.DataObject) -> None:
    """Its words are replaced by others, its bytes are changed, or its end is missing."""
    raw = changeable()
    places = [found.span() for found in PIECE.finditer(raw)]
    begin, end = data.draw(st.sampled_from(places))
    new = data.draw(st.sampled_from(PIECES) | st.binary(max_size=20))
    cut = data.draw(st.just(None) | st.integers(0, len(raw)))
    changed = (raw[:begin] + new + raw[end:])[:cut]
    for read in (receipt_of, sealed_by, lambda one: verify_pdf(one, trust())):
        with suppress(ProofError):
            read(changed)


@cache
def changeable() -> bytes:
    return attestation()


def test_a_pdf_that_holds_no_receipt_is_no_attestation(tmp_path: Path) -> None:
    raw = document(pdf.Attached("autre.json", b"{}", "Autre", "Data"))
    said, machine, code = told(tmp_path, raw, lines())
    assert code == 1
    assert "a.pdf : Altéré ou incomplet : étape 1\n" in said
    assert machine["receipt_code"] is None
