import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import { useState } from "react";
import type { Change, Kind, Resource } from "../api/client";
import type { NextAction, ProblemError } from "../api/problem";
import { Dialog, FirstInput } from "../parts/Dialog";
import { useDeed } from "../parts/useDeed";
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
  const { isActing, problem, run } = useDeed(first);
  const [opened] = useState(resource.version);
  const { title, sentences, isTyped, isFinal } = explain(action, kind, resource);
  const isConfirmed = !isTyped || typed === resource.name;
  const words = action === "stop" ? "Stop the change" : actionWords(action);

  const send = () =>
    run(async () => {
      const change = await ask(action, isTyped && action !== "delete" ? typed : undefined);
      onClose();
      onDone(change);
    });

  return (
    <Dialog title={title} deed={words} act={send} isActing={isActing} problem={problem} close={onClose} reason={isConfirmed ? null : `Type ${resource.name} first.`}>
      {isFinal ? <Alert type="warning">{sentences.join(" ")}</Alert> : <span>{sentences.join(" ")}</span>}
      {action === "delete" && resource.version !== opened && (
        <Alert type="info">It was changed while this was open: look at it again, then delete what stands now.</Alert>
      )}
      {isTyped && (
        <FormField label={<>To confirm, type <span className="wrap-anywhere">{resource.name}</span></>}>
          <FirstInput value={typed} spellcheck={false} autoComplete={false} placeholder={resource.name} onChange={({ detail }) => setTyped(detail.value)} />
        </FormField>
      )}
    </Dialog>
  );
}
