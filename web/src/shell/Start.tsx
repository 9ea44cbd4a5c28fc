import I18nProvider from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { type ReactNode, Suspense, lazy, useEffect, useState, useSyncExternalStore } from "react";
import { Session } from "../auth/session";
import { type Config, loadConfig } from "../config";
import { Failed, Loading } from "../parts/Blocks";
import { ErrorBoundary } from "../parts/ErrorBoundary";
import { ProblemError } from "../api/problem";
import { SignInPage } from "./SignInPage";

const Console = lazy(() => import("./Console"));

interface Started {
  readonly config: Config;
  readonly session: Session;
}

let starting: Promise<Started> | null = null;

/** Once per page: a sign-in's code can be redeemed a single time. */
export function start(): Promise<Started> {
  starting ??= (async () => {
    const config = await loadConfig();
    const session = new Session(config);
    const path = await session.start();
    if (path !== null) history.replaceState(null, "", path);
    return { config, session };
  })();
  return starting;
}

/** From the first byte to either the sign-in or the console. */
export function Start() {
  const [started, setStarted] = useState<Started | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => void start().then(setStarted, setError), []);
  if (error !== null) {
    const problem = error instanceof TypeError ? error : new ProblemError("config", 0, "Stowage is not set up", String((error as Error).message));
    return <Frame><Failed error={problem} retry={() => location.reload()} /></Frame>;
  }
  if (started === null) return <Frame><Loading what="Starting" /></Frame>;
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <Gate {...started} />
    </I18nProvider>
  );
}

function Gate({ config, session }: Started) {
  const state = useSyncExternalStore(session.subscribe, () => session.state);
  if (state.status === "out") return <Frame><SignInPage session={session} why={state.why} /></Frame>;
  if (state.status === "starting") return <Frame><Loading what="Signing in" /></Frame>;
  return (
    <ErrorBoundary resetKey="">
      <Suspense fallback={<Frame><Loading what="Opening" /></Frame>}>
        <Console config={config} session={session} hasEnded={state.status === "ended"} />
      </Suspense>
    </ErrorBoundary>
  );
}

function Frame({ children }: { children: ReactNode }) {
  return <main className="frame">{children}</main>;
}
