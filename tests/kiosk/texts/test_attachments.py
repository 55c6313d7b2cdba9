"""Attachments of versions that come from files: kept when they are registered, refused when they are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from cgu_archive.corpus.loader import load
from kiosk.db import reading, writing
from kiosk.ledger.deviations import DeviationError
from kiosk.ledger.rows import snapshot
from kiosk.texts import attachments, audit, registering, services
from kiosk.texts.errors import LostAttachmentError, PublicationRefusedError
from kiosk.texts.models import AttachedFile
from tests.builders import a_metadata, an_attachment, beside, write_draft, write_published, write_service
from tests.kiosk.ledger.tampering import tamper
from tests.postgres import ON_SQLITE

pytestmark = ON_SQLITE

GUIDE = b"Un guide.\n"
ONE = an_attachment("guide.txt", "Guide", GUIDE)
DRAFT = a_metadata(published_at=None, archived_on=None, attachments=(ONE,))


def test_what_files_announce_is_registered_with_its_bytes_once(
    tmp_path: Path, engine: Engine, at: datetime
) -> None:
    write_service(tmp_path)
    write_published(tmp_path, metadata=DRAFT, files=beside((ONE, GUIDE)))
    text = "# Conditions\n\n## Article 1\n\nAutrement dit.\n"
    write_published(tmp_path, "mairie/cgu/v2", text, metadata=DRAFT, files=beside((ONE, GUIDE)))
    with writing(engine) as session:
        assert len(registering.sync(session, load(tmp_path), "demonstration", at)) == 2
    with reading(engine) as session:
        assert session.scalars(select(AttachedFile.hash)).all() == [ONE.sha256]
        (row, _) = services.history(session, "mairie", "cgu")
        assert attachments.contents(session, services.metadata(row)) == {"guide.txt": GUIDE}
        with pytest.raises(LostAttachmentError):
            attachments.content(session, "0" * 64)


def test_a_draft_whose_attachment_changed_or_is_kept_nowhere_is_not_registered(
    tmp_path: Path, engine: Engine, at: datetime
) -> None:
    write_service(tmp_path)
    write_draft(tmp_path, metadata=DRAFT, files=beside((ONE, GUIDE)))
    corpus = load(tmp_path)
    draft, service = corpus.version("mairie/cgu/v1"), corpus.service("mairie")
    draft.attached[0].write_bytes(GUIDE.upper())
    for one, said in ((draft, "empreinte attendue"), (replace(draft, attached=()), "conservé ici")):
        with writing(engine) as session, pytest.raises(PublicationRefusedError, match=said):
            registering.record_publication(
                session, service, one, environment="demonstration", reason=None, at=at
            )
    with reading(engine) as session:
        assert services.history(session, "mairie", "cgu") == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM attached_file", "« guide.txt » de mairie/cgu/v1, 10 octets, trouvé rien"),
        ("UPDATE attached_file SET content = x'23'", ONE.sha256),
        ("UPDATE attached_file SET size = 9", ONE.sha256),
    ],
)
def test_an_audit_finds_an_attachment_that_is_lost_or_another(
    tmp_path: Path, engine: Engine, at: datetime, change: str, said: str
) -> None:
    write_service(tmp_path)
    write_published(tmp_path, metadata=DRAFT, files=beside((ONE, GUIDE)))
    with writing(engine) as session:
        registering.sync(session, load(tmp_path), "demonstration", at)
    with snapshot(engine) as session:
        assert audit.audit(session) == 1
    tamper(engine, change)
    with snapshot(engine) as session, pytest.raises(DeviationError, match=said) as found:
        audit.audit(session)
    assert found.value.table == "attached_file"
