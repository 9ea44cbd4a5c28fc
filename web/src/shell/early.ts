import { mayBeSignedIn } from "../auth/session";

/**
 * Fetch what the first page of somebody who is signed in needs, all of it at once: the console asks for its page only when
 * it is there itself, and on a slow network each wait counts.
 */
export function fetchEarly(): void {
  if (!mayBeSignedIn()) return;
  const { pathname } = location;
  void import("./Console");
  if (/^\/projects\/[^/]+\/?$/.test(pathname)) void import("../pages/ResourcesPage");
  else if (pathname === "/") void import("../pages/ProjectsPage");
}
