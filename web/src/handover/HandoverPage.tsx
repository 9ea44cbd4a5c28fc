import { type ReactNode, useEffect, useRef, useState } from "react";
import { type Config, loadConfig } from "../config";
import { Before } from "./Before";
import { KeyView } from "./KeyView";
import { type Arrival, markShown } from "./link";
import { type Credentials, type Refusal, refusalOf, reveal } from "./reveal";
import { localEndpoint } from "./snippets";

/**
 * What a third party sees who has opened a one-time link. Nothing is asked for before they say so: what looks at links
 * on its own, a messenger's preview say, uses up nothing. What is revealed lives in this component and ends with it.
 */
export function HandoverPage({ arrival }: { arrival: Arrival }) {
  const [config, setConfig] = useState<Config | null>(null);
  const [isBroken, setBroken] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [needsPassphrase, setNeedsPassphrase] = useState(false);
  const [credentials, setCredentials] = useState<Credentials | null>(null);
  const [wasLeft, setLeft] = useState(false);
  const { link } = arrival;

  useEffect(() => {
    loadConfig().then(setConfig, () => setBroken(true));
  }, []);
  useEffect(() => {
    // A browser may keep a page that was left, to come back to it in a moment: then nothing is in it any more.
    const forget = () => setCredentials((before) => (before === null ? null : (setLeft(true), null)));
    addEventListener("pagehide", forget);
    return () => removeEventListener("pagehide", forget);
  }, []);

  const open = async (passphrase: string | null) => {
    if (isAsking || link === null || config === null) return;
    setAsking(true);
    try {
      setCredentials(await reveal(config.api, link, passphrase));
      markShown(history);
    } catch (error) {
      const refused = refusalOf(error, passphrase !== null);
      if (refused.kind === "passphrase") setNeedsPassphrase(true);
      setRefusal(refused);
    } finally {
      setAsking(false);
    }
  };

  if (wasLeft) {
    return (
      <End title="The key is no longer shown">
        You left this page, so it has forgotten the key. If you did not keep it, ask the person who sent you the link for a new one.
      </End>
    );
  }
  if (credentials !== null && config !== null) return <KeyView credentials={credentials} endpoint={localEndpoint(config.signIn)} />;
  if (link === null) {
    if (arrival.before === "shown") {
      return (
        <End title="The key is no longer shown">
          It was shown here, and reloading this page has made it forget the key. Do not open the link again: it is used up. If
          you did not keep the key, ask the person who sent you the link for a new one.
        </End>
      );
    }
    return arrival.before === "loaded" ? (
      <End title="Open your link again">
        Reloading this page has made it forget the link. Nothing has been used up by that: go back to the message that you
        got, and open the link from there.
      </End>
    ) : (
      <End title="This link is not whole">
        Its end is missing. Copy the whole link from the message that you got, to its very last character, and open it again.
        Nothing has been used up.
      </End>
    );
  }
  if (refusal?.kind === "over") {
    return (
      <End title={refusal.title} advice={refusal.advice}>
        {refusal.words}
      </End>
    );
  }
  if (isBroken) return <End title="This page could not be prepared">Open the link from your message once more. Nothing has been used up.</End>;
  return <Before isReady={config !== null} isAsking={isAsking} needsPassphrase={needsPassphrase} refusal={refusal} open={(passphrase) => void open(passphrase)} />;
}

/** A state from which no click on this page leads on. */
function End({ title, advice, children }: { title: string; advice?: string; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [title]);
  return (
    <main>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      <p>{children}</p>
      {advice !== undefined && <p>{advice}</p>}
    </main>
  );
}
