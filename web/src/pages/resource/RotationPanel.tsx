import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Steps from "@cloudscape-design/components/steps";
import { useState } from "react";
import { Moment } from "../../parts/Moment";
import { Confirm } from "./Confirm";
import { endWords, shownSteps, wishesOf } from "./rotation";
import { type Credentials, type Of, type Rotation, useCredentialWishes } from "./useCredentials";

const HOUR_OPTIONS: readonly [hours: number, label: string][] = [
  [0, "Not at all"], [1, "1 hour"], [24, "1 day"], [72, "3 days"], [168, "7 days"], [336, "14 days"],
];
const OVERLAP = 168;
const UNDO = 72;

type Asking = "rotate" | "advance" | "undo" | null;

interface Props {
  readonly of: Of;
  readonly credentials: Credentials;
  readonly mayWrite: boolean;
}

/** How the keys are replaced: what runs, what happens next and when, and how to hurry it or take it back. */
export function RotationPanel({ of, credentials, mayWrite }: Props) {
  const [asking, setAsking] = useState<Asking>(null);
  const wishes = useCredentialWishes(of);
  const { rotation, lastRotation, nextRotationAt, keys } = credentials;
  const possible = wishesOf(rotation);
  const close = () => setAsking(null);
  return (
    <SpaceBetween size="s">
      <Header
        variant="h3"
        actions={
          mayWrite && (
            <SpaceBetween direction="horizontal" size="xs">
              {rotation === null && keys.length > 0 && <Button onClick={() => setAsking("rotate")}>Rotate the keys</Button>}
              {possible.undo && <Button onClick={() => setAsking("undo")}>Take the old key back</Button>}
              {possible.advance !== null && <Button onClick={() => setAsking("advance")}>{possible.advance}</Button>}
            </SpaceBetween>
          )
        }
      >
        Rotation
      </Header>
      {rotation === null ? <AtRest credentials={credentials} /> : <Timeline rotation={rotation} />}
      {lastRotation !== null && lastRotation.outcome !== "SUCCEEDED" && (
        <Alert type={lastRotation.outcome === "FAILED" ? "error" : "info"} header={endWords(lastRotation.outcome)}>
          {lastRotation.cause} <Moment at={lastRotation.endedAt} />
        </Alert>
      )}
      {rotation === null && lastRotation?.outcome === "SUCCEEDED" && (
        <Box color="text-body-secondary">
          {endWords(lastRotation.outcome)}: <Moment at={lastRotation.endedAt} />.
        </Box>
      )}
      {rotation === null && nextRotationAt !== null && (
        <Box color="text-body-secondary">
          The next one begins by itself: <Moment at={nextRotationAt} />.
        </Box>
      )}
      {asking === "rotate" && <Begin rotate={wishes.rotate} close={close} />}
      {asking === "undo" && rotation !== null && (
        <Confirm title="Take the old key back?" deed="Let the old key work again" act={() => wishes.undo(rotation)} close={close}>
          The old key works again within seconds, and the new one goes on working. The rotation then waits anew for the old key to fall idle.
        </Confirm>
      )}
      {asking === "advance" && rotation !== null && possible.advance !== null && (
        <Confirm title={`${possible.advance}?`} deed={possible.advance} act={() => wishes.advance(rotation)} close={close}>
          {rotation.step === "UNDO_WINDOW"
            ? "The old key is deleted for good: this cannot be taken back. Whoever uses it still needs the new one."
            : "Programs that use the old key still are refused within seconds. For a while this can be taken back."}
        </Confirm>
      )}
    </SpaceBetween>
  );
}

function AtRest({ credentials }: { credentials: Credentials }) {
  return (
    <Box>
      {credentials.keys.length === 0
        ? "There is no key to rotate yet."
        : "No rotation runs. A rotation makes a second key, waits until it was handed over, and only then takes the old one away: at no moment there is no key that works."}
    </Box>
  );
}

const SHOWN = { done: ["success", "Done"], now: ["in-progress", "Now"], next: ["pending", "To come"] } as const;

function Timeline({ rotation }: { rotation: Rotation }) {
  const steps = shownSteps(rotation).map(({ title, state, words }) => {
    const [status, label] = SHOWN[state];
    return { status, statusIconAriaLabel: label, header: state === "now" ? <b>{title}</b> : title, ...(words === null ? {} : { details: words }) };
  });
  return (
    <SpaceBetween size="xs">
      <Box color="text-body-secondary">
        Begun by {rotation.actor}: <Moment at={rotation.startedAt} />
      </Box>
      <Steps steps={steps} ariaLabel="The rotation’s steps" />
    </SpaceBetween>
  );
}

function Begin({ rotate, close }: { rotate: (overlapHours: number, undoHours: number) => Promise<void>; close: () => void }) {
  const [overlap, setOverlap] = useState(OVERLAP);
  const [undo, setUndo] = useState(UNDO);
  return (
    <Confirm title="Rotate the keys?" deed="Begin the rotation" act={() => rotate(overlap, undo)} close={close}>
      <Box>A second key is made beside the old one. Send it by a link: nothing happens to the old key before that was opened. Open links to the old key are taken back at once.</Box>
      <Hours label="The old key goes on for" description="After the new one was handed over; longer, while it is used." value={overlap} onChange={setOverlap} />
      <Hours label="It can be taken back for" description="After it was switched off. Then it is deleted." value={undo} onChange={setUndo} />
    </Confirm>
  );
}

function Hours({ label, description, value, onChange }: { label: string; description: string; value: number; onChange: (hours: number) => void }) {
  const options = HOUR_OPTIONS.map(([hours, words]) => ({ value: String(hours), label: words }));
  return (
    <FormField label={label} description={description}>
      <Select
        selectedOption={options.find((each) => each.value === String(value)) ?? null}
        options={options}
        onChange={({ detail }) => onChange(Number(detail.selectedOption.value))}
      />
    </FormField>
  );
}
