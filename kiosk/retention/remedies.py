"""What remains open to who was refused something, or against whom something was decided."""

from __future__ import annotations

from collections.abc import Iterable

from cgu_archive.corpus.model import Publisher, Service

ADDED_LENGTH = 500
"""Most characters that may be added to what is always told."""


def told(publisher: Publisher, added: str = "") -> str:
    """Return the remedies against a refusal of `publisher` (RGPD, article 12(4), articles 77 and 79).

    It is what the person and the statement are told.
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


def against(publisher: Publisher, concerned: Iterable[Service]) -> str:
    """Return « Voies et délais de recours » against a decision about `concerned`, services of `publisher`.

    Those of a public body stand against the person only if they are told with the decision (code de justice
    administrative, article R. 421-5): two months (R. 421-1), which asking it again stops (CRPA, L. 411-2).
    The court is named when the texts name one and the same.
    """
    if not publisher.public:
        return (
            f"Vous pouvez demander à l’éditeur, {publisher.title}, de revoir cette décision, et la contester"
            " devant la juridiction compétente (en règle générale, le tribunal judiciaire)."
        )
    named = {one.law.court for one in concerned if one.law.court}
    court = named.pop() if len(named) == 1 else "tribunal administratif compétent"
    return (
        "Dans les deux mois qui suivent la notification de cette décision, vous pouvez la contester devant"
        f" le {court}, par courrier ou sur www.telerecours.fr (code de justice administrative, articles"
        f" R. 421-1 et R. 421-5). Dans le même délai, vous pouvez demander à l’éditeur, {publisher.title},"
        " de la revoir (recours gracieux) : vous aurez alors deux mois pour saisir le tribunal à compter de"
        " sa réponse, ou de son silence de deux mois, qui vaut refus."
    )
