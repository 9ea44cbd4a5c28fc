"""`make screenshots`: pictures of every page of the console, for docs/console.md, from a local Stowage of its own.

Whatever the pages look like by now, one command brings the pictures up to date.
"""

import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from local import showcase
from local.cloud_process import ROOT, LocalCloudError
from local.endpoints import Endpoints
from local.palette import reduced
from local.prepare import BROWSER_HINT
from local.showcase import PARTNER, PASSPHRASE, PROJECT, READER, ROTATED, SENDER, Played
from local.temporary import temporary_stowage
from operate.console_build import ConsoleBuildError

FOLDER = ROOT / "docs" / "images" / "console"
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 375, "height": 812}
QUICK_SECONDS, SLOW_SECONDS = 1.0, 12.0
"""What each resource of a stack takes: while the data is made, and while a running change is pictured."""
PATIENCE = 45_000

# What only a Stowage on somebody's own machine shows: its address, and the note that it is one.
TIDY = """() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const { data } = texts.currentNode;
        const told = data.replaceAll(/http:\\/\\/127\\.0\\.0\\.1:\\d+/g, 'https://stowage.example.com')
            .replaceAll(/127\\.0\\.0\\.1:\\d+/g, 'stowage.example.com');
        if (told !== data) texts.currentNode.data = told;
    }
    for (const note of document.querySelectorAll('[data-local]')) note.remove();
    document.activeElement?.blur();
}"""


@dataclass(frozen=True)
class Studio:
    """Where pictures are taken: signed-in windows of a browser, each as somebody's screen."""

    browser: Browser
    endpoints: Endpoints
    folder: Path

    def window(self, *, phone: bool = False, dark: bool = False) -> Page:
        """Open a window of nobody yet."""
        context = self.browser.new_context(
            base_url=self.endpoints.console,
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/Berlin",
        )
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    def desk(self, who: str) -> Page:
        """Open a desk's window, signed in."""
        return self._signed_in(self.window(), who)

    def phone(self, who: str) -> Page:
        """Open a phone's window, dark and signed in."""
        return self._signed_in(self.window(phone=True, dark=True), who)

    def take(self, page: Page, name: str, height: int | None = None) -> None:
        """Keep a picture of what the window shows, or of as much as would fit into another height."""
        width = page.viewport_size["width"] if page.viewport_size else DESK["width"]
        before = page.viewport_size
        if height is not None:
            page.set_viewport_size({"width": width, "height": height})
        page.mouse.move(0, 0)
        page.evaluate("document.fonts.ready")
        page.evaluate(TIDY)
        picture = page.screenshot(animations="disabled")
        blank = self.browser.new_page()
        (self.folder / f"{name}.png").write_bytes(reduced(picture, blank))
        blank.close()
        if before is not None:
            page.set_viewport_size(before)
        print(f"  {name}.png", flush=True)

    def _signed_in(self, page: Page, who: str) -> Page:
        known = self.endpoints.person(f"{who}@example.com")
        page.goto("/")
        page.locator("input[name=username]").fill(known.email)
        page.locator("input[name=password]").fill(known.password)
        page.locator("[type=submit]").first.click()
        page.locator("#top").wait_for()
        return page


def open_page(page: Page, address: str = "", *, heading: str | re.Pattern[str] | None = None) -> None:
    """Go to one of the project's pages and wait until it is live and nothing on it loads."""
    page.goto(f"/projects/{PROJECT}{address}")
    expect(page.get_by_test_id("connection")).to_have_text("Live", timeout=PATIENCE)
    if heading is not None:
        page.get_by_role("heading", name=heading).first.wait_for()
    expect(page.locator("main [role=status]", has_text="…")).to_have_count(0)


def take_still(studio: Studio, played: Played) -> None:
    """Picture everything that does not need a change under way."""
    desk, phone = studio.desk("anna"), studio.phone("anna")
    desk.goto("/")
    desk.get_by_role("heading", name="Projects").wait_for()
    studio.take(desk, "projects", 420)
    _forms(studio, desk, phone)
    _resources(studio, desk, phone)
    _permissions(studio, desk, phone)
    open_page(desk, f"/changes/{played.failed}", heading="States")
    studio.take(desk, "change-failed", 900)
    open_page(desk, "/changes", heading="Changes")
    studio.take(desk, "changes")
    operator = studio.desk("olga")
    open_page(operator, "/members", heading="Members")
    studio.take(operator, "members", 560)
    open_page(operator, "/operations", heading="Operations")
    studio.take(operator, "operations", 900)


def _forms(studio: Studio, desk: Page, phone: Page) -> None:
    """Create a bucket, as far as the last click."""
    for page, name, height in ((desk, "create", 900), (phone, "phone-create", None)):
        open_page(page, "/new/buckets")
        page.get_by_label("Bucket name").fill("acme-contracts")
        page.get_by_label("Owner").fill("legal@example.com")
        page.get_by_label("Cost centre").fill("CC-5100")
        studio.take(page, name, height)


