/** The audit as a file: every page that the filters find, as CSV or JSON. */
import type { Change } from "../../api/client";

export type Format = "csv" | "json";

/** The columns of the CSV, and their order, which spreadsheets of others may rely on. */
const COLUMNS = [
  "id", "project", "kind", "name", "action", "mode", "status", "outcome", "cause", "actor", "actorId", "startedAt", "endedAt",
] as const satisfies readonly (keyof Change)[];

/** What a spreadsheet takes for a formula: https://owasp.org/www-community/attacks/CSV_Injection. */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * Give a cell: guarded by an apostrophe where a spreadsheet would compute it, quoted where its text would break the row
 * (RFC 4180).
 */
export function cellOf(value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value);
  const guarded = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n\t]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** Give the rows as CSV, the columns' names first. The mark at its beginning tells Excel that it is UTF-8. */
export function csvOf(changes: readonly Change[]): string {
  const rows = changes.map((change) => COLUMNS.map((column) => cellOf(change[column])).join(","));
  return `\ufeff${[COLUMNS.join(","), ...rows].join("\r\n")}\r\n`;
}

export function jsonOf(changes: readonly Change[]): string {
  return `${JSON.stringify(changes.map((change) => Object.fromEntries(COLUMNS.map((column) => [column, change[column] ?? null]))), null, 2)}\n`;
}

interface ChangesPage {
  readonly items: readonly Change[];
  readonly cursor?: string | null;
}

/**
 * Read page after page.
 *
 * @param progress hears after each page how many there are so far
 */
export async function readAll(read: (cursor: string | undefined) => Promise<ChangesPage>, progress: (count: number) => void): Promise<readonly Change[]> {
  const found: Change[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    found.push(...page.items);
    progress(found.length);
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

/** "atlas-changes-2026-11-23.csv". */
export function fileName(project: string, format: Format, now: Date): string {
  return `${project}-changes-${now.toISOString().slice(0, 10)}.${format}`;
}

/** Hand a text over as a file, without the server. */
export function download(name: string, text: string, format: Format): void {
  const type = format === "csv" ? "text/csv;charset=utf-8" : "application/json";
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // a slow disk is still reading it
}
