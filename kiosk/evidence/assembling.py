"""Put one person's evidence together, in a ZIP of one only form (proof/README.md, « Evidence bundle »).

The ledger and its texts are read as they were at the approval; the same release gives the same bytes as long
as keys, settings, services, pictures and what opens personal fields are the same. What it takes follows from
that person's records, whatever the size of the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version as release

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import Json
from cgu_archive.corpus.model import Service
from cgu_archive.pdf import UndrawableTextError
from kiosk.config import Settings
from kiosk.evidence import gathering, online, papers, seen, services
from kiosk.evidence.errors import (
    ClosedRequestError,
    LostDecisionError,
    NotReadyError,
    UnknownPersonError,
)
from kiosk.evidence.gathering import Entry
from kiosk.evidence.papers import Decided, Missing, Story
from kiosk.evidence.past import past
from kiosk.evidence.services import Act, Request
from kiosk.ledger import comparisons, proofs, receipts, recovery
from kiosk.ledger import services as ledger
from kiosk.ledger.attestation import Aside, attestation_pdf
from kiosk.ledger.errors import SignerAwayError
from kiosk.ledger.models import StatementRow, TokenRow
from kiosk.ledger.proofs import Head
from kiosk.ledger.receipts import Hints, Openings
from kiosk.ledger.saying import DECISIONS
from kiosk.proof import bundle, by_hand, merkle, receipt, tlog_proof
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.receipt import Receipt
from kiosk.proof.statement import Kind, instant
from kiosk.texts import attachments, reading
from kiosk.texts import services as texts
from kiosk.texts.errors import LostAttachmentError
from kiosk.texts.models import PublishedVersion

ATTESTATIONS = "attestations"
COMPARISONS = "comparaisons"
NOTICES = "notifications"
RECEIPTS = "justificatifs"
TEXTS = "textes"
ATTACHED = "pieces-jointes"
CHECKPOINT = "registre/checkpoint"
RECOVERIES = "registre/reprises"


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement of the file and its receipt."""

    entry: Entry
    folder: str
    name: str
    """What its files are named."""
    raw: bytes
    held: Receipt


@dataclass(slots=True)
class _Making:
    """A bundle being made."""

    session: Session
    settings: Settings
    services: Mapping[str, Service]
    request: Request
    approved_at: datetime
    hints: Hints
    head: Head
    openings: Openings
    files: dict[str, bytes] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)


def make(
    engine: Engine,
    settings: Settings,
    offered: Mapping[str, Service],
    request: Request,
    *,
    openings: Openings = ledger.disclosures,
) -> bytes:
    """Return the bundle of an approved request; `offered` are the services of its publisher, by slug.

    `openings` finds what opens personal fields; those of a closed account stand in an archive apart.
    Raises `ClosedRequestError` when it is not approved, `NotReadyError` when the ledger does not hold what
    was approved or an attachment is lost, `LostDecisionError` when a decision that another follows is not
    there and no recovery can have lost it, `MalformedError` when it would be larger than a bundle may be.
    """
    approval = request.approval
    if approval is None or approval.size is None:
        raise ClosedRequestError("Cette demande n’est pas approuvée.")
    with past(engine, approval.size, approval.at) as session:
        head = proofs.latest(session)
        if head is None or head.size != approval.size:
            raise NotReadyError("Le registre n’a plus le point qui a été approuvé : lancez un contrôle.")
        making = _Making(
            session, settings, offered, request, approval.at, receipts.hints(settings), head, openings
        )
        return bundle.pack(_filled(making))


def _filled(making: _Making) -> dict[str, bytes]:
    session, request = making.session, making.request
    concerned = services.concerned(request, making.services)
    entries = gathering.entries(session, request.subject_id, concerned, making.openings)
    leaves = proofs.indexes(session, [one.statement.hash for one in entries])
    # What was recorded after the approval is no leaf of what was approved, whatever a clock said.
    pieces = [_piece(making, one) for one in entries if one.statement.hash in leaves]
    if len(pieces) < len(entries):
        making.missing.append(Missing("unsealed", str(len(entries) - len(pieces))))
    decided = [_decided(making, piece) for piece in pieces if piece.entry.kind is Kind.DECISION]
    if not decided:
        raise UnknownPersonError("Cette personne n’avait rien décidé quand la demande a été approuvée.")
    for piece in pieces:
        making.files[f"{piece.folder}/{piece.name}.receipt.json"] = piece.raw
        making.files |= by_hand.placed(f"{by_hand.FOLDER}/{piece.name}", by_hand.statement_files(piece.held))
    for one in decided:
        _add_attestation(making, one)
    for version in sorted({one for each in decided for one in _versions(each)}, key=lambda row: row.id):
        _add_text(making, version)
    for screen in sorted({one.entry.statement.members["screen"] for one in decided}):
        found, missing = seen.files(session, making.settings.screens_dir, screen, concerned)
        making.files |= found
        making.missing += missing
    _add_recoveries(making, pieces)
    _add_ledger(making, [piece.held for piece in pieces])
    _add_papers(making, pieces, decided)
    return making.files


