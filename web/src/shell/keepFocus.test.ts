import { afterEach, beforeEach, expect, it } from "vitest";
import { keepFocus } from "./keepFocus";

const PAGE = `
  <main tabindex="-1"><section id="drafts"><p id="draft"><button id="discard">Discard</button></p></section><button id="other">Other</button></main>`;
const DIALOG = `<div id="portal"><div role="dialog"><form id="form"><button id="save">Save</button></form></div></div>`;

let end: () => void;
beforeEach(() => {
  document.body.innerHTML = PAGE;
  end = keepFocus();
});
afterEach(() => end());

const by = (id: string) => document.getElementById(id) as HTMLElement;
const settled = () => new Promise((done) => setTimeout(done, 100));

it("gives the focus to what was around that which had it and has vanished", async () => {
  by("discard").focus();
  by("draft").remove();
  await settled();

  expect(document.activeElement).toBe(by("drafts"));
  by("other").focus();
  expect(by("drafts").hasAttribute("tabindex")).toBe(false);
});

it("takes nothing from what can have the focus by itself", async () => {
  by("other").focus();
  by("other").remove();
  await settled();
  expect(document.activeElement).toBe(document.querySelector("main"));

  by("discard").focus();

  expect(document.querySelector("main")?.getAttribute("tabindex")).toBe("-1");
});

it("gives it to what was around the opener, which has vanished before its dialog", async () => {
  by("discard").focus();
  document.body.insertAdjacentHTML("beforeend", DIALOG);
  by("save").focus();
  by("discard").remove();
  await settled();
  expect(document.activeElement).toBe(by("save"));

  by("portal").remove();
  await settled();

  expect(document.activeElement).toBe(by("draft"));
});

it("keeps it within a dialog whose button has vanished", async () => {
  document.body.insertAdjacentHTML("beforeend", DIALOG);
  by("save").focus();
  by("save").remove();
  await settled();

  expect(document.activeElement).toBe(by("form"));
});

it("leaves it where somebody else has put it, or where nothing has vanished", async () => {
  by("discard").focus();
  by("draft").remove();
  by("other").focus();
  await settled();
  expect(document.activeElement).toBe(by("other"));

  by("other").blur();
  by("drafts").remove();
  await settled();
  expect(document.activeElement).toBe(document.body);
});
