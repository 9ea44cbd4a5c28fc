import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { RouterProvider } from "react-router/dom";
import { ApiProvider } from "../api/ApiProvider";
import { createApi } from "../api/client";
import { hearRefusal } from "../api/membership";
import { asProblem } from "../api/problem";
import type { Session } from "../auth/session";
import { FlashProvider } from "../changes/FlashProvider";
import type { Config } from "../config";
import { LiveProvider } from "../live/LiveProvider";
import { createRouter } from "../routes";
import { SessionContext } from "./SessionContext";
import { SessionEnded } from "./SessionEnded";

const RETRIES = 2;

function newCache(): QueryClient {
  const cache: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: (error, { queryKey }) => hearRefusal(cache, queryKey, error) }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < RETRIES && asProblem(error).isPassing,
      },
      mutations: { retry: false },
    },
  });
  return cache;
}

/** Everything behind the sign-in. */
export default function Console({ config, session, hasEnded }: { config: Config; session: Session; hasEnded: boolean }) {
  const [api] = useState(() => createApi(config.api, session));
  const [cache] = useState(newCache);
  const [router] = useState(createRouter);
  return (
    <SessionContext value={session}>
      <QueryClientProvider client={cache}>
        <ApiProvider api={api}>
          <LiveProvider address={config.socket}>
            <FlashProvider>
              <RouterProvider router={router} />
              {hasEnded && <SessionEnded session={session} />}
            </FlashProvider>
          </LiveProvider>
        </ApiProvider>
      </QueryClientProvider>
    </SessionContext>
  );
}
