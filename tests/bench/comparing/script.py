"""Pairs of texts with a known edit script: which words were inserted and deleted, which articles moved.

The text is made of articles, paragraphs and sentences; words follow Zipf's law, as in French, so that the
small ones (« de », « la ») stand everywhere. The script knows nothing of how comparisons are made.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from tests.bench.comparing.shown import Edit, least, words

# fmt: off
_SMALL = [
    "de", "la", "le", "et", "les", "des", "à", "l’accès", "du", "en", "un", "d’une", "une", "que", "pour",
    "qui", "dans", "par", "ne", "est", "sur", "l’usager", "au", "pas", "ce", "aux", "il", "ou", "avec",
    "sont", "plus", "son", "sa", "d’un", "être", "sans", "peut", "ses", "n’est", "cette", "si", "tout",
    "doit", "leur", "toute", "entre", "dont", "sous", "ces", "même", "ainsi", "lors", "s’il", "toutes",
    "après", "avant", "qu’elle", "afin", "selon",
]
_STARTS = [
    "con", "per", "ser", "pro", "com", "dé", "ré", "for", "dis", "pré", "in", "mo", "tra", "ca", "ad", "res",
    "ins", "no", "si", "vé",
]
_MIDDLES = ["ti", "ma", "fi", "di", "li", "ra", "ve", "nu", "sta", "ci", "po", "ten", "ga", "tri"]
_ENDS = [
    "tion", "ment", "teur", "tés", "ble", "que", "nce", "ge", "nel", "rée", "sion", "ture", "le", "ner",
    "ctif",
]
# fmt: on
_REFERENCES = 40


@dataclass(frozen=True, slots=True)
class Cited:
    """A reference to an article, by its identity: its number follows."""

    article: int


@dataclass(frozen=True, slots=True)
class Style:
    """How a text writes its titles and cites its articles."""

    title: str
    reference: str


HEADINGS = Style("## Article {number} – {title}", "(voir l’article {number})")
STYLES = {
    "headings": HEADINGS,
    "bold lines": Style("**ARTICLE {number}. {title}**", "(voir l’article {number})"),
    "underlines": Style("Article {number} – {title}\n---", "(voir l’article {number})"),
    "numbers": Style("## {number}. {title}", "(voir l’article {number})"),
    "sections": Style("### Section {number} : {title}", "(voir la section {number})"),
}

Token = str | Cited
Paragraph = list[Token]


@dataclass(slots=True)
class Article:
    """A title, and paragraphs of words."""

    title: list[str]
    paragraphs: list[Paragraph]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, and the script that made one from the other."""

    old: str
    new: str
    script: Edit
    """Words inserted and deleted by the script; moves and numbers count for nothing."""
    least: Edit
    """The smallest edit of the same paragraphs: the script may have put a word back, or beside itself."""


@dataclass(slots=True)
class Author:
    """Writes articles, and edits them."""

    seed: int
    rng: random.Random = field(init=False)
    vocabulary: list[str] = field(init=False)
    weights: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        made = {start + middle + end for start in _STARTS for middle in ("", *_MIDDLES) for end in _ENDS}
        rare = sorted(made)
        self.rng.shuffle(rare)
        self.vocabulary = [*_SMALL, *rare]
        self.weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(self.vocabulary))))

    def word(self) -> str:
        """Return a word, the first ones of the vocabulary more often (Zipf and Mandelbrot)."""
        return self.rng.choices(self.vocabulary, cum_weights=self.weights)[0]

    def article(self) -> Article:
        """Return a new article of some paragraphs."""
        title = [word.capitalize() if rank == 0 else word for rank, word in enumerate(self._rare(3))]
        return Article(title, [self._paragraph() for _ in range(self.rng.randint(2, 5))])

    def _rare(self, count: int) -> list[str]:
        return self.rng.sample(self.vocabulary[len(_SMALL) :], count)

    def _paragraph(self) -> Paragraph:
        return [word for _ in range(self.rng.randint(1, 4)) for word in self._sentence()]

    def _sentence(self) -> list[str]:
        said = [self.word() for _ in range(self.rng.randint(8, 30))]
        said[0] = said[0][0].upper() + said[0][1:]
        for rank in range(4, len(said) - 1):
            if self.rng.random() < 0.06:
                said[rank] += ","
        said[-1] += "."
        return said

    def edit(self, paragraph: Paragraph, rate: float) -> tuple[Paragraph, Edit]:
        """Return `paragraph` with about `rate` of its words replaced, inserted or deleted, and by what edit.

        The first and last words of a sentence, and references, are left as they are.
        """
        made: Paragraph = []
        edit = Edit(0, 0)
        for token in paragraph:
            if isinstance(token, Cited) or not token.islower() or not token[-1].isalpha():
                made.append(token)
                continue
            if self.rng.random() >= rate:
                made.append(token)
                continue
            chance = self.rng.random()
            if chance < 0.8:  # replaced or deleted
                edit += Edit(0, len(words(token)))
            else:
                made.append(token)
            if chance < 0.6 or chance >= 0.8:  # replaced or inserted
                new = self.word()
                made.append(new)
                edit += Edit(len(words(new)), 0)
        return made, edit


