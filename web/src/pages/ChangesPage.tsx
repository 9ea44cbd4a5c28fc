import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { useApi } from "../api/ApiProvider";
import { dataOf } from "../api/client";
import { keys } from "../api/keys";
import { Empty, Reading } from "../parts/Blocks";
import { Listing } from "../parts/Listing";
import { Moment } from "../parts/Moment";
import { PageLink } from "../parts/PageLink";
import { ChangeStatus } from "../parts/Status";
import { plain } from "../parts/words";
import { changePath } from "../paths";

/** Who changed what, when, and how it ended: newest first. */
export default function ChangesPage() {
  const { project = "" } = useParams();
  const api = useApi();
  const changes = useInfiniteQuery({
    queryKey: keys.changes(project),
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const query = pageParam === undefined ? {} : { cursor: pageParam };
      return dataOf(await api.GET("/v1/projects/{project}/changes", { params: { path: { project }, query }, signal }));
    },
    getNextPageParam: (page) => page.cursor ?? undefined,
  });
  return (
    <Reading query={changes} title="Changes" what="Reading the changes">
      {({ pages }) => (
        <Listing
          label="Changes"
          header={<Header variant="h1">Changes</Header>}
          items={pages.flatMap((page) => page.items)}
          idOf={(each) => each.id}
          columns={[
            {
              id: "what", header: "What", isRowHeader: true,
              cell: (each) => <PageLink to={changePath(project, each.id)}>{`${plain(each.action)} ${each.name}`}</PageLink>,
            },
            { id: "who", header: "By", cell: (each) => each.actor },
            { id: "when", header: "Started", cell: (each) => <Moment at={each.startedAt} /> },
            { id: "how", header: "Outcome", cell: (each) => <ChangeStatus change={each} /> },
          ]}
          empty={<Empty title="Nothing was changed yet">Every creation, change and deletion is told here, with who asked for it and how it ended.</Empty>}
          footer={changes.hasNextPage && <Button loading={changes.isFetchingNextPage} onClick={() => void changes.fetchNextPage()}>Show older ones</Button>}
        />
      )}
    </Reading>
  );
}
