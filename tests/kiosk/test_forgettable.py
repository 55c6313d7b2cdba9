"""What cannot be deleted holds nothing of a person: the columns of every insert-only table, one by one."""

from __future__ import annotations

import pytest

from kiosk.acceptance.models import (
    Contestation,
    Decision,
    ReceiptCode,
    RepresentativeRequest,
    ScreenFile,
    ScreenRow,
    Subject,
)
from kiosk.accounts.models import (
    Account,
    AccountField,
    Attempt,
    BarredAddress,
    Closure,
    ConsentChange,
    IncidentReport,
    IncidentWords,
    RecoveryCode,
    RecoveryRequest,
    RegistrationCode,
    SignIn,
    Verification,
)
from kiosk.administration.models import SecurityNotice
from kiosk.db import Base
from kiosk.evidence.models import EvidenceAct, EvidenceRequest, EvidenceWords
from kiosk.ledger.models import (
    AdministrationAct,
    CheckpointRow,
    ClockObservation,
    ComparisonShown,
    CosignatureRow,
    Disclosure,
    LeafRow,
    Pending,
    StampAttempt,
    StatementRow,
    TileRow,
    TokenRow,
)
from kiosk.legal_desk.models import (
    Draft,
    DraftAct,
    DraftRevision,
    ReadingLink,
    ReceivedFile,
)
from kiosk.notices.models import Announcement, AnnouncementAct, NotificationRow, Reminder, Task
from kiosk.retention.models import ArchivedDisclosure, ErasedStatement, LegalHold, RightsRequest
from kiosk.sanctions.models import SanctionAct, SanctionProposal
from kiosk.staff.models import (
    ActWords,
    Officer,
    OfficerCode,
    OfficerKey,
    OfficerRecord,
    OfficerRole,
    OfficerSession,
    OfficerTotp,
    SearchSalt,
)
from kiosk.texts.models import AttachedFile, CancelledVersion, LinkAct, PublishedVersion
from kiosk.traces.models import ExposureDigest, Trace

KEPT_FOR_EVER = {
    AdministrationAct: {
        "statement_hash", "record", "act", "publisher", "subject_id", "officer_id", "function", "at",
    },
    Decision: {
        "id", "subject_id", "version_id", "service", "terms", "kind", "sequence", "decided_at", "form_id",
        "statement_hash",
    },
    ScreenRow: {"hash", "release", "files", "kept_at", "statement_hash"},
    ScreenFile: {"hash", "body"},
    Contestation: {"id", "subject_id", "about", "contested_at", "form_id", "statement_hash"},
    NotificationRow: {
        "statement_hash", "subject_id", "about", "purpose", "channel", "state", "handed_at", "message",
    },
    Announcement: {
        "version_id", "publisher", "announced_at", "not_before", "cursor", "told", "ended_at", "stopped_at",
    },
    AnnouncementAct: {"version_id", "sequence", "act", "function", "reason", "at", "had_left"},
    ExposureDigest: {"day", "statement_hash", "last_trace_id"},
    StatementRow: {"hash", "kind", "body", "recorded_at"},
    ComparisonShown: {"hash", "body", "created_at"},
    LeafRow: {"leaf_index", "statement_hash", "leaf_hash"},
    TileRow: {"level", "number", "hashes", "root"},
    CheckpointRow: {"size", "root", "note", "made_at"},
    TokenRow: {"size", "authority", "serial", "token", "token_at", "received_at", "usable"},
    CosignatureRow: {"size", "name", "key_id", "line", "received_at"},
    Closure: {"publisher", "services"},
    SecurityNotice: {
        "id", "publisher", "service", "subject", "body", "officer_id", "function", "written_at",
        "confirmed_by", "confirmed_function", "confirmed_at", "not_before", "stopped_at", "cursor",
        "told", "ended_at",
    },
    ClockObservation: {"id", "at", "kind", "source", "offset_ms"},
    ErasedStatement: {"statement_hash", "erasure_hash"},
    IncidentReport: {"id", "publisher", "services", "address", "received_at"},
    EvidenceRequest: {
        "id", "publisher", "subject_id", "service", "officer_id", "function", "asked_at", "expires_at",
        "words_hash",
    },
    EvidenceAct: {"request_id", "sequence", "act", "officer_id", "function", "at", "size", "bundle_hash"},
    OfficerRecord: {
        "officer_id", "sequence", "publisher", "function", "at", "act", "criterion", "value_hash", "found",
        "about",
    },
    SanctionAct: {
        "id", "procedure_id", "sequence", "publisher", "subject_id", "service", "terms", "version_id",
        "provision", "act", "measure", "right_name", "ground", "until", "answer_by", "days", "reached_on",
        "officer_id", "function", "at", "form_id", "statement_hash",
    },
    Draft: {"id", "publisher", "service", "terms", "slug", "corrects", "opened_at"},
    DraftRevision: {
        "draft_id", "number", "text", "text_hash", "contractual", "metadata_hash", "received_id",
        "officer_id", "function", "at",
    },
    DraftAct: {
        "draft_id", "number", "act", "revision", "content_hash", "officer_id", "function", "at", "place",
        "about", "due_at", "version_id", "form_id", "statement_hash",
    },
    AttachedFile: {"hash", "size", "content", "at"},
    CancelledVersion: {"version_id", "at", "reason", "statement_hash"},
    ReadingLink: {"token_hash", "draft_id", "act_number", "expires_at", "closed_at", "first_read_at"},
    LinkAct: {
        "service", "number", "url", "act", "reason", "officer_id", "function", "at", "form_id", "standing",
    },
    Reminder: {
        "version_id", "number", "publisher", "officer_id", "function", "asked_at", "cursor", "told",
        "ended_at", "stopped_at",
    },
    PublishedVersion: {
        "id", "service", "terms", "slug", "sequence", "label", "text", "text_hash", "contractual",
        "metadata_hash", "published_at", "effective_at", "required_at", "registered_at", "statement_hash",
    },
}  # fmt: skip
PERSONAL = {
    model.__tablename__
    for model in (
        Account, AccountField, ActWords, ConsentChange, RegistrationCode, SignIn, Verification, Attempt,
        Subject, Disclosure, Task, Trace, ArchivedDisclosure, ReceiptCode, RepresentativeRequest,
        BarredAddress, RightsRequest, LegalHold,
        Officer, OfficerCode, OfficerKey, OfficerRole, OfficerSession, OfficerTotp,
        EvidenceWords, ReceivedFile, SearchSalt, IncidentWords, RecoveryCode, RecoveryRequest,
        SanctionProposal,
    )
}  # fmt: skip
"""Tables that a deletion or a purge may reach."""
UNDER_WAY = {model.__tablename__ for model in (Pending, StampAttempt)}
"""Tables of work that is not done yet: they empty by themselves and say nothing of a person."""


@pytest.mark.parametrize("model", KEPT_FOR_EVER, ids=lambda model: model.__tablename__)
def test_a_table_that_keeps_for_ever_has_only_columns_that_say_nothing_of_a_person(model: type[Base]) -> None:
    assert set(model.__table__.columns.keys()) == KEPT_FOR_EVER[model]


def test_every_table_is_either_kept_for_ever_or_forgettable() -> None:
    kept = {model.__tablename__ for model in KEPT_FOR_EVER}
    assert set(Base.metadata.tables) == kept | PERSONAL | UNDER_WAY


def test_no_kept_table_points_at_a_forgettable_one() -> None:
    for model in KEPT_FOR_EVER:
        pointed = {key.column.table.name for key in model.__table__.foreign_keys}
        assert pointed.isdisjoint(PERSONAL)
