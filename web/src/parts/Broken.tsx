import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { useEffect, useState } from "react";
import { Page } from "./Page";
import { isNotLoaded, recoverHere } from "./notLoaded";

/** What stands in the place of a page that broke, or never arrived. */
export function Broken({ error }: { error: unknown }) {
  if (isNotLoaded(error)) return <NotLoaded />;
  return (
    <Alert type="error" header="This part of the page has broken" action={<Button onClick={() => location.reload()}>Reload</Button>}>
      Nothing of your project is affected. Reload the page; if it breaks again, tell your operator what you did last.
    </Alert>
  );
}

function NotLoaded() {
  const [isTrying, setTrying] = useState(false);
  const recover = async (isAsked: boolean) => {
    setTrying(true);
    await recoverHere(isAsked);
    setTrying(false);
  };
  useEffect(() => {
    const again = () => void recover(false);
    again();
    addEventListener("online", again);
    return () => removeEventListener("online", again);
  }, []);
  const action = <Button loading={isTrying} loadingText="Trying" onClick={() => void recover(true)}>Try again</Button>;
  return (
    <Page title="This page could not be loaded">
      <Alert type="error" action={action}>
        Either there is no connection, or Stowage was upgraded while this was open. It is tried again as soon as the network is back.
      </Alert>
    </Page>
  );
}