def _piece(making: _Making, entry: Entry) -> Piece:
    members = entry.statement.members
    raw = receipts.best(
        making.session, entry.statement.hash, None, hints=making.hints, openings=making.openings
    )
    held = receipt.parse(raw)
    document = members.get("document") or {}
    decision = DECISIONS.get(str(members.get("decision")))
    word = decision.noun if decision else entry.kind.value
    parts = (f"{entry.at:%Y-%m-%d}", document.get("service"), word, entry.statement.hash[:12])
    folder = NOTICES if entry.kind is Kind.NOTIFICATION else RECEIPTS
    return Piece(entry, folder, "-".join(part for part in parts if part), raw, held)


def _decided(making: _Making, piece: Piece) -> Decided:
    """Return a decision with the version it is on, what it was compared with, and what was online then."""
    members = piece.entry.statement.members
    row = texts.get(making.session, piece.entry.version_id or 0)
    service = making.services[row.service]
    other = members["exposure"]["compared_with"]
    history = texts.history(making.session, row.service, row.terms) if other else []
    return Decided(
        name=piece.name,
        entry=piece.entry,
        raw=piece.raw,
        service=service,
        version=row,
        compared=next((one for one in history if one.slug == other), None),
        online=online.documents(making.session, service, piece.entry.at),
        standing=receipts.standing(making.session, piece.entry.statement.hash, making.hints.revoked),
    )


def _versions(decided: Decided) -> Iterator[PublishedVersion]:
    yield decided.version
    if decided.compared is not None:
        yield decided.compared
    for one in decided.online:
        if one.current is not None:
            yield one.current


def _add_attestation(making: _Making, decided: Decided) -> None:
    """Add the comparison that was shown, and the attestation, without seal: a seal is new each time."""
    shown = decided.entry.statement.members["exposure"]["comparison_hash"]
    compared = comparisons.get(making.session, shown) if shown else None
    if shown and compared is not None:
        making.files[f"{COMPARISONS}/{shown}.json"] = compared
    try:
        making.files[f"{ATTESTATIONS}/{decided.name}.pdf"] = attestation_pdf(
            decided.raw,
            service=decided.service,
            version=decided.version,
            person={one.field: one.value for one in decided.entry.openings},
            aside=Aside(
                compared,
                decided.standing.sealed_at,
                decided.entry.contested_at,
                decided.entry.by_organisation,
                decided.entry.by_letter,
            ),
        )
    except UndrawableTextError:
        making.missing.append(Missing("attestation", decided.name))


def _add_text(making: _Making, row: PublishedVersion) -> None:
    """Add a version: text, frozen metadata, attachments, PDF as it is kept, proof of its publication."""
    address = str(texts.address(row))
    folder = f"{TEXTS}/{address}"
    making.files[f"{folder}/texte.md"] = row.text
    making.files[f"{folder}/metadonnees.json"] = row.contractual
    try:
        attached = attachments.contents(making.session, texts.metadata(row))
    except LostAttachmentError as error:
        raise NotReadyError(str(error)) from error
    making.files |= {f"{folder}/{ATTACHED}/{name}": content for name, content in attached.items()}
    service = making.services[row.service]
    try:
        making.files[f"{folder}/texte.pdf"] = reading.pdf(
            making.session,
            service,
            service.document(row.terms),
            row,
            mode=making.settings.mode.value,
            permalink=f"{making.settings.public_url}/{service.publisher.slug}/{address}",
            kept=making.settings.pdf_dir,
        )
    except UndrawableTextError:
        making.missing.append(Missing("pdf", address))
    try:
        making.files[f"{folder}/publication.tlog-proof"] = receipts.tlog_proof(
            making.session, row.statement_hash
        )
    except SignerAwayError:
        making.missing.append(Missing("publication", address))


def _add_recoveries(making: _Making, pieces: Sequence[Piece]) -> None:
    """Add what tells of the recoveries that can have lost a decision before one of these (proof/README.md).

    Raises `LostDecisionError` for one that none of them can: it is held here still, or was taken away.
    """
    held = {piece.entry.statement.hash for piece in pieces}
    for piece in pieces:
        before, proof = piece.entry.statement.members.get("previous"), piece.held.proof
        if before is None or before in held or proof is None:
            continue
        told = recovery.of_leaf(making.session, proof.index)
        if not told or _is_held(making.session, before):
            raise LostDecisionError(
                f"La décision d’empreinte {before}, que suit {piece.name}, manque aux décisions de cette"
                " personne, et aucune reprise du registre ne l’explique. Aucun dossier n’est fait : lancez"
                " « kiosk ledger audit »."
            )
        making.missing.append(Missing("previous", piece.name))
        for digest in told:
            making.files[f"{RECOVERIES}/{digest}.tlog-proof"] = receipts.tlog_proof(making.session, digest)


