"""What remains open to who was refused something (RGPD, article 12(4), articles 77 and 79)."""

from __future__ import annotations

from cgu_archive.corpus.model import Publisher

ADDED_LENGTH = 500
"""Most characters that may be added to what is always told."""


def told(publisher: Publisher, added: str = "") -> str:
    """Return the remedies against a refusal of `publisher`, as the person and the statement are told.

    `added` comes after what is always told, and never instead. Which court is said as a rule only: it
    depends on the dispute.
    """
    court = "administratif" if publisher.public else "judiciaire"
    always = (
        "Vous pouvez adresser une réclamation à la CNIL (www.cnil.fr/plaintes, ou 3 place de Fontenoy,"
        " TSA 80715, 75334 Paris cedex 07) et exercer un recours devant le tribunal compétent (en règle"
        f" générale, le tribunal {court})."
    )
    return f"{always} {added.strip()}".rstrip()
