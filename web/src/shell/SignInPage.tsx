import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect } from "react";
import type { Session } from "../auth/session";
import { Loading } from "../parts/Blocks";

/** Goes to the sign-in pages by itself, unless the person has just left or coming back from them failed. */
export function SignInPage({ session, why }: { session: Session; why: "left" | "failed" | null }) {
  const goesByItself = why === null;
  useEffect(() => {
    if (goesByItself) void session.signIn();
  }, [goesByItself, session]);
  if (goesByItself) return <Loading what="Going to the sign-in" />;
  return (
    <Container>
      <SpaceBetween size="m">
        <Box variant="h1">Stowage</Box>
        {why === "left" ? (
          <Box variant="p">You are signed out.</Box>
        ) : (
          <Alert type="warning" header="The sign-in did not come to its end">
            It may have taken too long, or its link was used before. Nothing is lost: sign in again.
          </Alert>
        )}
        <Button variant="primary" onClick={() => void session.signIn()}>
          Sign in
        </Button>
      </SpaceBetween>
    </Container>
  );
}
