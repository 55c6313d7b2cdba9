"""Settings that are unsafe do not exist: each refusal names the setting and what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import date
from pathlib import Path

import pytest

from cgu_archive.corpus.model import Mode
from kiosk.config import ConfigurationError, Mandate, Settings, Smtp
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


def test_without_any_variable_a_copy_only_documents() -> None:
    assert Settings.from_environment({}).mode is Mode.DOCUMENTARY
