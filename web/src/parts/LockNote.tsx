import Alert, { type AlertProps } from "@cloudscape-design/components/alert";
import type { Ref } from "react";
import type { Lock } from "../api/problem";
import { changePath } from "../paths";
import { PageLink } from "./PageLink";
import { utcTime, shortTime } from "./time";
import { useNow } from "./useNow";
import { doing } from "./words";

/** Say who holds a resource, doing what, since when. */
export function lockSentence(lock: Lock, now: number): string {
  return `${doing(lock.action)} by ${lock.actor} since ${shortTime(lock.since, now)}`;
}

/** A lock's holder and since when; UTC on hover. */
export function LockNote({ lock }: { lock: Lock }) {
  const now = useNow();
  return <span title={utcTime(lock.since)}>{lockSentence(lock, now)}</span>;
}

/** What a request that met somebody else's lock has come to, and the way to look at theirs. */
export function LockRefusal({ project, lock, alert }: { project: string; lock: Lock; alert?: Ref<AlertProps.Ref> }) {
  return (
    <Alert {...(alert !== undefined && { ref: alert })} type="warning" header="Somebody is changing it at this moment">
      <span className="wrap-anywhere">
        <LockNote lock={lock} />. Nothing of yours was done; try again once that has ended.{" "}
        <PageLink to={changePath(project, lock.change)}>See the change</PageLink>
      </span>
    </Alert>
  );
}
