"""Show a comparison to a person: HTML, terminal."""

from pathlib import Path

from cgu_archive.redline.html import redline_html
from cgu_archive.redline.terminal import redline_terminal

STYLES = Path(__file__).parent.parent / "styles"
"""Where `redline.css` is, the stylesheet of what `redline_html` writes."""

__all__ = ["STYLES", "redline_html", "redline_terminal"]
