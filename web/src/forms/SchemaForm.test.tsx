import { act, render } from "@testing-library/react";
import createWrapper from "@cloudscape-design/components/test-utils/dom";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import bucket from "../../../stowage/catalog/bucket/schema.json";
import user from "../../../stowage/catalog/user/schema.json";
import queue from "../../../tests/kinds/queue/schema.json";
import type { FieldFault } from "../api/problem";
import { check } from "./check";
import { SchemaForm, faultsWithoutField } from "./SchemaForm";
import { type Schema, startOf } from "./schema";

type Value = Record<string, unknown>;
let shown: Value = {};

function Host({ schema, start, faults }: { schema: Schema; start: Value; faults: FieldFault[] }) {
  const [value, setValue] = useState(start);
  shown = value;
  return <SchemaForm schema={schema} value={value} onChange={setValue} faults={faults} />;
}

function draw(schema: unknown, start = startOf(schema as Schema, schema as Schema) as Value, faults: FieldFault[] = []) {
  const { container } = render(<Host schema={schema as Schema} start={start} faults={faults} />);
  const page = createWrapper(container);
  const field = (pointer: string) => {
    const found = container.querySelector<HTMLElement>(`[data-field="${pointer}"]`);
    if (found === null) throw new Error(`no field ${pointer}`);
    return createWrapper(found);
  };
  const press = (text: string) => {
    const button = page.findAllButtons().find((each) => each.getElement().textContent?.includes(text));
    act(() => button?.click());
  };
  return { container, page, field, press };
}

describe("a form from a schema", () => {
  it.each([["bucket", bucket], ["user", user], ["queue, a kind that no build of the page knows", queue]])(
    "asks for everything that a %s has",
    (_kind, schema) => {
      const { container } = draw(schema);

      for (const each of Object.values(schema.properties as Record<string, Schema>)) expect(container.textContent).toContain(each.title);
    },
  );

  it.each([["bucket", bucket], ["user", user], ["queue", queue]])("shows the examples of %s and leaves them as they are", (_kind, schema) => {
    for (const example of schema.examples as Value[]) {
      draw(schema, example);
      expect(shown).toEqual(example);
    }
  });

  it("begins with the defaults, and what is typed is the spec", () => {
    const { field } = draw(bucket);

    act(() => field("/owner").findInput()?.setInputValue("ada@example.com"));
    act(() => field("/costCentre").findInput()?.setInputValue("CC-1"));
    act(() => field("/lifecycleDays").findInput()?.setInputValue("30"));

    expect(shown).toMatchObject({ owner: "ada@example.com", costCentre: "CC-1", lifecycleDays: 30, dataClass: "internal" });
    expect(check(shown, bucket as unknown as Schema)).toEqual([]);
  });

  it("makes an emptied field what its schema knows as empty", () => {
    const { field } = draw(bucket, { ...(bucket.examples[1] as Value) });

    act(() => field("/lifecycleDays").findInput()?.setInputValue(""));
    act(() => field("/noncurrentDays").findInput()?.setInputValue(""));

    expect(shown["lifecycleDays"]).toBeNull();
    expect("noncurrentDays" in shown).toBe(false);
  });

  it("adds and removes lists of objects, and ticks what they may", () => {
    const { container, field, press } = draw(user);

    press("Add grant");
    act(() => field("/grants/0/bucket").findInput()?.setInputValue("example-corp-invoices"));
    act(() => field("/grants/0/access").findAllCheckboxes()[1]?.findNativeInput().click());
    expect(shown["grants"]).toEqual([{ bucket: "example-corp-invoices", prefix: "", access: ["read"] }]);

    const remove = createWrapper(container).findAllButtons().find((each) => each.getElement().getAttribute("aria-label") === "Remove Grant 1");
    act(() => remove?.click());
    expect(shown["grants"]).toEqual([]);
  });

  it("has a switch for an object that may be absent", () => {
    const { container } = draw(bucket);
    const toggle = createWrapper(container).findToggle();

    act(() => toggle?.findNativeInput().click());
    expect(shown["retention"]).toEqual({ mode: "governance" });
    act(() => toggle?.findNativeInput().click());
    expect(shown["retention"]).toBeNull();
  });

  it("keeps names and values of tags apart while they are typed", () => {
    const { field, press } = draw(bucket);

    press("Add extra tags");
    act(() => field("/tags").findAllInputs()[0]?.setInputValue("team"));
    act(() => field("/tags").findAllInputs()[1]?.setInputValue("billing"));

    expect(shown["tags"]).toEqual({ team: "billing" });
  });

  it("shows each fault at its field, those of a list's items too", () => {
    const faults = [
      { pointer: "/owner", detail: "Nobody knows this address." },
      { pointer: "/grants/0/bucket", detail: "There is no such bucket." },
      { pointer: "/sourceIps/1", detail: "This is a private address." },
    ];
    const start = { ...(user.examples[1] as Value) };
    const { page } = draw(user, start, faults);

    const told = page.findAllFormFields().map((each) => each.findError()?.getElement().textContent ?? "").filter(Boolean);
    expect(told).toEqual(["Nobody knows this address.", "There is no such bucket.", "Number 2: This is a private address."]);
  });

  it("gives a subject to the API's sentences that stand behind a pointer", () => {
    const { page } = draw(user, { ...(user.examples[1] as Value) }, [{ pointer: "/expiresAt", detail: "is in the past: give a later moment, or none." }]);

    const told = page.findAllFormFields().map((each) => each.findError()?.getElement().textContent ?? "").filter(Boolean);
    expect(told).toEqual(["This is in the past: give a later moment, or none."]);
  });

  it("leaves over what no field can show", () => {
    const faults = [{ pointer: "", detail: "The whole." }, { pointer: "/owner", detail: "x" }, { pointer: "/colour", detail: "y" }];

    expect(faultsWithoutField(faults, bucket as unknown as Schema).map((each) => each.pointer)).toEqual(["", "/colour"]);
  });

  it("shows text of a schema as text", () => {
    const { container } = draw({ type: "object", properties: { x: { type: "string", title: "<img src=x onerror=alert(1)>" } } }, {});

    expect(container.querySelector("img")).toBeNull();
    expect(container.textContent).toContain("<img src=x");
  });
});
