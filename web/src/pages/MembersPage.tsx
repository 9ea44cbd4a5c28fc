import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useParams } from "react-router";
import type { Member } from "../api/client";
import { asProblem } from "../api/problem";
import { useMe, useRole } from "../api/queries";
import { Empty, Reading } from "../parts/Blocks";
import { type Column, Listing } from "../parts/Listing";
import { Page } from "../parts/Page";
import { ROLE_SENTENCES } from "../parts/roles";
import { plain } from "../parts/words";
import { MemberDialog, type Task } from "./members/MemberDialog";
import { MEANINGS, byName, reasonAgainstTouching } from "./members/keeping";
import { useMembers } from "./members/queries";

/** Who is in the project, and as what; for those who keep its members. */
export default function MembersPage() {
  const { project = "" } = useParams();
  const members = useMembers(project);
  const role = useRole(project);
  // Asked again with each visit: who was refused may have become one who keeps them. Of what was read before, nothing is shown.
  if (members.error !== null && asProblem(members.error).status === 403) {
    return (
      <Page title="Members">
        <Empty title="The members are kept by others">
          <span className="wrap-anywhere">{asProblem(members.error).message}</span> Ask one of them to let somebody in, or for another role.
          {role !== undefined && ` Your own role: ${role}. ${ROLE_SENTENCES[role]}`}
        </Empty>
      </Page>
    );
  }
  return (
    <Reading query={members} title="Members" what="Reading the members">
      {(items) => <Members key={project} project={project} members={byName(items)} />}
    </Reading>
  );
}

function Members({ project, members }: { project: string; members: readonly Member[] }) {
  const role = useRole(project);
  const me = useMe().data?.person.id;
  const [task, setTask] = useState<Task | null>(null);
  const columns: Column<Member>[] = [
    { id: "name", header: "Name", isRowHeader: true, minWidth: 160, cell: ({ person }) => <span className="wrap-anywhere">{person.name}{person.id === me && " (you)"}</span> },
    { id: "email", header: "E-mail", minWidth: 180, cell: ({ person }) => <span className="wrap-anywhere">{person.email}</span> },
    { id: "role", header: "Role", minWidth: 220, cell: (each) => <><Badge>{plain(each.role)}</Badge> {MEANINGS[each.role]}</> },
    { id: "actions", header: "Actions", width: 300, cell: (each) => <Actions member={each} reason={reasonAgainstTouching(each, role)} onChoose={setTask} /> },
  ];
  return (
    <>
      <Listing
        label="Members"
        header={
          <Header
            variant="h1"
            counter={`(${members.length})`}
            description="Who may see or change this project. What is changed here counts from their next click on."
            actions={<Button variant="primary" onClick={() => setTask({ does: "add" })}>Add a member</Button>}
          >
            Members
          </Header>
        }
        items={members}
        idOf={(each) => each.person.id}
        columns={columns}
        empty={<Empty title="Nobody is in this project">Whoever is let in by the address that they sign in with is listed here.</Empty>}
      />
      {task !== null && <MemberDialog key={task.does === "add" ? "add" : `${task.does} ${task.member.person.id}`} project={project} task={task} onClose={() => setTask(null)} />}
    </>
  );
}

function Actions({ member, reason, onChoose }: { member: Member; reason: string | null; onChoose: (task: Task) => void }) {
  const { name } = member.person;
  const shared = { wrapText: false, disabled: reason !== null, disabledReason: reason ?? "" };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button {...shared} ariaLabel={`Change role of ${name}`} onClick={() => onChoose({ does: "change", member })}>
        Change role
      </Button>
      <Button {...shared} ariaLabel={`Remove ${name}`} onClick={() => onChoose({ does: "remove", member })}>
        Remove
      </Button>
    </SpaceBetween>
  );
}
