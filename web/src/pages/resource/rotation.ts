import { localTime } from "../../parts/time";
import { plain } from "../../parts/words";
import type { Credentials, Rotation } from "./useCredentials";

/** A step of a rotation as the timeline shows it. */
export interface ShownStep {
  readonly step: Rotation["step"];
  readonly title: string;
  readonly state: "done" | "now" | "next";
  /** Of the present step alone: what it waits for and what comes then. */
  readonly words: string | null;
}

const TITLES: Record<Rotation["step"], string> = {
  MINTING: "A new key is made",
  PROBING: "The new key is tried out",
  AWAITING_HANDOVER: "The new key is handed over",
  AWAITING_IDLE: "The old key falls idle",
  UNDO_WINDOW: "The old key is off, and can be taken back",
  DELETING: "The old key is deleted",
};
const ORDER = Object.keys(TITLES) as Rotation["step"][];
/** With the first key of all, there is no old one to be taken away. */
const FIRST = ORDER.slice(0, 2);

/** Give a rotation's steps in their order; `words` of the present one tell what happens next, and when. */
export function shownSteps(rotation: Rotation): readonly ShownStep[] {
  const order = rotation.reason === "first" ? FIRST : ORDER;
  const present = order.indexOf(rotation.step);
  return order.map((step, index) => {
    const state = index < present ? "done" : index === present ? "now" : "next";
    return { step, title: TITLES[step], state, words: state === "now" ? wordsOf(rotation) : null };
  });
}

/** What a step waits for and what comes then; times in the person's own zone. */
export function wordsOf({ step, dueAt, reason }: Rotation): string {
  const due = dueAt === null ? null : localTime(dueAt);
  switch (step) {
    case "MINTING":
      return reason === "first" ? "It takes some seconds." : "It takes some seconds. The old key goes on working.";
    case "PROBING":
      return "AWS takes some seconds until a new key works everywhere.";
    case "AWAITING_HANDOVER":
      return `Both keys work. Make a link and send it: the rotation goes on once it was opened.${due === null ? "" : ` If nobody opens one until ${due}, the new key is given up and the old one stays.`}`;
    case "AWAITING_IDLE":
      return `Both keys work. The old key is switched off ${due === null ? "" : `after ${due}, `}once it has not been used for a day.`;
    case "UNDO_WINDOW":
      return `Only the new key works. ${due === null ? "Later" : `After ${due}`} the old key is deleted for good; until then it can be taken back.`;
    case "DELETING":
      return "It takes some seconds, and cannot be taken back.";
  }
}

const ENDS: Readonly<Record<string, string>> = {
  SUCCEEDED: "The last rotation succeeded",
  HANDOVER_NOT_OPENED: "The last rotation was given up: nobody had opened a link to the new key",
  SUPERSEDED: "The last rotation was overtaken by another one",
  SWITCHED_OFF: "The last rotation ended, as the user had been switched off",
  FAILED: "The last rotation failed",
};

/** How the last rotation ended, in words. */
export function endWords(outcome: NonNullable<Credentials["lastRotation"]>["outcome"]): string {
  return ENDS[outcome] ?? `The last rotation ended: ${plain(outcome)}`;
}

/** What a person can ask of a running rotation. */
export function wishesOf(rotation: Rotation | null): { readonly advance: string | null; readonly undo: boolean } {
  if (rotation?.step === "AWAITING_IDLE") return { advance: "Switch the old key off now", undo: false };
  if (rotation?.step === "UNDO_WINDOW") return { advance: "Delete the old key now", undo: true };
  return { advance: null, undo: false };
}

/** Why no link can be made now: every key has gone to somebody already; null where one can. The API says the same. */
export function reasonAgainstLink({ keys, rotation }: Pick<Credentials, "keys" | "rotation">): string | null {
  if (keys.length === 0 || keys.some((key) => key.handedOverAt === null)) return null;
  if (rotation === null) return "The key was handed over already: rotate the keys to get a new one.";
  const isMaking = rotation.step === "MINTING" || rotation.step === "PROBING";
  return isMaking ? null : "The new key was handed over already: once this rotation has ended, rotate again to get another one.";
}
