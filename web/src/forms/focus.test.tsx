import { render } from "@testing-library/react";
import { expect, it } from "vitest";
import bucket from "../../../stowage/catalog/bucket/schema.json";
import user from "../../../stowage/catalog/user/schema.json";
import { SchemaForm } from "./SchemaForm";
import { focusFirstFault } from "./focus";
import type { Schema } from "./schema";

const FORMS = { bucket: [bucket, bucket.examples[1]], user: [user, user.examples[1]] } as const;

/** The pointer of the field that has the focus after such faults, and the place of its input in it. */
function focused(kind: keyof typeof FORMS, ...pointers: string[]): string | null {
  const [schema, value] = FORMS[kind];
  const faults = pointers.map((pointer) => ({ pointer, detail: "x" }));
  const { container } = render(
    <SchemaForm schema={schema as unknown as Schema} value={value as Record<string, unknown>} onChange={() => undefined} faults={faults} />,
  );
  if (!focusFirstFault(container, faults)) return null;
  const field = document.activeElement?.closest<HTMLElement>("[data-field]");
  const inputs = [...(field?.querySelectorAll("input, textarea") ?? [])];
  return `${field?.dataset["field"]} ${inputs.indexOf(document.activeElement as Element)}`;
}

it("goes to the field that stands first, whatever the order of the faults", () => {
  expect(focused("bucket", "/lifecycleDays", "/owner", "/costCentre")).toBe("/owner 0");
});

it("goes into a list of objects, and to the text that is meant of several", () => {
  expect(focused("user", "/grants/0/bucket")).toBe("/grants/0/bucket 0");
  expect(focused("user", "/sourceIps/1")).toBe("/sourceIps 1");
});

it("goes to a list's button where the list is what is wrong, and nowhere where no field is", () => {
  expect(focused("user", "/grants")).toBe("/grants -1");
  expect(focused("bucket", "", "/colour")).toBeNull();
});
