"""Cut French words apart for comparison, and say which of them differ by typography alone."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_SIGNS = {
    "'": "’‘ʼ′`´‛",
    '"': "«»“”„‟″",
    "-": "‐‑‒–—―−",
}
_OTHERS = {"…": "...", "\u00ad": ""}
_FOLDED = {written: sign for sign, many in _SIGNS.items() for written in many} | _OTHERS
_WRITTEN = re.compile(f"[{''.join(map(re.escape, _FOLDED))}]")
_ACCENT = re.compile("[\u0300-\u036f]")
_ACCENTS = re.compile("([\u0300-\u036f])\\1+")
"""The same accent twice over one letter: nobody sees the second."""
_GROUP = re.compile(r"(?<=\d)\s(?=\d{3}(?!\d))")
_GAP = r"[ \r\x0b\x0c\x1c-\x1f\x85\xa0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]*"
"""White space, and characters that nobody sees; never what stands between cells or units."""

_LETTERS = r"[\w\u0300-\u036f\u00ad]+"
"""A word may be written with accents apart, and hold hyphens that nobody sees."""
_APOSTROPHE = r"['’‘ʼ′`´‛]"
_TOKEN = re.compile(
    rf"""
    ({_GAP})
    (?:
      (
        [^\W\d_]+(?=[ ,;)\xa0])                              # most words
      | [\t\n]                                                # between cells, between units
      | https?://[^\s<>«»"]*[\w/]
      | \d{{1,3}}(?:[ \u00a0\u202f]\d{{3}}){{1,6}}(?![\w ]?\d)(?:,\d+)?   # 12 000,50
      | [vV]?\d+(?:[.,/:]\d+){{0,8}}(?!\w)                      # 12, 1,5, 6.1.1, 12/03/2024, v0.4
      | (?:[cdjlmnstCDJLMNST]|(?:[jJ]us|[lL]ors|[pP]uis|[qQ]uoi)?[qQ]u|QU){_APOSTROPHE}(?=\w)
      | [a-z][a-z\d-]{{0,62}}(?:\.[a-z][a-z\d-]{{0,62}}){{1,8}}(?![\w@'’])      # mairie.exemple.fr
      | {_LETTERS}(?:[-‐‑'’ʼ]{_LETTERS})*(?:[\w.+-]{{0,64}}@(?:[\w-]{{1,63}}\.){{1,8}}[a-z]{{2,24}})?  # mot
      | \.\.\.
      | \S
      )
    | \Z
    )
    """,
    re.VERBOSE,
)
_ALNUM = re.compile(r"[^\W_]")
_WORD = re.compile(r"[^\W_]+")

_FRENCH = """
    a à au aux avec ce ces cet cette ci dans de des du elle elles en entre est et eux il ils la le les leur
    leurs lui ne ni nos notre nous on ou où par pas pour que qui quoi sa sans se ses si son sont sous sur ta
    te toi tout toute toutes tous un une vos votre vous y c d j l m n s t qu
"""
_ENGLISH = """
    and any are as at be been by for from has have if in is it its may not of on or our shall that the
    their they this to was we were which will with you your
"""
STOP_WORDS = frozenset(f"{_FRENCH} {_ENGLISH}".split())
"""Words that say nothing of what a sentence is about, in French and in English."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Some words cut apart: the white space before each token, and after the last one."""

    gaps: tuple[str, ...]
    """One more than there are words."""
    words: tuple[str, ...]


@lru_cache(maxsize=1 << 10)
def tokenize(text: str) -> Tokens:
    """Return the tokens of `text`; gaps and words, in turn, are the text exactly."""
    found = _TOKEN.findall(text)
    if len(found) > 1 and not found[-2][1]:
        found.pop()  # white space ended the text, and nothing follows it
    gaps, words = zip(*found, strict=True)
    return Tokens(gaps, words[:-1])


def fold(text: str) -> str:
    """Return `text` with one sign for all apostrophes, quotes and dashes: what is left is wording."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    if _ACCENT.search(text):
        text = unicodedata.normalize("NFC", _ACCENTS.sub(r"\1", unicodedata.normalize("NFD", text)))
    return _WRITTEN.sub(lambda sign: _FOLDED[sign[0]], text)


def lower(text: str) -> str:
    """Return `text` folded, in lower case."""
    return fold(text).casefold()


def bare(text: str) -> str:
    """Return `text` folded, in lower case, without accents: capitals are often written without theirs."""
    apart = unicodedata.normalize("NFD", lower(text))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


@lru_cache(maxsize=1 << 16)
def fold_token(token: str) -> str:
    """Return the key of a token: two tokens with one key differ by typography alone."""
    folded = fold(token)
    return _GROUP.sub(" ", folded) if folded[:1].isdigit() and not folded.isdecimal() else folded


def squeeze(folded: str) -> str:
    """Return the key under which two texts are worth being called the same before a closer look."""
    return "".join(folded.split())


def all_words(folded: str) -> list[str]:
    """Return every word and number of a folded text."""
    return _WORD.findall(folded)


def content_words(words: list[str]) -> frozenset[str]:
    """Return the words that say what a text is about; all of them when there is no other."""
    every = frozenset(words)
    return every - STOP_WORDS or every


def is_word(token: str) -> bool:
    """Whether `token` holds a letter or a digit."""
    return token[0].isalnum() or _ALNUM.search(token) is not None


def count_words(text: str) -> int:
    """Return how many words a reader counts in `text`: « l’utilisateur » is one."""
    return len(list(filter(_ALNUM.search, text.split())))
