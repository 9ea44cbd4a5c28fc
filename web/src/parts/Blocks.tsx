import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import type { ReactNode } from "react";
import { asProblem } from "../api/problem";
import { Page } from "./Page";

/** Something is being read. */
export function Loading({ what = "Loading" }: { what?: string }) {
  return (
    <Box textAlign="center" padding="l" color="text-status-inactive">
      <span role="status">
        <Spinner /> {what} …
      </span>
    </Box>
  );
}

/** Something could not be read: the sentence, and the way to try again. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = asProblem(error);
  const action = retry && problem.isPassing ? <Button onClick={retry}>Try again</Button> : undefined;
  return (
    <Alert type="error" header={problem.title} action={action}>
      {problem.message}
    </Alert>
  );
}

/** Nothing is there: what it would be, and how to begin. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Box textAlign="center" padding="l" color="inherit">
      <SpaceBetween size="s">
        <Box variant="strong" color="inherit">
          <span className="wrap-anywhere">{title}</span>
        </Box>
        {children && (
          <Box variant="p" color="inherit">
            {children}
          </Box>
        )}
        {action}
      </SpaceBetween>
    </Box>
  );
}

interface Read<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

interface ReadingProps<T> {
  readonly query: Read<T>;
  /** "Reading the changes". */
  readonly what?: string;
  /** The page's heading while there is no data, for a page that has its heading in a table. */
  readonly title?: string;
  readonly children: (data: T) => ReactNode;
}

/** The three ways of a query: loading, failed, and with data; what was read before stays while a new try fails. */
export function Reading<T>({ query, what = "Loading", title, children }: ReadingProps<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  const block = query.error ? <Failed error={query.error} retry={() => void query.refetch()} /> : <Loading what={what} />;
  return title === undefined ? block : <Page title={title}>{block}</Page>;
}
