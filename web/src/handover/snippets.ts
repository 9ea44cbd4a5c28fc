import type { Credentials } from "./reveal";

/** What a key opens: a folder of a bucket, and what may be done there. */
export interface Grant {
  readonly bucket: string;
  readonly prefix: string;
  readonly access: readonly string[];
}

/** Read the grants of an answer; what is none of the form known here is left out. */
export function grantsOf(credentials: Credentials): readonly Grant[] {
  return credentials.grants.flatMap(({ bucket, prefix, access }) =>
    typeof bucket === "string" && Array.isArray(access)
      ? [{ bucket, prefix: typeof prefix === "string" ? prefix : "", access: access.map(String) }]
      : [],
  );
}

const WORDS: Record<string, string> = { list: "see what is there", read: "download", write: "upload", delete: "delete" };

/** "see what is there, download". */
export function accessWords(access: readonly string[]): string {
  return access.map((each) => WORDS[each] ?? each).join(", ");
}

export type Shell = "aws" | "sh" | "powershell";

export const SHELLS: readonly { readonly id: Shell; readonly label: string; readonly hint: string }[] = [
  { id: "aws", label: "AWS CLI", hint: "Paste into a terminal. It stores the key as a profile, whose name is then given with each command. A terminal may remember what was typed: clear its history on a shared computer." },
  { id: "sh", label: "macOS, Linux", hint: "Paste into a terminal. The key is known there until you close the window." },
  { id: "powershell", label: "PowerShell", hint: "Paste into PowerShell. The key is known there until you close the window." },
];

/**
 * Give the lines that make a key known.
 *
 * @param endpoint where AWS is, if it is not AWS itself: a local cloud
 */
export function setUp(shell: Shell, credentials: Credentials, endpoint: string | null): string {
  const { accessKeyId, secretAccessKey, region, userName } = credentials;
  if (shell === "aws") {
    const set = (name: string, value: string) => `aws configure set ${name} ${quoted(value)} --profile ${quoted(userName)}`;
    return [
      set("aws_access_key_id", accessKeyId),
      set("aws_secret_access_key", secretAccessKey),
      set("region", region),
      ...(endpoint === null ? [] : [set("endpoint_url", endpoint)]),
    ].join("\n");
  }
  const lines = [
    ["AWS_ACCESS_KEY_ID", accessKeyId],
    ["AWS_SECRET_ACCESS_KEY", secretAccessKey],
    ["AWS_DEFAULT_REGION", region],
    ...(endpoint === null ? [] : [["AWS_ENDPOINT_URL", endpoint]]),
  ] as [string, string][];
  const line = shell === "sh" ? ([name, value]: [string, string]) => `export ${name}=${quoted(value)}` : ([name, value]: [string, string]) => `$env:${name} = '${value.replaceAll("'", "''")}'`;
  return lines.map(line).join("\n");
}

/** Give a command to try for each thing that each grant allows. */
export function examples(shell: Shell, credentials: Credentials): string {
  const profile = shell === "aws" ? ` --profile ${quoted(credentials.userName)}` : "";
  const lines = grantsOf(credentials).flatMap(({ bucket, prefix, access }) => {
    const place = (rest: string) => quoted(`s3://${bucket}/${prefix}${rest}`);
    const commands: Record<string, string> = {
      list: `aws s3 ls ${place("")}`,
      read: `aws s3 cp ${place("FILE")} .`,
      write: `aws s3 cp FILE ${place("")}`,
      delete: `aws s3 rm ${place("FILE")}`,
    };
    return access.flatMap((each) => commands[each] ?? []);
  });
  return lines.map((line) => line + profile).join("\n");
}

/** Give everything as the text of a file to keep. */
export function asFile(credentials: Credentials, endpoint: string | null): string {
  const { accessKeyId, secretAccessKey, region, userName } = credentials;
  const parts = [
    "Keep this file where only you can read it, and delete it once the key is in a safe place.",
    ["User:              " + userName, "Access key id:     " + accessKeyId, "Secret access key: " + secretAccessKey, "Region:            " + region, ...(endpoint === null ? [] : ["Endpoint:          " + endpoint])].join("\n"),
    ["What it opens:", ...grantsOf(credentials).map(({ bucket, prefix, access }) => `  s3://${bucket}/${prefix}  (${accessWords(access)})`)].join("\n"),
    "With the AWS CLI:\n" + setUp("aws", credentials, endpoint),
    "Then, for example:\n" + examples("aws", credentials),
  ];
  return parts.join("\n\n") + "\n";
}

/** Give the address of a local cloud; null on AWS, where programs find it by themselves. */
export function localEndpoint(signIn: string): string | null {
  const { hostname, origin } = new URL(signIn);
  return hostname === "127.0.0.1" || hostname === "localhost" ? origin : null;
}

/** Quote a word for a shell where it needs that; folders may have ' ( ) in their names. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_./:@=+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
