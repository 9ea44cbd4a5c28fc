import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { Empty } from "../../parts/Blocks";
import { type Column, Listing } from "../../parts/Listing";
import { Ago, Moment } from "../../parts/Moment";
import type { Credentials, Key } from "./useCredentials";

/** The keys, oldest first: which work, who has them, when they were used last. */
export function KeyList({ credentials }: { credentials: Credentials }) {
  const columns: Column<Key>[] = [
    { id: "id", header: "Access key id", isRowHeader: true, cell: (key) => <Box variant="code">{key.accessKeyId}</Box> },
    { id: "state", header: "State", cardWidth: 35, cell: (key) => <KeyState keyOf={key} isSuspended={credentials.suspended} /> },
    { id: "made", header: "Made", cardWidth: 65, cell: (key) => <Moment at={key.createdAt} /> },
    { id: "handed", header: "Handed over", cardWidth: 65, cell: (key) => (key.handedOverAt === null ? "Not yet" : <Moment at={key.handedOverAt} />) },
    { id: "used", header: "Last used", cardWidth: 35, cell: (key) => <LastUse keyOf={key} /> },
  ];
  return (
    <Listing
      label="Access keys"
      variant="embedded"
      header={<Header variant="h3">Access keys</Header>}
      items={credentials.keys}
      idOf={(key) => key.accessKeyId}
      columns={columns}
      empty={<Empty title="No key yet">The first one is made when the user’s creation has ended; it takes some seconds.</Empty>}
    />
  );
}

function KeyState({ keyOf: key, isSuspended }: { keyOf: Key; isSuspended: boolean }) {
  if (isSuspended) return <StatusIndicator type="stopped">Off: the user is switched off</StatusIndicator>;
  if (key.status === "INACTIVE") return <StatusIndicator type="stopped">Off</StatusIndicator>;
  if (key.readyAt === null) return <StatusIndicator type="pending">Being made</StatusIndicator>;
  return <StatusIndicator type="success">Works</StatusIndicator>;
}

/** AWS tells a key's use some hours late; a key is looked at while a rotation waits for it. */
function LastUse({ keyOf: key }: { keyOf: Key }) {
  if (key.lastUsedAt === null) return <>Not known</>;
  return (
    <>
      <Ago at={key.lastUsedAt} />
      {key.lastUsedService !== null && ` (${key.lastUsedService})`}
    </>
  );
}
