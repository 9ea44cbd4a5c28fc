import type { components } from "../api/schema";
import { ProblemError, asProblem, problemOf } from "../api/problem";
import type { Link } from "./link";

export type Credentials = components["schemas"]["RevealedCredentials"];

const PATIENCE = 30_000;

/**
 * Open the handover: the one call of this page that uses something up. Throws ProblemError.
 *
 * @param api the API's address, without /v1
 */
export async function reveal(api: string, link: Link, passphrase: string | null): Promise<Credentials> {
  const answer = await fetch(`${api}/v1/handovers/${encodeURIComponent(link.handover)}/reveal`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(passphrase === null ? { token: link.token } : { token: link.token, passphrase }),
    cache: "no-store",
    credentials: "omit",
    referrerPolicy: "no-referrer",
    signal: AbortSignal.timeout(PATIENCE),
  });
  const body: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok) throw problemOf(answer.status, body);
  return body as Credentials;
}

/** What a refusal means to somebody who never heard of Stowage. */
export type Refusal =
  /** The link is of no use any more, or never was. */
  | { readonly kind: "over"; readonly title: string; readonly words: string; readonly advice: string }
  /** The same click may succeed in a while. */
  | { readonly kind: "later"; readonly words: string }
  | { readonly kind: "passphrase"; readonly words: string | null; readonly triesLeft: number | null };

const ASK_AGAIN = "Ask the person who sent you the link for a new one. A new link takes them a minute.";

/** Say what a failed reveal means, and what to do; `hadPassphrase`: one was sent with it. */
export function refusalOf(error: unknown, hadPassphrase: boolean): Refusal {
  const problem = error instanceof ProblemError ? error : asProblem(error);
  const { code, status, triesLeft } = problem;
  if (code === "wrong-passphrase" && triesLeft !== 0) {
    return { kind: "passphrase", words: hadPassphrase ? "That is not the passphrase." : null, triesLeft };
  }
  if (code === "wrong-passphrase") {
    const words = "The passphrase was wrong too often, so the link has locked itself. Nothing was shown to anybody.";
    return { kind: "over", title: "This link is locked", words, advice: ASK_AGAIN };
  }
  // 401: the gateway takes an id with a slash in it for another address, to which nobody comes without a sign-in.
  if (status === 401 || status === 404 || status === 422) {
    const words = "No key belongs to this link. Perhaps its end was lost when it was copied, or a line break got into it.";
    const advice = `Copy the whole link from the message that you got, and open it again. If that does not help: ${lowered(ASK_AGAIN)}`;
    return { kind: "over", title: "This link is not known", words, advice };
  }
  if (status === 410) {
    const advice = "A new link takes them a minute, and you need no account for it.";
    return { kind: "over", title: "This link no longer works", words: problem.message, advice };
  }
  if (code === "handover-not-ready") {
    return { kind: "later", words: "The key is still being made. Wait a minute and try again; nothing has been used up." };
  }
  if (status === 409) return { kind: "later", words: `${problem.message} Nothing has been used up.` };
  if (status === 429) return { kind: "later", words: "Too many tries at once. Wait a minute and try again; nothing has been used up." };
  if (status >= 400) return { kind: "later", words: "Something is out of order on our side. Try again in a few minutes; nothing has been used up." };
  const words = "No answer came. Check your connection and try again. Should the link then be used up, the answer was lost on its way: ask for a new link.";
  return { kind: "later", words };
}

function lowered(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
