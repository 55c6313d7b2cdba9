"""Whatever a file holds, there is a result or a clear refusal, soon: nothing hangs, crashes or is lost.

Costs are told as ratios: a text four times as long takes at most nine times as long, step by step, which a
cost that grows with the square of the size (sixteen times) cannot do.
"""

from __future__ import annotations

import gc
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus import bounds, checks, loader, provisions
from cgu_archive.corpus.comparison import Comparison, compare, comparison_hash, read, rebuild, to_json
from cgu_archive.corpus.errors import UnreadableTextError
from cgu_archive.redline import redline_html, redline_terminal
from cgu_archive.rendering import LinkPolicy, text_to_html
from tests.conftest import SOAK
from tests.corpus.hostile import MANY_BLOCKS, ONE_LINE, TOO_DEEP

WORDS = 2_400 if SOAK else 1_500
BLOCKS = 1_200 if SOAK else 500
"""How many of its parts a hostile text has, the first time: four times as many are within `bounds`."""
TIMES = 4
MOST = 9.0
"""What `TIMES` the size may cost, in times: three for each doubling."""
TRIES = 3
QUICK = 0.05
"""Seconds under which a step is not worth a ratio."""
HANGS = 300
"""Seconds after which a test is said to hang; nothing here needs a tenth of them."""

ORDINARY = "# Conditions\n\n## Article 1\n\nL’usager accepte.\n\n- un ;\n- deux.\n".encode()


@pytest.fixture(autouse=True)
def guard() -> Iterator[None]:
    """End a test that hangs."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"still at work after {HANGS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(HANGS * (5 if SOAK else 1))
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def edited(raw: bytes) -> bytes:
    """`raw` with a word added in its middle."""
    text = raw.decode()
    half = len(text) // 2
    return f"{text[:half]} inséré {text[half:]}".encode()


def edited_everywhere(raw: bytes) -> bytes:
    """`raw` with a word added to each of its lines, and so to each of its blocks."""
    lines = raw.decode().splitlines(keepends=True)
    return "".join(re.sub(r"(\w)(?=\W*$)", r"\1 inséré", line, count=1) for line in lines).encode()


Steps = dict[str, float]


@contextmanager
def timed(steps: Steps, name: str) -> Iterator[None]:
    """Note how long a step takes, without the collector: its rounds are not the step's own cost."""
    gc.disable()
    begin = time.process_time()
    try:
        yield
        steps[name] = time.process_time() - begin
    finally:
        gc.enable()


def whole(old: bytes, new: bytes) -> Steps:
    """Do everything the product does with two texts, and lose nothing; returns the seconds of each step."""
    steps: Steps = {}
    with timed(steps, "read"):
        before = read(old)
    after = read(new)
    with timed(steps, "compare"):
        found = compare(before, after)
    check(found, old, new, steps)
    with timed(steps, "compare with another text"):
        other = compare(read(ORDINARY), after)
    with timed(steps, "show it in HTML"):
        redline_html(other, LinkPolicy(()))
    with timed(steps, "render"):
        text_to_html(provisions.read(new), LinkPolicy(()))
    return steps


def check(found: Comparison, old: bytes, new: bytes, steps: Steps) -> None:
    with timed(steps, "HTML"):
        html = redline_html(found, LinkPolicy(()))
    with timed(steps, "terminal"):
        lines = redline_terminal(found), redline_terminal(found, width=160)
    with timed(steps, "JSON"):
        document = to_json(found)
    assert rebuild(document) == (old, new)
    assert len(comparison_hash(found)) == 64
    assert html.startswith("<div")
    assert all(lines)


def assert_grows_about_linearly(
    make: Callable[[int], str], size: int, edit: Callable[[bytes], bytes] = edited
) -> None:
    """Do everything at `size` then at four times that size, until no step grew more than it may."""
    too_much: dict[str, float] = {}
    for _ in range(TRIES):
        small, large = make(size).encode(), make(size * TIMES).encode()
        less, more = whole(small, edit(small)), whole(large, edit(large))
        grown = {name: more[name] / max(less[name], QUICK / MOST) for name in more if more[name] > QUICK}
        worse = {name: round(ratio, 1) for name, ratio in grown.items() if ratio > MOST}
        too_much = {name: min(ratio, too_much.get(name, ratio)) for name, ratio in worse.items()}
        if not too_much:
            return
    pytest.fail(f"{TIMES} times the size took so many times longer: {too_much}")


