import Badge from "@cloudscape-design/components/badge";
import Cards from "@cloudscape-design/components/cards";
import { useMe } from "../api/queries";
import { Empty, Reading } from "../parts/Blocks";
import { Page } from "../parts/Page";
import { PageLink } from "../parts/PageLink";
import { ROLE_SENTENCES } from "../parts/roles";
import { projectPath } from "../paths";

/** The person's projects, each with what they may do there. */
export default function ProjectsPage() {
  const me = useMe();
  return (
    <Page title="Projects" description="Each is an AWS account of its own.">
      <Reading query={me} what="Reading your projects">
        {({ projects }) => (
          <Cards
            items={projects}
            trackBy="id"
            ariaLabels={{ itemSelectionLabel: (_, item) => item.name, selectionGroupLabel: "Projects" }}
            cardDefinition={{
              header: (each) => <PageLink to={projectPath(each.id)} fontSize="heading-m">{each.name}</PageLink>,
              sections: [
                { id: "id", header: "Id", content: (each) => each.id },
                { id: "role", header: "Your role", content: (each) => <><Badge>{each.role}</Badge> {ROLE_SENTENCES[each.role]}</> },
              ],
            }}
            empty={
              <Empty title="You are in no project yet">
                An operator adds you to one, by your e-mail address. Then it is here.
              </Empty>
            }
          />
        )}
      </Reading>
    </Page>
  );
}
