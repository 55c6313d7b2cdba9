"""The PDF of each text, against a bare WeasyPrint render of the same words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import weasyprint

from cgu_archive.corpus import provisions
from cgu_archive.corpus.loader import load
from cgu_archive.pdf import version_pdf
from cgu_archive.rendering import LinkPolicy, text_to_html
from tests.bench.tables import noted
from tests.bench.timing import alternate
from tests.conftest import ROOT

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def measure() -> Iterator[str]:
    """Yield, for each real text, both durations and their ratio."""
    for service, terms, version in load(ROOT / "cgu_texts").versions():
        if service.fictional:
            continue
        html = text_to_html(provisions.read(version.text), LinkPolicy(), permalinks=False)

        def ours(service=service, terms=terms, version=version) -> None:  # type: ignore[no-untyped-def]
            version_pdf(
                service, terms, version, mode="documentary", at=AT, permalink="https://archive.example/"
            )

        def bare(html=html) -> None:  # type: ignore[no-untyped-def]
            weasyprint.HTML(string=html).write_pdf()

        ours()
        ours_time, bare_time = alternate(3, ours, bare)
        yield noted(f"{version.address}: PDF; bare render", f"{ours_time:.2f}; {bare_time:.2f} s")
        yield noted("   one beside the other", f"× {ours_time / bare_time:.2f}")
