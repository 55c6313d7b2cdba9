"""A person who has no mouse: every step is a key."""

from __future__ import annotations

from playwright.sync_api import Page

_FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const label = one.labels && one.labels.length ? one.labels[0].innerText : '';
  const style = getComputedStyle(one);
  const seen = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
  return {name: (label || one.getAttribute('aria-label') || one.innerText || one.value || '').trim(), seen};
}"""
_MOST_STEPS = 400


class Keyboard:
    """Walks a page with Tab, Enter, Space and letters."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, name: str) -> None:
        """Press Tab until what has the focus is named `name`; the focus must be seen."""
        met = []
        for _ in range(_MOST_STEPS):
            self.page.keyboard.press("Tab")
            focused = self.page.evaluate(_FOCUSED)
            if focused is None:
                continue
            if name in " ".join(focused["name"].split()):
                assert focused["seen"], f"« {name} » has the focus and nothing shows it"
                return
            met.append(focused["name"])
        raise AssertionError(f"« {name} » cannot be reached with Tab on {self.page.url}; met {met[:60]}")

    def follow(self, name: str) -> None:
        """Reach a link or button and press Enter."""
        self.reach(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def fill(self, name: str, text: str) -> None:
        """Reach a field and type."""
        self.reach(name)
        self.page.keyboard.type(text)

    def tick(self, name: str) -> None:
        """Reach a box and press Space."""
        self.reach(name)
        self.page.keyboard.press("Space")

    def skip_to(self, name: str) -> None:
        """Follow a skip link from the top of the page."""
        self.reach(name)
        self.page.keyboard.press("Enter")
