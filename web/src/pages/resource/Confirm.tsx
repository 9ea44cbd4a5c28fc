import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import { type ProblemError, asProblem } from "../../api/problem";

interface Props {
  readonly title: string;
  /** What the button says: the deed itself, never "OK". */
  readonly deed: string;
  readonly act: () => Promise<unknown>;
  readonly close: () => void;
  readonly isPossible?: boolean;
  readonly children: ReactNode;
}

/** Ask before something is done, do it, and stay open with the reason where it was refused. */
export function Confirm({ title, deed, act, close, isPossible = true, children }: Props) {
  const [isActing, setActing] = useState(false);
  const [problem, setProblem] = useState<ProblemError | null>(null);
  const send = async () => {
    setActing(true);
    setProblem(null);
    try {
      await act();
      close();
    } catch (error) {
      setProblem(asProblem(error));
      setActing(false);
    }
  };
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              Cancel
            </Button>
            <Button variant="primary" loading={isActing} loadingText="Asking" disabled={!isPossible} onClick={() => void send()}>
              {deed}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {children}
        {problem !== null && (
          <Alert type="error" header={problem.title}>
            {problem.message}
          </Alert>
        )}
      </SpaceBetween>
    </Modal>
  );
}
