import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Change, Kind, Resource } from "../api/client";
import { type NextAction, type ProblemError, asProblem } from "../api/problem";
import { useRole } from "../api/queries";
import { reasonAgainst, reasonAgainstWriting } from "../parts/roles";
import { useNow } from "../parts/useNow";
import { actionWords } from "../parts/words";
import { createLikePath, editPath } from "../paths";
import { ActionDialog } from "./ActionDialog";
import { AT_ONCE, needsAnotherName, offered, reasonOfUse } from "./actions";
import { useAsk } from "./useAsk";

interface Props {
  readonly project: string;
  readonly kind: Kind;
  readonly resource: Resource;
  /** Hears of the change that was begun. */
  readonly onBegun?: (change: Change) => void;
  /** Actions that this page has no use for. */
  readonly without?: readonly NextAction[];
  /** Somebody has asked to stop the change that is at work, as far as this page knows. */
  readonly isStopping?: boolean;
}

/** A resource's next actions as buttons, the likeliest first; each that is not possible says why. */
export function ActionButtons({ project, kind, resource, onBegun, without = [], isStopping = false }: Props) {
  const navigate = useNavigate();
  const role = useRole(project);
  const now = useNow();
  const ask = useAsk(project, kind, resource);
  const [open, setOpen] = useState<{ action: NextAction; problem: ProblemError | null } | null>(null);
  const [stopped, setStopped] = useState<string | null>(null);
  const [busy, setBusy] = useState<NextAction | null>(null);
  const actions = offered(resource).filter((action) => !without.includes(action));
  const first = needsAnotherName(resource) ? null : actions[0];
  const refusal = reasonAgainstWriting(role);

  const ownReason = (action: NextAction): string | null => {
    if (action === "delete") return reasonOfUse(resource);
    return action === "stop" && (isStopping || stopped === resource.lock?.change) ? "It is being stopped." : null;
  };

  const begin = async (action: NextAction) => {
    if (action === "update") return navigate(editPath(project, kind.path, resource.name));
    if (!AT_ONCE.includes(action)) return setOpen({ action, problem: null });
    setBusy(action);
    try {
      const change = await ask(action);
      if (change !== null) onBegun?.(change);
    } catch (error) {
      setOpen({ action, problem: asProblem(error) });
    } finally {
      setBusy(null);
    }
  };

  return (
    <>
      <SpaceBetween direction="horizontal" size="xs">
        {needsAnotherName(resource) && (
          <Button
            variant="primary"
            disabled={refusal !== null}
            disabledReason={refusal ?? ""}
            onClick={() => void navigate(createLikePath(project, kind.path, resource.name))}
          >
            Choose another name
          </Button>
        )}
        {actions.map((action) => {
          const reason = reasonAgainst(action, resource, role, now) ?? ownReason(action);
          return (
            <Button
              key={action}
              variant={action === first && AT_ONCE.includes(action) ? "primary" : "normal"}
              loading={busy === action}
              loadingText="Asking"
              disabled={reason !== null}
              disabledReason={reason ?? ""}
              onClick={() => void begin(action)}
            >
              {actionWords(action)}
            </Button>
          );
        })}
      </SpaceBetween>
      {open !== null && (
        <ActionDialog
          key={open.action}
          action={open.action}
          project={project}
          kind={kind}
          resource={resource}
          problem={open.problem}
          onClose={() => setOpen(null)}
          onDone={(change) => {
            if (change === null) setStopped(resource.lock?.change ?? null);
            else onBegun?.(change);
          }}
        />
      )}
    </>
  );
}
