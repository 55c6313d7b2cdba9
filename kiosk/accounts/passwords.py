"""Passwords: what a rule asks, what everybody tries first, and the slow hash that is kept."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import cache
from importlib.resources import files
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from cgu_archive.corpus.rules import PasswordRule

MAX_LENGTH = 256
"""Characters; more is refused rather than cut."""
_MIN_STEM = 4
_RUN = 4
"""Length from which characters that follow each other count as one."""

# OWASP and ASVS 5.0 appendix C: argon2id, at least 46 MiB and one pass.
_hasher = PasswordHasher(time_cost=2, memory_cost=47_104, parallelism=1)
_at_once = BoundedSemaphore(4)
"""Bounds the memory that sign-ins take in one process."""
_UNKNOWN_ACCOUNT = _hasher.hash("nobody has this password")

_LEET = str.maketrans("013457@$!", "oieastasi")
_SEQUENCES = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "azertyuiop", "qsdfghjklm", "wxcvbn",
    "qwertyuiop", "asdfghjkl", "zxcvbnm",
)  # fmt: skip


class Problem(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    TOO_FEW_KINDS = "too-few-kinds"
    COMMON = "common"


def hashed(password: str) -> str:
    """Return the argon2id hash of `password`."""
    with _at_once:
        return _hasher.hash(_canonical(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Whether `password` has that hash; as slow for None, an account that does not exist."""
    with _at_once:
        try:
            _hasher.verify(password_hash or _UNKNOWN_ACCOUNT, _canonical(password)[:MAX_LENGTH])
        except (VerifyMismatchError, InvalidHashError):
            return False
    return password_hash is not None


def problems(password: str, rule: PasswordRule, own_words: tuple[str, ...] = ()) -> tuple[Problem, ...]:
    """Return why `rule` refuses `password`, nothing when it does not.

    `own_words` are words easily guessed for this person: the address, the name of the service.
    """
    password = _canonical(password)
    found = []
    if len(password) < rule.length:
        found.append(Problem.TOO_SHORT)
    if len(password) > MAX_LENGTH:
        found.append(Problem.TOO_LONG)
    if kinds(password) < rule.classes:
        found.append(Problem.TOO_FEW_KINDS)
    if not found and _is_common(password, own_words):
        found.append(Problem.COMMON)
    return tuple(found)


def kinds(password: str) -> int:
    """Return how many of the four kinds `password` has: upper case, lower case, digit, special."""
    seen = set()
    for character in password:
        if character.isupper():
            seen.add("upper")
        elif character.islower():
            seen.add("lower")
        elif character.isdigit():
            seen.add("digit")
        else:
            seen.add("special")
    return len(seen)


def _canonical(password: str) -> str:
    """Return one form for what two keyboards may encode differently."""
    return unicodedata.normalize("NFC", password)


def _is_common(password: str, own_words: tuple[str, ...]) -> bool:
    """Whether little is left of `password` without common words, runs, years and decorations."""
    plain = unicodedata.normalize("NFKD", password.casefold()).encode("ascii", "ignore").decode()
    own = {part for word in own_words for part in re.split(r"[^a-z]+", word.casefold())}
    words = sorted((_common_words() | own) - {""}, key=len, reverse=True)
    if plain in _common_words():
        return True
    return any(_remainder(form, words) < _MIN_STEM for form in (plain, plain.translate(_LEET)))


def _remainder(text: str, words: list[str]) -> int:
    """Return how many different characters of `text` remain once what is guessed first is taken away."""
    for word in words:
        if len(word) >= _MIN_STEM:
            text = text.replace(word, " ")
    text = re.sub(r"(?:19|20)\d\d", " ", text)
    text = _without_runs(text)
    letters = re.findall(r"[a-z]", text)
    others = re.findall(r"[^a-z\s]", text)
    return len(set(letters)) + len(set(others)) // 3


def _without_runs(text: str) -> str:
    for sequence in (*_SEQUENCES, *(line[::-1] for line in _SEQUENCES)):
        for length in range(len(sequence), _RUN - 1, -1):
            for start in range(len(sequence) - length + 1):
                text = text.replace(sequence[start : start + length], " ")
    return re.sub(r"(.)\1{2,}", " ", text)


@cache
def _common_words() -> frozenset[str]:
    lines = files("kiosk.accounts").joinpath("common_words.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
