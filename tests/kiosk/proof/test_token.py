"""Time tokens: read, verified, and refused by name; OpenSSL is asked too."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import event, given
from hypothesis import strategies as st

from kiosk.proof import cms, der
from kiosk.proof.errors import MalformedError, TimeError
from kiosk.proof.token import Attested, read_token, verify_token
from tests import handmade
from tests.authority import POLICY, Authority, Issued, issue, openssl_accepts, signed_again
from tests.conftest import SOAK
from tests.vectors import cases_token
from tests.vectors.case import Case

TEXT = b"cgu.exemple.invalid/registre\n3\nrSUxYg==\n"
AT = datetime(2026, 11, 22, 8, 0, 0, 250_000, tzinfo=UTC)
DAY = timedelta(days=1)
DECADE = timedelta(days=3650)


@pytest.fixture(scope="module")
def root() -> Issued:
    return issue("Racine", ca=True, since=-DECADE)


@pytest.fixture(scope="module")
def signer(root: Issued) -> Issued:
    return issue("Horodatage", root, kind="ec", since=-DAY, until=DAY)


@pytest.fixture(scope="module")
def intermediate(root: Issued) -> Issued:
    return issue("Intermédiaire", root, ca=True, kind="ec")


Make = Callable[..., Authority]


@pytest.fixture
def make(tmp_path: Path, root: Issued) -> Make:
    def made(signer: Issued, **options: object) -> Authority:
        return Authority(tmp_path / "authority", root, signer, **options)  # type: ignore[arg-type]

    return made


def refused(raw: bytes, root: Issued, text: bytes = TEXT) -> str:
    with pytest.raises(TimeError) as caught:
        verify_token(raw, text, {"Autorité": root.der})
    return caught.value.reason


# Tokens of a real authority, judged by OpenSSL too


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_token_of_a_real_authority_is_verified(
    make: Make, root: Issued, tmp_path: Path, kind: str, digest: str
) -> None:
    authority = make(issue("Horodatage", root, kind=kind), digest=digest)
    before = datetime.now(UTC).replace(microsecond=0)
    raw = authority.token(TEXT, digest)
    said = read_token(raw)
    assert (said.hash_name, said.imprint) == (digest, hashlib.new(digest, TEXT).digest())
    assert (said.policy, said.accuracy) == (POLICY, timedelta(seconds=1, microseconds=500_100))
    assert said.serial > 0
    assert said.nonce
    assert said.certificates == (authority.signer.der,)
    assert before <= said.at <= datetime.now(UTC)
    attested = verify_token(raw, TEXT, {"Autre": issue("Autre", ca=True).der, "Autorité": root.der})
    assert attested == Attested("Autorité", said.at, said.accuracy)
    assert openssl_accepts(raw, TEXT, authority.root_file, tmp_path / "check")


def test_the_older_name_of_the_certificate_is_read(make: Make, root: Issued, tmp_path: Path) -> None:
    authority = make(issue("Horodatage", root), essid="sha1", accuracy=None)
    raw = authority.token(TEXT)
    assert openssl_accepts(raw, TEXT, authority.root_file, tmp_path / "check")
    assert verify_token(raw, TEXT, {"Autorité": root.der}).accuracy == timedelta()


def test_certificates_in_another_order_are_accepted(
    make: Make, root: Issued, intermediate: Issued, tmp_path: Path
) -> None:
    """Many authorities write them so; the set is not signed."""
    signer = issue("Horodatage", intermediate)
    authority = make(signer, chain=(intermediate,))
    raw = authority.token(TEXT)
    carried = read_token(raw).certificates
    assert list(carried) != sorted(carried)
    assert openssl_accepts(raw, TEXT, authority.root_file, tmp_path / "check")
    assert verify_token(raw, TEXT, {"Autorité": root.der}).authority == "Autorité"


def test_another_message_is_refused(make: Make, root: Issued, tmp_path: Path) -> None:
    authority = make(issue("Horodatage", root))
    raw = authority.token(TEXT)
    assert refused(raw, root, TEXT + b" ") == "other-message"
    assert not openssl_accepts(raw, TEXT + b" ", authority.root_file, tmp_path / "check")


def test_an_unknown_root_is_refused_even_under_the_same_name(
    make: Make, root: Issued, tmp_path: Path
) -> None:
    raw = make(issue("Horodatage", root)).token(TEXT)
    other = issue("Racine", ca=True)
    (tmp_path / "other.pem").write_bytes(other.pem)
    assert refused(raw, other) == "unknown-authority"
    assert not openssl_accepts(raw, TEXT, tmp_path / "other.pem", tmp_path / "check")
    with pytest.raises(TimeError):
        verify_token(raw, TEXT, {})


def test_a_missing_intermediate_is_an_unknown_authority(
    make: Make, root: Issued, intermediate: Issued, tmp_path: Path
) -> None:
    authority = make(issue("Horodatage", intermediate))
    raw = authority.token(TEXT)
    assert refused(raw, root) == "unknown-authority"
    assert not openssl_accepts(raw, TEXT, authority.root_file, tmp_path / "check")


@pytest.mark.parametrize(("since", "until"), [(-2 * DAY, -DAY), (DAY, 2 * DAY)], ids=["ended", "to come"])
def test_a_certificate_out_of_its_dates_is_refused(
    make: Make, root: Issued, tmp_path: Path, since: timedelta, until: timedelta
) -> None:
    authority = make(issue("Horodatage", root, since=since, until=until))
    raw = authority.token(TEXT)
    assert refused(raw, root) == "expired"
    assert not openssl_accepts(raw, TEXT, authority.root_file, tmp_path / "check")


def test_a_root_out_of_its_dates_is_refused(tmp_path: Path) -> None:
    root = issue("Racine", ca=True, since=-2 * DAY, until=-DAY)
    authority = Authority(tmp_path / "ended", root, issue("Horodatage", root))
    raw = authority.token(TEXT)
    assert refused(raw, root) == "expired"
    assert not openssl_accepts(raw, TEXT, authority.root_file, tmp_path / "check")


def test_a_certificate_that_may_issue_none_issues_none(make: Make, root: Issued, tmp_path: Path) -> None:
    between = issue("Pas une autorité", root)
    authority = make(issue("Horodatage", between), chain=(between,))
    raw = authority.token(TEXT)
    assert refused(raw, root) == "unknown-authority"
    assert not openssl_accepts(raw, TEXT, authority.root_file, tmp_path / "check")


def test_a_weak_hash_is_refused_by_us_alone(make: Make, root: Issued, tmp_path: Path) -> None:
    signer = issue("Horodatage", root)
    for raw in (make(signer).token(TEXT, "sha1"), make(signer, digest="sha1").token(TEXT)):
        assert refused(raw, root) == "weak-hash"
        with pytest.raises(TimeError, match="SHA-256"):
            read_token(raw)
        assert openssl_accepts(raw, TEXT, tmp_path / "authority" / "root.pem", tmp_path / "check")


def test_ten_years_later_an_ended_certificate_still_counts(root: Issued, tmp_path: Path) -> None:
    then = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3000)
    signer = issue("Horodatage", root, at=then, since=-DAY, until=DAY)
    raw = handmade.token(TEXT, then, signer)
    (tmp_path / "root.pem").write_bytes(root.pem)
    assert verify_token(raw, TEXT, {"Autorité": root.der}).at == then
    assert openssl_accepts(raw, TEXT, tmp_path / "root.pem", tmp_path / "check", then)
    assert not openssl_accepts(raw, TEXT, tmp_path / "root.pem", tmp_path / "check")


# One byte changed


def changes(raw: bytes) -> list[tuple[int, int]]:
    masks = range(1, 256) if SOAK else (0x01, 0x80)
    return [(place, mask) for place in range(len(raw)) for mask in masks]


def test_a_byte_changed_anywhere_is_refused(root: Issued, intermediate: Issued) -> None:
    """But the second of two ways to write « RSA », which no signature covers and nothing reads."""
    signer = issue("Horodatage", intermediate)
    raw = handmade.token(TEXT, datetime.now(UTC), signer, certificates=(signer, intermediate))
    roots = {"Autorité": root.der}
    honest = verify_token(raw, TEXT, roots)
    free = raw.rindex(handmade.identifier(handmade.RSA)) + 10
    for place, mask in changes(raw):
        changed = raw[:place] + bytes((raw[place] ^ mask,)) + raw[place + 1 :]
        try:
            accepted = verify_token(changed, TEXT, roots)
        except TimeError:
            continue
        assert (place, changed[place], accepted) == (free, 0x0B, honest)


@given(data=st.data())
def test_whatever_the_bytes_a_token_is_verified_or_refused_by_name(data: st.DataObject) -> None:
    raw = bytearray((cases_token.FOLDER / "chain.tst").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        end = data.draw(st.integers(start, min(start + 20, len(raw))))
        raw[start:end] = data.draw(st.binary(max_size=20) | st.just(bytes(raw[end : end + 20])))
    try:
        verify_token(bytes(raw), cases_token.TEXT, {"A": (cases_token.FOLDER / "root.der").read_bytes()})
    except TimeError as error:
        event(error.reason)


# Tokens made by hand


def test_a_token_made_by_hand_is_accepted_by_all(root: Issued, signer: Issued, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    accuracy = timedelta(seconds=2, milliseconds=3, microseconds=4)
    raw = handmade.token(TEXT, now, signer, accuracy=accuracy)
    (tmp_path / "root.pem").write_bytes(root.pem)
    assert verify_token(raw, TEXT, {"A": root.der}) == Attested("A", now, accuracy)
    assert openssl_accepts(raw, TEXT, tmp_path / "root.pem", tmp_path / "check")


def test_the_signer_may_be_the_root_itself() -> None:
    alone = issue("Seul")
    raw = handmade.token(TEXT, datetime.now(UTC), alone)
    assert verify_token(raw, TEXT, {"A": alone.der}).authority == "A"


def test_the_shortest_way_to_the_root_is_found_among_many(root: Issued, intermediate: Issued) -> None:
    signer = issue("Horodatage", intermediate)
    crowd = (signer, issue("Étranger", ca=True), intermediate, root)
    raw = handmade.token(TEXT, datetime.now(UTC), signer, certificates=crowd)
    assert verify_token(raw, TEXT, {"A": root.der}).authority == "A"


def test_a_root_that_answers_is_found_behind_one_that_does_not(tmp_path: Path) -> None:
    """The same key under two certificates, one of which has ended."""
    ended = issue("Racine", ca=True, since=-2 * DAY, until=-DAY)
    renewed = issue("Racine", ca=True, key=ended.key)
    raw = handmade.token(TEXT, datetime.now(UTC), issue("Horodatage", ended))
    assert verify_token(raw, TEXT, {"Ended": ended.der, "Renewed": renewed.der}).authority == "Renewed"


@pytest.mark.parametrize("certificate", [b"", b"\x30\x00", b"certificate"])
def test_a_root_that_is_no_certificate_is_the_verifiers_fault(signer: Issued, certificate: bytes) -> None:
    with pytest.raises(MalformedError, match="authority A"):
        verify_token(handmade.token(TEXT, AT, signer), TEXT, {"A": certificate})


@pytest.mark.parametrize(
    "options",
    [{"usage": None}, {"usage": ExtendedKeyUsageOID.CODE_SIGNING}, {"critical": False}],
    ids=["no usage", "other usage", "usage not critical"],
)
def test_a_certificate_of_the_same_root_for_another_use_attests_no_time(
    root: Issued, tmp_path: Path, options: dict[str, bool]
) -> None:
    raw = handmade.token(TEXT, datetime.now(UTC), issue("Serveur", root, **options))  # type: ignore[arg-type]
    (tmp_path / "root.pem").write_bytes(root.pem)
    assert refused(raw, root) == "unknown-authority"
    assert not openssl_accepts(raw, TEXT, tmp_path / "root.pem", tmp_path / "check")


def test_a_chain_signed_with_a_weak_hash_is_refused(root: Issued, tmp_path: Path) -> None:
    signer = signed_again(issue("Horodatage"), root, "sha1", tmp_path)
    assert refused(handmade.token(TEXT, datetime.now(UTC), signer), root) == "weak-hash"


def test_a_signature_of_another_kind_is_refused(root: Issued) -> None:
    signer = issue("Horodatage", root, kind="ed25519")
    assert refused(handmade.token(TEXT, AT, signer), root) == "malformed"


def test_another_key_does_not_sign_for_the_certificate(root: Issued, signer: Issued) -> None:
    thief = Issued(signer.certificate, issue("Voleur", kind="ec").key)
    assert refused(handmade.token(TEXT, AT, thief), root) == "wrong-signature"


def test_a_certificate_put_in_place_of_the_signers_is_refused(root: Issued, signer: Issued) -> None:
    """Same key, same issuer, same number: only its hash tells it from the one that was named."""
    twin = issue("Jumeau", root, key=signer.key, serial=signer.certificate.serial_number)
    assert refused(handmade.token(TEXT, AT, signer, certificates=(twin,)), root) == "wrong-signature"


def test_a_token_without_its_certificate_is_refused(root: Issued, signer: Issued) -> None:
    assert refused(handmade.token(TEXT, AT, signer, certificates=(root,)), root) == "wrong-signature"


def test_both_names_of_the_certificate_must_hold(root: Issued, signer: Issued) -> None:
    def older(hashed: bytes) -> dict[str, bytes]:
        listed = handmade.sequence(handmade.sequence(handmade.sequence(handmade.octets(hashed))))
        return {"older": handmade.attribute(handmade.CERTIFICATE_ID, listed)}

    raw = handmade.token(TEXT, AT, signer, attributes=older(hashlib.sha1(signer.der).digest()))
    assert verify_token(raw, TEXT, {"A": root.der}).at == AT
    assert refused(handmade.token(TEXT, AT, signer, attributes=older(bytes(20))), root) == "wrong-signature"


def test_a_certificate_named_by_a_hash_that_it_says_is_found(root: Issued, signer: Issued) -> None:
    def named(algorithm: str) -> bytes:
        name = handmade.sequence(
            handmade.algorithm(algorithm), handmade.octets(hashlib.sha384(signer.der).digest())
        )
        attribute = handmade.attribute(handmade.CERTIFICATE_ID_V2, handmade.sequence(handmade.sequence(name)))
        return handmade.token(TEXT, AT, signer, attributes={"certificate": attribute})

    assert verify_token(named(handmade.SHA384), TEXT, {"A": root.der}).at == AT
    assert refused(named(handmade.SHA1), root) == "weak-hash"


@pytest.mark.parametrize("serial", [b"\x00", b"\xff"], ids=["zero", "negative"])
def test_a_certificate_whose_number_is_not_positive_is_refused(
    root: Issued, signer: Issued, serial: bytes
) -> None:
    number = handmade.number(signer.certificate.serial_number)
    other = signer.der.replace(number, number[:2] + serial * (len(number) - 2), 1)
    carried = der.encode(handmade.CONTEXT_0, b"".join(sorted((signer.der, other))))
    raw = handmade.token(TEXT, AT, signer, data={"certificates": carried})
    assert refused(raw, root) == "malformed"


def test_a_certificate_of_an_unknown_version_is_refused(root: Issued, signer: Issued) -> None:
    version = bytes.fromhex("a003020102")
    assert signer.der.count(version) == 1
    carried = b"".join(sorted((signer.der, signer.der.replace(version, bytes.fromhex("a003020106")))))
    raw = handmade.token(TEXT, AT, signer, data={"certificates": der.encode(handmade.CONTEXT_0, carried)})
    assert refused(raw, root) == "malformed"


def test_what_the_chain_verifier_cannot_read_is_malformed(root: Issued, signer: Issued) -> None:
    raw = handmade.token(TEXT, AT, signer, info={"extensions": der.encode(cms.CONTEXT_1, b"\x05\x00")})
    assert refused(raw, root) == "malformed"


# Vectors


@pytest.mark.parametrize("case", tuple(cases_token.cases()), ids=lambda case: case.name)
def test_a_vector_is_judged_as_it_says(case: Case) -> None:
    if case.error is None:
        cases_token.evaluate(case.kind, case.input, case.trust)
    else:
        with pytest.raises(TimeError) as caught:
            cases_token.evaluate(case.kind, case.input, case.trust)
        assert case.verdict == f"refused: {caught.value.reason}"


def test_the_vectors_show_every_reason() -> None:
    shown = {case.verdict for case in cases_token.cases() if case.verdict}
    assert shown == {f"refused: {reason}" for reason in TimeError.REASONS}