def _resources(studio: Studio, desk: Page, phone: Page) -> None:
    """A bucket, a user with the link to its key, an SFTP user; then the third party's side."""
    open_page(desk, "/buckets/acme-invoices", heading="acme-invoices")
    desk.get_by_role("heading", name="Recent changes").wait_for()
    studio.take(desk, "resource", 1100)
    open_page(desk, f"/users/{ROTATED}", heading="Links")
    studio.take(desk, "user", 1300)
    open_page(phone, f"/users/{ROTATED}", heading="Links")
    studio.take(phone, "phone-user")
    open_page(desk, f"/users/{PARTNER}", heading="Links")
    desk.get_by_role("button", name="Make a link").click()
    desk.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    desk.get_by_role("button", name="Make the link").click()
    desk.get_by_test_id("handover-url").wait_for()
    studio.take(desk, "link")
    desk.get_by_role("button", name="Done").click()
    open_page(desk, f"/sftp-users/{SENDER}", heading="Signing in by SFTP")
    studio.take(desk, "sftp-user", 900)
    _third_party(studio)


def _third_party(studio: Studio) -> None:
    """What a partner sees who opens the link on a phone, and then on a desk."""
    for page, user, prefix, height in (
        (studio.window(phone=True, dark=True), READER, "phone-", None),
        (studio.window(), PARTNER, "", 900),
    ):
        page.route("**/config.json", _as_on_aws)
        link = showcase.make_link(studio.endpoints, user)
        page.goto(str(link["url"]))
        show = page.get_by_role("button", name="Show the key now")
        expect(show).to_be_enabled()
        studio.take(page, f"{prefix}handover-before", height)
        show.click()
        page.get_by_label("Passphrase").fill(PASSPHRASE)
        show.click()
        page.get_by_role("heading", name="Your access key").wait_for()
        studio.take(page, f"{prefix}handover-key", height)
        page.context.close()


def _as_on_aws(route: Any) -> None:
    """Hide from the page that it is on somebody's own machine: it would tell of the local AWS."""
    told = route.fetch().json()
    route.fulfill(json={**told, "signIn": "https://sign-in.example.com"})


def _permissions(studio: Studio, desk: Page, phone: Page) -> None:
    """The matrix, and what is about to be saved."""
    open_page(phone, "/permissions", heading="Permissions")
    studio.take(phone, "phone-permissions")
    open_page(desk, "/permissions", heading="Permissions")
    studio.take(desk, "permissions", 700)
    desk.get_by_role("button", name="Change what report-reader may do in acme-receipts").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("List", exact=True).check()
    dialog.get_by_label("Read", exact=True).check()
    dialog.get_by_role("button", name="Add to the review").click()
    desk.get_by_role("button", name="Review and save").click()
    desk.get_by_role("dialog").get_by_text("+ may now list, read").wait_for()
    studio.take(desk, "permissions-review", 700)


def take_running(studio: Studio) -> None:
    """Picture a change under way, as others see it: on its own page, and in the table."""
    desk, phone = studio.desk("anna"), studio.phone("anna")
    for page in (desk, phone):
        open_page(page, heading="Resources")
    change = showcase.begin_change(studio.endpoints)
    for page, name in ((desk, "resources"), (phone, "phone-resources")):
        page.get_by_text("ben@example.com").first.wait_for()
        studio.take(page, name)
    for page, name, height in ((desk, "change-running", 900), (phone, "phone-change", None)):
        open_page(page, f"/changes/{change['id']}", heading="States")
        page.locator("[data-state=AwaitStack][data-standing=RUNNING]").wait_for()
        studio.take(page, name, height)


def run(chromium: str) -> None:
    """Make the data and take every picture; the folder's former ones go."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        temporary_stowage(Path(scratch) / "state", QUICK_SECONDS) as (cloud, endpoints),
        sync_playwright() as playwright,
    ):
        print("  people at work …", flush=True)
        played = showcase.play(endpoints)
        fresh = Path(scratch) / "pictures"
        fresh.mkdir()
        studio = Studio(playwright.chromium.launch(executable_path=chromium), endpoints, fresh)
        take_still(studio, played)
        cloud.step_seconds = SLOW_SECONDS
        cloud.restart()
        take_running(studio)
        studio.browser.close()
        shutil.rmtree(FOLDER, ignore_errors=True)
        shutil.copytree(fresh, FOLDER)
    total = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"{len(list(FOLDER.iterdir()))} pictures, {total / 1000:.0f} KB, in {FOLDER.relative_to(ROOT)}")


def main() -> int:
    """Take the pictures; print one sentence and give 1 if that is impossible."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print(f"stowage: {BROWSER_HINT}.", file=sys.stderr)
        return 1
    try:
        run(chromium)
    except (LocalCloudError, ConsoleBuildError) as error:
        print(f"stowage: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
