"""Pages of HTML are read as a browser shows them."""

from __future__ import annotations

import pytest

from cgu_archive.importing import receive

HEAD = "<!doctype html><html><head><title>non</title><style>non{}</style></head><body>"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<h2>A</h2><p>un <b>deux</b>\n<i>trois</i></p>", "# A\n\nun **deux** *trois*\n"),
        ("<ol start=28><li>a<ul><li><p>b</p></ul><li value=31>c</ol>", "28. a\n    - b\n31. c\n"),
        ("<ol type=a><li>x<li>y</ol>", "a. x\n\nb. y\n"),
        ("<table><tr><th>A<th>B<tr><td colspan=2>c|d</table>", "| A | B |\n| --- | --- |\n| c\\|d |  |\n"),
        ("a<br>b<div>c</div>d", "a\\\nb\n\nc\n\nd\n"),
        ("<!-- a --><!-- b --><p>c", "c\n"),
        ("<blockquote><p>q</p></blockquote><hr><pre>  x\n y</pre>", "> q\n\n---\n\n~~~\n  x\n y\n~~~\n"),
        (
            '<a href="https://a.example/">https://a.example/</a> <a href="/b">c</a>',
            "<https://a.example/> c\n",
        ),
        ("<p>vu</p><script>non()</script><p hidden>non</p><p style='display: none'>non</p>", "vu\n"),
        ("&lt;b&gt; &amp;amp; # x", "\\<b\\> \\&amp; \\# x\n"),
    ],
)
def test_pages(page: str, text: str) -> None:
    found = receive("a.html", f"{HEAD}{page}".encode())
    assert found.is_whole
    assert found.text.decode() == text


def test_what_is_left_out_is_told() -> None:
    page = (
        f"{HEAD}<p>vu<img src=x alt='une carte'></p><p hidden>non</p><p><a href='javascript:x'>lien</a></p>"
    )
    told = " ".join(doubt.sentence for doubt in receive("a.html", page.encode()).doubts)
    assert all(said in told for said in ("caché", "image", "Lien retiré"))
