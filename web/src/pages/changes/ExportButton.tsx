import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect, useRef, useState } from "react";
import { useApi } from "../../api/ApiProvider";
import { dataOf } from "../../api/client";
import { type ProblemError, asProblem } from "../../api/problem";
import { type Format, csvOf, download, fileName, jsonOf, readAll } from "./export";
import { type Wanted, queryOf } from "./filters";

const AT_ONCE = 1000;

type State = { readonly count: number; readonly isDone: boolean } | { readonly problem: ProblemError } | null;

/** Everything that the filters find, not only what is shown, as a file. */
export function ExportButton({ project, wanted }: { project: string; wanted: Wanted }) {
  const api = useApi();
  const [state, setState] = useState<State>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const save = async (format: Format) => {
    const { signal } = (running.current = new AbortController());
    setState({ count: 0, isDone: false });
    try {
      const found = await readAll(
        async (cursor) => {
          const query = { ...queryOf(wanted), limit: AT_ONCE, ...(cursor === undefined ? {} : { cursor }) };
          return dataOf(await api.GET("/v1/projects/{project}/changes", { params: { path: { project }, query: query as never }, signal }));
        },
        (count) => setState({ count, isDone: false }),
      );
      download(fileName(project, format, new Date()), format === "csv" ? csvOf(found) : jsonOf(found), format);
      setState({ count: found.length, isDone: true });
    } catch (error) {
      setState(signal.aborted ? null : { problem: asProblem(error) });
    }
  };

  const isReading = state !== null && "count" in state && !state.isDone;
  return (
    <SpaceBetween direction="horizontal" size="xs" alignItems="center">
      <span role="status">
        {state !== null && "count" in state && (
          <StatusIndicator type={state.isDone ? "success" : "in-progress"}>
            {state.isDone ? `${state.count.toLocaleString()} saved` : `${state.count.toLocaleString()} read`}
          </StatusIndicator>
        )}
      </span>
      {state !== null && "problem" in state && <Alert type="error">{state.problem.message}</Alert>}
      {isReading ? (
        <Button onClick={() => running.current?.abort()}>Cancel</Button>
      ) : (
        <ButtonDropdown
          items={[
            { id: "csv", text: "CSV, for spreadsheets" },
            { id: "json", text: "JSON" },
          ]}
          onItemClick={({ detail }) => void save(detail.id as Format)}
        >
          Export
        </ButtonDropdown>
      )}
    </SpaceBetween>
  );
}
