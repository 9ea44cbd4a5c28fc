import Header from "@cloudscape-design/components/header";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { useApi } from "../api/ApiProvider";
import { dataOf } from "../api/client";
import { keys } from "../api/keys";
import { Empty, Reading } from "../parts/Blocks";
import { Listing } from "../parts/Listing";

/** Who is in the project, and as what. */
export default function MembersPage() {
  const { project = "" } = useParams();
  const api = useApi();
  const members = useQuery({
    queryKey: keys.members(project),
    queryFn: async ({ signal }) => dataOf(await api.GET("/v1/projects/{project}/members", { params: { path: { project } }, signal })).items,
  });
  return (
    <Reading query={members} title="Members" what="Reading the members">
      {(items) => (
        <Listing
          label="Members"
          header={<Header variant="h1" counter={`(${items.length})`}>Members</Header>}
          items={items}
          idOf={(each) => each.person.id}
          columns={[
            { id: "name", header: "Name", isRowHeader: true, cell: (each) => each.person.name },
            { id: "email", header: "E-mail", cell: (each) => each.person.email },
            { id: "role", header: "Role", cell: (each) => each.role },
          ]}
          empty={<Empty title="Nobody is in this project" />}
        />
      )}
    </Reading>
  );
}
