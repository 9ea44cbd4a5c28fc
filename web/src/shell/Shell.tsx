import AppLayout from "@cloudscape-design/components/app-layout";
import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import { Suspense, useEffect, useState } from "react";
import { Outlet, useLocation, useParams } from "react-router";
import { useMe } from "../api/queries";
import { useFlashes } from "../changes/FlashProvider";
import type { Flash } from "../changes/flashes";
import { useLiveness } from "../live/LiveProvider";
import { Loading } from "../parts/Blocks";
import { ErrorBoundary } from "../parts/ErrorBoundary";
import { PageLink } from "../parts/PageLink";
import { Crumbs } from "./Crumbs";
import { Navigation } from "./Navigation";
import { TopBar } from "./TopBar";

const PHONE = "(max-width: 688px)";

/** The frame of every page: where one is, what is going on, where one can go. */
export function Shell() {
  const { project } = useParams();
  const { pathname } = useLocation();
  const { follow } = useLiveness();
  const me = useMe().data;
  const [isOpen, setOpen] = useState(() => !matchMedia(PHONE).matches);
  useEffect(() => follow(project ?? null), [follow, project]);
  const name = me?.projects.find((each) => each.id === project)?.name;
  useTitle(name ?? project);
  return (
    <>
      <div id="top">
        <TopBar project={project} />
      </div>
      <AppLayout
        headerSelector="#top"
        toolsHide
        navigationHide={project === undefined}
        navigationOpen={isOpen}
        onNavigationChange={({ detail }) => setOpen(detail.open)}
        navigation={project === undefined ? undefined : <Navigation project={project} name={name ?? project} />}
        breadcrumbs={project === undefined ? undefined : <Crumbs project={project} name={name ?? project} />}
        notifications={<Flashes />}
        ariaLabels={{
          navigation: "Project", navigationToggle: "Open the navigation", navigationClose: "Close the navigation",
          notifications: "Notifications",
        }}
        content={
          <ErrorBoundary resetKey={pathname}>
            <Suspense fallback={<Loading />}>
              <Outlet />
            </Suspense>
          </ErrorBoundary>
        }
      />
    </>
  );
}

function useTitle(project: string | undefined): void {
  useEffect(() => {
    document.title = project === undefined ? "Stowage" : `${project} · Stowage`;
  }, [project]);
}

function Flashes() {
  const { items, dismiss } = useFlashes();
  const shown = items.map((flash): FlashbarProps.MessageDefinition => ({
    id: flash.id,
    type: flash.type === "in-progress" ? "in-progress" : flash.type,
    loading: flash.type === "in-progress",
    header: flash.header,
    content: <FlashContent flash={flash} />,
    dismissible: true,
    dismissLabel: "Dismiss this message",
    onDismiss: () => dismiss(flash.id),
    statusIconAriaLabel: flash.type,
  }));
  return <Flashbar items={shown} stackItems />;
}

function FlashContent({ flash }: { flash: Flash }) {
  return (
    <span className="wrap-anywhere">
      {flash.content}{" "}
      {flash.link && <PageLink to={flash.link.path}>{flash.link.text}</PageLink>}
    </span>
  );
}
