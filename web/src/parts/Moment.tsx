import { ago, localParts, localTime, utcTime } from "./time";
import { useNow } from "./useNow";

/** A time in the person's own zone; UTC on hover. Where it does not fit in one line, the time of day has one of its own. */
export function Moment({ at }: { at: string }) {
  const [day, time] = localParts(at);
  return (
    <time className="moment" dateTime={at} title={utcTime(at)}>
      <span>{time === undefined ? day : `${day},`}</span> {time !== undefined && <span>{time}</span>}
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
