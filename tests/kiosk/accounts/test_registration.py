"""Registration codes: given by the publisher, kept as keyed hashes, used once; their commands."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select

from kiosk.accounts import registration
from kiosk.accounts.errors import InvalidCodeFileError, RegistrationCodeError, UnknownCodeError
from kiosk.accounts.forgetting import forget_expired
from kiosk.accounts.models import RegistrationCode
from kiosk.accounts.registration import CodeCheck, CodeState
from kiosk.cli import main
from kiosk.db import make_engine, reading, writing
from kiosk.security import keyed_hasher
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

HASHER = keyed_hasher("a key of this deployment")
CHECK = CodeCheck(HASHER)
SERVICE = "monjob62"
CODE = "RSA-2026-0001"


@pytest.fixture
def given(engine: Engine, at: datetime) -> Engine:
    with writing(engine) as session:
        assert registration.add(session, SERVICE, [CODE, "RSA-2026-0002"], at=at, hasher=HASHER) == 2
    return engine


def states(engine: Engine) -> list[CodeState]:
    with reading(engine) as session:
        return sorted(one.state for one in registration.listed(session, SERVICE))


def test_a_code_is_known_by_its_keyed_hash_alone(given: Engine) -> None:
    with reading(given) as session:
        rows = session.scalars(select(RegistrationCode)).all()
        held = " ".join(row.code_hash for row in rows)
        shown = registration.listed(session, SERVICE)
    assert "2026" not in held
    assert registration.code_hash(SERVICE, CODE, keyed_hasher("another key")) not in held
    assert all(len(one.id) == registration.ID_LENGTH for one in shown)


@pytest.mark.requirement("M-08")
@pytest.mark.parametrize("typed", [CODE, "rsa20260001", " rsa 2026 0001 "])
def test_a_code_is_good_however_it_is_typed_until_it_is_used(given: Engine, at: datetime, typed: str) -> None:
    with writing(given) as session:
        hashed = CHECK.verify(session, SERVICE, typed, {})
        registration.use(session, hashed, at=at)
    with writing(given) as session:
        with pytest.raises(RegistrationCodeError):
            CHECK.verify(session, SERVICE, typed, {})
        with pytest.raises(RegistrationCodeError):
            registration.use(session, hashed, at=at)
    assert states(given) == [CodeState.FREE, CodeState.USED]


@pytest.mark.parametrize(("service", "typed"), [(SERVICE, "RSA-2026-0003"), ("autre", CODE), (SERVICE, "")])
def test_a_code_of_nobody_or_of_another_service_opens_nothing(
    given: Engine, service: str, typed: str
) -> None:
    with reading(given) as session, pytest.raises(RegistrationCodeError):
        CHECK.verify(session, service, typed, {})


@ON_BOTH
@pytest.mark.requirement("M-08")
def test_a_code_used_twice_at_once_is_used_once(given: Engine, at: datetime) -> None:
    hashed = registration.code_hash(SERVICE, CODE, HASHER)
    barrier, used = threading.Barrier(4), []

    def use() -> None:
        barrier.wait()
        try:
            with writing(given) as session:
                registration.use(session, hashed, at=at)
        except RegistrationCodeError:
            return
        used.append(True)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert used == [True]


@ON_BOTH
def test_a_revoked_code_opens_nothing_and_a_used_one_is_not_revoked(given: Engine, at: datetime) -> None:
    with writing(given) as session:
        first, second = registration.listed(session, SERVICE)
        registration.revoke(session, SERVICE, first.id, at=at)
        session.flush()
        for code_id in (first.id, second.id[:-1], "0" * 12, "%" * 12, ""):
            with pytest.raises(UnknownCodeError):
                registration.revoke(session, SERVICE, code_id, at=at)
    assert states(given) == [CodeState.FREE, CodeState.REVOKED]


def test_codes_that_are_there_already_are_not_added_again(given: Engine, at: datetime) -> None:
    with writing(given) as session:
        lines = ["", CODE.lower(), "RSA-2026-0003", "RSA 2026 0003"]
        assert registration.add(session, SERVICE, lines, at=at, hasher=HASHER) == 1
    assert len(states(given)) == 3


@pytest.mark.parametrize("line", ["court", "A" * 65, "élève-2026", "RSA;2026;0001", "\x00" * 9])
def test_a_line_that_is_no_code_is_refused_by_its_number_without_being_told(
    engine: Engine, at: datetime, line: str
) -> None:
    with reading(engine) as session, pytest.raises(InvalidCodeFileError) as refused:
        registration.add(session, SERVICE, ["RSA-2026-0001", line], at=at, hasher=HASHER)
    assert str(refused.value).startswith("ligne 2")
    assert line not in str(refused.value)


def test_used_and_revoked_codes_are_forgotten_after_a_month_and_stay_refused(
    given: Engine, at: datetime
) -> None:
    with writing(given) as session:
        registration.use(session, registration.code_hash(SERVICE, CODE, HASHER), at=at)
    for days, left in ((29, 2), (30, 1)):
        with writing(given) as session:
            forget_expired(session, at + timedelta(days=days))
        assert len(states(given)) == left
    with reading(given) as session, pytest.raises(RegistrationCodeError):
        CHECK.verify(session, SERVICE, CODE, {})


# The commands

Kiosk = Callable[..., Result]


@pytest.fixture
def kiosk(tmp_path: Path, texts_dir: Path, database_url: str) -> Kiosk:
    environ = {
        "KIOSK_MODE": "demonstration",
        "KIOSK_SECRET_KEY": "0123456789abcdef" * 4,
        "DATABASE_URL": database_url,
        "KIOSK_DATA_DIR": str(tmp_path / "var"),
        "KIOSK_TEXTS_DIR": str(texts_dir),
    }

    def run(*words: str, **changes: object) -> Result:
        return CliRunner().invoke(main, ("registration", *words), env=environ, **changes)  # type: ignore[arg-type]

    assert CliRunner().invoke(main, ["setup"], env=environ).exit_code == 0
    return run


@pytest.mark.requirement("M-08")
def test_the_publisher_adds_lists_and_revokes_codes_from_a_terminal(
    kiosk: Kiosk, tmp_path: Path, database_url: str
) -> None:
    file = tmp_path / "codes.txt"
    file.write_text(f"{CODE}\nRSA-2026-0002\n", encoding="utf-8-sig")
    added = kiosk("import", str(file), "--service", SERVICE)
    assert (added.exit_code, added.output.startswith("2 code(s) ajouté(s).")) == (0, True)
    assert kiosk("import", "-", "--service", SERVICE, input="RSA-2026-0003\n").output.startswith("1 code")
    listed = json.loads(kiosk("list", "--service", SERVICE, "--json").output)
    assert [one["state"] for one in listed] == ["free"] * 3
    assert kiosk("revoke", listed[0]["id"], "--service", SERVICE).exit_code == 0
    again = kiosk("revoke", listed[0]["id"], "--service", SERVICE)
    assert (again.exit_code, "aucun code libre" in again.stderr) == (2, True)
    said = kiosk("list", "--service", SERVICE).output
    assert said.endswith("2 libre(s), 0 utilisé(s), 1 révoqué(s).\n")
    assert "RSA" not in said
    engine = make_engine(database_url)
    with reading(engine) as session:  # what the command keeps is what the web process looks for
        check = CodeCheck(keyed_hasher("0123456789abcdef" * 4))
        good = [code for code in (CODE, "RSA-2026-0002", "RSA-2026-0003") if _is_good(check, session, code)]
    engine.dispose()
    assert len(good) == 2


def _is_good(check: CodeCheck, session: object, code: str) -> bool:
    try:
        check.verify(session, SERVICE, code, {})  # type: ignore[arg-type]
    except RegistrationCodeError:
        return False
    return True


@pytest.mark.parametrize(
    ("content", "service", "said"),
    [
        (b"court\n", SERVICE, "ligne 1"),
        (b"RSA-2026-0001\n\xff\n", SERVICE, "ligne 2"),
        (b"RSA-2026-0001\n", "portail", "aucun code d’inscription n’est demandé par « portail »"),
    ],
)
def test_a_file_of_codes_that_is_wrong_changes_nothing(
    kiosk: Kiosk, tmp_path: Path, content: bytes, service: str, said: str
) -> None:
    file = tmp_path / "codes.txt"
    file.write_bytes(content)
    result = kiosk("import", str(file), "--service", service)
    assert result.exit_code == 2
    assert said in result.stderr
    assert kiosk("list", "--service", SERVICE, "--json").output == "[]\n"
