import SideNavigation from "@cloudscape-design/components/side-navigation";
import { useLocation, useNavigate } from "react-router";
import { changesPath, membersPath, operationsPath, permissionsPath, projectPath } from "../paths";

/** A project's pages. */
export function Navigation({ project, name }: { project: string; name: string }) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const links = [
    ["Resources", projectPath(project)],
    ["Permissions", permissionsPath(project)],
    ["Changes", changesPath(project)],
    ["Operations", operationsPath(project)],
    ["Members", membersPath(project)],
  ] as const;
  // The longest address that the page's begins with: a resource's page belongs to the resources.
  const active = links.filter(([, href]) => pathname === href || pathname.startsWith(`${href}/`)).sort((a, b) => b[1].length - a[1].length)[0];
  return (
    <SideNavigation
      header={{ href: projectPath(project), text: name }}
      activeHref={active?.[1] ?? projectPath(project)}
      items={links.map(([text, href]) => ({ type: "link", text, href }))}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(event.detail.href);
      }}
    />
  );
}
