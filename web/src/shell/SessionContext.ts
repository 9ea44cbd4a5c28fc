import { createContext, use } from "react";
import type { Session } from "../auth/session";

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error("useSession outside the console");
  return session;
}
