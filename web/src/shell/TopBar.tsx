import TopNavigation, { type TopNavigationProps } from "@cloudscape-design/components/top-navigation";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useMe } from "../api/queries";
import { type Theme, chooseTheme, chosenTheme } from "../parts/theme";
import { homePath, projectPath } from "../paths";
import { useSession } from "./SessionContext";

const THEMES: Record<Theme, string> = { system: "As the system", light: "Light", dark: "Dark" };

/** Which project, who, how it looks, and the way out. */
export function TopBar({ project }: { project: string | undefined }) {
  const me = useMe().data;
  const session = useSession();
  const navigate = useNavigate();
  const [theme, setTheme] = useState(chosenTheme);
  const projects = me?.projects ?? [];
  const shown = projects.find((each) => each.id === project)?.name ?? "Projects";
  const choose = (next: Theme) => {
    chooseTheme(next);
    setTheme(next);
  };
  const utilities: TopNavigationProps.Utility[] = [
    {
      type: "menu-dropdown",
      text: shown,
      ariaLabel: `${shown}: switch the project`,
      iconName: "folder",
      items: [
        ...projects.map((each) => ({ id: projectPath(each.id), text: each.name, description: each.role })),
        { id: homePath, text: "All projects" },
      ],
      onItemClick: ({ detail }) => void navigate(detail.id),
    },
    {
      type: "menu-dropdown",
      iconName: "settings",
      ariaLabel: "Appearance",
      title: "Appearance",
      items: (Object.keys(THEMES) as Theme[]).map((each) => ({
        id: each, text: THEMES[each], iconName: each === theme ? ("check" as const) : undefined,
      })),
      onItemClick: ({ detail }) => choose(detail.id as Theme),
    },
    {
      type: "menu-dropdown",
      text: me?.person.name ?? "…",
      description: me?.person.email,
      iconName: "user-profile",
      items: [{ id: "leave", text: "Sign out" }],
      onItemClick: () => void session.signOut(),
    },
  ];
  return (
    <TopNavigation
      identity={{
        href: homePath,
        title: "Stowage",
        onFollow: (event) => {
          event.preventDefault();
          void navigate(homePath);
        },
      }}
      utilities={utilities}
      i18nStrings={{ overflowMenuTriggerText: "More", overflowMenuTitleText: "All" }}
    />
  );
}
