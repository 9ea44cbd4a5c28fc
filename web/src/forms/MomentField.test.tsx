import createWrapper from "@cloudscape-design/components/test-utils/dom";
import { act, fireEvent, render } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SchemaForm } from "./SchemaForm";
import { check } from "./check";
import { focusFirstFault } from "./focus";
import type { Schema } from "./schema";

beforeEach(() => void vi.stubEnv("TZ", "Europe/Berlin"));
afterEach(() => vi.unstubAllEnvs());

const SCHEMA: Schema = {
  type: "object",
  required: ["opens"],
  properties: {
    opens: { title: "Opens", type: "string", format: "date-time" },
    closes: { title: "Closes", type: ["string", "null"], format: "date-time", pattern: "^2.*Z$", default: null },
  },
};

/** Give a form with a moment that must be said and one that need not be. */
function draw(start: Record<string, unknown>) {
  const kept: { value: Record<string, unknown> } = { value: start };
  function Host() {
    const [value, setValue] = useState(start);
    kept.value = value;
    return <SchemaForm schema={SCHEMA} value={value} onChange={setValue} faults={check(value, SCHEMA)} />;
  }
  const { container } = render(<Host />);
  const group = (label: string) => {
    const found = container.querySelector<HTMLElement>(`[role=group][aria-label=${label}]`);
    if (found === null) throw new Error(`no field ${label}`);
    const wrapper = createWrapper(found);
    const day = () => wrapper.findDatePicker();
    const time = () => wrapper.findTimeInput();
    return {
      day: (text: string) => act(() => day()?.setInputValue(text)),
      time: (text: string) => act(() => time()?.setInputValue(text)),
      typed: () => [day()?.findNativeInput().getElement().value, time()?.findNativeInput().getElement().value],
      told: () => found.querySelector("[role=status]")?.textContent,
      fault: () => wrapper.findFormField()?.findError()?.getElement().textContent ?? null,
      clear: () => [...found.querySelectorAll("button")].find((each) => each.textContent === "Clear") ?? null,
    };
  };
  return { container, kept, opens: group("Opens"), closes: group("Closes") };
}

const MOMENT = "2027-01-31T22:59:59Z";

describe("a moment in a form", () => {
  it("is asked for in one's own zone, told in UTC, and saved in UTC", () => {
    const { kept, closes } = draw({ opens: MOMENT });

    closes.day("2027-07-31");
    closes.time("18:00");

    expect(kept.value["closes"]).toBe("2027-07-31T16:00:00Z");
    expect(closes.told()).toBe("That is 2027-07-31 16:00:00 UTC; your time zone is Europe/Berlin.");
    expect(closes.fault()).toBeNull();
  });

  it.each([MOMENT, "2027-01-31T23:00:00.512Z", "2027-01-31T23:00:00+05:00"])("stays what it was when only others are edited, or nothing is: %s", (moment) => {
    const { container, kept, closes } = draw({ opens: MOMENT, closes: moment });

    for (const input of container.querySelectorAll("input")) {
      fireEvent.focus(input);
      fireEvent.blur(input);
    }
    expect(kept.value).toEqual({ opens: MOMENT, closes: moment });

    closes.day("2027-03-01");
    expect(kept.value["opens"]).toBe(MOMENT);
  });

  it("keeps its seconds while its day is changed, and shows them", () => {
    const { kept, closes } = draw({ opens: MOMENT, closes: MOMENT });

    expect(closes.typed()).toEqual(["2027-01-31", "23:59:59"]);
    closes.day("2027-02-28");

    expect(kept.value["closes"]).toBe("2027-02-28T22:59:59Z");
  });

  it("asks for seconds as long as there are some, and not of who begins anew", () => {
    const { kept, closes } = draw({ opens: MOMENT, closes: MOMENT });

    closes.time("18:30:");
    expect(kept.value["closes"]).toBe("2027-01-31T17:30:00Z");
    expect(closes.typed()[1]).toBe("18:30:");

    closes.time("");
    closes.time("18:45");
    expect(closes.typed()[1]).toBe("18:45");
    closes.time("18:45:10");
    expect(closes.typed()[1]).toBe("18:45");
  });

  it("is cleared at a click where it may be left out, and the focus stays in it", () => {
    const { container, kept, opens, closes } = draw({ opens: MOMENT, closes: MOMENT });

    act(() => closes.clear()?.click());

    expect(kept.value["closes"]).toBeNull();
    expect(closes.typed()).toEqual(["", ""]);
    expect(closes.clear()).toBeNull();
    expect(container.querySelectorAll("[role=group]")[1]?.contains(document.activeElement)).toBe(true);
    expect(opens.clear()).toBeNull();
  });

  it("says at the field what is missing, and leads to the part that is", () => {
    const { container, kept, closes } = draw({ opens: MOMENT });

    closes.day("2027-02-28");
    expect(closes.fault()).toBe("The time is missing, such as 18:00.");
    expect(focusFirstFault(container, check(kept.value, SCHEMA))).toBe(true);
    expect((document.activeElement as HTMLInputElement).placeholder).toBe("hh:mm");

    closes.day("");
    closes.time("18:00");
    expect(closes.fault()).toBe("The day is missing.");
    focusFirstFault(container, check(kept.value, SCHEMA));
    expect((document.activeElement as HTMLInputElement).placeholder).toBe("YYYY-MM-DD");
  });

  it("says what is wrong once, and tells who hears it", () => {
    const { container, closes } = draw({ opens: MOMENT, closes: "2027-02-28T" });
    const time = container.querySelectorAll<HTMLInputElement>("[placeholder='hh:mm']")[1];
    const heard = (time?.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent);

    expect(closes.told()).toBe("");
    expect(heard).toContain("The time is missing, such as 18:00.");
    expect(time?.getAttribute("aria-invalid")).toBe("true");
  });

  it("shows another value that was put there from outside", () => {
    function Outside() {
      const [value, setValue] = useState<Record<string, unknown>>({ closes: "2027-01-31T" });
      return (
        <>
          <button onClick={() => setValue({ closes: MOMENT })}>take</button>
          <SchemaForm schema={SCHEMA} value={value} onChange={setValue} faults={[]} />
        </>
      );
    }
    const { container, getByText } = render(<Outside />);

    act(() => getByText("take").click());

    expect([...container.querySelectorAll("input")].map((each) => each.value)).toEqual(["", "", "2027-01-31", "23:59:59"]);
  });
});
