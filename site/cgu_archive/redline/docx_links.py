"""The links of a Word document: only those that may be."""

from __future__ import annotations

import re
from html import escape

from cgu_archive.corpus.comparison import MarkKind
from cgu_archive.corpus.comparison.marks import Worn
from cgu_archive.rendering import LinkPolicy

_CHARACTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]{1,4})?"
    rf"(?:/(?:{_CHARACTER}|/)*)?(?:\?(?:{_CHARACTER}|[/?])*)?(?:#(?:{_CHARACTER}|[/?])*)?"
    r"|mailto:[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+"
)
"""What is surely an address: Word refuses a whole file for one that is not."""


class Links:
    """Says what is a link, and gives each target its name in the file."""

    def __init__(self, policy: LinkPolicy | None) -> None:
        self._policy = policy
        self._names: dict[str, str] = {}

    @property
    def targets(self) -> dict[str, str]:
        """The targets of the links written up to now, as XML, by the name each has in the file."""
        return {name: escape(target) for target, name in self._names.items()}

    def shown(self, worn: Worn) -> Worn:
        """Return `worn` without the links that may not be."""
        return frozenset(mark for mark in worn if mark[0] is not MarkKind.LINK or self._allows(mark[1]))

    def around(self, worn: Worn, runs: str) -> str:
        """Return `runs`, which wear `worn` (as `shown`), as a link if they are one."""
        target = link_of(worn)
        if not target or not runs:
            return runs
        name = self._names.setdefault(target, f"lien{len(self._names) + 1}")
        return f'<w:hyperlink r:id="{name}" w:history="1">{runs}</w:hyperlink>'

    def _allows(self, target: str) -> bool:
        if self._policy is None or not self._policy.allows(target):
            return False
        return _ADDRESS.fullmatch(target) is not None


def link_of(worn: Worn) -> str:
    """Return where words point, if anywhere."""
    return next((target for kind, target in sorted(worn) if kind is MarkKind.LINK), "")


def without_links(worn: Worn) -> Worn:
    """Return `worn` without any link."""
    return frozenset(mark for mark in worn if mark[0] is not MarkKind.LINK)
