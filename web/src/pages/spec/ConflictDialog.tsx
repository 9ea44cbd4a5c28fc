import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Kind, Resource, Spec } from "../../api/client";
import { useChange } from "../../api/queries";
import { type Schema, labelOf } from "../../forms/schema";
import { Loading } from "../../parts/Blocks";
import { type Column, Listing } from "../../parts/Listing";
import { Moment } from "../../parts/Moment";
import { type Comparison, comparisonOf, mergeSpecs } from "../../parts/specs";

interface Props {
  readonly project: string;
  readonly kind: Kind;
  /** As it was when the person began. */
  readonly seen: Resource;
  /** As it is now. */
  readonly now: Resource;
  /** As the person wants it. */
  readonly own: Spec;
  /** Go on from what stands now, with this spec in the form; nothing is saved by it. */
  readonly onTake: (spec: Record<string, unknown>) => void;
  /** Save this spec upon what stands now. */
  readonly onSave: (spec: Record<string, unknown>) => void;
  readonly onClose: () => void;
}

/** Somebody else has saved meanwhile: who, when, what they have and what one has oneself, and the two ways on. */
export function ConflictDialog({ project, kind, seen, now, own, onTake, onSave, onClose }: Props) {
  const last = now.lock?.change ?? now.change;
  return (
    <Modal visible size="large" header={`${now.name} was changed meanwhile`} closeAriaLabel="Close" onDismiss={onClose} footer={<Ways {...{ seen, now, own, onTake, onSave, onClose }} />}>
      <SpaceBetween size="m">
        {last !== null && <Who project={project} change={last} />}
        {now.version === seen.version ? (
          <Loading what="Reading what was saved" />
        ) : now.lock !== null ? (
          <Alert type="info">It is being saved at this moment. What was saved is shown once that has ended.</Alert>
        ) : (
          <Both kind={kind} seen={seen} now={now} own={own} />
        )}
      </SpaceBetween>
    </Modal>
  );
}

function Who({ project, change }: { project: string; change: string }) {
  const { data } = useChange(project, change);
  if (data === undefined) return null;
  return (
    <span className="wrap-anywhere">
      Changed by <b>{data.actor}</b>, <Moment at={data.startedAt} />.
    </span>
  );
}

function Both({ kind, seen, now, own }: Pick<Props, "kind" | "seen" | "now" | "own">) {
  const schema = kind.schema as Schema;
  const { clashes } = mergeSpecs(seen.spec, now.spec, own);
  const names = clashes.map((name) => labelOf(schema.properties?.[name] ?? {}, name));
  const column = (id: "seen" | "now" | "own", header: string): Column<Comparison> => ({
    id, header, cell: (each) => <span className="wrap-anywhere">{each[id] ?? "–"}</span>,
  });
  return (
    <>
      <Listing
        label="What differs"
        variant="embedded"
        items={comparisonOf(seen.spec, now.spec, own, schema)}
        idOf={(each) => each.id}
        columns={[
          { id: "label", header: "What", isRowHeader: true, cell: (each) => each.label },
          column("seen", "When you began"),
          column("now", "Saved meanwhile"),
          column("own", "Yours"),
        ]}
        empty={<Box textAlign="center">Nothing differs: what was asked for meanwhile is not in place, or is the same as yours.</Box>}
      />
      {names.length > 0 && <Alert type="warning">Both of you changed: {names.join(", ")}. Saving yours puts it over what was saved.</Alert>}
    </>
  );
}

function Ways({ seen, now, own, onTake, onSave, onClose }: Pick<Props, "seen" | "now" | "own" | "onTake" | "onSave" | "onClose">) {
  const reason = now.version === seen.version || now.lock !== null ? "What was saved is not known yet." : "";
  return (
    <Box float="right">
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="link" onClick={onClose}>
          Back to the form
        </Button>
        <Button disabled={reason !== ""} disabledReason={reason} onClick={() => onTake({ ...now.spec })}>
          Drop mine, take what was saved
        </Button>
        <Button variant="primary" disabled={reason !== ""} disabledReason={reason} onClick={() => onSave(mergeSpecs(seen.spec, now.spec, own).spec)}>
          Save mine
        </Button>
      </SpaceBetween>
    </Box>
  );
}
