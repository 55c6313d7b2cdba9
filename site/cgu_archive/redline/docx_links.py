"""The links of a comparison as a Word document: marks on words, kept where they may be."""

from __future__ import annotations

from cgu_archive.corpus.comparison import MarkKind
from cgu_archive.corpus.comparison.marks import Worn
from cgu_archive.word.links import Targets


class Links(Targets):
    """Says which marks are links, and writes them."""

    def shown(self, worn: Worn) -> Worn:
        """Return `worn` without the links that may not be."""
        return frozenset(mark for mark in worn if mark[0] is not MarkKind.LINK or self.allows(mark[1]))

    def around(self, worn: Worn, runs: str) -> str:
        """Return `runs`, which wear `worn` (as `shown`), as a link if they are one."""
        return self.link(link_of(worn), runs)


def link_of(worn: Worn) -> str:
    """Return where words point, if anywhere."""
    return next((target for kind, target in sorted(worn) if kind is MarkKind.LINK), "")


def without_links(worn: Worn) -> Worn:
    """Return `worn` without any link."""
    return frozenset(mark for mark in worn if mark[0] is not MarkKind.LINK)
