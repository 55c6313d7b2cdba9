"""Which promises of the five texts a test proves: a pytest plugin behind `make promises`.

`requirements.csv` lists every promise. A test names those it proves with `@pytest.mark.requirement("S-05")`.
`left_to_others.csv` lists those that no code can keep, who keeps them, and why.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

ROWS = Path(__file__).with_name("requirements.csv")
LEFT = Path(__file__).with_name("left_to_others.csv")
DUTY_OF_OTHERS = "X"
"""Scope of a promise kept by people or by the service itself, not by this software."""


def rows() -> dict[str, dict[str, str]]:
    """Return every promise by its id."""
    with ROWS.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def left_to_others() -> dict[str, dict[str, str]]:
    """Return the promises that no code can keep, by their id."""
    with LEFT.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def named(item: pytest.Item) -> set[str]:
    """Return the ids of the promises that a test says it proves."""
    return {str(name) for mark in item.iter_markers("requirement") for name in mark.args}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--promises", action="store_true", help="print the promises proved, run no test")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    known = rows()
    for item in items:
        for name in sorted(named(item) - known.keys()):
            raise pytest.UsageError(f"{item.nodeid}: no promise has the id {name!r} ({ROWS.name})")
    if config.getoption("--promises"):
        config.stash[_REPORT] = report(known, items)
        items.clear()


_REPORT = pytest.StashKey[str]()


def report(known: dict[str, dict[str, str]], items: list[pytest.Item]) -> str:
    """Return the list, proved rows first, then the others with what they promise."""
    tests = defaultdict(list)
    for item in items:
        for name in named(item):
            tests[name].append(item.nodeid.split("[")[0])
    lines = ["Promises that a test proves:"]
    for name in known:
        if tests[name]:
            proofs = sorted(set(tests[name]))
            lines.append(f"  {name}  {proofs[0]}" + (f" (+{len(proofs) - 1})" if len(proofs) > 1 else ""))
    left = left_to_others()
    lines.append("Promises that no code can keep, and who does:")
    lines += [f"  {name}  {row['kept_by']}: {row['reason']}" for name, row in left.items()]
    lines.append("Promises that no test proves yet:")
    for name, row in known.items():
        if not tests[name] and name not in left:
            lines.append(f"  {name}  [{row['scope']}] {row['promise'][:90]}")
    ours = [name for name, row in known.items() if row["scope"] != DUTY_OF_OTHERS and name not in left]
    proved = sum(bool(tests[name]) for name in known)
    lines.append(
        f"{proved} of {len(known)} promises proved"
        f" ({sum(bool(tests[name]) for name in ours)} of the {len(ours)} that software can keep)."
    )
    return "\n".join(lines)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and session.config.getoption("--promises"):
        session.exitstatus = pytest.ExitCode.OK


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if _REPORT in config.stash:
        terminalreporter.write_line(config.stash[_REPORT])
