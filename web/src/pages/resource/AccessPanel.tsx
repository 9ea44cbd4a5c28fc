import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import type { Spec } from "../../api/client";
import { useRole } from "../../api/queries";
import { useRequest } from "../../changes/useRequest";
import { DayInput } from "../../parts/DayInput";
import { Moment } from "../../parts/Moment";
import { accessOf, endOfDay } from "../../parts/access";
import { reasonAgainst } from "../../parts/roles";
import { localTime } from "../../parts/time";
import { useNow } from "../../parts/useNow";
import { Confirm } from "./Confirm";
import type { Of } from "./useCredentials";

/** Whether the user is let in at all, until when, and the switch that ends it at once. */
export function AccessPanel({ of, mayWrite }: { of: Of; mayWrite: boolean }) {
  const { project, kind, resource } = of;
  const [asking, setAsking] = useState<"switch" | "end" | null>(null);
  const { put } = useRequest(project);
  const role = useRole(project);
  const now = useNow();
  const access = accessOf(resource.spec, now);
  const reason = reasonAgainst("update", resource, role, now);
  const disabled = { disabled: reason !== null, disabledReason: reason ?? "" };
  const close = () => setAsking(null);
  const save = (changed: Spec) => put({ kind, name: resource.name, spec: { ...resource.spec, ...changed }, version: resource.version });
  const actions = mayWrite && (
    <SpaceBetween direction="horizontal" size="xs">
      <Button {...disabled} onClick={() => setAsking("end")}>
        Change the end
      </Button>
      <Button {...disabled} onClick={() => setAsking("switch")}>
        {access.isEnabled ? "Switch off" : "Switch on"}
      </Button>
    </SpaceBetween>
  );
  return (
    <SpaceBetween size="xs">
      <Header variant="h3" actions={actions}>
        Access
      </Header>
      <Box>
        {!access.isEnabled && <StatusIndicator type="stopped">Switched off: everything is refused</StatusIndicator>}
        {access.isEnabled && access.isOver && <StatusIndicator type="stopped">Ended: everything is refused</StatusIndicator>}
        {access.isEnabled && !access.isOver && <StatusIndicator type="success">Switched on</StatusIndicator>}
      </Box>
      <Box>
        {access.expiresAt === null ? (
          "Access does not end by itself."
        ) : (
          <>
            {access.isOver ? "Access ended: " : "Access ends by itself: "}
            <Moment at={access.expiresAt} />
          </>
        )}
      </Box>
      {asking === "switch" && (
        <Confirm
          title={access.isEnabled ? `Switch ${resource.name} off?` : `Switch ${resource.name} on?`}
          deed={access.isEnabled ? "Switch off" : "Switch on"}
          act={() => save({ enabled: !access.isEnabled })}
          close={close}
        >
          {access.isEnabled
            ? "Everything is refused at once. Its permissions and its keys stay as they are, and it can be switched on again."
            : "The permissions and keys that stand work again."}
        </Confirm>
      )}
      {asking === "end" && <End now={access.expiresAt} save={(expiresAt) => save({ expiresAt })} close={close} />}
    </SpaceBetween>
  );
}

function End({ now, save, close }: { now: string | null; save: (expiresAt: string | null) => Promise<unknown>; close: () => void }) {
  const [day, setDay] = useState("");
  const next = day === "" ? null : endOfDay(day);
  const isHalf = day !== "" && next === null;
  const words = (at: string | null) => (at === null ? "never" : localTime(at));
  const reason = isHalf ? "Give the whole day first, such as 2027-01-31." : next === now ? "Choose another day first." : null;
  return (
    <Confirm title="When does access end?" deed="Save" act={() => save(next)} close={close} reason={reason}>
      <FormField label="Last day" description="Access ends at the end of that day, in your own time zone. Empty: it does not end.">
        <DayInput value={day} onChange={setDay} />
      </FormField>
      <Box>
        Ends now: {words(now)}. Will end: <b>{isHalf ? "not chosen yet" : words(next)}</b>.
      </Box>
    </Confirm>
  );
}
