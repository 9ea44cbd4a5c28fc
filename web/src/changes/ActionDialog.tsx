import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Change, Kind, Resource } from "../api/client";
import { type NextAction, type ProblemError, asProblem } from "../api/problem";
import { LockRefusal } from "../parts/LockNote";
import { actionWords } from "../parts/words";
import { explain } from "./actions";
import { useAsk } from "./useAsk";

interface Props {
  readonly action: NextAction;
  readonly project: string;
  readonly kind: Kind;
  readonly resource: Resource;
  /** What an attempt without this dialog has come to. */
  readonly problem: ProblemError | null;
  readonly onClose: () => void;
  /** Hears of the change that was begun; null after a stop, which begins none. */
  readonly onDone: (change: Change | null) => void;
}

/** What an action will do, and the last click; what destroys something has the name typed first. */
export function ActionDialog({ action, project, kind, resource, problem: first, onClose, onDone }: Props) {
  const ask = useAsk(project, kind, resource);
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState(first);
  const [isAsking, setAsking] = useState(false);
  const [opened] = useState(resource.version);
  const { title, sentences, isTyped, isFinal } = explain(action, kind, resource);
  const isConfirmed = !isTyped || typed === resource.name;
  const words = action === "stop" ? "Stop the change" : actionWords(action);

  const send = async () => {
    if (!isConfirmed || isAsking) return;
    setAsking(true);
    setProblem(null);
    try {
      const change = await ask(action, isTyped && action !== "delete" ? typed : undefined);
      onClose();
      onDone(change);
    } catch (error) {
      setProblem(asProblem(error));
      setAsking(false);
    }
  };

  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button
              variant="primary"
              loading={isAsking}
              loadingText="Asking"
              disabled={!isConfirmed}
              disabledReason={`Type ${resource.name} first.`}
              onClick={() => void send()}
            >
              {words}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {isFinal ? <Alert type="warning">{sentences.join(" ")}</Alert> : <span>{sentences.join(" ")}</span>}
        {action === "delete" && resource.version !== opened && (
          <Alert type="info">It was changed while this was open: look at it again, then delete what stands now.</Alert>
        )}
        {isTyped && (
          <form
            onSubmit={(event: FormEvent) => {
              event.preventDefault();
              void send();
            }}
          >
            <FormField label={<>To confirm, type <span className="wrap-anywhere">{resource.name}</span></>}>
              <NameInput name={resource.name} value={typed} onChange={setTyped} />
            </FormField>
          </form>
        )}
        {problem !== null && (
          <Alert type="error" header={problem.title}>
            {problem.code !== "locked" || problem.lock === null ? <span className="wrap-anywhere">{problem.message}</span> : <LockRefusal project={project} lock={problem.lock} />}
          </Alert>
        )}
      </SpaceBetween>
    </Modal>
  );
}

/** Where the name is typed. It takes the focus after the dialog has; before, the dialog would not learn where to give it back. */
function NameInput({ name, value, onChange }: { name: string; value: string; onChange: (value: string) => void }) {
  const field = useRef<InputProps.Ref>(null);
  useEffect(() => queueMicrotask(() => field.current?.focus()), []);
  return <Input ref={field} value={value} spellcheck={false} autoComplete={false} placeholder={name} onChange={({ detail }) => onChange(detail.value)} />;
}
