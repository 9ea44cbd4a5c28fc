import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, type ReactNode, useEffect, useId, useRef } from "react";
import { useParams } from "react-router";
import type { ProblemError } from "../api/problem";
import { LockRefusal } from "./LockNote";

interface Props {
  readonly title: string;
  /** What the last click does, in its button's words: never "OK". Without it there is nothing to do but to go back. */
  readonly deed?: string;
  readonly act?: () => void;
  readonly isActing?: boolean;
  readonly actingText?: string;
  /** Why it cannot be done now; null: it can. */
  readonly reason?: string | null;
  /** Why it was refused. */
  readonly problem?: ProblemError | null;
  readonly wayBack?: string;
  readonly isLarge?: boolean;
  readonly close: () => void;
  readonly children: ReactNode;
}

/** A question with its last click, or with Enter in one of its fields; it stays open with the reason where that was refused. */
export function Dialog({ title, deed, act, isActing = false, actingText = "Asking", reason = null, problem = null, wayBack = "Cancel", isLarge = false, close, children }: Props) {
  const form = useId();
  const send = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation(); // the form of a page that has opened this is not meant
    // Nor is the deed by a button among the contents, which does what it says and no more.
    const { submitter } = event.nativeEvent as SubmitEvent;
    if (submitter != null && event.currentTarget.contains(submitter)) return;
    if (reason === null && !isActing) act?.();
  };
  return (
    <Modal
      visible
      size={isLarge ? "large" : "medium"}
      header={<span className="wrap-anywhere">{title}</span>}
      closeAriaLabel="Close"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              {wayBack}
            </Button>
            {deed !== undefined && (
              <Button variant="primary" form={form} loading={isActing} loadingText={actingText} disabled={reason !== null} disabledReason={reason ?? ""}>
                {deed}
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <form id={form} noValidate onSubmit={send}>
        <SpaceBetween size="m">
          {typeof children === "string" ? <span className="wrap-anywhere">{children}</span> : children}
          <div aria-live="polite">{problem !== null && <Refusal problem={problem} />}</div>
        </SpaceBetween>
      </form>
    </Modal>
  );
}

function Refusal({ problem }: { problem: ProblemError }) {
  const { project = "" } = useParams();
  if (problem.code === "locked" && problem.lock !== null) return <LockRefusal project={project} lock={problem.lock} />;
  const details = problem.faults.map(({ detail }) => detail).filter((detail) => detail !== problem.message);
  return (
    <Alert type="error" header={problem.title}>
      <span className="wrap-anywhere">{[problem.message, ...details].join(" ")}</span>
    </Alert>
  );
}

/** A dialog's first field. It takes the focus after the dialog has; before, the dialog would not learn where to give it back. */
export function FirstInput(props: InputProps) {
  const field = useRef<InputProps.Ref>(null);
  useEffect(() => queueMicrotask(() => field.current?.focus()), []);
  return <Input {...props} ref={field} />;
}