def versions(count: int, size: int, *, seed: int = 7) -> list[str]:
    """Return `count` texts of about `size` bytes, each a light edit of the one before it.

    Every tenth one has a new article, and every seventh one an article moved.
    """
    author = Author(seed)
    articles = _text(author, size)
    order = list(articles)
    texts = []
    for rank in range(count):
        if rank:
            for key in author.rng.sample(order, min(5, len(order))):
                article = articles[key]
                edited = [author.edit(paragraph, 0.05)[0] for paragraph in article.paragraphs]
                articles[key] = Article(article.title, edited)
            if rank % 10 == 0:
                articles[len(articles)] = author.article()
                order.insert(author.rng.randrange(len(order)), len(articles) - 1)
            if rank % 7 == 0:
                order.insert(author.rng.randrange(len(order)), order.pop(author.rng.randrange(len(order))))
        texts.append(written(order, articles))
    return texts


def make(
    size: int,
    rate: float,
    *,
    inserted: int = 0,
    moved: int = 0,
    sentences: int = 0,
    seed: int = 1,
    style: Style = HEADINGS,
) -> Pair:
    """Return a pair of about `size` bytes, `rate` of the words edited, articles inserted and moved.

    As many as `sentences` of them, edited or not, go from their paragraph to another one, of any article.
    Forty references name articles of the last two thirds by number, and follow when numbers change. New
    articles come at the first third, before all of these.
    """
    author = Author(seed)
    rng = author.rng
    before = _text(author, size)
    after = {key: Article(article.title, list(article.paragraphs)) for key, article in before.items()}
    script, smallest = Edit(0, 0), Edit(0, 0)
    for article in after.values():
        for rank, paragraph in enumerate(article.paragraphs):
            edited, edit = author.edit(paragraph, rate)
            article.paragraphs[rank] = edited
            script += edit
            smallest += least(_said(paragraph), _said(edited))
    _move_sentences(rng, after, sentences)
    order = list(before)
    for key in rng.sample(order, moved):
        rank = order.index(key)
        order.remove(key)
        far = [place for place in range(len(order) + 1) if abs(place - rank) > 2]
        order.insert(rng.choice(far), key)
    for key in range(len(before), len(before) + inserted):
        order.insert(len(order) // 3, key)
        after[key] = author.article()
    number = _numbers(order)
    new = [key for key in order if key not in before]
    added = Edit(sum(len(words(_block(number[key], after[key], number, style))) for key in new), 0)
    return Pair(
        written(list(before), before, style), written(order, after, style), script + added, smallest + added
    )


def _text(author: Author, size: int) -> dict[int, Article]:
    articles: dict[int, Article] = {}
    length = 0
    while length < size:
        article = author.article()
        articles[len(articles)] = article
        length += len(_block(0, article, {}, HEADINGS).encode()) + 2
    for _ in range(_REFERENCES):
        paragraph = author.rng.choice(author.rng.choice(list(articles.values())).paragraphs)
        where = author.rng.randrange(1, len(paragraph))
        paragraph.insert(where, Cited(author.rng.randrange(len(articles) // 3, len(articles))))
    return articles


def _move_sentences(rng: random.Random, articles: dict[int, Article], count: int) -> None:
    """Move `count` sentences, each to another paragraph; none leaves an empty one."""
    every = [(article, rank) for article in articles.values() for rank in range(len(article.paragraphs))]
    for _ in range(count):
        (source, left), (target, came) = rng.sample(every, 2)
        cut = _sentences(source.paragraphs[left])
        if len(cut) < 2:
            continue
        gone = cut.pop(rng.randrange(len(cut)))
        source.paragraphs[left] = [token for sentence in cut for token in sentence]
        kept = _sentences(target.paragraphs[came])
        kept.insert(rng.randrange(len(kept) + 1), gone)
        target.paragraphs[came] = [token for sentence in kept for token in sentence]


def _sentences(paragraph: Paragraph) -> list[Paragraph]:
    cut: list[Paragraph] = [[]]
    for token in paragraph:
        if cut[-1] and isinstance(cut[-1][-1], str) and cut[-1][-1].endswith("."):
            cut.append([])
        cut[-1].append(token)
    return cut


def _said(paragraph: Paragraph) -> list[str]:
    """Return the words of a paragraph, a reference being one that does not change."""
    said = []
    for token in paragraph:
        said += [f"§{token.article}"] if isinstance(token, Cited) else words(token)
    return said


def _numbers(order: Sequence[int]) -> dict[int, int]:
    return {key: rank for rank, key in enumerate(order, start=1)}


def written(order: Sequence[int], articles: dict[int, Article], style: Style = HEADINGS) -> str:
    """Return articles as Markdown, numbered in this order."""
    number = _numbers(order)
    return "\n\n".join(_block(number[key], articles[key], number, style) for key in order) + "\n"


def _block(rank: int, article: Article, number: dict[int, int], style: Style) -> str:
    paragraphs = [
        " ".join(
            style.reference.format(number=number.get(token.article, 0)) if isinstance(token, Cited) else token
            for token in paragraph
        )
        for paragraph in article.paragraphs
    ]
    return "\n\n".join([style.title.format(number=rank, title=" ".join(article.title)), *paragraphs])
