import { createBrowserRouter } from "react-router";
import { Shell } from "./shell/Shell";
import { PageError } from "./shell/PageError";
import { NotFound } from "./shell/NotFound";

/** Give a page of a module that is fetched when its address is first gone to. */
const page = (load: () => Promise<{ default: () => React.ReactNode }>) => async () => ({ Component: (await load()).default });

/**
 * Every address of the console, in the order of the navigation. "new" stands before the kind's path, where the API lets
 * no kind be: behind it, it would hide a resource called new.
 */
export function createRouter() {
  return createBrowserRouter([
    {
      element: <Shell />,
      hydrateFallbackElement: <></>,
      errorElement: <PageError />,
      children: [
        {
          errorElement: <PageError />, // below the shell, which stays
          children: [
            { path: "/", lazy: page(() => import("./pages/ProjectsPage")) },
            {
              path: "/projects/:project",
              children: [
                { index: true, lazy: page(() => import("./pages/ResourcesPage")) },
                { path: "new/:path", lazy: page(() => import("./pages/CreatePage")) },
                { path: "changes", lazy: page(() => import("./pages/ChangesPage")) },
                { path: "changes/:change", lazy: page(() => import("./pages/ChangePage")) },
                { path: "permissions", lazy: page(() => import("./pages/PermissionsPage")) },
                { path: "operations", lazy: page(() => import("./pages/OperationsPage")) },
                { path: "members", lazy: page(() => import("./pages/MembersPage")) },
                { path: ":path/:name", lazy: page(() => import("./pages/ResourcePage")) },
                { path: ":path/:name/edit", lazy: page(() => import("./pages/EditPage")) },
              ],
            },
            { path: "*", element: <NotFound /> },
          ],
        },
      ],
    },
  ]);
}
