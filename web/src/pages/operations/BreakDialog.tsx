import Alert from "@cloudscape-design/components/alert";
import { asProblem } from "../../api/problem";
import { useFlashes } from "../../changes/FlashProvider";
import { Dialog } from "../../parts/Dialog";
import { LockNote } from "../../parts/LockNote";
import { PageLink } from "../../parts/PageLink";
import { changeWords } from "../../parts/words";
import { changePath } from "../../paths";
import type { Locked } from "./attention";
import { useBreakLock } from "./queries";

interface Props {
  readonly project: string;
  readonly path: string;
  /** As it stood when this was opened: the lock that was seen is the one that is broken. */
  readonly resource: Locked;
  /** Whether that very lock is held still. */
  readonly isHeld: boolean;
  readonly onClose: () => void;
}

/** What breaking a lock means, and the last click. */
export function BreakDialog({ project, path, resource, isHeld, onClose }: Props) {
  const { name, lock } = resource;
  const { show } = useFlashes();
  const breaking = useBreakLock(project, path, resource);
  const problem = breaking.error === null ? null : asProblem(breaking.error);
  const isOver = !isHeld && !breaking.isPending;
  const send = () =>
    breaking.mutate(undefined, {
      onSuccess: (change) => {
        const content = `The lock of ${name} is broken. Its change ended: ${changeWords(change)[0].toLowerCase()}.`;
        show({ id: `break ${lock.change}`, type: "success", content, link: { text: "See the change", path: changePath(project, change.id) } });
        onClose();
      },
    });
  return (
    <Dialog
      title={`Break the lock of ${name}?`}
      deed="Break the lock"
      act={send}
      isActing={breaking.isPending}
      problem={isOver ? null : problem}
      close={onClose}
      reason={isOver ? "It is not held any more." : null}
    >
      <span className="wrap-anywhere">
        <LockNote lock={lock} />. <PageLink to={changePath(project, lock.change)}>See the change</PageLink>
      </span>
      <Alert type="warning">
        It frees what a change has left locked although it is over, and writes how that change ended. It stops nothing: a
        change that runs still is stopped on its own page, and until it has ended this is refused. What is half done in the
        stack stays so. Who broke which lock is logged, and told to the project.
      </Alert>
      {isOver && <Alert type="info">It was freed while this was open: there is nothing to break.</Alert>}
    </Dialog>
  );
}
