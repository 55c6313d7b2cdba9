"""A version as a Word document: the publisher's text in its body, and nothing else.

- What is ours (whose text it is, where it is online, its hash) stands in the head and the foot of pages.
- Titles are Word's, at the level they have in the text; so are lists, tables and their heading row.
- A number that stands before a paragraph is counted by Word, from where the text has it: see `Numbers`.
- Footnotes are real where Word counts them as the text does: see `notes`.
- A link is one where that may be; a character that XML refuses is shown by its picture (``␛``), or by ``�``.
- No clock is read and nobody is named: the same version makes the same bytes.
"""

from __future__ import annotations

from cgu_archive.corpus import markdown, provisions
from cgu_archive.corpus.model import Mode, Service, Terms, Version
from cgu_archive.rendering import link_policy, words
from cgu_archive.word.links import Targets
from cgu_archive.word.package import About, pack
from cgu_archive.word.runs import date_of, safe
from cgu_archive.word.writing import Writer

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EDITABLE = "Ce fichier peut être modifié\u00a0: la version en ligne prévaut."
_DRAFT = "Brouillon\u00a0: ce texte n’est pas publié."


def version_docx(service: Service, terms: Terms, version: Version, *, mode: str, permalink: str) -> bytes:
    """Return `version` as a `.docx` file: the same bytes for the same arguments.

    `mode` is a value of `Mode`; `permalink` is the lasting address of the version.
    Raises `UnreadableTextError` when the text is not UTF-8 or is nested too deep.
    """
    targets = Targets(link_policy(service))
    blocks = markdown.parse(markdown.decode(version.text))
    writer = Writer(blocks, provisions.build(blocks), targets)
    body, notes = writer.body(), writer.notes()
    return pack(
        body,
        _about(service, terms, version, Mode(mode), permalink),
        links=targets.targets,
        numbering=writer.numbers.part(),
        notes=notes,
    )


def _about(service: Service, terms: Terms, version: Version, mode: Mode, permalink: str) -> About:
    banners = words.banners(service, version, mode)
    online = (_EDITABLE, f"Version en ligne\u00a0: {permalink}")
    foot = (
        *(online if version.published else (_DRAFT,)),
        f"Empreinte SHA-256 du texte\u00a0: {version.text_hash}",
        " ".join(map(words.french, banners)),
        " · ".join(map(words.french, words.notices(service, mode))),
    )
    dated = words.document_date(version.metadata)
    return About(
        title=safe(f"{terms.title}, {words.name(version)}"),
        author=safe(service.publisher.title),
        date=date_of(dated) if dated else "",
        description=safe(" ".join(banners)),
        identifier=version.text_hash,
        foot=tuple(safe(line) for line in foot if line),
    )
