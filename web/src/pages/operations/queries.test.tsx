import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, it, vi } from "vitest";
import { ApiProvider } from "../../api/ApiProvider";
import type { Api } from "../../api/client";
import { useReconcileNow } from "./queries";

it("two clicks at once ask for one run, and a later one for another", async () => {
  const POST = vi.fn(() => Promise.resolve({ data: { run: { id: "run-1", startedAt: "2026-11-23T09:00:00.000Z" } } }));
  const cache = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={cache}>
      <ApiProvider api={{ POST } as unknown as Api}>{children}</ApiProvider>
    </QueryClientProvider>
  );
  const { result } = renderHook(() => useReconcileNow("atlas"), { wrapper });

  act(() => {
    result.current.ask();
    result.current.ask();
  });
  await waitFor(() => expect(result.current.isPending).toBe(false));
  expect(POST).toHaveBeenCalledTimes(1);

  act(() => result.current.ask());
  await waitFor(() => expect(POST).toHaveBeenCalledTimes(2));
});
