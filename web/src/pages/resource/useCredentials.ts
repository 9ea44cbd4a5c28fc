import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useApi } from "../../api/ApiProvider";
import { type Kind, type Resource, dataOf } from "../../api/client";
import { keys } from "../../api/keys";
import { useLiveness } from "../../live/LiveProvider";
import type { components } from "../../api/schema";

export type Credentials = components["schemas"]["ToldCredentials"];
export type Key = components["schemas"]["ToldKey"];
export type Rotation = components["schemas"]["ToldRotation"];
export type Handover = components["schemas"]["ToldHandover"];
export type Notice = components["schemas"]["ToldNotice"];

/** Whose credentials. */
export interface Of {
  readonly project: string;
  readonly kind: Kind;
  readonly resource: Resource;
}

const WITHOUT_SOCKET = 5_000;

/** The generated types know the kind of today that has credentials; see resourceTemplate. */
const at = <Rest extends string>(kind: Kind, rest: Rest) =>
  `/v1/projects/{project}/${encodeURIComponent(kind.path)}/{name}/${rest}` as `/v1/projects/{project}/users/{name}/${Rest}`;

/** A user's keys and their rotation; the socket makes them stale. */
export function useCredentials({ project, kind, resource: { name } }: Of) {
  const api = useApi();
  const { isLive } = useLiveness();
  return useQuery({
    queryKey: keys.credentials(project, kind.kind, name),
    queryFn: async ({ signal }) => dataOf(await api.GET(at(kind, "credentials"), { params: { path: { project, name } }, signal })),
    refetchInterval: isLive ? false : WITHOUT_SOCKET,
  });
}

/** A user's handovers, newest first; their links are told once, when they are made. */
export function useHandovers({ project, kind, resource: { name } }: Of) {
  const api = useApi();
  const { isLive } = useLiveness();
  return useQuery({
    queryKey: keys.handovers(project, kind.kind, name),
    queryFn: async ({ signal }) => dataOf(await api.GET(at(kind, "handovers"), { params: { path: { project, name } }, signal })).items,
    refetchInterval: isLive ? false : WITHOUT_SOCKET,
  });
}

/** What a manager can ask for; each throws ProblemError, and lets be read anew what it changed. */
export function useCredentialWishes({ project, kind, resource: { name } }: Of) {
  const api = useApi();
  const cache = useQueryClient();
  const renew = useCallback(async () => {
    await Promise.all([
      cache.invalidateQueries({ queryKey: keys.credentials(project, kind.kind, name) }),
      cache.invalidateQueries({ queryKey: keys.handovers(project, kind.kind, name) }),
    ]);
  }, [cache, project, kind.kind, name]);

  const rotate = async (overlapHours: number, undoHours: number): Promise<void> => {
    const params = { path: { project, name }, header: { "Idempotency-Key": crypto.randomUUID() } };
    await api.POST(at(kind, "rotations"), { params, body: { overlapHours, undoHours } });
    await renew();
  };
  /** End the wait that the person saw; never a later one. */
  const advance = async (rotation: Rotation): Promise<void> => {
    const params = { path: { project, name, rotation: rotation.id }, header: { "Idempotency-Key": crypto.randomUUID() } };
    const step = rotation.step === "UNDO_WINDOW" ? "UNDO_WINDOW" : "AWAITING_IDLE";
    await api.POST(at(kind, "rotations/{rotation}/advance"), { params, body: { step } });
    await renew();
  };
  const undo = async (rotation: Rotation): Promise<void> => {
    await api.POST(at(kind, "rotations/{rotation}/undo"), { params: { path: { project, name, rotation: rotation.id } } });
    await renew();
  };
  /** Make a link. Its answer is the only place where the link stands: it goes to the caller and into no cache. */
  const handOver = async (expiresInHours: number, passphrase: string | null): Promise<Handover> => {
    const body = passphrase === null ? { expiresInHours } : { expiresInHours, passphrase };
    const made = dataOf(await api.POST(at(kind, "handovers"), { params: { path: { project, name } }, body }));
    await renew();
    return made;
  };
  const revoke = async (handover: Handover): Promise<void> => {
    await api.DELETE(at(kind, "handovers/{handover}"), { params: { path: { project, name, handover: handover.id } } });
    await renew();
  };
  return { rotate, advance, undo, handOver, revoke };
}