@pytest.mark.parametrize("name", ONE_LINE)
def test_one_block_however_long_costs_about_its_size(name: str) -> None:
    assert_grows_about_linearly(ONE_LINE[name], WORDS)


@pytest.mark.parametrize("name", MANY_BLOCKS)
def test_any_number_of_blocks_costs_about_their_number(name: str) -> None:
    assert_grows_about_linearly(MANY_BLOCKS[name], BLOCKS)


EACH_CHANGED = {
    "rows of a table": 4 * BLOCKS, "articles": BLOCKS, "paragraphs": BLOCKS, "items": BLOCKS,
    "numbered items": BLOCKS, "fences": BLOCKS, "footnotes": BLOCKS, "titles in bold": BLOCKS,
}  # fmt: skip
"""Every kind of block, and how many of its parts, the first time."""


@pytest.mark.parametrize("name", EACH_CHANGED)
def test_any_number_of_blocks_all_changed_costs_about_their_number(name: str) -> None:
    assert_grows_about_linearly(MANY_BLOCKS[name], EACH_CHANGED[name], edited_everywhere)


@pytest.mark.parametrize("name", TOO_DEEP)
@pytest.mark.parametrize("size", [200, 1_200])
def test_what_is_nested_too_deep_is_refused_with_its_line(name: str, size: int) -> None:
    with pytest.raises(UnreadableTextError, match=r"Ligne \d+ : .*imbriquées sur plus de \d+ niveaux"):
        read(TOO_DEEP[name](size).encode())


@pytest.mark.parametrize("name", TOO_DEEP)
def test_what_is_nested_within_reason_is_read(name: str) -> None:
    raw = TOO_DEEP[name](12).encode()
    assert "compare" in whole(raw, edited(raw)), "every step was done, and nothing was lost"


def test_thousands_of_titles_are_told_one_by_one() -> None:
    count = 4_000 if SOAK else 2_000
    old = "".join(f"## Article {rank}\n\nx\n\n" for rank in range(1, count + 1)).encode()
    new = b"## Article 1\n\nnouveau\n\n" + old
    found = compare(read(old), read(new))
    assert len(found.pairs) == count + 1, "the text itself, then its titles"
    assert found.words.inserted <= 3
    check(found, old, new, {})


@pytest.mark.parametrize("name", ["rows of a table", "link definitions"])
def test_a_text_of_many_cells_or_definitions_is_the_same_as_itself(name: str) -> None:
    raw = MANY_BLOCKS[name](9_000).encode()
    text = read(raw)
    found = compare(text, text)
    assert (found.changes, rebuild(to_json(found))) == ((), (raw, raw))


@pytest.mark.parametrize("name", ["one word", "words", "digits", "one letter under every accent"])
def test_one_line_of_a_megabyte_is_compared(name: str) -> None:
    raw = ONE_LINE[name](990_000).encode()[:990_000]
    raw = raw.decode(errors="ignore").encode()
    assert "compare" in whole(raw, edited(raw)), "every step was done, and nothing was lost"


