import Button from "@cloudscape-design/components/button";
import { Suspense, useEffect, useRef, useState } from "react";
import { Outlet, useLocation, useParams } from "react-router";
import { useMe } from "../api/queries";
import { useLiveness } from "../live/LiveProvider";
import { Loading } from "../parts/Blocks";
import { ErrorBoundary } from "../parts/ErrorBoundary";
import { Crumbs } from "./Crumbs";
import { Flashes } from "./Flashes";
import { Navigation } from "./Navigation";
import { TopBar } from "./TopBar";

/**
 * The frame of every page: where one is, what is going on, where one can go. Not Cloudscape's AppLayout, which costs
 * 90 KB for drawers and panels that no page here has.
 */
export function Shell() {
  const { project } = useParams();
  const { pathname } = useLocation();
  const { follow } = useLiveness();
  const me = useMe().data;
  const name = me?.projects.find((each) => each.id === project)?.name ?? project ?? "";
  useEffect(() => follow(project ?? null), [follow, project]);
  useEffect(() => {
    document.title = project === undefined ? "Stowage" : `${name} · Stowage`;
  }, [project, name]);
  const main = useMain(pathname);
  return (
    <>
      <a className="skip" href="#main">
        Go to the content
      </a>
      <div id="top">
        <TopBar project={project} />
      </div>
      <div className={project === undefined ? "layout" : "layout layout-with-nav"}>
        {project !== undefined && <Aside key={pathname} project={project} name={name} />}
        <main id="main" ref={main} tabIndex={-1}>
          {project !== undefined && <Crumbs project={project} name={name} />}
          <Flashes />
          <ErrorBoundary resetKey={pathname}>
            <Suspense fallback={<Loading />}>
              <Outlet />
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
    </>
  );
}

/** The project's pages: beside the content, or, where there is no room, behind a button. Keyed by page: it closes. */
function Aside({ project, name }: { project: string; name: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <aside className={isOpen ? "nav nav-open" : "nav"}>
      <div className="nav-toggle">
        <Button iconName={isOpen ? "close" : "menu"} ariaExpanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {name}
        </Button>
      </div>
      <div className="nav-links">
        <Navigation project={project} name={name} />
      </div>
    </aside>
  );
}

/** A new page begins at its top, and for who hears it, at its content. */
function useMain(pathname: string) {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}
