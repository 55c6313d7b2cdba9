"""Publishing, registering and finding versions, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from cgu_archive.corpus.dates import start_of_day
from cgu_archive.corpus.hashing import metadata_hash, text_hash
from cgu_archive.corpus.model import Address, Corpus, Origin, Version
from cgu_archive.corpus.timeline import current as archive_current
from kiosk.db import make_engine, reading, writing
from kiosk.ledger import services as ledger
from kiosk.ledger.models import Pending, StatementRow
from kiosk.notices import announcements, publication
from kiosk.notices.models import Announcement, Task
from kiosk.texts import drafting, registering, services
from kiosk.texts.errors import (
    FrozenMetadataError,
    PublicationConflictError,
    PublicationRefusedError,
    SyncRefusedError,
    UnknownVersionError,
)
from kiosk.texts.models import PublishedVersion
from tests.kiosk.texts.making import DRAFT, SERVICE, copy, draft, reload


def publish(engine: Engine, corpus: Corpus, at: datetime, **changes: object) -> PublishedVersion:
    service, version = draft(corpus)
    version = replace(version, **changes)
    with writing(engine) as session:
        return publication.publish(session, service, version, environment="demonstration", reason=None, at=at)


@pytest.fixture
def synced(engine: Engine, corpus: Corpus, at: datetime) -> Engine:
    with writing(engine) as session:
        registering.sync(session, corpus, "demonstration", at)
    return engine


def count(engine: Engine, model: type) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_sync_registers_every_published_version_once(engine: Engine, corpus: Corpus, at: datetime) -> None:
    published = [version for _, _, version in corpus.versions() if version.published]
    assert published
    with writing(engine) as session:
        added = registering.sync(session, corpus, "demonstration", at)
        assert [services.address(row) for row in added] == [version.address for version in published]
    with writing(engine) as session:
        assert registering.sync(session, corpus, "demonstration", at) == []
    assert count(engine, StatementRow) == count(engine, Pending) == len(published)


def test_what_was_received_is_an_accession_and_has_no_date_of_publication(synced: Engine) -> None:
    with reading(synced) as session:
        row = services.by_address(session, Address("soffi", "cgu", "sans-date-1"))
        statement = ledger.get(session, row.statement_hash)
    assert statement.members["kind"] == "accession"
    assert statement.members["document"]["text_hash"] == row.text_hash
    assert row.published_at is None


def test_what_was_published_by_files_is_a_publication_of_its_own_date(synced: Engine, corpus: Corpus) -> None:
    version = corpus.version("demonstration/cgu/v1")
    with reading(synced) as session:
        row = services.by_address(session, version.address)
        statement = ledger.get(session, row.statement_hash)
    assert statement.members["kind"] == "publication"
    assert row.published_at == version.metadata.published_at


@pytest.mark.requirement("P-10", "T-05")
def test_one_changed_byte_of_a_published_text_is_refused(
    engine: Engine, texts_dir: Path, tmp_path: Path, at: datetime
) -> None:
    texts = copy(texts_dir, tmp_path / "textes")
    file = texts / "portail/cgu/2024-01/texte.md"
    file.write_bytes(file.read_bytes().replace(b"e", b"E", 1))
    with pytest.raises(SyncRefusedError, match="portail/cgu/2024-01"), writing(engine) as session:
        registering.sync(session, reload(texts), "demonstration", at)
    assert count(engine, PublishedVersion) == 0


@pytest.mark.requirement("P-10", "T-05")
def test_text_and_hashes_changed_together_are_refused_too(
    synced: Engine, corpus: Corpus, at: datetime
) -> None:
    version = corpus.version("portail/cgu/2024-01")
    digest = text_hash(version.text + b" ")
    forged = replace(version, text=version.text + b" ", text_hash=digest, written_text_hash=digest)
    service = corpus.service("portail")
    terms = replace(service.document("cgu"), versions=(forged,))
    altered = replace(corpus, services=(replace(service, terms=(terms,)),))
    with pytest.raises(SyncRefusedError, match="diffèrent"), writing(synced) as session:
        registering.sync(session, altered, "demonstration", at)


def test_a_publisher_is_not_given_a_fictional_service(engine: Engine, corpus: Corpus, at: datetime) -> None:
    with pytest.raises(SyncRefusedError, match="imaginaire"), writing(engine) as session:
        registering.sync(session, corpus, "publisher", at)


@pytest.mark.requirement("P-13", "T-08", "S-17")
def test_a_publication_takes_effect_at_the_instant_it_is_put_online(
    synced: Engine, corpus: Corpus, at: datetime
) -> None:
    with reading(synced) as session:
        before = services.current(session, SERVICE, "cgu", at)
    row = publish(synced, corpus, at)
    assert row.published_at == row.effective_at == at.replace(microsecond=0)
    with reading(synced) as session:
        now = services.current(session, SERVICE, "cgu", at)
        earlier = services.current(session, SERVICE, "cgu", at - timedelta(seconds=2))
    assert now is not None
    assert before is not None
    assert earlier is not None
    assert (now.id, earlier.id) == (row.id, before.id)


def test_a_publication_is_a_row_a_statement_an_announcement_and_three_tasks(
    synced: Engine, corpus: Corpus, at: datetime
) -> None:
    row = publish(synced, corpus, at)
    with reading(synced) as session:
        statement = ledger.get(session, row.statement_hash)
        tasks = session.scalars(select(Task).order_by(Task.id)).all()
        announced = session.get_one(Announcement, row.id)
    assert [(task.kind, task.payload, task.due_at) for task in tasks] == [
        ("project", {"version_id": row.id}, at),
        ("build", {"version_id": row.id}, at),
        ("announce", {"version_id": row.id}, announced.not_before),
    ]
    assert announced.not_before == at + announcements.HOLD
    assert statement.members["document"]["metadata_hash"] == row.metadata_hash
    assert statement.members["dates"]["published_at"] == "2026-11-22T08:00:00Z"
    assert statement.members["environment"] == "demonstration"


def test_nothing_of_a_publication_stays_when_its_transaction_fails(
    synced: Engine, corpus: Corpus, at: datetime
) -> None:
    service, version = draft(corpus)
    held = count(synced, StatementRow)

    def fail_after_publishing() -> None:
        with writing(synced) as session:
            publication.publish(session, service, version, environment="demonstration", reason=None, at=at)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_publishing()
    assert count(synced, StatementRow) == held
    assert count(synced, Task) == 0


def test_metadata_is_read_back_as_it_was_frozen(synced: Engine, corpus: Corpus, at: datetime) -> None:
    row = publish(synced, corpus, at)
    with reading(synced) as session:
        for held in [
            *services.history(session, "ocapiat", "cgu"),
            *services.history(session, "monjob62", "cgu"),
        ]:
            version = corpus.version(services.address(held))
            assert services.metadata(held) == version.metadata
            assert services.rules(held) == version.metadata.rules
    assert metadata_hash(services.metadata(row).contractual()) == row.metadata_hash
    assert services.reason(row) == draft(corpus)[1].metadata.reason
    assert services.metadata(row).archived_on == date(2026, 11, 22)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"format": "cgu-metadata/2"}'])
def test_unreadable_metadata_is_said_so(raw: bytes) -> None:
    with pytest.raises(FrozenMetadataError):
        services.rules(PublishedVersion(contractual=raw, metadata_hash=text_hash(raw)))


@pytest.mark.requirement("P-10", "T-05")
def test_a_published_address_is_never_published_again(synced: Engine, corpus: Corpus, at: datetime) -> None:
    publish(synced, corpus, at)
    with pytest.raises(PublicationRefusedError, match="déjà publiée"):
        publish(synced, corpus, at, text=b"# Autre\n", text_hash=text_hash(b"# Autre\n"))


def test_the_same_words_are_not_published_twice(synced: Engine, corpus: Corpus, at: datetime) -> None:
    publish(synced, corpus, at)
    with pytest.raises(PublicationRefusedError, match="exactement le texte de « demonstration/cgu/v7 »"):
        publish(synced, corpus, at, address=Address(SERVICE, "cgu", "v8"))


@pytest.mark.requirement("P-09", "O-54")
@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_publication_without_a_reason_is_refused(
    synced: Engine, corpus: Corpus, at: datetime, reason: str | None
) -> None:
    service, version = draft(corpus)
    version = replace(version, metadata=replace(version.metadata, reason=None))
    with pytest.raises(PublicationRefusedError, match="motif"), writing(synced) as session:
        publication.publish(session, service, version, environment="demonstration", reason=reason, at=at)


def test_a_text_that_no_longer_says_what_its_rules_quote_is_refused(
    synced: Engine, corpus: Corpus, at: datetime
) -> None:
    text = draft(corpus)[1].text.replace(
        "au moins douze caractères".encode(), "plusieurs caractères".encode()
    )
    with pytest.raises(PublicationRefusedError, match="longueur du mot de passe"):
        publish(synced, corpus, at, text=text, text_hash=text_hash(text))


def test_a_date_of_effect_already_past_is_refused(synced: Engine, corpus: Corpus, at: datetime) -> None:
    metadata = replace(draft(corpus)[1].metadata, effective_on=date(2026, 11, 21))
    with pytest.raises(PublicationRefusedError, match="déjà passée"):
        publish(synced, corpus, at, metadata=metadata)


def test_a_grace_period_that_ends_before_the_effect_is_refused(
    synced: Engine, corpus: Corpus, at: datetime
) -> None:
    metadata = replace(draft(corpus)[1].metadata, effective_on=date(2027, 1, 2), required_on=date(2027, 1, 1))
    with pytest.raises(PublicationRefusedError):
        publish(synced, corpus, at, metadata=metadata)


def test_a_version_of_another_service_is_refused(synced: Engine, corpus: Corpus, at: datetime) -> None:
    with pytest.raises(PublicationRefusedError, match="n’est pas une version"):
        publish(synced, corpus, at, address=Address("soffi", "cgu", "v9"))


def test_a_version_to_come_is_upcoming_until_its_day_begins_in_paris(
    synced: Engine, corpus: Corpus, at: datetime
) -> None:
    day = date(2027, 1, 4)
    row = publish(synced, corpus, at, metadata=replace(draft(corpus)[1].metadata, effective_on=day))
    starts_at = datetime(2027, 1, 3, 23, tzinfo=UTC)
    assert row.effective_at == start_of_day(day) == starts_at
    with reading(synced) as session:
        before = starts_at - timedelta(microseconds=1)
        found = services.upcoming(session, SERVICE, "cgu", before)
        assert found is not None
        assert found.id == row.id
        current = services.current(session, SERVICE, "cgu", before)
        assert current is not None
        assert current.slug == "v6"
        assert services.upcoming(session, SERVICE, "cgu", starts_at) is None
        current = services.current(session, SERVICE, "cgu", starts_at)
        assert current is not None
        assert current.slug == "v7"


@pytest.mark.parametrize(
    "moment",
    [datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)],
)
def test_kiosk_and_archive_agree_on_the_version_to_read(
    synced: Engine, corpus: Corpus, moment: datetime
) -> None:
    with reading(synced) as session:
        for service in corpus.services:
            for terms in service.terms:
                if any(v.metadata.declared_on for v in terms.published):
                    continue  # the archive also reads the date a text declares; a kiosk asks of today
                expected = archive_current(terms, moment)
                found = services.current(session, service.slug, terms.slug, moment)
                assert (found and services.address(found)) == (expected and expected.address)


def test_history_is_in_order_of_entry(synced: Engine, corpus: Corpus) -> None:
    with reading(synced) as session:
        slugs = [row.slug for row in services.history(session, SERVICE, "cgu")]
        assert services.history(session, "inconnu", "cgu") == []
    assert slugs == [version.address.slug for version in corpus.service(SERVICE).document("cgu").published]


def test_an_unknown_version_is_said_so(synced: Engine) -> None:
    with reading(synced) as session:
        with pytest.raises(UnknownVersionError):
            services.get(session, 10_000)
        with pytest.raises(UnknownVersionError, match="v99"):
            services.by_address(session, Address(SERVICE, "cgu", "v99"))
        row = services.by_address(session, Address(SERVICE, "cgu", "v1"))
        assert services.get(session, row.id) is row


def test_services_are_read_from_the_folder(texts_dir: Path, corpus: Corpus) -> None:
    assert list(services.load_services(texts_dir)) == [service.slug for service in corpus.services]


def test_of_two_publishers_at_once_one_wins_and_the_other_is_told(
    synced: Engine, corpus: Corpus, at: datetime, database_url: str
) -> None:
    service, version = draft(corpus)
    texts = [version.text + b"\nUn.\n", version.text + b"\nDeux.\n"]
    versions = [
        replace(version, address=replace(DRAFT, slug=f"v{n}"), text=text, text_hash=text_hash(text))
        for n, text in enumerate(texts, start=8)
    ]
    ready = threading.Barrier(2, timeout=20)
    outcomes: list[str] = []

    def run(mine: Version) -> None:
        engine = make_engine(database_url)
        try:
            with writing(engine) as session:
                if engine.dialect.name == "postgresql":
                    services.current(session, SERVICE, "cgu", at)
                    ready.wait()
                publication.publish(session, service, mine, environment="demonstration", reason=None, at=at)
                outcomes.append("published")
        except PublicationConflictError:
            outcomes.append("told")
        finally:
            engine.dispose()

    threads = [threading.Thread(target=run, args=(mine,)) for mine in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(synced) as session:
        sequences = [row.sequence for row in services.history(session, SERVICE, "cgu")]
    assert sequences == list(range(1, len(sequences) + 1))
    # SQLite lets one publisher in at a time: the second then follows the first, and both are told the truth.
    assert len(outcomes) == 2
    assert outcomes.count("published") == len(sequences) - 6
    assert set(outcomes) <= {"published", "told"}


def test_the_same_draft_published_twice_at_once_is_published_once(
    synced: Engine, corpus: Corpus, at: datetime, database_url: str
) -> None:
    outcomes: list[str] = []
    ready = threading.Barrier(2, timeout=20)

    def run() -> None:
        engine = make_engine(database_url)
        ready.wait()
        try:
            publish(engine, corpus, at)
            outcomes.append("published")
        except (PublicationConflictError, PublicationRefusedError):
            outcomes.append("told")
        finally:
            engine.dispose()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["published", "told"]


def test_a_markdown_file_makes_a_draft_with_the_rules_of_the_version_before(corpus: Corpus) -> None:
    former = corpus.version("demonstration/cgu/v6").metadata
    made = drafting.from_markdown(DRAFT, b"# Texte\n", None, former)
    assert (made.metadata.label, made.metadata.rules) == ("v7", former.rules)
    assert made.metadata.origin is Origin.PUBLICATION
    assert drafting.from_markdown(DRAFT, b"# Texte\n", "7", None).metadata.rules == ()


def test_a_published_version_is_no_draft(corpus: Corpus) -> None:
    with pytest.raises(PublicationRefusedError, match="déjà publiée"):
        drafting.from_files(corpus, Address(SERVICE, "cgu", "v1"))
    assert drafting.from_files(corpus, DRAFT) == draft(corpus)[1]
