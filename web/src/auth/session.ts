import { type User, UserManager, WebStorageStateStore } from "oidc-client-ts";
import type { Tokens } from "../api/client";
import type { Config } from "../config";

export type SessionState =
  | { readonly status: "starting" }
  /** `why`: the person signed out, or coming back from the sign-in pages failed. */
  | { readonly status: "out"; readonly why: "left" | "failed" | null }
  | { readonly status: "in" }
  /** It was a session, and is none any more: the page stays, and says so. */
  | { readonly status: "ended" };

const CALLBACK = "/signed-in";
const LEFT = "stowage.left";
const CHANNEL = "stowage.session";
const RENEW_BEFORE_SECONDS = 120;

/** Whether this tab has a session, or is about to get one; it may turn out to be over. */
export function mayBeSignedIn(): boolean {
  return location.pathname === CALLBACK || Object.keys(sessionStorage).some((key) => key.startsWith("oidc.user:"));
}

/**
 * The person's session: Cognito's hosted pages by code + PKCE, tokens in this tab's sessionStorage, renewed silently.
 *
 * The endpoints are told, not discovered: discovery would be one more request and one more host to allow
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html).
 */
export class Session implements Tokens {
  #state: SessionState = { status: "starting" };
  readonly #listeners = new Set<() => void>();
  readonly #manager: UserManager;
  readonly #channel = new BroadcastChannel(CHANNEL);
  #renewal: Promise<boolean> | null = null;

  constructor(private readonly config: Config) {
    this.#manager = new UserManager({
      authority: config.issuer,
      client_id: config.clientId,
      redirect_uri: `${location.origin}${CALLBACK}`,
      response_type: "code",
      scope: "openid email profile",
      metadata: {
        issuer: config.issuer,
        authorization_endpoint: `${config.signIn}/oauth2/authorize`,
        token_endpoint: `${config.signIn}/oauth2/token`,
        revocation_endpoint: `${config.signIn}/oauth2/revoke`,
      },
      userStore: new WebStorageStateStore({ store: sessionStorage }),
      stateStore: new WebStorageStateStore({ store: sessionStorage }),
      automaticSilentRenew: true,
      accessTokenExpiringNotificationTimeInSeconds: RENEW_BEFORE_SECONDS,
      monitorSession: false,
      loadUserInfo: false,
    });
    this.#manager.events.addSilentRenewError(() => void this.renew().catch(() => undefined));
    this.#channel.onmessage = ({ data }) => {
      if (data === "left") void this.#end("ended");
    };
  }

  get state(): SessionState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Find out where we stand. Gives the path to go to, if the sign-in pages have just sent the person back. */
  async start(): Promise<string | null> {
    if (location.pathname === CALLBACK) {
      try {
        const user = await this.#manager.signinCallback();
        this.#become({ status: "in" });
        return pathOf(user);
      } catch {
        // A link that was used before, a sign-in begun in another tab, one that was given up.
        this.#become({ status: "out", why: "failed" });
        return "/";
      }
    }
    const user = await this.#manager.getUser();
    // Without a network nobody knows: the session stands until somebody says no.
    const isAlive = user !== null && (!user.expired || (await this.#renewOnce().catch(() => true)));
    if (isAlive) this.#become({ status: "in" });
    else this.#become({ status: "out", why: sessionStorage.getItem(LEFT) === null ? null : "left" });
    return null;
  }

  /** Go to the sign-in pages; they come back to where the person is now. */
  async signIn(): Promise<void> {
    sessionStorage.removeItem(LEFT);
    const here = location.pathname === CALLBACK ? "/" : location.pathname + location.search + location.hash;
    await this.#manager.signinRedirect({ state: { path: here } });
  }

  /** End the session here, in the other tabs, and at Cognito. */
  async signOut(): Promise<void> {
    sessionStorage.setItem(LEFT, "1");
    this.#channel.postMessage("left");
    await this.#manager.revokeTokens(["refresh_token"]).catch(() => undefined); // it ends by itself within hours
    await this.#manager.removeUser();
    const query = new URLSearchParams({ client_id: this.config.clientId, logout_uri: `${location.origin}/` });
    location.assign(`${this.config.signIn}/logout?${query.toString()}`);
  }

  async access(): Promise<string | null> {
    const user = await this.#manager.getUser();
    if (user === null) return null;
    if (user.expired) {
      await this.renew();
      return (await this.#manager.getUser())?.access_token ?? null;
    }
    return user.access_token;
  }

  async renew(): Promise<boolean> {
    const renewed = await this.#renewOnce();
    if (!renewed && this.#state.status === "in") await this.#end("ended");
    return renewed;
  }

  /** One renewal at a time, however many requests found their token refused. A network that is away ends no session. */
  #renewOnce(): Promise<boolean> {
    this.#renewal ??= this.#manager
      .signinSilent()
      .then((user) => user !== null)
      .catch((error: unknown) => {
        if (error instanceof TypeError) throw error;
        return false;
      })
      .finally(() => (this.#renewal = null));
    return this.#renewal;
  }

  async #end(status: "ended"): Promise<void> {
    await this.#manager.removeUser();
    if (this.#state.status === "in") this.#become({ status });
  }

  #become(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** Give the path that a sign-in began at: one of ours, or the first page. */
function pathOf(user: User | undefined): string {
  const path = (user?.state as { path?: unknown } | undefined)?.path;
  return typeof path === "string" && /^\/(?![/\\])/.test(path) ? path : "/";
}
