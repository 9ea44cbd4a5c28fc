/** The query cache's keys, in one place: the live layer writes where pages read. */
export const keys = {
  me: ["me"] as const,
  kinds: ["kinds"] as const,
  project: (project: string) => ["project", project] as const,
  feed: (project: string) => ["feed", project] as const,
  /** Whether somebody was a member of it until now. */
  forgotten: (project: string) => ["forgotten", project] as const,
  requested: (project: string) => ["requested", project] as const,
  progress: (project: string, kind: string, name: string) => ["progress", project, kind, name] as const,
  changes: (project: string) => ["changes", project] as const,
  change: (project: string, change: string) => ["change", project, change] as const,
  members: (project: string) => ["members", project] as const,
  notices: (project: string) => ["notices", project] as const,
  credentials: (project: string, kind: string, name: string) => ["credentials", project, kind, name] as const,
  handovers: (project: string, kind: string, name: string) => ["handovers", project, kind, name] as const,
};
