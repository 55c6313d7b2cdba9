"""What a comparison says of the files that go along with a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cgu_archive.corpus.attachments import Attachment, AttachmentChange, AttachmentFate
from cgu_archive.corpus.comparison import Comparison
from cgu_archive.redline.places import NBSP, quote

_COUNTED = {
    AttachmentFate.ADDED: ("ajoutée", "ajoutées"),
    AttachmentFate.REMOVED: ("retirée", "retirées"),
    AttachmentFate.REPLACED: ("remplacée", "remplacées"),
    AttachmentFate.RENAMED: ("renommée", "renommées"),
}


def counted(comparison: Comparison) -> str:
    """Return « Pièces jointes : 1 ajoutée, 2 retirées. »; nothing when none changed."""
    found = Counter(change.fate for change in comparison.attachments)
    if not found:
        return ""
    said = [f"{found[fate]}{NBSP}{words[found[fate] > 1]}" for fate, words in _COUNTED.items() if found[fate]]
    return f"Pièces jointes{NBSP}: {', '.join(said)}."


def sentences(comparison: Comparison) -> Iterator[str]:
    """Yield what became of each attachment, in a sentence."""
    yield from map(_sentence, comparison.attachments)


def _sentence(change: AttachmentChange) -> str:
    was, now = (_named(one) if one else "" for one in (change.old, change.new))
    match change.fate:
        case AttachmentFate.ADDED:
            return f"Pièce jointe ajoutée{NBSP}: {now}."
        case AttachmentFate.REMOVED:
            return f"Pièce jointe retirée{NBSP}: {was}."
        case AttachmentFate.REPLACED if was == now:
            return f"Pièce jointe remplacée, son contenu change{NBSP}: {now}."
        case AttachmentFate.REPLACED:
            return f"Pièce jointe remplacée, son contenu change{NBSP}: {was} devient {now}."
        case AttachmentFate.RENAMED:
            return f"Pièce jointe renommée, son contenu ne change pas{NBSP}: {was} devient {now}."


def _named(one: Attachment) -> str:
    return f"{quote(one.title)} ({one.name})"
