"""What a person can take away of a decision: receipt, attestation, comparison."""

from __future__ import annotations

from kiosk.acceptance.services import Recorded
from kiosk.extensions import db, kiosk, request_at
from kiosk.ledger import comparisons, receipts
from kiosk.ledger import services as ledger
from kiosk.ledger.attestation import Aside, attestation_pdf
from kiosk.ledger.sealed_pdf import load_seal, seal_pdf
from kiosk.proof.statement import Statement


def best_receipt(found: Recorded, *, disclose: bool = True) -> bytes:
    """Return the best receipt there is; raises `SignerAwayError` when there is none yet."""
    return receipts.best(
        db(),
        found.decision.statement_hash,
        kiosk().signer,
        disclose=disclose,
        hints=receipts.hints(kiosk().settings),
    )


def attestation(found: Recorded) -> bytes:
    """Return the attestation made from that receipt, sealed at the level that is configured.

    Raises `SignerAwayError` when there is no receipt yet, `SealError` when it cannot be sealed.
    """
    digest = found.decision.statement_hash
    shown = comparison_hash(ledger.get(db(), digest))
    pdf = attestation_pdf(
        best_receipt(found),
        service=kiosk().services[found.version.service],
        version=found.version,
        person={one.field: one.value for one in ledger.disclosures(db(), digest)},
        aside=Aside(
            comparison=comparisons.get(db(), shown) if shown else None,
            sealed_at=receipts.standing(db(), digest).sealed_at,
        ),
    )
    seal = load_seal(kiosk().settings, request_at())
    return pdf if seal is None else seal_pdf(pdf, seal, request_at())


def comparison_hash(statement: Statement) -> str | None:
    """Return the hash of the comparison that was shown, as the statement says it."""
    digest = statement.members["exposure"]["comparison_hash"]
    return str(digest) if digest else None
