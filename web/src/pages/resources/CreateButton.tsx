import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { useNavigate } from "react-router";
import type { Kind, Role } from "../../api/client";
import { reasonAgainstWriting } from "../../parts/roles";
import { createPath } from "../../paths";

/** Create one of the kinds there are; disabled with its reason for who may not. */
export function CreateButton({ project, kinds, role }: { project: string; kinds: readonly Kind[]; role: Role | undefined }) {
  const navigate = useNavigate();
  const reason = reasonAgainstWriting(role);
  if (reason !== null) return <Button disabled disabledReason={reason}>Create</Button>;
  const items = kinds.map((kind) => ({ id: kind.path, text: kind.title }));
  return (
    <ButtonDropdown variant="primary" items={items} onItemClick={({ detail }) => void navigate(createPath(project, detail.id))}>
      Create
    </ButtonDropdown>
  );
}
