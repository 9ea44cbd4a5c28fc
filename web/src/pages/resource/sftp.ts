import type { Resource } from "../../api/client";

/** What somebody needs to know to sign in by SFTP. */
export interface Signing {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly publicKeys: readonly string[];
  /** Of the server's own key, where the outputs tell it. */
  readonly hostFingerprint: string | null;
  /** AWS's id of the server, by which an operator asks for its fingerprints. */
  readonly serverId: string | null;
  readonly isLocal: boolean;
}

const PORT = 22;

/** Read it from a resource's outputs; null where there is no such server, or none yet. */
export function signingOf({ outputs, spec }: Pick<Resource, "outputs" | "spec">, pageHost: string = location.hostname): Signing | null {
  const told = outputs as Readonly<Record<string, unknown>>;
  const { Endpoint: endpoint, UserName: user, HostKeyFingerprint: print, ServerId: serverId } = told;
  if (typeof endpoint !== "string" || typeof user !== "string" || !Array.isArray(spec["publicKeys"])) return null;
  const [, host = endpoint, port] = /^(.+?)(?::(\d+))?$/.exec(endpoint) ?? [];
  return {
    host,
    port: port === undefined ? PORT : Number(port),
    user,
    publicKeys: spec["publicKeys"].filter((each): each is string => typeof each === "string"),
    hostFingerprint: typeof print === "string" ? print : null,
    serverId: typeof serverId === "string" ? serverId : null,
    isLocal: pageHost === "127.0.0.1" || pageHost === "localhost",
  };
}

/** Give the line for a terminal; names hold nothing that a shell would read otherwise. */
export function sftpCommand({ host, port, user }: Pick<Signing, "host" | "port" | "user">): string {
  return `sftp -i PRIVATE_KEY${port === PORT ? "" : ` -P ${port}`} ${user}@${host}`;
}

/** Give a public key's fingerprint as OpenSSH shows it; the line's own words where it cannot be read. */
export async function fingerprint(line: string): Promise<string> {
  try {
    const key = Uint8Array.from(atob(line.split(" ")[1] ?? ""), (letter) => letter.charCodeAt(0));
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", key));
    return `SHA256:${btoa(String.fromCharCode(...hash)).replace(/=+$/, "")}`;
  } catch {
    return "Not readable";
  }
}
