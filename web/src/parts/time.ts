const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** "23 Nov 2026, 14:03:12", in the person's own zone. */
export function localTime(at: string): string {
  return localParts(at).join(", ");
}

/** The same by its parts, day and time of day; what is no time is one part. */
export function localParts(at: string): readonly string[] {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? [at] : [DAY.format(date), TIME.format(date)];
}

/** The time of day alone where it is today's, else date and time. */
export function shortTime(at: string, now: number): string {
  const date = new Date(at);
  return new Date(now).toDateString() === date.toDateString() ? CLOCK.format(date) : localTime(at);
}

/** "2026-11-23 13:03:12 UTC". */
export function utcTime(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? at : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** "850 ms", "12 s", "3 min 5 s", "2 h 10 min". */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "just now", "12 s ago", "3 min ago". */
export function ago(at: number, now: number): string {
  const seconds = Math.floor((now - at) / 1000);
  if (seconds < 3) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min ago` : `${Math.floor(seconds / 3600)} h ago`;
}
