"""Compare one generated pair in a process of its own, and print its peak memory in MiB."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

from cgu_archive.corpus.comparison import compare, read
from tests.bench.comparing.script import make


def main() -> None:
    """Compare the pair whose size in bytes and rate of edits stand on the command line."""
    pair = make(int(sys.argv[1]), float(sys.argv[2]), inserted=1, moved=3)
    before = _peak()
    compare(read(pair.old.encode()), read(pair.new.encode()))
    print(before, _peak())


def _peak() -> int:
    """Return the most memory this program has held, in MiB.

    Linux hands what `resource` says down from the process that started this one; ``VmHWM`` starts anew.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE)
        if found:
            return int(found[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
