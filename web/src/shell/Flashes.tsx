import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import { useFlashes } from "../changes/FlashProvider";
import type { Flash } from "../changes/flashes";
import { PageLink } from "../parts/PageLink";

/** The messages above the page. */
export function Flashes() {
  const { items, dismiss } = useFlashes();
  const shown = items.map((flash): FlashbarProps.MessageDefinition => ({
    id: flash.id,
    type: flash.type,
    loading: flash.type === "in-progress",
    header: flash.header,
    content: <FlashContent flash={flash} />,
    dismissible: true,
    dismissLabel: "Dismiss this message",
    onDismiss: () => dismiss(flash.id),
    statusIconAriaLabel: flash.type,
  }));
  return (
    <div className="flashes" role="region" aria-label="Notifications">
      <Flashbar items={shown} stackItems />
    </div>
  );
}

function FlashContent({ flash }: { flash: Flash }) {
  return (
    <span className="wrap-anywhere">
      {flash.content} {flash.link && <PageLink to={flash.link.path}>{flash.link.text}</PageLink>}
    </span>
  );
}
