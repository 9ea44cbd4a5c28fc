import { useProject } from "../../api/queries";
import { Ago } from "../../parts/Moment";
import { PageLink } from "../../parts/PageLink";
import { foundWords } from "../../parts/findings";
import { operationsPath } from "../../paths";

/** When everything of the project was last compared with AWS, and what that found; told by the socket from then on. */
export default function Verified({ project }: { project: string }) {
  const { data, error } = useProject(project);
  if (data === undefined) return error === null ? "Reading when all of it was last compared with AWS …" : "When all of it was last compared with AWS could not be read.";
  const { reconcile } = data;
  if (reconcile === null) return "Not compared with AWS yet: the schedule does so by itself.";
  const { verifiedAt, cause } = reconcile;
  return (
    <span data-testid="verified">
      {verifiedAt === null ? "Never verified as a whole" : <>Last verified <Ago at={verifiedAt} /></>}
      {cause === null ? `: ${foundWords(reconcile).toLowerCase()}. ` : ". The last run could not compare everything with AWS. "}
      <PageLink to={operationsPath(project)}>Operations</PageLink>
    </span>
  );
}
