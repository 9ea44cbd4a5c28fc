import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useParams, useSearchParams } from "react-router";
import { useApi } from "../api/ApiProvider";
import { type Change, dataOf } from "../api/client";
import { keys } from "../api/keys";
import { useKinds } from "../api/queries";
import { inSentence } from "../forms/schema";
import { Empty, Failed, Loading } from "../parts/Blocks";
import { type Column, Listing } from "../parts/Listing";
import { Mail } from "../parts/Mail";
import { Moment } from "../parts/Moment";
import { Page } from "../parts/Page";
import { PageLink } from "../parts/PageLink";
import { ChangeStatus } from "../parts/Status";
import { duration } from "../parts/time";
import { useIsPhone } from "../parts/useIsPhone";
import { doing } from "../parts/words";
import { changePath, resourcePath } from "../paths";
import { ChangeFilters } from "./changes/ChangeFilters";
import { ExportButton } from "./changes/ExportButton";
import { NAMES, type Wanted, queryOf, searchOf, wantedOf } from "./changes/filters";
import "./changes/changes.css";

const PER_PAGE = 100;

/** The audit: who changed what, when, and how it ended; newest first, found by what stands in the address. */
export default function ChangesPage() {
  const { project = "" } = useParams();
  const [search, setSearch] = useSearchParams();
  const wanted = wantedOf(search);
  const choose = (next: Wanted) => setSearch(searchOf(next), { replace: true });
  const isPhone = useIsPhone();
  const filters = <ChangeFilters project={project} wanted={wanted} onChange={choose} />;
  return (
    <Page title="Changes" description="Who asked for what, when, and how it ended." actions={<ExportButton project={project} wanted={wanted} />}>
      <SpaceBetween size="l">
        {isPhone ? (
          <ExpandableSection variant="container" headerText="Filters" defaultExpanded={NAMES.some((name) => wanted[name] !== "")}>
            {filters}
          </ExpandableSection>
        ) : (
          <Container>{filters}</Container>
        )}
        <Found project={project} wanted={wanted} />
      </SpaceBetween>
    </Page>
  );
}

function Found({ project, wanted }: { project: string; wanted: Wanted }) {
  const api = useApi();
  const kinds = useKinds().data;
  const query = queryOf(wanted);
  const changes = useInfiniteQuery({
    queryKey: [...keys.changes(project), "found", query],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const asked = { ...query, limit: PER_PAGE, ...(pageParam === undefined ? {} : { cursor: pageParam }) };
      return dataOf(await api.GET("/v1/projects/{project}/changes", { params: { path: { project }, query: asked as never }, signal }));
    },
    getNextPageParam: (page) => page.cursor ?? undefined,
    placeholderData: (before) => before, // what was found before stays until the new is there
  });
  if (changes.error && !changes.isFetchNextPageError) return <Failed error={changes.error} retry={() => void changes.refetch()} />;
  if (changes.data === undefined) return <Loading what="Reading the changes" />;
  const items = changes.data.pages.flatMap((page) => page.items);
  const titleOf = (kind: string) => kinds?.find((each) => each.kind === kind)?.title ?? kind;
  const pathOf = (kind: string) => kinds?.find((each) => each.kind === kind)?.path;
  const isFiltered = NAMES.some((name) => wanted[name] !== "");
  const columns: Column<Change>[] = [
    {
      id: "what", header: "What", isRowHeader: true, width: 160,
      cell: (each) => (
        <PageLink to={changePath(project, each.id)} ariaLabel={`${doing(each.action)} ${inSentence(titleOf(each.kind))} ${each.name}: see the change`}>
          {`${doing(each.action)} ${inSentence(titleOf(each.kind))}`}
        </PageLink>
      ),
    },
    {
      id: "resource", header: "Resource", minWidth: 170,
      cell: (each) => {
        const path = pathOf(each.kind);
        return <span className="wrap-anywhere">{path === undefined ? each.name : <PageLink to={resourcePath(project, path, each.name)}>{each.name}</PageLink>}</span>;
      },
    },
    { id: "who", header: "By", width: 185, cell: (each) => <Mail address={each.actor} /> },
    { id: "when", header: "Started", width: 185, cardWidth: 65, cell: (each) => <Moment at={each.startedAt} /> },
    { id: "took", header: "Took", width: 90, cardWidth: 35, cell: (each) => (each.endedAt == null ? "–" : duration(Date.parse(each.endedAt) - Date.parse(each.startedAt))) },
    { id: "how", header: "Outcome", width: 180, cell: (each) => <ChangeStatus change={each} /> },
  ];
  return (
    <Listing
      label="Changes"
      header={<Header variant="h2" counter={`(${items.length}${changes.hasNextPage ? "+" : ""})`}>{isFiltered ? "What was found" : "Every change"}</Header>}
      items={items}
      idOf={(each) => each.id}
      columns={columns}
      empty={
        isFiltered ? (
          <Empty title="No change is like that">Clear a filter, or look at other days.</Empty>
        ) : (
          <Empty title="Nothing was changed yet">Every creation, change and deletion is told here, with who asked for it and how it ended.</Empty>
        )
      }
      footer={
        <SpaceBetween size="xs">
          {changes.isFetchNextPageError && <Failed error={changes.error} />}
          {changes.hasNextPage && (
            <Button loading={changes.isFetchingNextPage} loadingText="Reading" onClick={() => void changes.fetchNextPage()}>
              Show older ones
            </Button>
          )}
        </SpaceBetween>
      }
    />
  );
}
