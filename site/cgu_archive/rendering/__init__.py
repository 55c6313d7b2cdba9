"""Provisions and values as people read them: HTML of a text, words for states, dates and names."""

from cgu_archive.rendering.html import (
    Contents,
    LinkPolicy,
    Note,
    contents,
    link_policy,
    text_to_html,
    title_of,
)

__all__ = ["Contents", "LinkPolicy", "Note", "contents", "link_policy", "text_to_html", "title_of"]
