import { createContext, use } from "react";
import type { FieldFault } from "../api/problem";
import type { Schema } from "./schema";

export interface FormSurroundings {
  readonly root: Schema;
  readonly faults: readonly FieldFault[];
  /** Give values to propose for a property, such as the project's buckets where a bucket is asked for. */
  suggest(property: string): readonly string[];
}

export const FormContext = createContext<FormSurroundings | null>(null);

export function useForm(): FormSurroundings {
  const form = use(FormContext);
  if (form === null) throw new Error("a field outside SchemaForm");
  return form;
}

/** What is wrong at a pointer; `below` too, for a field that shows its parts' faults as its own. */
export function useFaults(pointer: string, below: boolean): string {
  const { faults } = useForm();
  const mine = faults.filter((each) => each.pointer === pointer || (below && each.pointer.startsWith(`${pointer}/`)));
  return mine.map((each) => placed(each, pointer)).join(" ");
}

/** "Number 2: …" where the fault is of one of several. */
function placed({ pointer, detail }: FieldFault, own: string): string {
  const rest = pointer.slice(own.length + 1);
  const sentence = withSubject(detail);
  return /^\d+$/.test(rest) ? `Number ${Number(rest) + 1}: ${sentence}` : sentence;
}

/** The API's sentences follow a pointer, "/expiresAt: is in the past"; below a field they need a subject of their own. */
function withSubject(detail: string): string {
  return /^(?:is|are|must|may|can|cannot|has|needs|does|begins)\b/.test(detail) ? `This ${detail}` : detail;
}
