/** A handover's one-time link: the id in the path, the token behind #, where no server and no log sees it. */
export interface Link {
  readonly handover: string;
  readonly token: string;
}

/** Read the link that this page was opened by; null for one that lost its end on the way. */
export function readLink({ pathname, hash }: { pathname: string; hash: string }): Link | null {
  const handover = /^\/handovers\/([^/]+)\/?$/.exec(pathname)?.[1];
  const token = new URLSearchParams(hash.slice(1)).get("token");
  return handover === undefined || token === null || token === "" ? null : { handover: decodeURIComponent(handover), token };
}
