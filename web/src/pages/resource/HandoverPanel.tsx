import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { Empty, Reading } from "../../parts/Blocks";
import { type Column, Listing } from "../../parts/Listing";
import { Moment } from "../../parts/Moment";
import { Confirm } from "./Confirm";
import { MakeHandover } from "./MakeHandover";
import { reasonAgainstLink } from "./rotation";
import { type Credentials, type Handover, type Of, useCredentialWishes, useHandovers } from "./useCredentials";

const STATUS: Record<Handover["status"], readonly [words: string, tone: StatusIndicatorProps.Type]> = {
  WAITING: ["Not opened yet", "pending"],
  OPENED: ["Opened", "success"],
  REVOKED: ["Taken back", "stopped"],
  LOCKED: ["Locked: wrong passphrase", "error"],
  EXPIRED: ["Expired", "stopped"],
};

/** The links by which keys are handed over: make one, see whether it was opened, take it back. */
export function HandoverPanel({ of, credentials, mayWrite }: { of: Of; credentials: Credentials; mayWrite: boolean }) {
  const handovers = useHandovers(of);
  const { revoke } = useCredentialWishes(of);
  const [isMaking, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Handover | null>(null);
  const reason = reasonAgainstLink(credentials);
  const make = mayWrite && (
    <Button variant={reason === null ? "primary" : "normal"} disabled={reason !== null} disabledReason={reason ?? ""} onClick={() => setMaking(true)}>
      Make a link
    </Button>
  );
  const columns: Column<Handover>[] = [
    {
      id: "made", header: "Made", isRowHeader: true,
      cell: (each) => (
        <>
          <Moment at={each.createdAt} /> by {each.createdBy}
        </>
      ),
    },
    { id: "status", header: "State", cardWidth: 35, minWidth: 150, cell: (each) => <State handover={each} /> },
    { id: "opened", header: "Opened at", cardWidth: 65, cell: (each) => (each.openedAt === null ? "–" : <Moment at={each.openedAt} />) },
    { id: "expires", header: "Can be opened until", cardWidth: 65, cell: (each) => <Moment at={each.expiresAt} /> },
    { id: "passphrase", header: "Passphrase", cardWidth: 35, cell: passphraseWords },
    ...(mayWrite ? [{ id: "actions", header: "Actions", cell: (each: Handover) => <Revoke handover={each} ask={setRevoking} /> }] : []),
  ];
  const rotatedAt = credentials.rotation?.startedAt ?? credentials.lastRotation?.endedAt ?? "";
  // Rotating is the answer to a second try: one of before asks for nothing any more.
  const retried = (handovers.data ?? []).find((each) => each.retriedAt !== null && each.retriedAt > rotatedAt);
  return (
    <SpaceBetween size="s">
      {retried?.retriedAt != null && (
        <Alert type="warning" header="Somebody tried a link that had been opened already">
          <Moment at={retried.retriedAt} />. Ask whoever the link was for. If neither they nor you can tell who, somebody
          else may have had the link: rotate the keys.
        </Alert>
      )}
      <Reading query={handovers} what="Reading the links">
        {(items) => (
          <Listing
            label="Links"
            variant="embedded"
            header={<Header variant="h3" description="Each shows the newest key, once." actions={make}>Links to hand the key over</Header>}
            items={items}
            idOf={(each) => each.id}
            columns={columns}
            empty={<Empty title="No link yet">A link shows the key to whoever opens it, once. Whoever it is for needs no account.</Empty>}
          />
        )}
      </Reading>
      {isMaking && <MakeHandover of={of} close={() => setMaking(false)} />}
      {revoking !== null && (
        <Confirm title="Take the link back?" deed="Take the link back" act={() => revoke(revoking)} close={() => setRevoking(null)}>
          It opens nothing any more. The key stays as it is; you can make another link to it.
        </Confirm>
      )}
    </SpaceBetween>
  );
}

function State({ handover }: { handover: Handover }) {
  const [words, tone] = STATUS[handover.status];
  return <StatusIndicator type={tone}>{words}</StatusIndicator>;
}

function passphraseWords({ hasPassphrase, triesLeft, status }: Handover): string {
  if (!hasPassphrase) return "None";
  return status === "WAITING" && triesLeft !== null ? `Needed; ${triesLeft} ${triesLeft === 1 ? "try" : "tries"} left` : "Needed";
}

/** What can be taken back is what nobody has opened; the rest has no button. */
function Revoke({ handover, ask }: { handover: Handover; ask: (handover: Handover) => void }) {
  if (handover.status !== "WAITING" && handover.status !== "LOCKED") return <>–</>;
  return (
    <Button variant="inline-link" onClick={() => ask(handover)} ariaLabel="Take back this link">
      Take back
    </Button>
  );
}
