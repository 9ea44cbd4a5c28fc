import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { Empty, Failed, Loading } from "../../parts/Blocks";
import { Listing } from "../../parts/Listing";
import { Moment } from "../../parts/Moment";
import { download } from "../changes/export";
import { pretty } from "./stateWords";
import type { DetailedChange, HistoryEvent } from "./told";
import { useHistory } from "./useHistory";

const PER_PAGE = 50;

/** What Step Functions has written down, event by event: read once somebody wants to see it. */
export function RawHistory({ change }: { change: DetailedChange }) {
  const [isOpen, setOpen] = useState(false);
  const [shown, setShown] = useState(PER_PAGE);
  const history = useHistory(change, isOpen);
  const events = history.data;
  return (
    <ExpandableSection
      variant="container"
      headerText="Raw events"
      headerDescription="What Step Functions has written down, for whoever looks deeper."
      expanded={isOpen}
      onChange={({ detail }) => setOpen(detail.expanded)}
      headerActions={
        events && events.length > 0 ? (
          <Button iconName="download" onClick={() => download(`${change.id}-events.json`, JSON.stringify(events, null, 2), "json")}>
            Download
          </Button>
        ) : undefined
      }
    >
      {!isOpen ? null : events === undefined ? (
        history.error ? <Failed error={history.error} retry={() => void history.refetch()} /> : <Loading what="Reading the events" />
      ) : (
        <Listing
          label="Raw events"
          variant="embedded"
          items={events.slice(0, shown)}
          idOf={(event) => String(event.id)}
          columns={[
            { id: "id", header: "Event", isRowHeader: true, cell: (event) => `${event.id} · ${event.type}` },
            { id: "state", header: "State", cell: (event) => event.state ?? "–" },
            { id: "at", header: "At", cell: (event) => <Moment at={event.at} /> },
            { id: "what", header: "What", cell: (event) => <What event={event} /> },
          ]}
          empty={<Empty title="No events are known">Step Functions keeps them for 90 days after the end.</Empty>}
          footer={events.length > shown && <Box textAlign="center"><Button onClick={() => setShown(shown + 4 * PER_PAGE)}>Show more of {events.length}</Button></Box>}
        />
      )}
    </ExpandableSection>
  );
}

function What({ event }: { event: HistoryEvent }) {
  const parts = Object.entries({ Error: event.error, Cause: event.cause, Input: event.input, Output: event.output }).filter(([, text]) => text != null);
  if (parts.length === 0) return <>–</>;
  return (
    <SpaceBetween size="xxs">
      {parts.map(([title, text]) => (
        <details key={title}>
          <summary>{title}</summary>
          <pre className="raw" tabIndex={0}>
            {pretty(text ?? "")}
          </pre>
        </details>
      ))}
    </SpaceBetween>
  );
}
