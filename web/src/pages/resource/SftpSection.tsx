import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";
import type { Kind, Resource } from "../../api/client";
import { type Signing, fingerprint, signingOf, sftpCommand } from "./sftp";

interface Props {
  readonly project: string;
  readonly kind: Kind;
  readonly resource: Resource;
}

/** How a partner signs in by SFTP: where to, as whom, with which keys, and the line to paste. Empty for other kinds. */
export default function SftpSection({ resource }: Props) {
  const signing = signingOf(resource);
  if (signing === null) return null;
  return <Shown signing={signing} />;
}

function Shown({ signing }: { signing: Signing }) {
  const prints = useFingerprints(signing.publicKeys);
  const command = sftpCommand(signing);
  return (
    <Container header={<Header variant="h2" description="What to send to whoever signs in. There is no secret in it.">Signing in by SFTP</Header>}>
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={3}
          minColumnWidth={200}
          items={[
            { label: "Host", value: <span className="wrap-anywhere">{signing.host}</span> },
            { label: "Port", value: String(signing.port) },
            { label: "User", value: signing.user },
            ...(signing.hostFingerprint === null ? [] : [{ label: "The server’s fingerprint", value: <span className="wrap-anywhere">{signing.hostFingerprint}</span> }]),
          ]}
        />
        <div>
          <Box variant="awsui-key-label">Command</Box>
          <div className="form-row">
            <Box variant="code">
              <span className="wrap-anywhere">{command}</span>
            </Box>
            <CopyToClipboard variant="icon" textToCopy={command} copyButtonAriaLabel="Copy the command" copySuccessText="Command copied" copyErrorText="Not copied: select it and copy it by hand" />
          </div>
          <Box variant="small">PRIVATE_KEY stands for the file of the private key, which never leaves whoever signs in.</Box>
        </div>
        {signing.hostFingerprint === null && signing.serverId !== null && (
          <Box variant="small">
            On the first connection sftp shows the server’s fingerprint and asks whether it is right. An operator can tell: in the project’s
            account, <Box variant="code" display="inline">aws transfer list-host-keys --server-id {signing.serverId}</Box> lists them.
          </Box>
        )}
        {signing.publicKeys.length > 0 && (
          <div>
            <Box variant="awsui-key-label">Keys that are let in (ssh-keygen -lf shows the same)</Box>
            <ul className="wrap-anywhere">
              {signing.publicKeys.map((line) => (
                <li key={line}>
                  <Box variant="code">{prints[line] ?? "…"}</Box> {line.split(" ")[2] ?? line.split(" ")[0]}
                </li>
              ))}
            </ul>
          </div>
        )}
        {signing.isLocal && (
          <Alert type="info" data-local="">This Stowage runs on your own machine: its SFTP server has another address, which make run prints and .local/endpoints.json has.</Alert>
        )}
      </SpaceBetween>
    </Container>
  );
}

function useFingerprints(lines: readonly string[]): Readonly<Record<string, string>> {
  const [prints, setPrints] = useState<Readonly<Record<string, string>>>({});
  const told = lines.join("\n");
  useEffect(() => {
    let isOver = false;
    const asked = told === "" ? [] : told.split("\n");
    void Promise.all(asked.map(async (line) => [line, await fingerprint(line)] as const)).then((found) => {
      if (!isOver) setPrints(Object.fromEntries(found));
    });
    return () => {
      isOver = true;
    };
  }, [told]);
  return prints;
}
