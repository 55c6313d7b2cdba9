"""The links of a Word document: only those that may be."""

from __future__ import annotations

import re
from html import escape

from cgu_archive.rendering import LinkPolicy

_CHARACTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]{1,4})?"
    rf"(?:/(?:{_CHARACTER}|/)*)?(?:\?(?:{_CHARACTER}|[/?])*)?(?:#(?:{_CHARACTER}|[/?])*)?"
    r"|mailto:[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+"
)
"""What is surely an address: Word refuses a whole file for one that is not."""


class Targets:
    """Says what is a link, and gives each target its name in the file."""

    def __init__(self, policy: LinkPolicy | None) -> None:
        self._policy = policy
        self._names: dict[str, str] = {}

    @property
    def targets(self) -> dict[str, str]:
        """The targets of the links written up to now, as XML, by the name each has in the file."""
        return {name: escape(target) for target, name in self._names.items()}

    def allows(self, target: str) -> bool:
        """Whether `target` may be a link: the policy has it so, and Word reads it."""
        if self._policy is None or not self._policy.allows(target):
            return False
        return _ADDRESS.fullmatch(target) is not None

    def link(self, target: str, runs: str) -> str:
        """Return `runs` as a link to `target`, which may be one; as they are when it is empty."""
        if not target or not runs:
            return runs
        name = self._names.setdefault(target, f"lien{len(self._names) + 1}")
        return f'<w:hyperlink r:id="{name}" w:history="1">{runs}</w:hyperlink>'
