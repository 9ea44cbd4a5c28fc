import Box from "@cloudscape-design/components/box";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import { PageLink } from "../parts/PageLink";
import { homePath } from "../paths";

/** An address that is none of ours. */
export function NotFound() {
  return (
    <ContentLayout header={<Header variant="h1">There is no such page</Header>}>
      <Box variant="p">
        The address may be mistyped, or what it showed is gone. <PageLink to={homePath}>See your projects</PageLink>
      </Box>
    </ContentLayout>
  );
}