# Bytes that are no text


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "UTF-8"),
        (b"PK\x03\x04\x14\x00\x06\x00", "caractère nul"),
        (b"\x89PNG\r\n\x1a\n", "UTF-8"),
        (bytes(range(256)), "UTF-8"),
        (b"\x00", "caractère nul"),
        ("Accepté.\n".encode("latin-1"), "UTF-8"),
        ("Accepté : « oui » €\n".encode("cp1252", "replace"), "UTF-8"),
        ("Accepté.\n".encode("utf-16"), "UTF-8"),
        ("Titre\n".encode("utf-16-le"), "caractère nul"),
        ("Accepté.\n".encode("utf-16-be"), "UTF-8"),
        ("Titre\n".encode("utf-32"), "UTF-8"),
        (b"\xed\xa0\x80", "UTF-8"),
        (b"\xc0\xaf", "UTF-8"),
        (b"\xf4\x90\x80\x80", "UTF-8"),
        (b"fin\xc3", "UTF-8"),
        (b"a\n\nb\n\n\xff", "Ligne 5"),
        (b"a\r\nb\r\n\x00", "Ligne 3"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line_and_its_reason(raw: bytes, said: str) -> None:
    with pytest.raises(UnreadableTextError, match=said) as refused:
        read(raw)
    assert str(refused.value).startswith("Ligne ")
    with pytest.raises(UnreadableTextError):
        provisions.read(raw)


def test_fifty_megabytes_are_refused_before_they_are_read() -> None:
    raw = b"mot " * 12_500_000
    begin = time.process_time()
    with pytest.raises(UnreadableTextError, match=str(bounds.MAX_BYTES)) as refused:
        read(raw)
    assert time.process_time() - begin < 1
    assert str(len(raw)) in str(refused.value)


@pytest.mark.parametrize("raw", [b"\x00", "Accepté".encode("latin-1"), b"> " * 100 + b"a\n"])
def test_the_file_of_an_unreadable_text_is_named(tmp_path: Path, texts_dir: Path, raw: bytes) -> None:
    texts = copytree(texts_dir, tmp_path / "textes")
    file = texts / "demonstration" / "cgu" / "v7" / "texte.md"
    file.write_bytes(raw)
    said = "\n".join(map(str, checks.errors(checks.check(loader.load(texts)))))
    assert "demonstration/cgu/v7/texte.md" in said
    assert "Ligne 1" in said


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"   ",
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf# Titre\n",
        b"# Titre\r\n\r\nTexte.\r\n",
        b"# Titre\r\rTexte.\r",
        b"a\r\n\nb\r\r\n\n\rc",
        b"sans fin de ligne",
        b"---\nfin: \xc3\xa9\n---\n\n# Titre\n",
        "\u202etexte à l’envers\u202c et \u2066isolé\u2069\n".encode(),
        "Z\u0335\u0321a\u0316\u0317l\u0300\u0301g\u0302o\u0303\n".encode(),
        b"&#0; &#xD800; &#x110000; &NotEqualTilde; &bogus;\n",
        b"\x01\x02\x07\x08\x1b[2J\x7f\n",
    ],
)
def test_what_is_odd_and_still_a_text_is_compared_and_nothing_is_lost(raw: bytes) -> None:
    for old, new in ((raw, raw), (raw, ORDINARY), (ORDINARY, raw), (raw, edited(raw))):
        check(compare(read(old), read(new)), old, new, {})


def test_a_text_cannot_write_to_the_terminal() -> None:
    raw = b"# Titre\n\n\x1b[2J\x1b]0;titre\x07 \x9b effac\xc3\xa9\n".replace(b"\x9b", b"\xc2\x9b")
    shown = redline_terminal(compare(read(ORDINARY), read(raw)))
    assert not set(shown) & {"\x1b", "\x07", "\x9b"}


def assert_compared_or_refused(old: bytes, new: bytes, reason: str) -> None:
    try:
        texts = read(old), read(new)
    except UnreadableTextError as refused:
        if reason not in str(refused):
            raise
    else:
        check(compare(*texts), old, new, {})


SIGNS = st.sampled_from(
    [*"#>-*_`[]()!<>&\\|~+=:.0123456789 \t\n\r", "\n\n", "\r\n", "```", "**", "](", "|-|", "[^1]", "\ufeff",
     "\u202e", "\u0301", "\u2028", "\u00a0", "é", "’", "Article 1", "a"]
)  # fmt: skip


@given(st.lists(SIGNS, max_size=80).map("".join), st.lists(SIGNS, max_size=80).map("".join))
def test_any_heap_of_signs_is_compared_or_refused(old: str, new: str) -> None:
    first, second = old.encode(), new.encode()
    assert_compared_or_refused(first, second, "imbriquées")


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_compared_or_refused(old: bytes, new: bytes) -> None:
    assert_compared_or_refused(old, new, "Ligne ")
