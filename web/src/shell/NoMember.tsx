import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { Page } from "../parts/Page";
import { PageLink } from "../parts/PageLink";
import { homePath } from "../paths";

/** In place of every page of a project that somebody was a member of until now. */
export function NoMember({ retry }: { retry: () => void }) {
  return (
    <Page title="You are not a member of this project any more">
      <Alert type="warning" action={<Button onClick={retry}>Try again</Button>}>
        Nothing of it is shown. An operator of the project can add you again. <PageLink to={homePath}>See your projects</PageLink>
      </Alert>
    </Page>
  );
}
