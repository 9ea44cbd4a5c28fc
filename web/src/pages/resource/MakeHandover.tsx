import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { Dialog } from "../../parts/Dialog";
import { Moment } from "../../parts/Moment";
import { useDeed } from "../../parts/useDeed";
import { newPassphrase, passphraseFault } from "./passphrase";
import { type Handover, type Of, useCredentialWishes } from "./useCredentials";

const LASTS = [
  { value: "4", label: "4 hours" },
  { value: "24", label: "1 day" },
  { value: "72", label: "3 days" },
  { value: "168", label: "7 days" },
  { value: "720", label: "30 days" },
];
const USUAL = LASTS[2] ?? null;

/** Make a link, and show it with its passphrase: this once, in this window's memory alone. */
export function MakeHandover({ of, close }: { of: Of; close: () => void }) {
  const { handOver } = useCredentialWishes(of);
  const [lasts, setLasts] = useState(USUAL);
  const [hasPassphrase, setHasPassphrase] = useState(true);
  const [passphrase, setPassphrase] = useState(() => newPassphrase());
  const { isActing, problem, run } = useDeed();
  const [made, setMade] = useState<Handover | null>(null);
  const fault = hasPassphrase ? passphraseFault(passphrase) : null;
  const send = () => run(async () => setMade(await handOver(Number(lasts?.value), hasPassphrase ? passphrase : null)));
  if (made !== null) return <Made handover={made} passphrase={hasPassphrase ? passphrase : null} close={close} />;
  return (
    <Dialog title="Make a link to the key" deed="Make the link" act={send} isActing={isActing} actingText="Making the link" problem={problem} close={close} reason={fault}>
      <Box>Whoever opens the link sees the newest key of {of.resource.name}, once. A former link to it that still waits is taken back.</Box>
      <FormField label="It can be opened for">
        <Select selectedOption={lasts} options={LASTS} onChange={({ detail }) => setLasts(LASTS.find((each) => each.value === detail.selectedOption.value) ?? USUAL)} />
      </FormField>
      <Checkbox checked={hasPassphrase} onChange={({ detail }) => setHasPassphrase(detail.checked)} description="So that a link that is sent to the wrong person shows nothing. Tell it by another way than the link, by phone say.">
        With a passphrase
      </Checkbox>
      {hasPassphrase && (
        <FormField label="Passphrase" errorText={fault ?? ""} description="Made for you; you may choose another one. There are five tries.">
          <Input value={passphrase} spellcheck={false} autoComplete="off" onChange={({ detail }) => setPassphrase(detail.value)} />
        </FormField>
      )}
    </Dialog>
  );
}

function Made({ handover, passphrase, close }: { handover: Handover; passphrase: string | null; close: () => void }) {
  const url = handover.url ?? "";
  return (
    <Modal
      visible
      header="The link is made"
      closeAriaLabel="Close"
      // A click beside the window would lose what is shown once.
      onDismiss={({ detail }) => detail.reason !== "overlay" && close()}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={close}>
            Done
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="l">
        <Alert type="warning">
          The link{passphrase === null ? " is" : " and its passphrase are"} shown here, this once. If you lose {passphrase === null ? "it" : "one"}, make another link.
        </Alert>
        <FormField label="Link" stretch description="Send it to whoever is to have the key. Do not open it yourself: it shows the key once.">
          <span data-testid="handover-url" className="wrap-anywhere">
            <CopyToClipboard variant="inline" textToCopy={url} copyButtonAriaLabel="Copy the link" copySuccessText="Link copied" copyErrorText="Not copied: select it and copy it by hand" />
          </span>
        </FormField>
        {passphrase !== null && (
          <FormField label="Passphrase" stretch description="Tell it by another way than the link.">
            <span data-testid="handover-passphrase">
              <CopyToClipboard variant="inline" textToCopy={passphrase} copyButtonAriaLabel="Copy the passphrase" copySuccessText="Passphrase copied" copyErrorText="Not copied: select it and copy it by hand" />
            </span>
          </FormField>
        )}
        <Box color="text-body-secondary">
          It can be opened until <Moment at={handover.expiresAt} />. This page tells when it was.
        </Box>
      </SpaceBetween>
    </Modal>
  );
}
