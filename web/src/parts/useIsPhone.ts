import { useSyncExternalStore } from "react";

const narrow = matchMedia("(max-width: 688px)");

function subscribe(listener: () => void): () => void {
  narrow.addEventListener("change", listener);
  return () => narrow.removeEventListener("change", listener);
}

/** Whether there is too little room for tables: below Cloudscape's own breakpoint. */
export function useIsPhone(): boolean {
  return useSyncExternalStore(subscribe, () => narrow.matches);
}
