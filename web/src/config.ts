/** Where this console's Stowage is: /config.json, written by whoever serves the console. */
export interface Config {
  /** The HTTP API, without /v1 and without a trailing slash. */
  readonly api: string;
  /** The WebSocket API; a ticket is appended as ?ticket=. */
  readonly socket: string;
  /** The sign-in pages, without a trailing slash. */
  readonly signIn: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly region: string;
}

const MEMBERS = ["api", "socket", "signIn", "issuer", "clientId", "region"] as const;

/** Read the configuration. Throws an Error with a sentence if there is none, or not a whole one. */
export async function loadConfig(): Promise<Config> {
  const answer = await fetch("/config.json", { cache: "no-cache" });
  const type = answer.headers.get("content-type") ?? "";
  if (!answer.ok || !type.includes("json")) throw new Error("This console has no config.json: publish it again.");
  const found = (await answer.json()) as Partial<Config>;
  const missing = MEMBERS.filter((member) => typeof found[member] !== "string" || found[member] === "");
  if (missing.length > 0) throw new Error(`config.json lacks ${missing.join(", ")}: publish the console again.`);
  return found as Config;
}
