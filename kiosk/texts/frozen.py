"""Read back the metadata frozen with a version: the canonical JSON of `Metadata.contractual()`."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from cgu_archive.corpus.dates import PartialDate
from cgu_archive.corpus.model import Approval, Homologation, Metadata, Origin, Source
from cgu_archive.corpus.rules import Rule, RuleKind
from kiosk.texts.errors import FrozenMetadataError

FORMAT = "cgu-metadata/1"


def metadata(contractual: bytes) -> Metadata:
    """Return the metadata whose canonical JSON is `contractual`; raises `FrozenMetadataError`."""
    try:
        return _metadata(json.loads(contractual))
    except (ValueError, TypeError, KeyError) as error:
        raise FrozenMetadataError(f"frozen metadata: {FORMAT} expected ({error!r})") from error


def rules(contractual: bytes) -> tuple[Rule, ...]:
    """Return the rules frozen with a version; raises `FrozenMetadataError`."""
    return metadata(contractual).rules


def _metadata(whole: dict[str, Any]) -> Metadata:
    if whole["format"] != FORMAT:
        raise ValueError(whole["format"])
    return Metadata(
        label=whole["label"],
        origin=Origin(whole["origin"]),
        declared_on=PartialDate.parse(whole["declared_on"]) if whole["declared_on"] else None,
        approved_on=_day(whole["approved_on"]),
        published_at=datetime.fromisoformat(whole["published_at"]) if whole["published_at"] else None,
        effective_on=_day(whole["effective_on"]),
        required_on=_day(whole["required_on"]),
        archived_on=_day(whole["archived_on"]),
        approval=_approval(whole["approval"]),
        homologation=_homologation(whole["homologation"]),
        reason=whole["reason"],
        reason_kind=whole["reason_kind"],
        summary=whole["summary"],
        corrects=whole["corrects"],
        source=_source(whole["source"]),
        transcription=whole["transcription"],
        rules=tuple(_rule(rule) for rule in whole["rules"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _approval(whole: dict[str, str] | None) -> Approval | None:
    return Approval(whole["body"], date.fromisoformat(whole["on"])) if whole else None


def _homologation(whole: dict[str, str] | None) -> Homologation | None:
    return Homologation(whole["act"], date.fromisoformat(whole["on"])) if whole else None


def _source(whole: dict[str, str] | None) -> Source | None:
    if whole is None:
        return None
    return Source(whole["file"], date.fromisoformat(whole["received_on"]), whole["hash"])


def _rule(whole: dict[str, Any]) -> Rule:
    return Rule(whole["id"], RuleKind(whole["kind"]), whole["value"], whole["at"], whole["quote"])
