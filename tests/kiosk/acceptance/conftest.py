"""What tests of the decision share: versions made for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.loader import load
from kiosk.db import writing
from kiosk.notices import publication
from tests.kiosk.web import Site


@pytest.fixture
def publish_text(site: Site) -> Callable[[str, bytes], None]:
    """Publish a text as a version of the fictional service, a minute after the last one."""

    def publish(slug: str, text: bytes) -> None:
        site.clock.move(minutes=1)
        corpus = load(site.settings.texts_dir)
        held = corpus.version("demonstration/cgu/v7")
        draft = replace(
            held,
            address=replace(held.address, slug=slug),
            text=text,
            text_hash=text_hash(text),
            metadata=replace(held.metadata, label=slug, summary=None, rules=()),
        )
        with writing(site.engine) as session:
            publication.publish(
                session,
                corpus.service("demonstration"),
                draft,
                environment="demonstration",
                reason=f"Motif de {slug}.",
                at=site.clock(),
            )

    return publish
