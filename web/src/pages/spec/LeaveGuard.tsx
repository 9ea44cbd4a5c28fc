import { type RefObject, useEffect } from "react";
import { useBlocker } from "react-router";
import { Dialog } from "../../parts/Dialog";

interface Props {
  /** Whether anything would be lost. */
  readonly isDirty: boolean;
  /** Set once it was saved: the way from there on is free, in the same moment still. */
  readonly isSaved: RefObject<boolean>;
}

/** Asks before a form with unsaved edits is left: by a link, by the browser's Back, or with the tab. */
export function LeaveGuard({ isDirty, isSaved }: Props) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => isDirty && !isSaved.current && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    if (!isDirty) return;
    // The browser asks in words of its own.
    const ask = (event: BeforeUnloadEvent) => {
      if (!isSaved.current) event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isDirty, isSaved]);
  if (blocker.state !== "blocked") return null;
  return (
    <Dialog title="Leave without saving?" deed="Leave" act={() => blocker.proceed()} wayBack="Stay here" close={() => blocker.reset()}>
      What you have filled in is not saved, and is lost when you leave.
    </Dialog>
  );
}
