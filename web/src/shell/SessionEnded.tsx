import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import type { Session } from "../auth/session";

/** The session is over, here or in another tab: what is on the page stays to be read, and signing in comes back to it. */
export function SessionEnded({ session }: { session: Session }) {
  const signIn = (
    <Box float="right">
      <Button variant="primary" onClick={() => void session.signIn()}>
        Sign in again
      </Button>
    </Box>
  );
  return (
    <Modal visible header="Your session has ended" closeAriaLabel="Sign in again" footer={signIn} onDismiss={() => void session.signIn()}>
      You were signed out, here or in another window. Sign in again to come back to this page.
    </Modal>
  );
}
