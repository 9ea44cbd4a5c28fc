import Alert, { type AlertProps } from "@cloudscape-design/components/alert";
import type { ReactNode, Ref } from "react";
import type { Kind } from "../../api/client";
import type { FieldFault, ProblemError } from "../../api/problem";
import { faultsWithoutField } from "../../forms/SchemaForm";
import { type Schema, inSentence } from "../../forms/schema";
import { LockRefusal } from "../../parts/LockNote";
import { PageLink } from "../../parts/PageLink";
import { resourcePath } from "../../paths";

/** Where the field of the name stands among the form's: it is no part of the spec. */
export const NAME_FIELD = "#name";

/** What is wrong with the name by a refusal, for its own field; null: nothing. */
export function nameFaultOf(problem: ProblemError | null, project: string, kind: Kind, name: string): ReactNode {
  if (problem === null) return null;
  if (problem.code === "resource-exists") {
    return (
      <>
        There is {withArticle(inSentence(kind.title))} of this name already. <PageLink to={resourcePath(project, kind.path, name)} fontSize="inherit">Open it</PageLink>
      </>
    );
  }
  if (problem.code === "name-taken") return problem.message;
  const told = problem.faults.filter(isOfName).map((fault) => fault.detail);
  return told.length === 0 ? null : told.join(" ");
}

/** The API has no pointer for the name, which is in the address, and begins such a sentence with it. */
function isOfName({ pointer, detail }: FieldFault): boolean {
  return pointer === "" && detail.startsWith("The name ");
}

function withArticle(noun: string): string {
  return `${/^([aeio]|SFTP|SSH)/i.test(noun) ? "an" : "a"} ${noun}`;
}

interface Props {
  readonly project: string;
  readonly problem: ProblemError;
  readonly schema: Schema;
  /** Whether the name's field says what is wrong with it. */
  readonly isNameTold: boolean;
  readonly alert: Ref<AlertProps.Ref>;
}

/** Why the API refused, where no field says it; it stands beside the button that was pressed. */
export function Refusal({ project, problem, schema, isNameTold, alert }: Props) {
  const { lock } = problem;
  if (problem.code === "locked" && lock !== null) return <LockRefusal project={project} lock={lock} alert={alert} />;
  const others = faultsWithoutField(problem.faults, schema).filter((fault) => !(isNameTold && isOfName(fault)));
  if (others.length === 0 && (isNameTold || problem.faults.length > 0)) return null; // each field says it
  return (
    <Alert ref={alert} type="error" header={problem.title}>
      <span className="wrap-anywhere">{others.length === 0 && problem.message}</span>
      {others.length > 0 && (
        <ul>
          {others.map((fault) => (
            <li key={fault.pointer + fault.detail} className="wrap-anywhere">
              {fault.pointer} {fault.detail}
            </li>
          ))}
        </ul>
      )}
    </Alert>
  );
}
