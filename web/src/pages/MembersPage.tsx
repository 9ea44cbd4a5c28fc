import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useParams } from "react-router";
import type { Member } from "../api/client";
import { asProblem } from "../api/problem";
import { useMe, useProject, useRole } from "../api/queries";
import { Empty, Failed, Reading } from "../parts/Blocks";
import { type Column, Listing } from "../parts/Listing";
import { Page } from "../parts/Page";
import { ROLE_SENTENCES } from "../parts/roles";
import { plain } from "../parts/words";
import { MemberDialog, type Task } from "./members/MemberDialog";
import { MEANINGS, byName, keepersWords, keepsMembers, reasonAgainstTouching } from "./members/keeping";
import { useMembers } from "./members/queries";

/** Who is in the project, and as what: for all to see, and to change for those who keep its members. */
export default function MembersPage() {
  const { project = "" } = useParams();
  const members = useMembers(project);
  const detail = useProject(project);
  // Who was taken out meanwhile, or has left, is shown nothing of what was read before.
  if (members.error !== null && asProblem(members.error).status === 403) {
    return (
      <Page title="Members">
        <Failed error={members.error} />
      </Page>
    );
  }
  return (
    <Reading query={members} title="Members" what="Reading the members">
      {(items) => (
        <Reading query={detail} title="Members" what="Reading who keeps them">
          {({ managersMayManageMembers }) => <Members key={project} project={project} members={byName(items)} managersKeep={managersMayManageMembers} />}
        </Reading>
      )}
    </Reading>
  );
}

function Members({ project, members, managersKeep }: { project: string; members: readonly Member[]; managersKeep: boolean }) {
  const role = useRole(project);
  const me = useMe().data?.person.id;
  const [task, setTask] = useState<Task | null>(null);
  const isKeeper = keepsMembers(role, managersKeep);
  const columns: Column<Member>[] = [
    { id: "name", header: "Name", isRowHeader: true, minWidth: 160, cell: ({ person }) => <span className="wrap-anywhere">{person.name}{person.id === me && " (you)"}</span> },
    { id: "email", header: "E-mail", minWidth: 180, cell: ({ person }) => <span className="wrap-anywhere">{person.email}</span> },
    { id: "role", header: "Role", minWidth: 220, cell: (each) => <><Badge>{plain(each.role)}</Badge> {MEANINGS[each.role]}</> },
  ];
  // Who may only look finds nothing to press.
  if (isKeeper) columns.push({ id: "actions", header: "Actions", width: 300, cell: (each) => <Actions member={each} reason={reasonAgainstTouching(each, role)} onChoose={setTask} /> });
  return (
    <>
      <Listing
        label="Members"
        header={
          <Header
            variant="h1"
            counter={`(${members.length})`}
            description={
              <span className="wrap-anywhere">
                Who may see or change this project. {isKeeper ? "What is changed here counts from their next click on." : keepersWords(members, managersKeep)}
                {!isKeeper && role !== undefined && <><br />Your own role: {role}. {ROLE_SENTENCES[role]}</>}
              </span>
            }
            actions={isKeeper && <Button variant="primary" onClick={() => setTask({ does: "add" })}>Add a member</Button>}
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
