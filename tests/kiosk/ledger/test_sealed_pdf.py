"""The seal on a PDF: at each level, with files that stay accessible, and refused when anything changes."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pypdf.generic import ArrayObject, DictionaryObject, NameObject

from cgu_archive import pdf
from kiosk.ledger.attestation import RECEIPT_FILE
from kiosk.ledger.errors import SealError
from kiosk.ledger.sealed_pdf import Seal, seal_pdf
from kiosk.proof import receipt
from kiosk.proof.errors import (
    AlteredError,
    MalformedError,
    ProofError,
    TimeError,
    UnknownKeyError,
)
from kiosk.proof.trust import Trust
from kiosk.verifier import pdf as verifier
from tests.authority import Authority, issue, revocation_list, served
from tests.conftest import SOAK
from tests.kiosk.ledger.pdf_making import AT, RECEIPT, document
from tests.verapdf import broken_rules


@dataclass(frozen=True)
class Levels:
    """One PDF sealed at each level, and what a verifier must trust."""

    plain: bytes
    sealed: dict[str, bytes]
    seal: Seal
    trust: Trust


@pytest.fixture(scope="module")
def levels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Levels]:
    folder = tmp_path_factory.mktemp("levels")
    now = datetime.now(UTC)
    top, time_top = issue("Racine des cachets", ca=True), issue("Racine du temps", ca=True)
    lists = {"seal": revocation_list(top), "time": revocation_list(time_top)}
    with ExitStack() as stack:
        addresses = {
            name: stack.enter_context(served(lambda _, content=content: (200, content)))
            for name, content in lists.items()
        }
        sealer = issue("Cachet de l’éditeur", top, usage=None, kind="ec", lists=addresses["seal"])
        signer = issue("Horodatage", time_top, lists=addresses["time"])
        tsa_url = stack.enter_context(Authority(folder / "authority", time_top, signer).served())
        seal = Seal(sealer.key, (sealer.certificate, top.certificate), roots=(time_top.certificate,))
        plain = document()
        yield Levels(
            plain,
            {
                "B-B": seal_pdf(plain, seal, now),
                "B-T": seal_pdf(plain, replace(seal, tsa_url=tsa_url), now),
                "B-LTA": seal_pdf(plain, replace(seal, tsa_url=tsa_url, revocation=True), now),
            },
            replace(seal, tsa_url=tsa_url, revocation=True),
            Trust(seals={"cachets": top.der}, authorities={"temps": time_top.der}),
        )


ALL = pytest.mark.parametrize("level", ["B-B", "B-T", "B-LTA"])


@ALL
def test_the_receipt_comes_out_of_a_sealed_pdf(levels: Levels, level: str) -> None:
    raw = levels.sealed[level]
    assert verifier.sealed_by(raw) == "Cachet de l’éditeur"
    assert verifier.receipt_of(raw) == RECEIPT
    assert verifier.verify_pdf(raw, levels.trust).receipt == RECEIPT


@ALL
def test_another_verifier_finds_the_seal_good(levels: Levels, level: str, tmp_path: Path) -> None:
    (tmp_path / "sealed.pdf").write_bytes(levels.sealed[level])
    said = subprocess.run(
        ["pdfsig", "-nocert", tmp_path / "sealed.pdf"], capture_output=True, text=True, check=False
    ).stdout
    assert "Signature Type: ETSI.CAdES.detached" in said
    assert "Signature Validation: Signature is Valid." in said
    assert "Total document signed" in said


def test_a_sealed_pdf_stays_pdf_a_and_pdf_ua(levels: Levels, tmp_path: Path) -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    blank = io.BytesIO()
    writer.write(blank)
    files = {"plain": levels.plain, **levels.sealed, "blank": blank.getvalue()}
    found = broken_rules(files, tmp_path)
    assert [key for key, rules in found.items() if rules] == [("blank", "3a"), ("blank", "ua1")]


@ALL
def test_the_seal_is_not_seen(levels: Levels, level: str) -> None:
    """A stamp on the page would break PDF/A and PDF/UA, and claim more than the seal says."""
    reader = pypdf.PdfReader(io.BytesIO(levels.sealed[level]))
    assert levels.sealed[level].startswith(levels.plain)
    boxes = [note["/Rect"] for page in reader.pages for note in page.annotations or ()]
    assert all(set(map(float, box)) == {0.0} for box in boxes)


@ALL
def test_a_byte_changed_anywhere_is_refused(levels: Levels, level: str) -> None:
    """But in the place of the last signature, where some of what goes with it is not signed."""
    raw = levels.sealed[level]
    start, size, again, _ = map(int, re.findall(rb"/ByteRange *\[ *(\d+) (\d+) (\d+) (\d+)", raw)[-1])
    for place in range(7, len(raw), 1 if SOAK else len(raw) // 100):
        changed = raw[:place] + bytes((raw[place] ^ 1,)) + raw[place + 1 :]
        try:
            accepted = verifier.verify_pdf(changed, levels.trust)
        except ProofError:
            continue
        assert start + size < place < again, place
        assert accepted.receipt == RECEIPT


def test_nothing_hides_behind_a_signature(levels: Levels) -> None:
    raw = levels.sealed["B-B"]
    start = raw.rindex(b"0000>", 0, raw.rindex(b"/ByteRange") + 20_000)
    with pytest.raises(AlteredError):
        verifier.verify_pdf(raw[:start] + b"0f" + raw[start + 2 :], levels.trust)


@ALL
def test_what_is_added_after_the_seal_is_refused(levels: Levels, level: str) -> None:
    writer = pypdf.PdfWriter(io.BytesIO(levels.sealed[level]), incremental=True)
    writer.add_metadata({"/Title": "Autre titre"})
    changed = io.BytesIO()
    writer.write(changed)
    with pytest.raises(AlteredError):
        verifier.verify_pdf(changed.getvalue(), levels.trust)
    with pytest.raises((AlteredError, MalformedError)):
        verifier.verify_pdf(levels.sealed[level] + b"\n", levels.trust)


def test_another_receipt_put_over_the_sealed_one_is_refused(levels: Levels) -> None:
    writer = pypdf.PdfWriter(io.BytesIO(levels.sealed["B-T"]), incremental=True)
    writer.add_attachment(RECEIPT_FILE, b"{}")
    changed = io.BytesIO()
    writer.write(changed)
    with pytest.raises((AlteredError, MalformedError)):
        verifier.verify_pdf(changed.getvalue(), levels.trust)


def test_two_attachments_of_the_receipts_name_are_refused(levels: Levels) -> None:
    twice = [pdf.Attached(RECEIPT_FILE, content, "Justificatif", "Data") for content in (RECEIPT, b"{}")]
    raw = seal_pdf(document(*twice), replace(levels.seal, tsa_url=None, revocation=False), AT)
    with pytest.raises(MalformedError, match="2 found"):
        verifier.verify_pdf(raw, levels.trust)


def test_a_pdf_without_a_receipt_is_refused() -> None:
    with pytest.raises(MalformedError, match="0 found"):
        verifier.receipt_of(document(pdf.Attached("autre.json", b"{}", "Autre", "Data")))


def test_a_pdf_without_any_attachment_is_refused() -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    raw = io.BytesIO()
    writer.write(raw)
    with pytest.raises(MalformedError):
        verifier.receipt_of(raw.getvalue())


def test_an_encrypted_pdf_is_refused(levels: Levels) -> None:
    writer = pypdf.PdfWriter(io.BytesIO(levels.plain))
    writer.encrypt("", "propriétaire")
    raw = io.BytesIO()
    writer.write(raw)
    with pytest.raises(MalformedError):
        verifier.receipt_of(raw.getvalue())


@pytest.mark.parametrize("raw", [b"", b"%PDF-1.7\n", b"%PDF-1.7\n%%EOF\n", b"{}" * 1000])
def test_what_is_no_pdf_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        verifier.receipt_of(raw)
    with pytest.raises(MalformedError):
        verifier.sealed_by(raw)


def test_a_huge_file_is_refused_unread(monkeypatch: pytest.MonkeyPatch, levels: Levels) -> None:
    monkeypatch.setattr(verifier, "MAX_BYTES", len(levels.plain) - 1)
    with pytest.raises(MalformedError, match="at most"):
        verifier.receipt_of(levels.plain)


def test_a_receipt_that_swells_is_refused() -> None:
    """A few bytes, deflated, can be gigabytes."""
    bomb = pdf.Attached(RECEIPT_FILE, bytes(receipt.MAX_BYTES + 1), "Justificatif", "Data")
    with pytest.raises(MalformedError, match="at most"):
        verifier.receipt_of(document(bomb))


def by_hand(depth: int = 0, filter_name: str | None = None) -> bytes:
    """A PDF of another maker, its attachments under so many levels of a name tree."""
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment(RECEIPT_FILE, RECEIPT)
    names = writer.root_object["/Names"]["/EmbeddedFiles"]  # type: ignore[index]
    if filter_name:
        stream = names["/Names"][1].get_object()["/EF"]["/F"].get_object()
        stream[NameObject("/Filter")] = NameObject(filter_name)
    for _ in range(depth):
        names = DictionaryObject({NameObject("/Kids"): ArrayObject([writer._add_object(names)])})
    writer.root_object["/Names"][NameObject("/EmbeddedFiles")] = names  # type: ignore[index]
    raw = io.BytesIO()
    writer.write(raw)
    return raw.getvalue()


@pytest.mark.parametrize("depth", [0, 1, 5])
def test_a_receipt_is_found_in_the_pdf_of_another_maker(depth: int) -> None:
    assert verifier.receipt_of(by_hand(depth)) == RECEIPT


def test_a_deep_tree_of_attachments_is_refused() -> None:
    with pytest.raises(MalformedError, match="100 nodes"):
        verifier.receipt_of(by_hand(120))


def test_an_attachment_in_another_encoding_is_refused() -> None:
    with pytest.raises(MalformedError, match="deflated"):
        verifier.receipt_of(by_hand(filter_name="/ASCIIHexDecode"))


def test_a_pdf_without_a_seal_says_so(levels: Levels) -> None:
    assert verifier.sealed_by(levels.plain) is None
    with pytest.raises(MalformedError, match="one seal"):
        verifier.verify_pdf(levels.plain, levels.trust)


def test_two_seals_are_refused(levels: Levels) -> None:
    """The second would be by whoever changed the file."""
    seal = replace(levels.seal, tsa_url=None, revocation=False)
    other = sealed_twice(levels.sealed["B-B"], seal)
    with pytest.raises(MalformedError, match="one seal"):
        verifier.verify_pdf(other, levels.trust)


def sealed_twice(raw: bytes, seal: Seal) -> bytes:
    from kiosk.ledger import pades

    return pades.signed(raw, seal.key, seal.certificates, AT, field="Second")


def test_an_unknown_seal_is_named(levels: Levels) -> None:
    for seals in ({}, {"autre": issue("Autre", ca=True).der}, {"cachet": issue("Cachet de l’éditeur").der}):
        with pytest.raises(UnknownKeyError, match="Cachet de l’éditeur"):
            verifier.verify_pdf(levels.sealed["B-T"], replace(levels.trust, seals=seals))


@pytest.mark.requirement("S-58")
@ALL
def test_a_root_of_time_never_vouches_for_a_seal_nor_the_reverse(levels: Levels, level: str) -> None:
    roots = {**levels.trust.seals, **levels.trust.authorities}
    with pytest.raises(UnknownKeyError):
        verifier.verify_pdf(levels.sealed[level], Trust(authorities=roots))
    if level != "B-B":
        with pytest.raises(TimeError):
            verifier.verify_pdf(levels.sealed[level], Trust(seals=roots))


@ALL
def test_who_sealed_and_who_attests_when_are_told(levels: Levels, level: str) -> None:
    found = verifier.verify_pdf(levels.sealed[level], levels.trust)
    assert (found.by, found.demonstration) == ("Cachet de l’éditeur", False)
    if level == "B-B":
        assert found.attested is None
    else:
        assert found.attested
        assert found.attested.authority == "temps"
        assert abs(found.attested.at - found.at) < timedelta(minutes=10)


def test_the_certificate_of_the_seal_itself_may_be_the_trusted_one(levels: Levels) -> None:
    own = levels.seal.certificates[0].public_bytes(Encoding.DER)
    trust = replace(levels.trust, seals={"cachet": own})
    assert verifier.verify_pdf(levels.sealed["B-LTA"], trust).receipt == RECEIPT
    later = replace(levels.seal, tsa_url=None, revocation=False)
    with pytest.raises(UnknownKeyError, match="did not seal then"):
        verifier.verify_pdf(seal_pdf(levels.plain, later, AT + timedelta(days=4000)), trust)


def test_a_certificate_that_is_no_authority_vouches_for_no_other(levels: Levels) -> None:
    leaf = issue("Cachet de l’éditeur", usage=None, kind="ec")
    below = issue("Un autre", leaf, usage=None, kind="ec")
    raw = seal_pdf(levels.plain, Seal(below.key, (below.certificate, leaf.certificate)), datetime.now(UTC))
    with pytest.raises(UnknownKeyError):
        verifier.verify_pdf(raw, Trust(seals={"cachet": leaf.der}))


def test_an_authority_by_itself_seals_nothing(levels: Levels) -> None:
    top = issue("Racine", ca=True, kind="ec")
    raw = seal_pdf(levels.plain, Seal(top.key, (top.certificate,)), datetime.now(UTC))
    with pytest.raises(UnknownKeyError):
        verifier.verify_pdf(raw, Trust(seals={"racine": top.der}))


@pytest.mark.parametrize("level", ["B-T", "B-LTA"])
def test_an_unknown_authority_on_the_seal_is_told(levels: Levels, level: str) -> None:
    with pytest.raises(TimeError) as caught:
        verifier.verify_pdf(levels.sealed[level], Trust(seals=levels.trust.seals))
    assert caught.value.reason == "unknown-authority"


def test_a_seal_whose_certificate_has_ended_is_refused(levels: Levels) -> None:
    """Dated by its maker, under a certificate that had ended."""
    seal = replace(levels.seal, tsa_url=None, revocation=False)
    raw = seal_pdf(levels.plain, seal, AT + timedelta(days=4000))
    with pytest.raises(UnknownKeyError):
        verifier.verify_pdf(raw, levels.trust)


@pytest.mark.parametrize(
    ("kind", "accepted"), [({}, True), ({"ca": True}, False)], ids=["of a seal", "of an authority"]
)
def test_a_seal_is_set_with_a_certificate_for_that_use(
    levels: Levels, kind: dict[str, bool], accepted: bool
) -> None:
    top = issue("Racine", ca=True)
    sealer = issue("Cachet", top, usage=None, **kind)  # type: ignore[arg-type]
    seal = Seal(sealer.key, (sealer.certificate, top.certificate))
    raw = seal_pdf(levels.plain, seal, datetime.now(UTC))
    if accepted:
        assert verifier.verify_pdf(raw, Trust(seals={"cachets": top.der})).receipt == RECEIPT
    else:
        with pytest.raises(UnknownKeyError):
            verifier.verify_pdf(raw, Trust(seals={"cachets": top.der}))


# Never a lower level


def test_an_authority_that_does_not_answer_fails_the_pdf(levels: Levels) -> None:
    with served(lambda _: (503, b"")) as url, pytest.raises(SealError, match="503"):
        seal_pdf(levels.plain, replace(levels.seal, tsa_url=url, revocation=False), AT)


@pytest.mark.parametrize("answer", [b"", b"no list"])
def test_a_revocation_list_that_is_none_fails_the_pdf(levels: Levels, answer: bytes) -> None:
    top = issue("Racine", ca=True)
    with served(lambda _: (200, answer)) as url:
        sealer = issue("Cachet", top, usage=None, kind="ec", lists=url)
        seal = replace(levels.seal, key=sealer.key, certificates=(sealer.certificate, top.certificate))
        with pytest.raises(SealError):
            seal_pdf(levels.plain, seal, datetime.now(UTC))


def test_a_certificate_that_names_no_revocation_list_fails_the_pdf(levels: Levels) -> None:
    top = issue("Racine", ca=True)
    sealer = issue("Cachet", top, usage=None, kind="ec")
    seal = replace(levels.seal, key=sealer.key, certificates=(sealer.certificate, top.certificate))
    with pytest.raises(SealError):
        seal_pdf(levels.plain, seal, datetime.now(UTC))


def test_a_revoked_seal_fails_the_pdf(levels: Levels) -> None:
    top = issue("Racine", ca=True)
    lists: list[bytes] = []
    with served(lambda _: (200, lists[0])) as url:
        sealer = issue("Cachet", top, usage=None, kind="ec", lists=url)
        lists.append(revocation_list(top, sealer))
        seal = replace(levels.seal, key=sealer.key, certificates=(sealer.certificate, top.certificate))
        with pytest.raises(SealError):
            seal_pdf(levels.plain, seal, datetime.now(UTC))


def test_an_address_of_another_kind_is_not_opened(levels: Levels, tmp_path: Path) -> None:
    """A certificate may name any address, one of this machine's files too."""
    top = issue("Racine", ca=True)
    sealer = issue("Cachet", top, usage=None, kind="ec", lists=f"file://{tmp_path}/list")
    (tmp_path / "list").write_bytes(revocation_list(top))
    seal = replace(levels.seal, key=sealer.key, certificates=(sealer.certificate, top.certificate))
    with pytest.raises(SealError, match="sans adresse http"):
        seal_pdf(levels.plain, seal, datetime.now(UTC))
