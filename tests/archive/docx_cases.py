"""Pairs of texts that change in each way there is, compared and set as Word documents."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from cgu_archive.corpus.comparison import Comparison, Unit, UnitKind, compare_bytes
from cgu_archive.redline.docx import redline_docx
from cgu_archive.rendering import LinkPolicy

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
TITLE = "Comparaison : v1 → v2"
LINKS = LinkPolicy(("refuse.invalid",))

LONG = "Le service est fourni par la commune pour que les associations publient leurs annonces."
OTHER = "Chaque compte est personnel ; son titulaire répond de ce qui y est fait en son nom."
THIRD = "Les données sont gardées un an, puis effacées sans qu’il soit besoin de le demander."
END = "## Article 3 – Fin\n\nRien de plus."
GUIDE = "https://exemple.invalid/a?b=1&c=2"
SENTENCE = f"Les agents de la mairie lisent chaque lundi [le **guide** de la ville]({GUIDE}). "
TABLE = "| Donnée | Durée |\n| --- | --- |\n| Nom | un an |\n| Adresse | deux ans |"


def row(cell: str) -> str:
    """Return a row of more cells than Word opens."""
    return "|" + f" {cell} |" * 70


def wide(*cells: str) -> str:
    """Return a table of such rows."""
    return "\n".join([row("titre"), row("---"), *map(row, cells)])


CASES = {
    "same": (f"# Titre\n\n{LONG}", f"# Titre\n\n{LONG}"),
    "words": (f"# Titre\n\n{LONG}", f"# Titre\n\n{LONG.replace('fourni', 'offert')}"),
    "paragraph-inserted": (f"{LONG}\n\n{THIRD}", f"{LONG}\n\n{OTHER}\n\n{THIRD}"),
    "paragraph-deleted": (f"{LONG}\n\n{OTHER}\n\n{THIRD}", f"{LONG}\n\n{THIRD}"),
    "first-inserted": (LONG, f"{OTHER}\n\n{LONG}"),
    "first-deleted": (f"{OTHER}\n\n{LONG}", LONG),
    "last-inserted": (LONG, f"{LONG}\n\n{OTHER}"),
    "last-deleted": (f"{LONG}\n\n{OTHER}", LONG),
    "ends-and-begins-inserted": (f"{LONG}\n\n{OTHER}", f"{LONG} Voilà.\n\nEnfin. {OTHER}"),
    "ends-inserted": (f"{LONG}\n\n{OTHER}", f"{LONG} Voilà.\n\n{THIRD}\n\n{OTHER}"),
    "ends-inserted-then-rule": (f"{LONG}\n\n{OTHER}", f"{LONG} Voilà.\n\n---\n\n{OTHER}"),
    "moved": (f"{LONG}\n\n{OTHER}\n\n{THIRD}", f"{OTHER}\n\n{THIRD}\n\n{LONG}"),
    "moved-and-edited": (
        f"{LONG}\n\n{OTHER}\n\n{THIRD}",
        f"{OTHER}\n\n{THIRD}\n\n{LONG.replace('fourni', 'offert').replace('leurs annonces', 'leurs avis')}",
    ),
    "provision-moved": (
        f"## Article 1 – Objet\n\n{LONG}\n\n## Article 2 – Compte\n\n{OTHER}\n\n{THIRD}\n\n{END}",
        f"## Article 1 – Compte\n\n{OTHER}\n\n{THIRD}\n\n## Article 2 – Objet\n\n{LONG}\n\n{END}",
    ),
    "split": (f"{LONG} {OTHER}\n\n{THIRD}", f"{LONG}\n\n{OTHER}\n\n{THIRD}"),
    "merged": (f"{LONG}\n\n{OTHER}\n\n{THIRD}", f"{LONG} {OTHER}\n\n{THIRD}"),
    "cell-edited": (f"{TABLE}\n\n{OTHER}", f"{TABLE.replace('un an', 'trois ans')}\n\n{OTHER}"),
    "row-inserted": (f"{TABLE}\n\n{OTHER}", f"{TABLE}\n| Courriel | six mois |\n\n{OTHER}"),
    "row-deleted": (f"{LONG}\n\n{TABLE}\n\n{OTHER}", f"{LONG}\n\n{TABLE.rpartition(chr(10))[0]}\n\n{OTHER}"),
    "table-inserted": (f"{LONG}\n\n{OTHER}", f"{LONG}\n\n{TABLE}\n\n{OTHER}"),
    "table-deleted": (f"{LONG}\n\n{TABLE}\n\n{OTHER}", f"{LONG}\n\n{OTHER}"),
    "table-last": (f"{LONG}\n\n{TABLE}", f"{LONG}\n\n{TABLE}\n| Courriel | |"),
    "column-added": (
        f"{TABLE}\n\n{OTHER}",
        f"| Donnée | Durée | Base |\n|---|---|---|\n| Nom | un an | loi |\n| Adresse | non | |\n\n{OTHER}",
    ),
    "very-wide-table": (f"{wide('un', 'deux')}\n\n{LONG}", f"{wide('un', 'trois')}\n{row('fin')}\n\n{LONG}"),
    "before-a-table": (f"{LONG}\n\n{OTHER}\n\n{TABLE}", f"{LONG}\n\n{THIRD}\n\n{TABLE}"),
    "table-becomes-paragraph": (f"{TABLE}\n\n{LONG}", f"Nom, un an ; adresse, deux ans.\n\n{LONG}"),
    "two-tables": (f"{TABLE}\n\n{TABLE.replace('Nom', 'Numéro')}", f"{TABLE}\n\n{LONG}"),
    "items": (
        "- un compte ;\n- un mot de passe ;\n- un nom.",
        "- un compte ;\n- une adresse ;\n  - postale ;\n- un nom.",
    ),
    "numbers": (f"1. {LONG}\n2. {OTHER}", f"1. {LONG}\n2. {THIRD}\n3. {OTHER}"),
    "renumbered": (
        f"## Article 1 – Objet\n\n{LONG}\n\n## Article 2 – Compte\n\n{OTHER}",
        f"## Article 1 – Objet\n\n{LONG}\n\n## Article 2 – Durées\n\n{THIRD}\n\n"
        f"## Article 3 – Compte\n\n{OTHER}",
    ),
    "typography": (f"L'usager dit \"oui\" - {LONG}", f"L’usager dit « oui » – {LONG}"),
    "markup": (f"# A\n\nLe **service** est *ouvert*. {LONG}", f"## A\n\nLe service est **ouvert**. {LONG}"),
    "link": (
        "Voir [le guide](https://exemple.invalid/a) du service.",
        "Voir [le guide](https://exemple.invalid/b) du service.",
    ),
    "link-kept": (f"Voir [le guide]({GUIDE}) du service.", f"Lisez [le **bon** guide]({GUIDE}) du service."),
    "link-inserted": (
        f"{LONG}\n\n{OTHER}", f"{LONG} Voir [ceci]({GUIDE}).\n\n[Cela](mailto:a@exemple.invalid)\n\n{OTHER}"
    ),
    "link-in-a-cell": (
        TABLE.replace("un an", f"[un an]({GUIDE})"), TABLE.replace("un an", f"[un]({GUIDE}) mois")
    ),
    "link-moved": (f"[{LONG}]({GUIDE})\n\n{OTHER}\n\n{THIRD}", f"{OTHER}\n\n{THIRD}\n\n[{LONG}]({GUIDE}b)"),
    "sentence-moved": (
        f"{LONG} {SENTENCE}{OTHER}\n\n{THIRD} Fin.", f"{LONG} {OTHER}\n\n{THIRD} {SENTENCE}Fin."
    ),
    "sentence-moved-and-marked": (
        f"{LONG} {SENTENCE}{OTHER}\n\n{THIRD} Fin.",
        f"{LONG} {OTHER}\n\n{THIRD} {SENTENCE.replace('**', '').replace(GUIDE, GUIDE + 'b')}Fin.",
    ),
    "sentence-moved-and-edited": (
        f"{LONG} {SENTENCE}{OTHER}\n\n{THIRD} Fin.",
        f"{LONG} {OTHER}\n\n{THIRD} {SENTENCE.replace('lundi', 'mardi')}Fin.",
    ),
    "line-break": (f"1 rue de la Paix  \n62000 Arras. {LONG}", f"1 rue de la Paix\n62000 Arras. {LONG}"),
    "code-and-rule": (f"    x  = 1\n    y = 2\n\n---\n\n{LONG}", f"    x  = 1\n    y = 3\n\n{LONG}\n\n---"),
    "quote": (f"> {LONG}\n\n{OTHER}", f"> {LONG} Dit-il.\n\n{OTHER}\n\n> {THIRD}"),
    "all-gone": (f"# Titre\n\n{LONG}\n\n{TABLE}", ""),
    "all-new": ("", f"# Titre\n\n{LONG}\n\n{TABLE}"),
    "control-characters": (f"Un \x1b signe\x07. {LONG}", f"Un \x0c signe\ufffe. {LONG}"),
    "markup-characters": (f"a < b & c > d \"e\" ]]> {LONG}", f"a < b & c > d 'f' <w:t> {LONG}"),
}  # fmt: skip


def of(old: str, new: str) -> Comparison:
    return compare_bytes(old.encode(), new.encode())


def word(
    comparison: Comparison, title: str = TITLE, author: str = "Archive", links: LinkPolicy | None = None
) -> bytes:
    return redline_docx(comparison, title=title, author=author, at=AT, links=links)


def safe(words: str) -> str:
    """Return words with control characters shown as the document shows them."""
    shown = re.sub("[\x00-\x08\x0b-\x1f]", lambda found: chr(0x2400 + ord(found[0])), words)
    return shown.replace("\x7f", "␡").replace("\ufffe", "�").replace("\uffff", "�")


def said(units: Sequence[Unit]) -> list[str]:
    """Return the lines of units that have words."""
    lines = [safe(unit.line()) for unit in units if unit.kind is not UnitKind.RULE]
    return [line.strip() for line in lines if line.strip(" |")]


PARTS = [
    "# ", "## Article 1 – ", "### ", "1. ", "2. ", "- ", "  - ", "> ", "**", "*", "`", "[x](#article-1)",
    f"[y]({GUIDE}) ",
    "![i](u)", "\n\n", "\n\n", "\n\n", "\n",
    f"\n\n{TABLE}\n\n", "\n\n| a |\n|---|\n| |\n| c |\n\n", "\n---\n",
    "```\nx\n\n  y\n```\n", "  \n", "\x1b", "<b>", "le compte ", "l’usager ", "l'usager ", "huit jours. ",
    f"{LONG} ", f"{OTHER} ", f"{THIRD} ", f"\n\n{LONG}\n\n", f"\n\n{OTHER}\n\n", f"\n\n## {THIRD}\n\n",
]  # fmt: skip


def generated(count: int) -> Iterator[tuple[str, str]]:
    """Yield pairs of texts, the same every time."""
    chance = random.Random(20261122)
    for _ in range(count):
        old = "".join(chance.choices(PARTS, k=25))
        lines = old.split("\n")
        where = chance.randrange(len(lines))
        lines = lines[where:] + lines[:where]
        lines.insert(chance.randrange(len(lines)), "".join(chance.choices(PARTS, k=5)))
        del lines[chance.randrange(len(lines))]
        yield old, "\n".join(lines)
