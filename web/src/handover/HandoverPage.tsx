import { useEffect, useState } from "react";
import { type Config, loadConfig } from "../config";
import { type Link, readLink } from "./link";

/** What a third party sees who has opened a one-time link: nothing is revealed before they say so. */
export function HandoverPage() {
  const [link] = useState<Link | null>(() => readLink(location));
  const [config, setConfig] = useState<Config | null>(null);
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    loadConfig().then(setConfig, () => setBroken(true));
  }, []);
  return (
    <main>
      <h1>Your credentials</h1>
      {link === null && <p role="alert">This link is not whole. Copy it again from the message that you got, to its very end.</p>}
      {isBroken && <p role="alert">This page could not be prepared. Reload it; nothing has been used up.</p>}
      {link !== null && config === null && !isBroken && <p role="status">Loading …</p>}
      {link !== null && config !== null && <p>The link can be opened once. Nothing has been used up yet.</p>}
    </main>
  );
}
