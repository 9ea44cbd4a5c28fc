import type { Change, Findings, Resource } from "../api/client";

/** What the server says on the socket; see stowage/domain/notifications.py. */
export type Message =
  | { readonly type: "hello"; readonly seq: Readonly<Record<string, number>> }
  | { readonly type: "pong" }
  | { readonly type: "error"; readonly code: string; readonly detail: string; readonly projects?: readonly string[] }
  | ProjectMessage;

interface OfProject {
  readonly project: string;
  readonly seq: number;
  readonly truncated?: boolean;
}

export type ProjectMessage =
  | (OfProject & { readonly type: "resource"; readonly resource: Resource })
  | (OfProject & { readonly type: "change"; readonly change: Change; readonly state: string })
  | (OfProject & { readonly type: "progress" } & Progress)
  | (OfProject & { readonly type: "credentials"; readonly kind: string; readonly name: string })
  | (OfProject & { readonly type: "project"; readonly reconcile: Findings })
  | (OfProject & { readonly type: "notice"; readonly notice: unknown });

/** How far a stack's newest operation has come. */
export interface Progress {
  readonly kind: string;
  readonly name: string;
  readonly change: string | null;
  readonly stackStatus: string | null;
  readonly resources: readonly {
    readonly logicalId: string;
    readonly type: string;
    readonly status: string;
    readonly reason: string | null;
  }[];
  /** How many of its contents are removed so far, where it is being emptied. */
  readonly removed?: number;
}

/** Read a frame; null for what is none of ours. A type of tomorrow still carries its number. */
export function parseMessage(text: unknown): Message | null {
  if (typeof text !== "string") return null;
  try {
    const message = JSON.parse(text) as Message;
    return typeof message === "object" && message !== null && typeof message.type === "string" ? message : null;
  } catch {
    return null;
  }
}

export function isOfProject(message: Message): message is ProjectMessage {
  return "project" in message && typeof message.project === "string" && typeof message.seq === "number";
}
