import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Kind } from "../../api/client";
import { Ago } from "../../parts/Moment";
import { PageLink } from "../../parts/PageLink";
import { useIsPhone } from "../../parts/useIsPhone";
import { resourcePath } from "../../paths";
import { urgent, useNotices } from "../resource/notices";

const MOST = 3;
/** Where there is little room, the table is what people come for. */
const MOST_ON_PHONES = 1;
const DISMISSED = "stowage.notices-dismissed";

/** What should be known although nobody asked, on the project's own page; what was put away stays away on this device. */
export default function NoticeBanner({ project, kinds }: { project: string; kinds: readonly Kind[] }) {
  const { data } = useNotices(project);
  const isPhone = useIsPhone();
  const [dismissed, setDismissed] = useState(() => new Set((localStorage.getItem(DISMISSED) ?? "").split(" ")));
  const shown = urgent(data ?? [], Date.now()).filter(({ id }) => !dismissed.has(id)).slice(0, isPhone ? MOST_ON_PHONES : MOST);
  const dismiss = (id: string) => {
    const next = new Set([...dismissed, id].slice(-100));
    localStorage.setItem(DISMISSED, [...next].join(" "));
    setDismissed(next);
  };
  if (shown.length === 0) return null;
  return (
    <Box margin={{ bottom: "m" }}>
      <SpaceBetween size="xs">
        {shown.map(({ id, kind, name, text, at }) => (
          <Alert key={id} type="warning" dismissible dismissAriaLabel={`Put away: ${text}`} onDismiss={() => dismiss(id)}>
            {text} <Ago at={at} />.{" "}
            <PageLink to={resourcePath(project, kinds.find((each) => each.kind === kind)?.path ?? kind, name)} ariaLabel={`See ${name}`}>
              See {name}
            </PageLink>
          </Alert>
        ))}
      </SpaceBetween>
    </Box>
  );
}
