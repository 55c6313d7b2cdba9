"""The processor time that processes have used, from /proc (proc_pid_stat(5)), in seconds."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _OWN, _WITH_CHILDREN = 1, slice(11, 13), slice(11, 15)
"""Where the fields stand that follow the name of a process."""


def own(process: int) -> float:
    """Return what a process has used itself."""
    return sum(map(int, _fields(Path(f"/proc/{process}"))[_OWN])) / _TICKS


def below(process: int) -> float:
    """Return what the processes have used that descend from one, itself and its ended children left out."""
    parents = {}
    used = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = _fields(folder)
        except OSError:  # it has just ended
            continue
        parents[int(folder.name)] = int(fields[_PARENT])
        used[int(folder.name)] = sum(map(int, fields[_WITH_CHILDREN])) / _TICKS
    return sum(seconds for one, seconds in used.items() if _descends(one, process, parents))


def _descends(one: int, process: int, parents: dict[int, int]) -> bool:
    above = parents.get(one)
    while above is not None and above != process:
        above = parents.get(above)
    return above == process


def _fields(folder: Path) -> list[str]:
    return (folder / "stat").read_text().rpartition(")")[2].split()
