"""What a person can take away of a decision: receipt, attestation, comparison."""

from __future__ import annotations

from flask import Response

from kiosk.acceptance import contestations
from kiosk.acceptance.services import Recorded
from kiosk.accounts import browser
from kiosk.extensions import db, kiosk, request_at
from kiosk.ledger import comparisons, receipts
from kiosk.ledger import services as ledger
from kiosk.ledger.attestation import Aside, attestation_pdf
from kiosk.ledger.sealed_pdf import load_seal, seal_pdf
from kiosk.proof.statement import Statement
from kiosk.traces.afterwards import leave_afterwards
from kiosk.traces.services import Event


def receipt_of(statement_hash: str, *, disclose: bool = True) -> bytes:
    """Return the best receipt there is; raises `SignerAwayError` when there is none yet."""
    hints = receipts.hints(kiosk().settings)
    return receipts.best(db(), statement_hash, kiosk().signer, disclose=disclose, hints=hints)


def downloaded(found: Recorded, content: bytes, media_type: str, name: str) -> Response:
    """Return the answer that gives a file about a decision, and leaves a trace of it."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    person, version = browser.signed_in_person(), found.version
    return leave_afterwards(
        response, person.account_id, Event.DOWNLOADED, service=version.service, version_id=version.id
    )


def attestation(found: Recorded) -> bytes:
    """Return the attestation made from that receipt, sealed at the level that is configured.

    Raises `SignerAwayError` when there is no receipt yet, `SealError` when it cannot be sealed.
    """
    digest = found.decision.statement_hash
    contested = contestations.about(db(), (digest,)).get(digest, ())
    revoked = receipts.revoked(kiosk().settings)
    shown = comparison_hash(ledger.get(db(), digest))
    pdf = attestation_pdf(
        receipt_of(digest),
        service=kiosk().services[found.version.service],
        version=found.version,
        person={one.field: one.value for one in ledger.disclosures(db(), digest)},
        aside=Aside(
            comparison=comparisons.get(db(), shown) if shown else None,
            sealed_at=receipts.standing(db(), digest, revoked).sealed_at,
            contested_at=contested[0][1] if contested else None,
            by_organisation=bool(contested) and contestations.by_organisation(db(), contested[0][0]),
            by_letter=bool(contested) and contestations.by_letter(db(), contested[0][0]),
        ),
    )
    seal = load_seal(kiosk().settings, request_at())
    return pdf if seal is None else seal_pdf(pdf, seal, request_at())


def comparison_hash(statement: Statement) -> str | None:
    """Return the hash of the comparison that was shown, as the statement says it."""
    digest = statement.members["exposure"]["comparison_hash"]
    return str(digest) if digest else None
