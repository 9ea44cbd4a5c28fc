import { useCallback, useEffect, useState } from "react";

const SEEN_FOR = 4_000;

/** Something short to be said and seen for a moment; said twice, it is heard twice. */
export function useSpoken(): [string, (words: string) => void] {
  const [spoken, setSpoken] = useState("");
  useEffect(() => {
    if (spoken === "") return;
    const timer = setTimeout(() => setSpoken(""), SEEN_FOR);
    return () => clearTimeout(timer);
  }, [spoken]);
  const say = useCallback((words: string) => {
    setSpoken("");
    requestAnimationFrame(() => setSpoken(words));
  }, []);
  return [spoken, say];
}

/** Copies; `say` hears of success alone, so that "kept" is never believed in vain. */
export function CopyButton({ what, text, say }: { what: string; text: string; say: (words: string) => void }) {
  const [hasFailed, setFailed] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setFailed(false);
      say(`${what}: copied.`);
    } catch {
      setFailed(true); // an old browser, or one that was told not to
    }
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        Copy<span className="unseen"> {what}</span>
      </button>
      {hasFailed && (
        <span role="alert" className="fault">
          Your browser does not let this page copy. Show it, select it, and copy it by hand.
        </span>
      )}
    </>
  );
}
