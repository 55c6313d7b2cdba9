"""Which browser a session is in, said coarsely: what it says of itself, less every version and number."""

from __future__ import annotations

import re
from collections.abc import Mapping

from werkzeug.datastructures import Headers

UNKNOWN = "other"
_MOST = 512
"""Characters of a header that are looked at."""
_BRANDS = (
    ("Microsoft Edge", "edge"), ("Opera", "opera"), ("Brave", "brave"), ("Google Chrome", "chrome"),
    ("Chromium", "chromium"),
)  # fmt: skip
"""As client hints name them, the particular before what it is made from."""
_AGENTS = (
    ("Edg", "edge"), ("OPR/", "opera"), ("Firefox/", "firefox"), ("FxiOS/", "firefox"), ("CriOS/", "chrome"),
    ("Chromium/", "chromium"), ("Chrome/", "chrome"), ("Safari/", "safari"),
)  # fmt: skip
"""As they stand in User-Agent, where each also names those that it wants to be taken for."""
_SYSTEMS = (
    ("Android", "android"), ("iPhone", "ios"), ("iPad", "ios"), ("iOS", "ios"), ("Windows", "windows"),
    ("Mac OS X", "macos"), ("macOS", "macos"), ("CrOS", "chromeos"), ("Chrome OS", "chromeos"),
    ("Linux", "linux"),
)  # fmt: skip
NAMES: Mapping[str, str] = {
    "edge": "Edge", "opera": "Opera", "brave": "Brave", "chrome": "Chrome", "chromium": "Chromium",
    "firefox": "Firefox", "safari": "Safari",
    "android": "Android", "ios": "iPhone ou iPad", "windows": "Windows", "macos": "Mac",
    "chromeos": "ChromeOS", "linux": "Linux",
}  # fmt: skip
_FAMILY = re.compile(r"[a-z]{2,16} [a-z]{2,15}")


def family(headers: Mapping[str, str] | Headers) -> str:
    """Return browser and system as two words of closed lists, such as ``firefox linux``.

    Client hints (Sec-CH-UA, Sec-CH-UA-Platform) come first, User-Agent where there are none. `other` is
    whatever is not known.
    """
    hints = headers.get("Sec-CH-UA", "")[:_MOST]
    agent = headers.get("User-Agent", "")[:_MOST]
    system = headers.get("Sec-CH-UA-Platform", "")[:_MOST] or agent
    browser = _first(hints, _BRANDS) if hints else UNKNOWN
    if browser == UNKNOWN:
        browser = _first(agent, _AGENTS)
    return f"{browser} {_first(system, _SYSTEMS)}"


def named(kept: str | None) -> tuple[str | None, str | None]:
    """Return the names of browser and system of what `family` returned; None is what is not known."""
    if kept is None or not _FAMILY.fullmatch(kept):
        return None, None
    browser, system = kept.split(" ")
    return NAMES.get(browser), NAMES.get(system)


def _first(text: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((word for mark, word in known if mark in text), UNKNOWN)
