import { ago, localTime, utcTime } from "./time";
import { useNow } from "./useNow";

/** A time in the person's own zone; UTC on hover. */
export function Moment({ at }: { at: string }) {
  return (
    <time dateTime={at} title={utcTime(at)}>
      {localTime(at)}
    </time>
  );
}

/** "12 s ago", counting; the time itself on hover. */
export function Ago({ at }: { at: string }) {
  const now = useNow();
  return (
    <time className="ago" dateTime={at} title={`${localTime(at)} (${utcTime(at)})`}>
      {ago(new Date(at).getTime(), now)}
    </time>
  );
}
