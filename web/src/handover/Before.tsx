import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Refusal } from "./reveal";

interface Props {
  readonly isReady: boolean;
  readonly isAsking: boolean;
  readonly needsPassphrase: boolean;
  readonly refusal: Refusal | null;
  /** Show the key; null: without a passphrase. */
  readonly open: (passphrase: string | null) => void;
}

/** What is said before anything is shown: what this is, that it is shown once, and the click that does it. */
export function Before({ isReady, isAsking, needsPassphrase, refusal, open }: Props) {
  const [passphrase, setPassphrase] = useState("");
  const [isMissing, setMissing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (needsPassphrase && !isAsking) field.current?.select();
  }, [needsPassphrase, refusal, isAsking]);

  const send = (event: FormEvent) => {
    event.preventDefault();
    setMissing(needsPassphrase && passphrase === "");
    if (needsPassphrase && passphrase === "") field.current?.focus();
    else open(needsPassphrase ? passphrase : null);
  };
  const tries = refusal?.kind === "passphrase" ? refusal.triesLeft : null;
  const fault = isMissing ? "Type the passphrase first." : refusal?.kind === "passphrase" ? refusal.words : null;

  return (
    <main>
      <h1>You have been sent an access key</h1>
      <p>
        Somebody you work with has made you a key to files that are kept at Amazon Web Services (AWS). It is for a program,
        such as the AWS CLI, and has two parts, much like a user name and a password. You need no account to get it.
      </p>
      <section className="card warn" aria-labelledby="once">
        <h2 id="once">It is shown once</h2>
        <ul>
          <li>As soon as you show the key, this link is used up: for you, and for everybody else.</li>
          <li>Have a safe place ready to keep it in, such as a password manager.</li>
          <li>Be on the device where you need it. Opening this page has used up nothing: you may close it and open your link elsewhere.</li>
          <li>If you expected no key, do not show it, and ask the person who sent you the link.</li>
        </ul>
      </section>
      <form onSubmit={send} noValidate>
        {needsPassphrase && (
          <div className="field">
            <label htmlFor="passphrase">Passphrase</label>
            <p className="hint" id="passphrase-hint">
              This link has a passphrase too. The person who sent you the link has told you, perhaps by phone.
              {tries !== null && ` You have ${tries} ${tries === 1 ? "try" : "tries"} left.`}
            </p>
            {/* Shown as it is typed: it was read out to somebody, and a wrong letter costs a try. */}
            <input
              ref={field} id="passphrase" type="text" autoComplete="off" autoCapitalize="none" autoCorrect="off" spellCheck={false} maxLength={200}
              value={passphrase} aria-describedby="passphrase-hint passphrase-fault" aria-invalid={fault !== null}
              onChange={(event) => setPassphrase(event.target.value)}
            />
          </div>
        )}
        <p role="alert" id="passphrase-fault" className="fault">
          {fault}
          {refusal?.kind === "later" && !isAsking && refusal.words}
        </p>
        <button type="submit" className="primary" disabled={!isReady} aria-disabled={isAsking}>
          {isAsking ? "Showing the key …" : "Show the key now"}
        </button>
      </form>
      <p className="fine">
        This page is Stowage’s, at <b>{location.host}</b>. It stores nothing on your device.
      </p>
    </main>
  );
}
