"""How pages are looked at: by axe, in every size and scheme, once nothing is being read any more."""

from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, ViewportSize, expect

AXE = (Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text()
RUN = "axe.run(document, {resultTypes: ['violations']})"
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


class Looker:
    """Looks at pages in several sizes and both schemes, and keeps what is wrong with them."""

    def __init__(self, *sizes: ViewportSize) -> None:
        """Begin with nothing found; pages are looked at in these sizes."""
        self._sizes = sizes
        self.looks = 0
        self.found: list[str] = []

    def look(self, page: Page, what: str) -> None:
        """Run axe on the page as it is now, in each size and scheme, and see that nothing sticks out at its side."""
        if not page.evaluate("typeof axe === 'object'"):
            page.evaluate(AXE)
        for size in self._sizes:
            page.set_viewport_size(size)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.evaluate(PAINTED)
                self.looks += 1
                for violation in page.evaluate(RUN)["violations"]:
                    nodes = [node["html"][:200] for node in violation["nodes"]]
                    self._note(what, size, scheme, f"{violation['id']}: {violation['help']} {nodes}")
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > size["width"]:
                self._note(what, size, "", f"is {width} px wide")

    def _note(self, *told: object) -> None:
        self.found.append(" ".join(map(str, told)))


def settled(page: Page, address: str) -> None:
    """Go to a page and wait until nothing is being read any more."""
    page.goto(address)
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("main [role=status]").filter(has_text=" …")).to_have_count(0)
