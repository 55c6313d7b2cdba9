"""The words of a paragraph of a Word file: their look, their links, the notes and comments they call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cgu_archive.importing.docx_changes import Choice
from cgu_archive.importing.docx_styles import Look, Styles, W, look_over, value
from cgu_archive.importing.docx_words import Fields, hidden, symbol
from cgu_archive.importing.packages import Element
from cgu_archive.importing.pieces import Run, readable

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
DESCENDS = frozenset(
    f"{W}{name}"
    for name in ("ins", "del", "moveFrom", "moveTo", "smartTag", "customXml", "sdtContent", "dir", "bdo")
)
CODE = "Des mots donnés comme du code sont repris comme du texte."
LOST = (
    "Ce fichier vient de la version en ligne et n’en porte pas tous les liens : ici, les mots d’un lien sont"
    " repris sans son adresse. Comparez avec le texte publié."
)
_LOST_LINK = "_lien_retire_"
"""As `cgu_archive.word` writes it: neither package knows the other."""
_SEEN_LINK = re.compile(r"(?:https?://|mailto:|#)\S*", re.IGNORECASE)


@dataclass(slots=True)
class Draft:
    """A paragraph being read."""

    properties: Element | None = None
    runs: list[Run] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    """One by run."""
    comments: list[str] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    is_title: bool = False


class Inlines:
    """Reads the words of paragraphs, one after the other: fields may begin in one and end in another."""

    def __init__(
        self,
        relations: Mapping[str, tuple[str, str]],
        styles: Styles,
        choice: Choice,
        notes: Mapping[str, Mapping[str, Element]],
    ) -> None:
        self._relations = relations
        self._styles = styles
        self._choice = choice
        self._notes = notes
        self._fields = Fields()
        self._hung: set[str] = set()
        self.called: list[tuple[Element, Draft]] = []
        """The notes called so far, and what is read of each."""
        self._ranks: dict[Element, int] = {}
        """The number of each, from 1."""

    def read(self, parent: Element, draft: Draft, link: str | None) -> None:
        """Add to `draft` the words under `parent`, which point to `link`."""
        for child in parent:
            if self._choice.drops(child):
                continue
            match str(child.tag).removeprefix(W):
                case "r":
                    self._run(child, draft, link)
                case "hyperlink":
                    kind, to = self._relations.get(str(child.get(f"{_R}id", "")), ("", ""))
                    anchor = str(child.get(f"{W}anchor", "_"))
                    inside = None if anchor.startswith("_") else f"#{anchor}"  # Word's own have an underscore
                    inside = "#" if anchor == "_top" else inside  # the head of the document
                    self.read(child, draft, readable(to) if kind == "hyperlink" else inside)
                case "sdt":
                    if (inner := child.find(f"{W}sdtContent")) is not None:
                        self.read(inner, draft, link)
                case "fldSimple":
                    self.read(child, draft, link)
                case "bookmarkStart" if str(child.get(f"{W}name", "")).startswith(_LOST_LINK):
                    draft.doubts.append(LOST)
                case "commentRangeStart":
                    draft.comments.append(str(child.get(f"{W}id", "")))
                    self._hung.add(draft.comments[-1])
                case _ if child.tag in DESCENDS:
                    self.read(child, draft, link)
                case _ if str(child.tag).startswith(_M):
                    words = " ".join("".join(one.itertext()) for one in child.iter(f"{_M}t"))
                    draft.doubts.append("Formule mathématique : seuls ses caractères sont gardés.")
                    self.say(draft, words, Look(), link)

    def _run(self, run: Element, draft: Draft, link: str | None) -> None:
        properties = run.find(f"{W}rPr")
        if hidden(run, self._styles):
            if run.find(f"{W}t") is not None:
                draft.doubts.append(
                    "Du texte masqué, que le lecteur de Word ne voit pas, est laissé de côté."
                )
            return
        style = value(draft.properties, "pStyle")
        base = Look() if draft.is_title else self._styles.look(style)  # a title is bold by itself
        look = self._styles.character(base, value(properties, "rStyle"))
        if self._styles.is_code(value(properties, "rStyle")):
            draft.doubts.append(CODE)
        self._contents_of(run, draft, link, look_over(look, properties))

    def _contents_of(self, run: Element, draft: Draft, link: str | None, look: Look) -> None:
        for child in run:
            match str(child.tag).removeprefix(W):
                case "t" | "delText":
                    if self._fields.shows:
                        self.say(draft, child.text or "", look, link or self._fields.link)
                case "tab" | "ptab":
                    self.say(draft, " ", look, link)
                case "br" | "cr":
                    is_line = child.get(f"{W}type") in (None, "textWrapping")
                    self.say(draft, "\n" if is_line else " ", look, link)
                case "noBreakHyphen":
                    self.say(draft, "\u2011", look, link)
                case "sym":
                    sign, known = symbol(child)
                    if not known:
                        draft.doubts.append("Un signe d’une police de symboles n’est pas connu : « \ufffd ».")
                    self.say(draft, sign, look, link, mark=True)
                case "fldChar" | "instrText":
                    self._fields.read(child)
                case "footnoteReference" | "endnoteReference" as kind:
                    self._call_note(child, kind, draft, look)
                case "commentReference":
                    if (name := str(child.get(f"{W}id", ""))) not in self._hung:
                        draft.comments.append(name)
                case "drawing" | "pict" | "object" as kind:
                    self._picture(child, kind, draft)
                case _ if child.tag == f"{_MC}AlternateContent":
                    chosen = child.find(f"{_MC}Choice")
                    chosen = child.find(f"{_MC}Fallback") if chosen is None else chosen
                    if chosen is not None:
                        self._contents_of(chosen, draft, link, look)

    def say(self, draft: Draft, words: str, look: Look, link: str | None, *, mark: bool = False) -> None:
        """Add `words` to `draft`; `mark` when the author did not write them."""
        if link is not None and not _SEEN_LINK.fullmatch(link):
            draft.doubts.append(
                f"Lien retiré, son adresse n’est ni http, ni https, ni mailto : « {link[:80]} »."
            )
            link = None
        draft.runs.append(Run(words, look.bold, look.italic, link, mark))
        draft.looks.append(look)

    def _picture(self, element: Element, kind: str, draft: Draft) -> None:
        boxes = [box for box in element.iter(f"{W}txbxContent") if not _in_fallback(box, element)]
        draft.boxes += boxes
        if boxes:
            draft.doubts.append("Une zone de texte est placée à la suite du paragraphe : vérifiez sa place.")
        elif kind == "object":
            draft.doubts.append("Un objet inséré (feuille, document…) n’est pas repris.")
        else:
            draft.doubts.append("Une image n’est pas reprise : si elle dit quelque chose, écrivez-le.")

    def _call_note(self, call: Element, kind: str, draft: Draft, look: Look) -> None:
        note = self._notes[kind].get(str(call.get(f"{W}id", "")))
        if note is None:
            return
        rank = self._ranks.get(note)
        if rank is None:  # called again, by itself perhaps, a note keeps its number and is written once
            self.called.append((note, Draft()))
            rank = self._ranks[note] = len(self.called)
        self.say(draft, f"[^{rank}]", look, None, mark=True)


def _in_fallback(box: Element, top: Element) -> bool:
    """Whether a text box is the second copy that older programs read, or stands in another box."""
    for parent in box.iterancestors():
        if parent is top:
            return False
        if parent.tag in (f"{_MC}Fallback", f"{W}txbxContent"):
            return True
    return False
