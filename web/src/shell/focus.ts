import { type RefObject, useEffect } from "react";

const TAKES_FOCUS = "input:not([disabled]), textarea:not([disabled]), button:not([disabled]), a[href]";

/**
 * What has the focus may go while its page stays: with a deletion its button does. The focus, which the browser then
 * gives to nobody, goes to the content, as it does on a new page; while a dialog is open, it stays in there.
 */
export function useKeptFocus(content: RefObject<HTMLElement | null>) {
  useEffect(() => {
    let last: Node | null = null;
    const note = ({ target }: FocusEvent) => (last = target as Node);
    // Told, by some browsers, of what is being removed as well, so nothing is known before that is over.
    const leave = ({ target }: FocusEvent) =>
      queueMicrotask(() => {
        if (last === target && last?.isConnected === true && document.activeElement === document.body) last = null; // left on purpose
      });
    const observer = new MutationObserver(() => {
      if (last === null || last.isConnected || document.activeElement !== document.body) return;
      last = null;
      const dialog = [...document.querySelectorAll("[role=dialog]")].at(-1);
      const place = dialog === undefined ? content.current : dialog.querySelector<HTMLElement>(TAKES_FOCUS);
      place?.focus({ preventScroll: true });
    });
    document.addEventListener("focusin", note);
    document.addEventListener("focusout", leave);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener("focusin", note);
      document.removeEventListener("focusout", leave);
      observer.disconnect();
    };
  }, [content]);
}
