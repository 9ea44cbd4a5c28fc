/** Whoever knows a better place for the focus comes first. */
const MOMENT = 50;

/**
 * What has the focus may vanish: a button whose deed is done, a message that was put away, what had opened a dialog. A
 * screen reader would begin at the top of the page again, and Escape would close nothing. Here the focus goes to what was
 * around it. Gives the way to end it.
 */
export function keepFocus(): () => void {
  let around: readonly Element[] = [];
  /** The same of what had opened the dialog that has the focus. */
  let opener: readonly Element[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const hear = ({ target }: FocusEvent) => {
    if (!(target instanceof Element)) return;
    const isIn = (path: readonly Element[]) => path.some((each) => each.matches("[role=dialog]"));
    const path = pathOf(target);
    if (isIn(path) && !isIn(around)) opener = around;
    around = path;
  };
  const give = () => {
    if (document.activeElement !== document.body) return;
    const place = [...around, ...opener].find((each) => each.isConnected);
    if (!(place instanceof HTMLElement)) return;
    if (!place.hasAttribute("tabindex")) {
      place.tabIndex = -1;
      place.addEventListener("blur", () => place.removeAttribute("tabindex"), { once: true });
    }
    place.focus({ preventScroll: true });
  };
  const observer = new MutationObserver(() => {
    if (around[0]?.isConnected !== false || document.activeElement !== document.body) return;
    clearTimeout(timer);
    timer = setTimeout(give, MOMENT);
  });

  document.addEventListener("focusin", hear);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    clearTimeout(timer);
    observer.disconnect();
    document.removeEventListener("focusin", hear);
  };
}

/** The element and what it lies in, up to the page's body. */
function pathOf(element: Element): readonly Element[] {
  const path: Element[] = [];
  for (let each: Element | null = element; each !== null && each !== document.body; each = each.parentElement) path.push(each);
  return path;
}
