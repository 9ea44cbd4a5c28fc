import { useQueryClient } from "@tanstack/react-query";
import Button from "@cloudscape-design/components/button";
import { Suspense, useCallback, useEffect, useRef, useState } from "react";
import { Outlet, useLocation, useParams } from "react-router";
import { keys } from "../api/keys";
import { useMe, useTold } from "../api/queries";
import { useLiveness } from "../live/LiveProvider";
import { Loading } from "../parts/Blocks";
import { ErrorBoundary } from "../parts/ErrorBoundary";
import { Crumbs } from "./Crumbs";
import { Flashes } from "./Flashes";
import { Navigation } from "./Navigation";
import { NoMember } from "./NoMember";
import { TopBar } from "./TopBar";
import { keepFocus } from "./keepFocus";

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
  const { isForgotten, tryAgain } = useForgotten(project ?? "");
  const followed = isForgotten ? undefined : project;
  useEffect(keepFocus, []);
  useEffect(() => follow(followed ?? null), [follow, followed]);
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
      <div className={followed === undefined ? "layout" : "layout layout-with-nav"}>
        {followed !== undefined && <Aside key={pathname} project={followed} name={name} />}
        <main id="main" ref={main} tabIndex={-1}>
          {followed !== undefined && <Crumbs project={followed} name={name} />}
          <Flashes />
          <ErrorBoundary resetKey={pathname}>
            <Suspense fallback={<Loading />}>
              {isForgotten ? <NoMember retry={tryAgain} /> : <Outlet />}
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

/** Whether the project was somebody's until now; who goes elsewhere and comes back tries again. */
function useForgotten(project: string) {
  const cache = useQueryClient();
  const isForgotten = useTold<boolean>(keys.forgotten(project)) === true;
  const tryAgain = useCallback(() => {
    if (cache.getQueryData(keys.forgotten(project)) === true) cache.setQueryData(keys.forgotten(project), false);
  }, [cache, project]);
  useEffect(() => tryAgain, [tryAgain]);
  return { isForgotten, tryAgain };
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
