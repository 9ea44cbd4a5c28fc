import type { FieldFault } from "../api/problem";

const TAKES_FOCUS = "input:not([disabled]), textarea:not([disabled]), button:not([disabled])";

/** Move the focus to the first field in the form that a fault is of; false where no field is. */
export function focusFirstFault(form: HTMLElement | null, faults: readonly FieldFault[]): boolean {
  const fields = [...(form?.querySelectorAll<HTMLElement>("[data-field]") ?? [])];
  const wrong = faults.flatMap(({ pointer }) => {
    const field = nearest(fields, pointer);
    if (field === undefined) return [];
    const inputs = [...field.querySelectorAll<HTMLElement>(TAKES_FOCUS)];
    const place = pointer.slice((field.dataset["field"] ?? "").length + 1);
    // Of a list of texts, the text that is meant; its own buttons stand between them.
    const texts = inputs.filter((each) => each.tagName !== "BUTTON");
    return (/^\d+$/.test(place) ? texts[Number(place)] : undefined) ?? inputs[0] ?? [];
  });
  const [first] = wrong.sort((one, other) => (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  first?.focus();
  return first !== undefined;
}

/** The field of the pointer, or of the nearest part above it that has one. */
function nearest(fields: readonly HTMLElement[], pointer: string): HTMLElement | undefined {
  for (let at = pointer; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
    const field = fields.find((each) => each.dataset["field"] === at);
    if (field !== undefined) return field;
  }
  return undefined;
}
