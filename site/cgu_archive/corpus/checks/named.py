"""What people call the fields of the sheet of a version."""

from __future__ import annotations

_NAMES = {
    "approval.on": "date de l’approbation",
    "approved_on": "approuvée le",
    "archived_on": "entrée dans l’archive",
    "corrects": "version corrigée",
    "declared_on": "date que le texte porte",
    "effective_on": "prise d’effet",
    "label": "numéro ou nom de la version",
    "published_at": "mise en ligne",
    "reason": "motif",
    "reason_kind": "nature du motif",
    "required_on": "fin du délai pour décider",
    "source.received_on": "réception de la source",
    "summary": "résumé",
}


def said(field: str) -> str:
    """Return « motif (champ « reason ») »: what the desk calls a field, then its name in ``version.yml``."""
    name = _NAMES.get(field)
    return f"{name} (champ « {field} »)" if name else f"champ « {field} »"
