"""Show a comparison to a person: HTML, terminal."""

from pathlib import Path

from cgu_archive.redline.html import redline_html
from cgu_archive.redline.terminal import redline_terminal

STYLES = Path(__file__).parent.parent / "styles"
"""Where `redline.css` is, the stylesheet of what `redline_html` writes."""
SCRIPTS = Path(__file__).parent.parent / "scripts"
"""Where `redline.js` is, which adds to it two columns and, where a page asks for them, filters."""

__all__ = ["SCRIPTS", "STYLES", "redline_html", "redline_terminal"]
