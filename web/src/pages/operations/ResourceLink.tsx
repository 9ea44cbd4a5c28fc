import type { Resource } from "../../api/client";
import { useKinds } from "../../api/queries";
import { PageLink } from "../../parts/PageLink";
import { resourcePath } from "../../paths";

/** A resource's name, which leads to its page, and its kind. */
export function ResourceLink({ project, resource: { kind, name } }: { project: string; resource: Resource }) {
  const known = useKinds().data?.find((each) => each.kind === kind);
  return (
    <span className="wrap-anywhere">
      {known === undefined ? name : <PageLink to={resourcePath(project, known.path, name)}>{name}</PageLink>} ({known?.title ?? kind})
    </span>
  );
}
