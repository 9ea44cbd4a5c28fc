import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import { useLocation, useNavigate, useParams } from "react-router";
import { useKindOfPath } from "../api/queries";
import { inSentence } from "../forms/schema";
import { changesPath, homePath, projectPath, resourcePath } from "../paths";
import { ConnectionPill } from "./ConnectionPill";

const PAGES: Record<string, string> = {
  changes: "Changes", permissions: "Permissions", operations: "Operations", members: "Members",
};

/** Where the page is, and whether it is live. */
export function Crumbs({ project, name }: { project: string; name: string }) {
  const navigate = useNavigate();
  const items = [{ text: "Projects", href: homePath }, { text: name, href: projectPath(project) }, ...useRest(project)];
  return (
    <div className="crumbs">
      <BreadcrumbGroup
        items={items}
        ariaLabel="Where this page is"
        onFollow={(event) => {
          event.preventDefault();
          void navigate(event.detail.href);
        }}
      />
      <ConnectionPill />
    </div>
  );
}

function useRest(project: string): { text: string; href: string }[] {
  const { path, name, change } = useParams();
  const { pathname } = useLocation();
  const kind = useKindOfPath(path ?? "");
  const third = pathname.split("/")[3] ?? "";
  if (change !== undefined) return [{ text: "Changes", href: changesPath(project) }, { text: change.slice(0, 12), href: pathname }];
  if (path !== undefined && name !== undefined) {
    const resource = { text: name, href: resourcePath(project, path, name) };
    return pathname.endsWith("/edit") ? [resource, { text: "Edit", href: pathname }] : [resource];
  }
  if (path !== undefined) return [{ text: kind === undefined ? "Create" : `Create ${inSentence(kind.title)}`, href: pathname }];
  const page = PAGES[third];
  return page === undefined ? [] : [{ text: page, href: pathname }];
}
