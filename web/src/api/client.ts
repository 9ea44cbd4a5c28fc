import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";
import { problemOf, unreachable } from "./problem";

type Schemas = components["schemas"];
export type Change = Schemas["Change"];
/** A change as it is read by itself: with its states, its specs and its usual times. */
export type ChangeDetail = Schemas["ChangeDetail"];
export type ChangeState = Schemas["ChangeState"];
/** What a run of reconcile found. */
export type Findings = Schemas["Findings"];
export type Kind = Schemas["KindList"]["kinds"][number];
export type Member = Schemas["Member"];
export type Me = Schemas["Me"];
export type Outcome = Schemas["Outcome"];
export type ProjectSummary = Schemas["ProjectSummary"];
export type ResourceStatus = Schemas["ResourceStatus"];
export type Role = Schemas["Role"];
/** A resource of whatever kind; what its spec holds, the kind's schema says. */
export type Resource = Omit<Schemas["Resource"], "spec"> & { readonly spec: Spec };
export type Spec = { readonly [key: string]: unknown };

/** Where access tokens come from, and who hears that one was refused. */
export interface Tokens {
  /** Give a token that is valid still, renewed if need be; null when there is no session. */
  access(): Promise<string | null>;
  /** The API refused the token: renew it. Tells whether there is a new one. */
  renew(): Promise<boolean>;
}

export type Api = ReturnType<typeof createApi>;

const SECONDS = 1000;
const PATIENCE = 30 * SECONDS;

/**
 * Make the API's client. A call resolves to its data or throws ProblemError; a 401 renews the token once and repeats.
 *
 * @param base the API's address, without /v1 and without a trailing slash
 */
export function createApi(base: string, tokens: Tokens) {
  const send = async (request: Request): Promise<Response> => {
    const again = request.clone();
    const first = await withToken(request, tokens);
    if (first.status !== 401 || !(await tokens.renew())) return first;
    return withToken(again, tokens);
  };
  const client = createClient<paths>({ baseUrl: base, fetch: send });
  client.use(refusals);
  return client;
}

async function withToken(request: Request, tokens: Tokens): Promise<Response> {
  const token = await tokens.access();
  if (token !== null) request.headers.set("Authorization", `Bearer ${token}`);
  try {
    return await fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE)]) });
  } catch (error) {
    if (request.signal.aborted) throw error; // the page gave up, not the network
    throw unreachable();
  }
}

const refusals: Middleware = {
  async onResponse({ response }) {
    if (response.ok) return;
    const body: unknown = await response.json().catch(() => undefined);
    throw problemOf(response.status, body);
  },
};

/** Give the data of a call that has thrown if there is none. */
export function dataOf<T>(result: { data?: T }): T {
  return result.data as T;
}

type ResourceTemplate = "/v1/projects/{project}/buckets/{name}";

/**
 * Give the address of a kind's resources. The generated types know the kinds of today; a kind of tomorrow has the same
 * routes under its own path, so every kind goes by the first one's.
 */
export function resourceTemplate(path: string): ResourceTemplate {
  return `/v1/projects/{project}/${encodeURIComponent(path)}/{name}` as ResourceTemplate;
}

/** Give the address of a kind's actions; see resourceTemplate. */
export function actionTemplate(path: string): `${ResourceTemplate}/actions/{action}` {
  return `${resourceTemplate(path)}/actions/{action}` as `${ResourceTemplate}/actions/{action}`;
}
