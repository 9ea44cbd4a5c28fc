import Box from "@cloudscape-design/components/box";
import { Page } from "../parts/Page";
import { PageLink } from "../parts/PageLink";
import { homePath } from "../paths";

/** An address that is none of ours. */
export function NotFound() {
  return (
    <Page title="There is no such page">
      <Box variant="p">
        The address may be mistyped, or what it showed is gone. <PageLink to={homePath}>See your projects</PageLink>
      </Box>
    </Page>
  );
}
