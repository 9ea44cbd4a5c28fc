import type { ReactNode } from "react";
import { Dialog } from "../../parts/Dialog";
import { useDeed } from "../../parts/useDeed";

interface Props {
  readonly title: string;
  readonly deed: string;
  readonly act: () => Promise<unknown>;
  readonly close: () => void;
  /** Why it cannot be done now; null: it can. */
  readonly reason?: string | null;
  readonly children: ReactNode;
}

/** Ask before something is done, do it, and stay open with the reason where it was refused. */
export function Confirm({ act, close, ...others }: Props) {
  const { isActing, problem, run } = useDeed();
  return <Dialog {...others} isActing={isActing} problem={problem} close={close} act={() => run(() => act().then(close))} />;
}
