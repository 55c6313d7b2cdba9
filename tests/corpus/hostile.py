"""Texts that nobody means to publish: each is made of `n` of what a parser or a comparer may stumble on."""

from __future__ import annotations

from collections.abc import Callable

Make = Callable[[int], str]


def _each(part: Callable[[int], str]) -> Make:
    return lambda n: "".join(part(rank) for rank in range(n))


TOO_DEEP: dict[str, Make] = {
    "quotes": lambda n: "> " * n + "a\n",
    "quotes without spaces": lambda n: ">" * n + "a\n",
    "quotes that grow line after line": _each(lambda i: ">" * (i % 200 + 1) + " a\n"),
    "lists on one line": lambda n: "- " * n + "a\n",
    "numbered lists on one line": lambda n: "1. " * n + "a\n",
    "lists that grow line after line": _each(lambda i: " " * (2 * min(i, 500)) + f"- a{i}\n"),
    "emphasis": lambda n: "*a **a " * n + "b" + "** a*" * n + "\n",
    "stars on both sides": lambda n: "*" * n + "a" + "*" * n + "\n",
}
"""Nested deeper than any text: refused, whatever their size."""

ONE_LINE: dict[str, Make] = {
    "one word": lambda n: "a" * n,
    "digits": lambda n: "1" * n,
    "digits and points": lambda n: "1." * n,
    "spaces": lambda n: "a" + " " * n + "b",
    "no-break spaces": lambda n: "a" + "\u00a0" * n + "b",
    "tabs": lambda n: "a" + "\t" * n + "b",
    "words": lambda n: " ".join(f"mot{i % 977}" for i in range(n)),
    "two words": lambda n: "a b " * n,
    "sentences": lambda n: "A. " * n,
    "apostrophes": lambda n: "l'" * n + "a",
    "hyphens": lambda n: "a-" * n + "a",
    "quotation marks": lambda n: "« " * n + "a" + " »" * n,
    "full stops": lambda n: "." * n,
    "references": lambda n: "articles " + ", ".join(map(str, range(n))),
    "dates": lambda n: "le 1er janvier 2024 " * n,
    "amounts": lambda n: "10 € " * n,
    "stars": lambda n: "*" * n,
    "stars that open": lambda n: "*a " * n,
    "stars in runs": _each(lambda i: "*" * (i % 7 + 1) + "a"),
    "stars that never close": lambda n: "a**b" + "c* " * n,
    "underscores": lambda n: "a" + "_" * n + "b",
    "underscores that open": lambda n: "_a __a " * n,
    "backticks": lambda n: "`" * n + "a",
    "backticks in runs that grow": lambda n: "".join("`" * (i + 1) + "a" for i in range(int((2 * n) ** 0.5))),
    "brackets": lambda n: "[" * n + "a",
    "brackets closed": lambda n: "[" * n + "a" + "]" * n,
    "brackets closed as links": lambda n: "[" * n + "a" + "](u)" * n,
    "images that open": lambda n: "![" * n + "a",
    "parentheses": lambda n: "(" * n + "a",
    "a link and parentheses": lambda n: "[a](" + "(" * n,
    "links that open": lambda n: "[a](b" * n,
    "links in angle brackets": lambda n: "[a](<" * n,
    "links with a title that opens": lambda n: '[a](b "' * n,
    "links": lambda n: "[a](b) " * n,
    "addresses": lambda n: "<http://a.b/c> " * n,
    "bare addresses": lambda n: "http://a.b/c " * n,
    "less-than signs": lambda n: "<" * n + "a",
    "tags": lambda n: "<a " * n,
    "comments": lambda n: "<!-- " * n,
    "CDATA": lambda n: "<![CDATA[" * (n // 2),
    "instructions": lambda n: "<?" * n,
    "ampersands": lambda n: "&" * n,
    "entities": lambda n: "&#x41;" * n,
    "backslashes": lambda n: "\\" * n,
    "letters under a hundred accents": lambda n: ("a" + "\u0301\u0316" * 50) * (n // 100 + 1),
    "one letter under every accent": lambda n: "a" + "\u0301" * n,
    "signs that turn the direction": lambda n: "\u202ea\u2066b\u2069\u202c " * n,
    "emoji made of several": lambda n: "👩‍👩‍👧" * n,
    "control characters": _each(lambda i: chr(1 + i % 8)),
    "separators of lines": lambda n: "a\u2028b\u0085\u000b\u000c" * n,
    "hyphens as a rule": lambda n: "-" * n,
    "cells": lambda n: "|a" * n + "|\n" + "|-" * n + "|\n" + "|b" * n + "|",
    "columns that no row fills": lambda n: (
        "|a" * int(n**0.5) + "|\n" + "|-" * int(n**0.5) + "|\n" + "|b|\n" * int(n**0.5)
    ),
}  # fmt: skip
"""A single block, however long."""

MANY_BLOCKS: dict[str, Make] = {
    "titles": _each(lambda i: f"# Titre {i}\n\n"),
    "the same title": lambda n: "# Titre\n\n" * n,
    "titles of every level": _each(lambda i: "#" * (i % 6 + 1) + f" T{i}\n\nx\n\n"),
    "underlined titles": lambda n: "a\n=\n" * n,
    "one underlined title": lambda n: "a\n" * n + "===\n",
    "titles in bold": _each(lambda i: f"**Titre {i}**\n\ntexte\n\n"),
    "articles of one number": lambda n: "## Article 1\n\nx\n\n" * n,
    "articles": _each(lambda i: f"## Article {i}\n\nvoir l’article {i + 1}\n\n"),
    "roman numbers": lambda n: "iv. a\n\n" * n,
    "letters": lambda n: "a) x\n\n" * n,
    "the same paragraph": lambda n: "a\n\n" * n,
    "paragraphs": _each(lambda i: f"p{i}\n\n"),
    "rules": lambda n: "---\n" * n,
    "empty lines": lambda n: "a" + "\n" * n + "b\n",
    "numbered items": _each(lambda i: f"{i + 1}. item {i}\n"),
    "items": lambda n: "- a\n" * n,
    "items apart": lambda n: "- a\n\n" * n,
    "an item of many paragraphs": lambda n: "- a\n\n" + "  b\n\n" * n,
    "a fence that never closes": lambda n: "```\n" + "a\n" * n,
    "fences": lambda n: "```\na\n```\n" * n,
    "rows of a table": lambda n: "|a|b|c|d|\n|-|-|-|-|\n" + _each(lambda i: f"|x{i}|y{i}|z|t|\n")(n // 4),
    "link definitions": lambda n: _each(lambda i: f"[r{i}]: http://a/{i}\n")(n) + "\ntexte [r1]\n",
    "one link defined again and again": lambda n: "[a]: u\n" * n,
    "one definition and its links": lambda n: "[r]: u\n\n" + "[r] " * n + "\n",
    "a definition that never closes": lambda n: "[a]: <" + "b" * n + "\n",
    "footnotes": _each(lambda i: f"a[^{i}]\n\n[^{i}]: n\n\n"),
    "lines ended as on Windows": lambda n: "a\r\nb\r\n\r\n" * n,
    "lines ended as on old machines": lambda n: "a\rb\r\r" * n,
}
"""As many blocks as one likes."""
