"""Settings that are unsafe do not exist: each refusal names the setting and what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import date, timedelta
from pathlib import Path

import pytest

from cgu_archive.corpus.model import Mode
from kiosk.config import Settings
from kiosk.connections import Authority, Mandate, Seal, Smtp
from kiosk.environment import ConfigurationError
from tests.kiosk.conftest import SECRET

Make = Callable[..., Settings]


def publisher(make: Make, folder: Path, **changes: object) -> Settings:
    notice = folder / "mentions.html"
    notice.write_text("Mentions légales")
    values: dict[str, object] = {
        "mode": Mode.PUBLISHER,
        "public_url": "https://cgu.exemple.fr",
        "smtp": Smtp("mail.exemple.fr", 587, "cgu@exemple.fr"),
        "mandate": Mandate("2026-12", date(2026, 1, 31), "La directrice"),
        "legal_notice": notice,
        "privacy_notice": notice,
    }
    return make(**(values | changes))


def test_settings_never_change(make_settings: Make) -> None:
    settings = make_settings()
    with pytest.raises(FrozenInstanceError):
        settings.mode = Mode.PUBLISHER  # type: ignore[misc]


@pytest.mark.parametrize("mode", [Mode.DEMONSTRATION, Mode.PUBLISHER])
@pytest.mark.parametrize(
    "secret", ["", "court", "a" * 64, "change-me-" + SECRET, "my-SECRET-" + SECRET, "default" + SECRET]
)
def test_a_missing_or_weak_secret_is_refused(make_settings: Make, mode: Mode, secret: str) -> None:
    with pytest.raises(ConfigurationError, match="KIOSK_SECRET_KEY"):
        make_settings(mode=mode, secret_key=secret)


def test_a_documentary_copy_needs_no_secret(make_settings: Make) -> None:
    assert make_settings(mode=Mode.DOCUMENTARY, secret_key="").mode is Mode.DOCUMENTARY


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"public_url": "http://cgu.exemple.fr"}, "https://"),
        ({"smtp": None}, "KIOSK_SMTP_HOST"),
        ({"mandate": None}, "KIOSK_MANDATE_REFERENCE"),
        ({"legal_notice": None}, "KIOSK_LEGAL_NOTICE"),
        ({"privacy_notice": Path("/nowhere/notice.html")}, "KIOSK_PRIVACY_NOTICE"),
    ],
)
def test_a_publisher_s_kiosk_does_not_start_without_what_makes_it_lawful(
    make_settings: Make, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    assert publisher(make_settings, tmp_path).secure
    with pytest.raises(ConfigurationError, match=said):
        publisher(make_settings, tmp_path, **changes)


def test_data_that_must_survive_is_never_kept_where_builds_go(make_settings: Make, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="KIOSK_DATA_DIR"):
        make_settings(data_dir=tmp_path / "build" / "data")


@pytest.mark.parametrize("url", ["cgu.exemple.fr", "https://cgu.exemple.fr/", "ftp://cgu.exemple.fr"])
def test_a_public_address_is_whole(make_settings: Make, url: str) -> None:
    with pytest.raises(ConfigurationError, match="KIOSK_PUBLIC_URL"):
        make_settings(public_url=url)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("KIOSK_MODE", "production", "documentary, demonstration, publisher"),
        ("KIOSK_TRUSTED_PROXIES", "-1", "KIOSK_TRUSTED_PROXIES"),
        ("KIOSK_SMTP_PORT", "smtp", "KIOSK_SMTP_PORT"),
        ("KIOSK_MAIL_FROM", "personne", "KIOSK_MAIL_FROM"),
        ("KIOSK_MANDATE_DATE", "31/01/2026", "KIOSK_MANDATE_DATE"),
        ("KIOSK_EVIDENCE_DESK", "non", "KIOSK_EVIDENCE_DESK : attendu 0 .non. ou 1 .oui., trouvé « non »"),
        ("KIOSK_EVIDENCE_DESK", " 1", "KIOSK_EVIDENCE_DESK"),
        ("KIOSK_SMTP_STARTTLS", "false", "KIOSK_SMTP_STARTTLS"),
    ],
)
def test_a_variable_that_cannot_be_read_is_named(variable: str, value: str, said: str) -> None:
    environ = {
        "KIOSK_MODE": "demonstration",
        "KIOSK_SECRET_KEY": SECRET,
        "KIOSK_SMTP_HOST": "mail.exemple.fr",
        "KIOSK_MAIL_FROM": "cgu@exemple.fr",
        "KIOSK_MANDATE_REFERENCE": "2026-12",
        "KIOSK_MANDATE_DATE": "2026-01-31",
        "KIOSK_MANDATE_SIGNATORY": "La directrice",
    }
    read = Settings.from_environment(environ)
    assert read.smtp == Smtp("mail.exemple.fr", 587, "cgu@exemple.fr")
    assert read.archive_address == "http://127.0.0.1:8000/archive/"
    with pytest.raises(ConfigurationError, match=said):
        Settings.from_environment(environ | {variable: value})


@pytest.fixture
def proving(tmp_path: Path) -> dict[str, str]:
    """Variables of everything that proofs may be given, and the files they name."""
    files = {
        "racines/alpha.pem": "racine", "racines/beta-2.pem": "racine", "cachet.p12": "cachet",
        "mot-de-passe": "secret", "temoins": "",
    }  # fmt: skip
    (tmp_path / "racines").mkdir()
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "mot-de-passe").chmod(0o600)
    return {
        "KIOSK_LEDGER_DIR": "/srv/cgu/registre",
        "KIOSK_SIGNER": "/run/cgu/signer.sock",
        "KIOSK_SIGNER_FOR": "cgu-web",
        "KIOSK_OWNER_DATABASE_URL": "postgresql://cgu_owner@/cgu",
        "KIOSK_TSA": "alpha=https://tsa.exemple.fr/tsr, beta-2=http://127.0.0.1:3161/",
        "KIOSK_TSA_ROOTS": str(tmp_path / "racines"),
        "KIOSK_TSA_INTERVAL": "600",
        "KIOSK_SEAL_P12": str(tmp_path / "cachet.p12"),
        "KIOSK_SEAL_PASSWORD_FILE": str(tmp_path / "mot-de-passe"),
        "KIOSK_SEAL_TSA": "https://tsa.exemple.fr/tsr",
        "KIOSK_SEAL_REVOCATION": "1",
        "KIOSK_WITNESSES": str(tmp_path / "temoins"),
        "KIOSK_BACKLOG_ALERT": "90",
    }


def test_what_proofs_need_is_read(proving: dict[str, str], tmp_path: Path) -> None:
    read = Settings.from_environment(proving)
    assert read.ledger_dir == Path("/srv/cgu/registre")
    assert read.signer_socket == Path("/run/cgu/signer.sock")
    assert read.signer_user == "cgu-web"
    assert read.owner_database_url == "postgresql://cgu_owner@/cgu"
    assert read.authorities == (
        Authority("alpha", "https://tsa.exemple.fr/tsr", tmp_path / "racines/alpha.pem"),
        Authority("beta-2", "http://127.0.0.1:3161/", tmp_path / "racines/beta-2.pem"),
    )
    assert read.seal == Seal(
        tmp_path / "cachet.p12", tmp_path / "mot-de-passe", tsa_url="https://tsa.exemple.fr/tsr",
        revocation=True,
    )  # fmt: skip
    assert read.witnesses == tmp_path / "temoins"
    assert (read.stamp_every, read.backlog_alert) == (timedelta(minutes=10), timedelta(seconds=90))


def test_without_them_receipts_are_promised_then_sealed_and_nobody_attests_the_time() -> None:
    read = Settings.from_environment({"KIOSK_DATA_DIR": "/srv/cgu"})
    assert read.ledger_dir == Path("/srv/cgu/registre")
    assert read.signer_socket == Path("/srv/cgu/signer.sock")
    assert (read.authorities, read.seal, read.witnesses) == ((), None, None)
    assert (read.stamp_every, read.backlog_alert) == (timedelta(hours=1), timedelta(minutes=1))


def test_a_kiosk_may_promise_nothing() -> None:
    assert Settings.from_environment({"KIOSK_SIGNER": "none"}).signer_socket is None


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("KIOSK_TSA", "alpha=http://tsa.exemple.fr/", "KIOSK_TSA : attendu une adresse https"),
        ("KIOSK_TSA", "alpha=https://", "KIOSK_TSA : attendu une adresse https"),
        ("KIOSK_TSA", "alpha=http://[", "KIOSK_TSA : attendu une adresse https"),
        ("KIOSK_TSA", "alpha", "KIOSK_TSA : attendu une adresse https"),
        ("KIOSK_TSA", "../alpha=https://tsa.exemple.fr/", "KIOSK_TSA : attendu des paires"),
        ("KIOSK_TSA", "alpha=https://a.fr,alpha=https://b.fr", "même nom"),
        ("KIOSK_TSA", "gamma=https://tsa.exemple.fr/", r"gamma\.pem manque"),
        ("KIOSK_TSA_INTERVAL", "0", "KIOSK_TSA_INTERVAL"),
        ("KIOSK_SEAL_P12", "", "vont ensemble"),
        ("KIOSK_SEAL_P12", "/nowhere/cachet.p12", "KIOSK_SEAL_P12"),
        ("KIOSK_SEAL_PASSWORD_FILE", "/nowhere/mot-de-passe", "KIOSK_SEAL_PASSWORD_FILE"),
        ("KIOSK_SEAL_PASSWORD_FILE", "", "vont ensemble"),
        ("KIOSK_SEAL_TSA", "http://tsa.exemple.fr/", "KIOSK_SEAL_TSA"),
        ("KIOSK_SEAL_TSA", "", "KIOSK_SEAL_REVOCATION exige"),
        ("KIOSK_SEAL_REVOCATION", "no", "KIOSK_SEAL_REVOCATION : attendu 0"),
        ("KIOSK_WITNESSES", "/nowhere/temoins", "KIOSK_WITNESSES"),
        ("KIOSK_BACKLOG_ALERT", "une minute", "KIOSK_BACKLOG_ALERT"),
        ("KIOSK_NOTICE_HOLD", "0", "KIOSK_NOTICE_HOLD"),
        ("KIOSK_NOTICE_RATE", "0", "KIOSK_NOTICE_RATE"),
        ("KIOSK_NOTICE_RATE", "cent", "KIOSK_NOTICE_RATE"),
        ("KIOSK_LEDGER_DIR", "build/registre", "KIOSK_LEDGER_DIR"),
        ("KIOSK_ARCHIVE_DIR", "/srv/cgu", "KIOSK_LEDGER_DIR"),
    ],
)
def test_what_would_weaken_a_proof_is_refused_by_name(
    proving: dict[str, str], variable: str, value: str, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Settings.from_environment(proving | {variable: value})


def test_a_password_that_others_may_read_is_refused(proving: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mot-de-passe").chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        Settings.from_environment(proving)


def test_without_any_variable_a_copy_only_documents() -> None:
    assert Settings.from_environment({}).mode is Mode.DOCUMENTARY


@pytest.mark.parametrize(
    ("text", "desk", "starttls", "revocation"),
    [("0", False, False, False), ("1", True, True, True), ("", False, True, False)],
)
def test_a_switch_is_on_off_or_as_it_is_by_itself(
    proving: dict[str, str], text: str, desk: bool, starttls: bool, revocation: bool
) -> None:
    mail = {"KIOSK_SMTP_HOST": "mail.exemple.fr", "KIOSK_MAIL_FROM": "cgu@exemple.fr"}
    names = ("KIOSK_EVIDENCE_DESK", "KIOSK_SANCTIONS", "KIOSK_SMTP_STARTTLS", "KIOSK_SEAL_REVOCATION")
    read = Settings.from_environment({**proving, **mail, **dict.fromkeys(names, text)})
    assert read.smtp is not None
    assert read.seal is not None
    assert (read.evidence_desk, read.smtp.starttls, read.seal.revocation) == (desk, starttls, revocation)
    assert read.sanctions is desk


def test_pictures_and_pdfs_may_stand_apart_from_the_data() -> None:
    apart = {"KIOSK_SCREENS_DIR": "/srv/cgu/ecrans", "KIOSK_PDF_DIR": "/var/cache/cgu-web"}
    read = Settings.from_environment({"KIOSK_DATA_DIR": "/srv/cgu/data", **apart})
    assert (read.screens_dir, read.pdf_dir) == (Path("/srv/cgu/ecrans"), Path("/var/cache/cgu-web"))
    read = Settings.from_environment({"KIOSK_DATA_DIR": "/srv/cgu/data", "KIOSK_PDF_DIR": ""})
    assert (read.screens_dir, read.pdf_dir) == (Path("/srv/cgu/data/ecrans"), Path("/srv/cgu/data/pdfs"))


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "sirene"
    file.write_text("0123-clef\n")
    file.chmod(0o600)
    return file


def test_a_directory_of_companies_is_asked_with_the_key_of_a_file(key_file: Path) -> None:
    read = Settings.from_environment({"KIOSK_SIRENE_KEY_FILE": str(key_file)})
    assert read.sirene is not None
    assert (read.sirene.url, read.sirene.key()) == ("https://api.insee.fr/api-sirene/3.11", "0123-clef")
    assert Settings.from_environment({}).sirene is None


@pytest.mark.parametrize(
    ("changes", "mode", "said"),
    [
        (
            {"KIOSK_SIRENE_URL": "http://sirene.exemple.fr"},
            0o600,
            "KIOSK_SIRENE_URL : attendu une adresse https",
        ),
        ({"KIOSK_SIRENE_URL": "https://sirene.exemple.fr/"}, 0o600, "sans « / » final"),
        ({"KIOSK_SIRENE_KEY_FILE": "/nulle/part"}, 0o600, "n’est pas un fichier"),
        ({"KIOSK_SIRENE_KEY_FILE": "", "KIOSK_SIRENE_URL": "https://a.fr"}, 0o600, "exige KIOSK_SIRENE_KEY"),
        ({}, 0o644, "chmod 600"),
    ],
)
def test_a_directory_that_would_be_asked_unsafely_is_refused(
    key_file: Path, changes: dict[str, str], mode: int, said: str
) -> None:
    key_file.chmod(mode)
    with pytest.raises(ConfigurationError, match=said):
        Settings.from_environment({"KIOSK_SIRENE_KEY_FILE": str(key_file), **changes})


@pytest.mark.parametrize("content", [b"", b" \n", b"cl\xc3\xa9", b"a\x00b"])
def test_a_key_that_is_none_is_refused(key_file: Path, content: bytes) -> None:
    key_file.write_bytes(content)
    read = Settings.from_environment({"KIOSK_SIRENE_KEY_FILE": str(key_file)})
    assert read.sirene is not None
    with pytest.raises(ConfigurationError, match="ne contient pas une clé"):
        read.sirene.key()
