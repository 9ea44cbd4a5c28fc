import Alert from "@cloudscape-design/components/alert";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Kind, Resource } from "../../api/client";
import { useRole } from "../../api/queries";
import { Reading } from "../../parts/Blocks";
import { reasonAgainstWriting } from "../../parts/roles";
import { AccessPanel } from "./AccessPanel";
import { HandoverPanel } from "./HandoverPanel";
import { KeyList } from "./KeyList";
import { RotationPanel } from "./RotationPanel";
import { useCredentials } from "./useCredentials";

export interface CredentialsSectionProps {
  readonly project: string;
  readonly kind: Kind;
  readonly resource: Resource;
}

/** A user's keys, their rotation, and the links by which they are handed over; on the page of a kind with credentials. */
export default function CredentialsSection(of: CredentialsSectionProps) {
  const credentials = useCredentials(of);
  const mayWrite = reasonAgainstWriting(useRole(of.project)) === null;
  return (
    <Container header={<Header variant="h2">Credentials</Header>}>
      <SpaceBetween size="l">
        <AccessPanel of={of} mayWrite={mayWrite} />
        <Reading query={credentials} what="Reading the keys">
          {(found) => (
            <SpaceBetween size="l">
              {found.suspended && <Alert type="info">The user is switched off: no key works until it is switched on again.</Alert>}
              <KeyList credentials={found} />
              <HandoverPanel of={of} credentials={found} mayWrite={mayWrite} />
              <RotationPanel of={of} credentials={found} mayWrite={mayWrite} />
            </SpaceBetween>
          )}
        </Reading>
      </SpaceBetween>
    </Container>
  );
}
