/** A handover's one-time link: the id in the path, the token behind #, where no server and no log sees it. */
export interface Link {
  readonly handover: string;
  readonly token: string;
}

/** How this page was come to: with a whole link, anew with one that it has put away or shown the key of, or with less. */
export type Arrival = { readonly link: Link } | { readonly link: null; readonly before: "nothing" | "loaded" | "shown" };

const PUT_AWAY = "stowage.link-put-away";
const SHOWN = "stowage.link-shown";

/** Read the link that this page was opened by; null for one that lost its end on the way. */
export function readLink({ pathname, hash }: { pathname: string; hash: string }): Link | null {
  const handover = /^\/handovers\/([^/]+)\/?$/.exec(pathname)?.[1];
  const token = new URLSearchParams(hash.slice(1)).get("token");
  return handover === undefined || token === null || token === "" ? null : { handover: decoded(handover), token };
}

/**
 * Read the link and take its token out of the address bar and the history, where somebody else might find it. A mark
 * stays there, so that a reload, which has no token any more, can say what happened.
 */
export function takeLink(place: { pathname: string; hash: string }, history: Pick<History, "state" | "replaceState">): Arrival {
  const link = readLink(place);
  if (link === null) return { link, before: history.state === SHOWN ? "shown" : history.state === PUT_AWAY ? "loaded" : "nothing" };
  history.replaceState(PUT_AWAY, "", place.pathname);
  return { link };
}

/** Leave a mark that the key was shown: a reload must not send anybody back to a link that is used up. */
export function markShown(history: Pick<History, "replaceState">): void {
  history.replaceState(SHOWN, "");
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word; // the API knows no such handover, and says so
  }
}
