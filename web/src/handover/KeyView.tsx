import { useEffect, useRef, useState } from "react";
import type { Credentials } from "./reveal";
import { type Shell, SHELLS, accessWords, asFile, examples, grantsOf, setUp } from "./snippets";
import { CopyButton, useSpoken } from "./speech";

/** The key itself: shown, copied, kept. The page asks before it is left while nothing was kept yet. */
export function KeyView({ credentials, endpoint }: { credentials: Credentials; endpoint: string | null }) {
  const { accessKeyId, secretAccessKey, region, userName } = credentials;
  const [isSecretShown, setSecretShown] = useState(false);
  const [shell, setShell] = useState<Shell>("aws");
  const [isKept, setKept] = useState(false);
  const [spoken, say] = useSpoken();
  const heading = useRef<HTMLHeadingElement>(null);
  const grants = grantsOf(credentials);
  const hint = SHELLS.find(({ id }) => id === shell)?.hint;
  const lines = setUp(shell, credentials, endpoint);
  const tries = examples(shell, credentials);
  const masked = (text: string) => (isSecretShown ? text : text.replaceAll(secretAccessKey, "•".repeat(12)));
  const kept = (words: string) => {
    setKept(true);
    say(words);
  };

  useEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    if (isKept) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [isKept]);

  const download = () => {
    const address = URL.createObjectURL(new Blob([asFile(credentials, endpoint)], { type: "text/plain" }));
    Object.assign(document.createElement("a"), { href: address, download: `access-key-${userName}.txt` }).click();
    URL.revokeObjectURL(address);
    kept("The file was downloaded.");
  };

  return (
    <main>
      <h1 ref={heading} tabIndex={-1}>
        Your access key
      </h1>
      <p className="card warn">
        <b>Keep it now.</b> The link is used up: once you leave this page, nobody can show you this key again.
      </p>
      <dl className="card">
        <dt>Access key id</dt>
        <dd>
          <code>{accessKeyId}</code>
          <CopyButton what="Access key id" text={accessKeyId} say={say} />
        </dd>
        <dt>Secret access key</dt>
        <dd>
          <code data-testid="secret">{masked(secretAccessKey)}</code>
          <button type="button" aria-pressed={isSecretShown} onClick={() => setSecretShown(!isSecretShown)}>
            {isSecretShown ? "Hide" : "Show"}
            <span className="unseen"> the secret</span>
          </button>
          <CopyButton what="Secret access key" text={secretAccessKey} say={kept} />
        </dd>
        <dt>User</dt>
        <dd>
          <code>{userName}</code>
        </dd>
        <dt>Region</dt>
        <dd>
          <code>{region}</code>
        </dd>
        {endpoint !== null && (
          <>
            <dt>Endpoint</dt>
            <dd>
              <code>{endpoint}</code>
            </dd>
          </>
        )}
      </dl>
      <p>
        <button type="button" className="primary" onClick={download}>
          Download all of it as a file
        </button>
      </p>
      <h2>What it opens</h2>
      <ul>
        {grants.map(({ bucket, prefix, access }) => (
          <li key={`${bucket}/${prefix}`}>
            <code>
              s3://{bucket}/{prefix}
            </code>
            : {accessWords(access)}
          </li>
        ))}
      </ul>
      <h2>How to use it</h2>
      <fieldset className="shells">
        <legend className="unseen">Your program</legend>
        {SHELLS.map(({ id, label }) => (
          <label key={id}>
            <input type="radio" name="shell" checked={shell === id} onChange={() => setShell(id)} /> {label}
          </label>
        ))}
      </fieldset>
      <Lines title="Make the key known" hint={hint} shown={masked(lines)} copied={lines} say={kept} />
      {tries !== "" && <Lines title="Then try it" hint="FILE stands for a file of yours." shown={tries} copied={tries} say={say} />}
      <p role="status" className={spoken === "" ? "unseen" : "toast"}>
        {spoken}
      </p>
    </main>
  );
}

interface LinesProps {
  readonly title: string;
  readonly hint: string | undefined;
  readonly shown: string;
  readonly copied: string;
  readonly say: (words: string) => void;
}

/** Lines for a terminal, with what copies them; the secret in them is copied though it is not seen. */
function Lines({ title, hint, shown, copied, say }: LinesProps) {
  return (
    <section className="lines" aria-label={title}>
      <div>
        <h3>{title}</h3>
        <CopyButton what={title} text={copied} say={say} />
      </div>
      <p className="hint">{hint}</p>
      <pre tabIndex={0} role="group" aria-label={`${title}: lines`}>
        {shown}
      </pre>
    </section>
  );
}
