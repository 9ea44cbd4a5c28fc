import { useState } from "react";
import { type ProblemError, asProblem } from "../api/problem";

/** Do something that may be refused, and tell whether it is being done, and why it was refused. */
export function useDeed(first: ProblemError | null = null) {
  const [isActing, setActing] = useState(false);
  const [problem, setProblem] = useState(first);
  const run = async (deed: () => Promise<unknown>) => {
    setActing(true);
    setProblem(null);
    try {
      await deed();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setActing(false);
    }
  };
  return { isActing, problem, run: (deed: () => Promise<unknown>) => void run(deed) };
}