def _is_held(session: Session, digest: str) -> bool:
    return session.scalar(select(StatementRow.hash).where(StatementRow.hash == digest)) is not None


def _add_ledger(making: _Making, held: Sequence[Receipt]) -> None:
    """Add the newest checkpoint, those of the receipts, and how each, and that of each text, leads to it."""
    session, head = making.session, making.head
    newest = proofs.cosigned_note(session, head.size)
    read = proofs.reader(session)
    making.files[CHECKPOINT] = newest.encode()
    making.files |= _point(newest, _tokens(session, head.size))
    last = by_hand.opened(newest)
    published = [content for name, content in making.files.items() if name.endswith(".tlog-proof")]
    grown = {by_hand.opened(tlog_proof.parse(one).checkpoint) for one in published}
    for one in held:
        if one.proof is None:
            raise NotReadyError("Un enregistrement de ce dossier n’est pas scellé.")
        first = by_hand.opened(one.proof.checkpoint)
        if first.size != head.size:
            making.files |= _point(one.proof.checkpoint, [token.token for token in one.tokens])
        grown.add(first)
    for first in grown:
        making.files[f"{by_hand.CONSISTENCY}/{first.size}.txt"] = by_hand.consistency_file(
            first, last, _between(first, last, read)
        )


def _between(first: Checkpoint, last: Checkpoint, read: merkle.Reader) -> tuple[bytes, ...]:
    return () if first.size == last.size else merkle.consistency_path(first.size, last.size, read)


def _point(note: str, tokens: Sequence[bytes]) -> dict[str, bytes]:
    folder = f"{by_hand.POINTS}/{by_hand.opened(note).size}"
    return by_hand.placed(folder, by_hand.point_files(note, tokens[: receipt.MAX_TOKENS]))


def _tokens(session: Session, size: int) -> list[bytes]:
    rows = session.scalars(
        select(TokenRow.token)
        .where(TokenRow.size == size, TokenRow.usable.is_(True))
        .order_by(TokenRow.authority, TokenRow.serial)
    )
    return list(rows)


def _attested(files: Mapping[str, bytes]) -> bool:
    """Whether the bundle holds something of a third party: a time token, or what a witness signed."""
    notes = (content.decode() for name, content in files.items() if name.endswith("/note.txt"))
    return any(name.endswith(".tst") for name in files) or any(by_hand.cosigned(note) for note in notes)


def _add_papers(making: _Making, pieces: Sequence[Piece], decided: Sequence[Decided]) -> None:
    """Add what people read: the first page, what was online, how to verify by hand, who held the file."""
    request = making.request
    story = Story(
        request=request,
        approved_at=making.approved_at,
        service=making.services[decided[0].service.slug],
        decided=tuple(decided),
        others=tuple(piece.entry for piece in pieces if piece.entry.kind is not Kind.DECISION),
        head=making.head,
        missing=tuple(making.missing),
        files=tuple(sorted(making.files)),
        closed_at=gathering.closed_at(
            making.session, [one.entry.statement.hash for one in decided], making.approved_at
        ),
        attested=_attested(making.files),
        release=release("cgu-kiosk"),
    )
    making.files |= {
        "LISEZ-MOI.pdf": papers.first_page(story),
        "en-ligne.pdf": papers.online_page(story),
        "en-ligne.json": _written(_online(decided)),
        "VERIFIER.txt": papers.by_hand(story),
        "chaine-de-conservation.json": _written(_custody(making, story)),
    }


def _online(decided: Sequence[Decided]) -> Json:
    return {
        "format": "cgu-online/1",
        "decisions": [
            {
                "statement": one.entry.statement.hash,
                "at": instant(one.entry.at),
                "documents": [online.as_json(document) for document in one.online],
            }
            for one in decided
        ],
    }


def _custody(making: _Making, story: Story) -> Json:
    request, grounds = making.request, making.request.grounds
    return {
        "format": "cgu-custody/1",
        "request": request.id,
        "publisher": request.publisher,
        "service": request.service,
        "subject": request.subject_id,
        "asked_for": {
            "requester": grounds.requester,
            "reference": grounds.reference,
            "reason": grounds.reason,
        }
        if grounds
        else None,
        "acts": [
            {"act": "asked", "at": instant(request.asked_at), "by": request.function},
            *(
                {"act": done.act.value, "at": instant(done.at), "by": done.function}
                for done in request.acts
                if done.act is Act.APPROVED
            ),
        ],
        "ledger": {
            "size": making.head.size,
            "root": making.head.root.hex(),
            "at": instant(making.head.made_at.astimezone(UTC)),
        },
        "made_with": f"cgu-kiosk {story.release}",
    }


def _written(value: Json) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
