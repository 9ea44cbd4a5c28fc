/** What an action on a resource means, told before it is asked for. Pure. */
import type { Kind, Resource } from "../api/client";
import type { NextAction } from "../api/problem";
import { inSentence } from "../forms/schema";

export interface Explained {
  readonly title: string;
  readonly sentences: readonly string[];
  /** The resource's name must be typed. */
  readonly isTyped: boolean;
  /** It destroys something, or lets go of it. */
  readonly isFinal: boolean;
}

/** Explain an action, by its resource as it stands. */
export function explain(action: NextAction, kind: Kind, resource: Resource): Explained {
  const what = `${inSentence(kind.title)} ${resource.name}`;
  const told = (title: string, ...sentences: string[]): Explained => ({ title, sentences, isTyped: false, isFinal: false });
  const final = (title: string, ...sentences: string[]): Explained => ({ ...told(title, ...sentences), isFinal: true });
  const typed = (title: string, ...sentences: string[]): Explained => ({ ...final(title, ...sentences), isTyped: true });
  switch (action) {
    case "delete":
      return typed(
        `Delete ${what}?`,
        kind.credentials
          ? "Its access keys stop working at once, whoever uses them. This cannot be undone."
          : "This cannot be undone. Should it still hold something, nothing is deleted, and you are asked what is to become of that.",
      );
    case "emptyAndDelete":
      return typed(`Empty and delete ${what}?`, "Everything in it is removed for good, every version of every object; then it is deleted. This cannot be undone.");
    case "retain":
      return typed(
        `Let go of ${what}?`,
        "It stays in the project's account with everything in it. Stowage forgets it: it neither shows nor protects nor changes it any more, and its name stays taken.",
      );
    case "forget":
      return final(`Forget ${what}?`, "It has no stack any more. It is taken off the list, and its name can be used again.");
    case "stop":
      return final(
        "Stop this change?",
        "CloudFormation brings back what stood before, where it still can; a creation is given up and removed. That takes some seconds, and this page tells how it ended.",
      );
    case "repair":
      return told(`Repair ${what}?`, "What a failed change left half done is put right: what stood before is restored, or what never stood is removed.");
    case "continueRollback":
      return told(`Continue the rollback of ${what}?`, "CloudFormation tries once more to bring back what stood before. If it does not succeed, an operator is needed.");
    case "recreate":
      return told(`Create ${what} again?`, "It is made anew, as it was asked for last.");
    default:
      return told(`Try ${what} again?`, "What was asked for last is asked for once more.");
  }
}

/** Done at a click: nothing is lost by it, and the message above the page tells what becomes of it. */
export const AT_ONCE: readonly NextAction[] = ["retry", "recreate"];

const ORDER: readonly NextAction[] = ["stop", "retry", "recreate", "repair", "continueRollback", "emptyAndDelete", "retain", "forget", "update", "delete"];

/**
 * Give the actions to offer, the likeliest first: those that the state allows, and Edit and Delete, which everybody looks
 * for, disabled with their reason where they are not.
 */
export function offered(resource: Resource): readonly NextAction[] {
  const all = ORDER.filter((action) => resource.nextActions.includes(action) || (resource.lock === null && (action === "update" || action === "delete")));
  return needsAnotherName(resource) ? [...all.filter((action) => action !== "retry"), ...all.filter((action) => action === "retry")] : all;
}

/** Whether it was not created because somebody has its name: the same again helps only once they have given it up. */
export function needsAnotherName(resource: Resource): boolean {
  return resource.outcome === "NAME_TAKEN" && resource.nextActions.includes("retry");
}

/** Why a deletion would be refused, whoever asks: others name it. */
export function reasonOfUse(resource: Resource): string | null {
  const users = resource.referencedBy ?? [];
  if (users.length === 0) return null;
  const names = users.slice(0, 3).map((each) => each.name).join(", ");
  const more = users.length > 3 ? ` and ${users.length - 3} more` : "";
  return `In use by ${names}${more}: take it out of what they name first.`;
}
