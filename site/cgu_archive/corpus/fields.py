"""Read a YAML file field by field, each error naming its file, line and field.

YAML guesses types (``no`` is false, ``2024-01-05`` a date); nothing is guessed here: a scalar is text until
a typed reader asks for it. Unknown or repeated keys and anchors are refused, so that a misspelt field is
never silent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from enum import Enum
from typing import TypeVar

import yaml

from cgu_archive.corpus.dates import PartialDate
from cgu_archive.corpus.errors import Finding

E = TypeVar("E", bound=Enum)
T = TypeVar("T")

MAX_BYTES = 200_000
"""Longest metadata file accepted, in bytes."""
MAX_DEPTH = 20
_Loader = yaml.CSafeLoader  # of libyaml, as the wheels of PyYAML hold it: fifteen times as fast
_SHOWN = 80
"""How much of a wrong value a message repeats, in characters."""
SLUG = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
"""A name that stands in addresses: lower-case letters, digits, dots and hyphens."""
_NULLS = ("null", "~", "")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_COMMANDS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""The characters of the categories Cc and Cs of Unicode, but for the end of a line."""
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


class _RefusedError(Exception):
    """Ends the reading of one field; the finding is already noted."""


class Notes:
    """What was found wrong while one file was read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []

    def refuse(self, line: int, message: str, remedy: str) -> _RefusedError:
        """Note a finding at `line` (1-based) and return the exception that ends the field."""
        self.findings.append(Finding(self.file, line, "metadata", message, remedy))
        return _RefusedError()


class Node:
    """One value of the file: a scalar, a list or a mapping, with its place."""

    def __init__(self, notes: Notes, name: str, node: yaml.Node) -> None:
        self._notes = notes
        self._node = node
        self.name = name
        self.line: int = node.start_mark.line + 1

    def refuse(self, expected: str, remedy: str = "Corrigez ce champ.") -> _RefusedError:
        """Note that this field is not what was expected."""
        found = _shown(self._node.value) if isinstance(self._node, yaml.ScalarNode) else "un bloc"
        return self._notes.refuse(
            self.line, f"champ « {self.name} » : attendu {expected}, trouvé {found}.", remedy
        )

    @property
    def empty(self) -> bool:
        """Whether the value is null: unknown, which is not the same as an empty text."""
        node = self._node
        return isinstance(node, yaml.ScalarNode) and not node.style and node.value in _NULLS

    def text(self) -> str:
        """Return a text that is not empty and holds no control character but the end of a line."""
        if not isinstance(self._node, yaml.ScalarNode) or self.empty or not self._node.value:
            raise self.refuse("un texte")
        text = str(self._node.value)
        if _COMMANDS.search(text):
            raise self.refuse("un texte sans caractère de commande")
        return text

    def slug(self) -> str:
        """Return a name made of lower-case letters, digits, dots and hyphens."""
        text = self.text()
        if not SLUG.fullmatch(text):
            raise self.refuse("un nom court : minuscules, chiffres, points et tirets")
        return text

    def integer(self) -> int:
        """Return a whole number, zero or more, written with digits and without quotes."""
        node = self._node
        scalar = isinstance(node, yaml.ScalarNode) and not node.style
        if not scalar or not re.fullmatch(r"[0-9]{1,9}", str(node.value)):
            raise self.refuse("un nombre entier")
        return int(str(node.value))

    def flag(self) -> bool:
        """Return true or false."""
        if self.text() not in ("true", "false"):
            raise self.refuse("true ou false")
        return self.text() == "true"

    def one_of(self, choices: type[E]) -> E:
        """Return one of the values of the enum `choices`."""
        try:
            return choices(self.text())
        except ValueError as error:
            allowed = ", ".join(str(choice.value) for choice in choices)
            raise self.refuse(f"l’un de : {allowed}") from error

    def day(self) -> date:
        """Return a day, ``2025-04-08``."""
        return self._parsed(date.fromisoformat, r"\d{4}-\d{2}-\d{2}", "un jour, par exemple 2025-04-08")

    def partial_date(self) -> PartialDate:
        """Return a date that may lack its day or month."""
        return self._parsed(PartialDate.parse, r"[\d-]+", "une date, par exemple 2024, 2024-01 ou 2024-01-31")

    def instant(self) -> datetime:
        """Return an instant in UTC, ``2026-01-05T08:00:00Z``."""
        return self._parsed(
            lambda text: datetime.fromisoformat(text).astimezone(UTC),
            _INSTANT.pattern,
            "un instant UTC, par exemple 2026-01-05T08:00:00Z",
        )

    def clock(self) -> time:
        """Return a time of day, ``07:30``."""
        return self._parsed(time.fromisoformat, _TIME.pattern, "une heure, par exemple 07:30")

    def _parsed(self, parse: Callable[[str], T], pattern: str, expected: str) -> T:
        text = self.text()
        if not re.fullmatch(pattern, text):
            raise self.refuse(expected)
        try:
            return parse(text)
        except ValueError as error:
            raise self.refuse(expected) from error

    def items(self) -> tuple[Node, ...]:
        """Return the entries of a list."""
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.refuse("une liste ([] si elle est vide)")
        return tuple(
            Node(self._notes, f"{self.name}[{index}]", node)
            for index, node in enumerate(self._node.value, start=1)
        )

    def texts(self) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(item.text() for item in self.items())

    def slugs(self) -> tuple[str, ...]:
        """Return a list of names."""
        return tuple(item.slug() for item in self.items())

    def pairs(self) -> Iterator[tuple[str, Node]]:
        """Yield the keys and values of a mapping; a repeated key is refused."""
        if not isinstance(self._node, yaml.MappingNode):
            raise self.refuse("un bloc « clé: valeur » ({} s’il est vide)")
        seen: set[str] = set()
        for key_node, value_node in self._node.value:
            key = Node(self._notes, self._child("(clé)"), key_node).text()
            line = key_node.start_mark.line + 1
            if key in seen:
                raise self._notes.refuse(line, f"champ « {key} » écrit deux fois.", "Gardez-en un.")
            seen.add(key)
            yield key, Node(self._notes, self._child(key), value_node)

    def fields(self, *names: str, may: tuple[str, ...] = ()) -> dict[str, Node]:
        """Return a mapping that must have exactly the keys `names`, and may have those of `may`."""
        found = dict(self.pairs())
        for key in found:
            if key not in (*names, *may):
                raise self._notes.refuse(
                    found[key].line,
                    f"champ « {self._child(key)} » inconnu.",
                    f"Champs attendus : {', '.join((*names, *may))}.",
                )
        for key in names:
            if key not in found:
                raise self._notes.refuse(
                    self.line,
                    f"champ « {self._child(key)} » absent.",
                    "Ajoutez-le ; écrivez null si la valeur est inconnue.",
                )
        return found

    def _child(self, key: str) -> str:
        return f"{self.name}.{key}".lstrip(".")


def optional(node: Node, read: Callable[[], T]) -> T | None:
    """Return None when `node` is null, else what `read` makes of it."""
    return None if node.empty else read()


def load(file: str, raw: bytes, build: Callable[[Node], T]) -> tuple[T | None, tuple[Finding, ...]]:
    """Return what `build` makes of the YAML `raw`, or None and why not.

    `file` names the file in findings. Never raises for what the file holds.
    """
    notes = Notes(file)
    try:
        return build(_root(notes, raw)), ()
    except _RefusedError:
        return None, tuple(notes.findings)


def _root(notes: Notes, raw: bytes) -> Node:
    if len(raw) > MAX_BYTES:
        raise notes.refuse(1, f"{len(raw)} octets, {MAX_BYTES} au plus.", "Allégez ce fichier.")
    try:
        text = raw.decode("utf-8")
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                line = _line(event.start_mark)
                raise notes.refuse(line, "ancre ou alias YAML.", "Écrivez la valeur en toutes lettres.")
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise notes.refuse(_line(event.start_mark), "trop imbriqué.", "Simplifiez ce bloc.")
        node = yaml.compose(text, Loader=_Loader)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise notes.refuse(line, "un octet n’est pas de l’UTF-8.", "Enregistrez en UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        line = _line(error.problem_mark)
        raise notes.refuse(
            line, f"ce n’est pas du YAML ({error.problem}).", "Corrigez la syntaxe."
        ) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # PyYAML leaks the last two on "\UFFFFFFFF"
        raise notes.refuse(1, f"ce n’est pas du YAML ({error}).", "Corrigez la syntaxe.") from error
    if node is None:
        raise notes.refuse(1, "fichier vide.", "Remplissez-le, ou restaurez-le.")
    return Node(notes, "", node)


def _shown(value: str) -> str:
    return repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…")


def _line(mark: object) -> int:
    """Return the 1-based line of a YAML mark; 1 when the parser gave none."""
    return int(getattr(mark, "line", 0)) + 1
