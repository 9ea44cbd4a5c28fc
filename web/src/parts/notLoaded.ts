const RELOADED = "stowage.reloaded";
/** Longer than any loading: a reload that has not helped is not tried again by itself. */
const ONCE_IN = 60_000;

/** A part of the console did not arrive: the words of Vite and of the three browser families for it. */
const WORDS = /preload CSS|dynamically imported module|importing a module script/i;

/** Whether an error is that: without a network, or because an upgrade has renamed what this page knew. */
export function isNotLoaded(error: unknown): boolean {
  return error instanceof Error && WORDS.test(error.message);
}

interface Surroundings {
  readonly isOnline: boolean;
  readonly now: number;
  readonly kept: Pick<Storage, "getItem" | "setItem">;
  /** Whether the server answers. */
  probe(): Promise<boolean>;
  reload(): void;
}

/**
 * Read the document anew, which brings the newest names of everything; but only when the server answers: without it, the
 * browser's own page would take the place of ours. By itself, once in a minute at most; by a click, each time.
 */
export async function recover(isAsked: boolean, { isOnline, now, kept, probe, reload }: Surroundings): Promise<void> {
  const last = Number(kept.getItem(RELOADED));
  if (!isOnline || (!isAsked && now - last < ONCE_IN) || !(await probe())) return;
  kept.setItem(RELOADED, String(now));
  reload();
}

/** The same with what the browser has. */
export function recoverHere(isAsked: boolean): Promise<void> {
  const probe = () => fetch("/config.json", { cache: "no-store" }).then((answer) => answer.ok, () => false);
  return recover(isAsked, { isOnline: navigator.onLine, now: Date.now(), kept: sessionStorage, probe, reload: () => location.reload() });
}
