import type { components } from "./schema";

export type Problem = components["schemas"]["Problem"];
export type FieldFault = components["schemas"]["FieldFault"];
export type Lock = components["schemas"]["Lock"];
export type NextAction = components["schemas"]["NextAction"];

/**
 * A refused or failed request: `message` is the sentence to show. Nobody reached, no answer in JSON, the gateway's own
 * `{"message"}`: each becomes one of these, so that a page has one kind of error to show.
 */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(
    /** The last segment of the problem's type, to switch on: "locked", "stale-version", "unreachable" … */
    readonly code: string,
    /** The HTTP status; 0 when no answer came. */
    readonly status: number,
    readonly title: string,
    detail: string,
    readonly faults: readonly FieldFault[] = [],
    readonly lock: Lock | null = null,
    readonly users: readonly { kind: string; name: string }[] = [],
    readonly nextActions: readonly NextAction[] = [],
    readonly triesLeft: number | null = null,
  ) {
    super(detail);
  }

  /** Whether the same request may succeed a moment later. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const OWN_WORDS: Record<number, string> = {
  401: "Your session has ended. Sign in again.",
  413: "That is too large.",
  429: "Too many requests at once. Try again in a moment.",
};

/** Make the error of an answer that is none of success; `body` is its parsed JSON, or undefined. */
export function problemOf(status: number, body: unknown): ProblemError {
  if (isProblem(body)) {
    const faults = body.errors ?? (body.pointer == null ? [] : [{ pointer: body.pointer, detail: body.detail }]);
    return new ProblemError(
      body.type.split("/").at(-1) ?? "unknown",
      status,
      body.title,
      body.detail,
      faults,
      body.lock ?? null,
      body.users ?? [],
      body.nextActions ?? [],
      body.triesLeft ?? null,
    );
  }
  const words = OWN_WORDS[status] ?? (status >= 500 ? "Stowage does not answer at the moment. Try again." : null);
  return new ProblemError(`http-${status}`, status, "Request failed", words ?? `The request failed (HTTP ${status}).`);
}

/** Make the error of a request that got no answer at all. */
export function unreachable(): ProblemError {
  const detail = "Stowage could not be reached. Check your connection; this page tries again by itself.";
  return new ProblemError("unreachable", 0, "No connection", detail);
}

/** Give any thrown value as an error with a sentence. */
export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof TypeError) return unreachable(); // what fetch throws
  return new ProblemError("unexpected", 0, "Something went wrong", "Something went wrong on this page. Reload it.");
}

function isProblem(body: unknown): body is Problem {
  if (typeof body !== "object" || body === null) return false;
  const { type, title, detail } = body as Partial<Problem>;
  return typeof type === "string" && typeof title === "string" && typeof detail === "string";
}
