import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import type { Kind, Resource } from "../../api/client";

export interface CredentialsSectionProps {
  readonly project: string;
  readonly kind: Kind;
  readonly resource: Resource;
}

/** A user's keys, their rotation, and the links by which they are handed over; on the page of a kind with credentials. */
export default function CredentialsSection({ resource }: CredentialsSectionProps) {
  return (
    <Container header={<Header variant="h2">Credentials</Header>}>
      The keys of {resource.name} are minted when its creation has ended, and handed over by a one-time link.
    </Container>
  );
}
