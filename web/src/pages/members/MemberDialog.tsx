import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import type { Member, Role } from "../../api/client";
import { asProblem } from "../../api/problem";
import { useMe, useRole } from "../../api/queries";
import { useFlashes } from "../../changes/FlashProvider";
import { Dialog, FirstInput } from "../../parts/Dialog";
import { plain } from "../../parts/words";
import { MEANINGS, faultOfEmail, rolesToGive } from "./keeping";
import { type Wish, useMembership } from "./queries";

/** What the dialog is for. */
export type Task = { readonly does: "add" } | { readonly does: "change" | "remove"; readonly member: Member };

/** Lets somebody in, gives them another role, or takes them out: each after a look at what that means. */
export function MemberDialog({ project, task, onClose }: { project: string; task: Task; onClose: () => void }) {
  const member = task.does === "add" ? null : task.member;
  const own = useRole(project);
  const isMe = useMe().data?.person.id === member?.person.id;
  const membership = useMembership(project);
  const { show } = useFlashes();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>(member?.role ?? "auditor");
  const [isChecked, setChecked] = useState(false);
  const problem = membership.error === null ? null : asProblem(membership.error);
  const toldOfEmail = problem?.faults.find((each) => each.pointer === "/email")?.detail;
  const fault = (isChecked && task.does === "add" ? faultOfEmail(email.trim()) : null) ?? toldOfEmail ?? null;
  const isSame = task.does === "change" && role === member?.role;

  const send = () => {
    setChecked(true);
    if (task.does === "add" && faultOfEmail(email.trim()) !== null) return;
    const wish: Wish = member === null ? { email: email.trim(), role } : { member, role: task.does === "remove" ? null : role };
    membership.mutate(wish, {
      onSuccess: () => {
        const who = member?.person.name ?? email.trim();
        const content = task.does === "remove" ? `${who} is out of the project.` : `${who} is in the project as ${role}.`;
        show({ id: `member ${member?.person.id ?? email.trim()}`, type: "success", content });
        onClose();
      },
    });
  };

  const [title, words] = wordsOf(task);
  return (
    <Dialog
      title={title}
      deed={words}
      act={send}
      isActing={membership.isPending}
      problem={toldOfEmail === undefined ? problem : null}
      close={onClose}
      reason={isSame ? "Choose another role first." : null}
    >
      {task.does === "add" && (
        <FormField label="E-mail" description="Somebody who can sign in to Stowage already; new people are invited by an operator." errorText={fault ?? ""}>
          <FirstInput value={email} type="email" spellcheck={false} autoComplete={false} onChange={({ detail }) => setEmail(detail.value)} />
        </FormField>
      )}
      {task.does === "remove" ? (
        <Alert type="warning">
          <span className="wrap-anywhere">
            {isMe ? "This is you: you" : `${member?.person.name ?? ""} (${member?.person.email ?? ""})`} can neither see nor change this project any more, from the next click on. What was created or
            changed stays as it is.
          </span>
        </Alert>
      ) : (
        <FormField label="Role" description="It counts from their next click on.">
          <RadioGroup
            value={role}
            items={rolesToGive(own).map((each) => ({ value: each, label: each === member?.role ? `${plain(each)} (now)` : plain(each), description: MEANINGS[each] }))}
            onChange={({ detail }) => setRole(detail.value as Role)}
          />
        </FormField>
      )}
      {task.does === "change" && isMe && !isSame && <Alert type="warning">This is your own role. Unless you keep the members with the new one too, somebody else has to give this one back.</Alert>}
    </Dialog>
  );
}

function wordsOf(task: Task): readonly [title: string, button: string] {
  switch (task.does) {
    case "add":
      return ["Add a member", "Add"];
    case "change":
      return [`Change the role of ${task.member.person.name}`, "Change the role"];
    case "remove":
      return [`Take ${task.member.person.name} out of the project?`, "Remove"];
  }
}
