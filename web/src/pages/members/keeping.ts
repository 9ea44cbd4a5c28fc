/** Who may do what with a project's members, and what the roles mean. Pure. */
import type { Member, Role } from "../../api/client";

export const ROLES: readonly Role[] = ["auditor", "manager", "operator"];

/** What a role lets somebody do, said of others. */
export const MEANINGS: Record<Role, string> = {
  auditor: "Looks at everything and changes nothing.",
  manager: "Creates, changes and deletes.",
  operator: "All that managers may; breaks locks, has the project compared, and keeps the members.",
};

/** Members by name, and those of one name by address. */
export function byName(members: readonly Member[]): readonly Member[] {
  return [...members].sort((a, b) => a.person.name.localeCompare(b.person.name) || a.person.email.localeCompare(b.person.email));
}

/** Give the roles that somebody may give: a manager makes no operator. */
export function rolesToGive(own: Role | undefined): readonly Role[] {
  return own === "operator" ? ROLES : ROLES.filter((each) => each !== "operator");
}

/** Why a member's role is not theirs to change; null if it is. Whether an operator is the last one the API alone knows. */
export function reasonAgainstTouching(member: Member, own: Role | undefined): string | null {
  return member.role === "operator" && own !== "operator" ? "Only an operator changes an operator's role." : null;
}

/** What is wrong with an address before it is sent; null when nothing is. */
export function faultOfEmail(email: string): string | null {
  if (email === "") return "Enter the address that they sign in with.";
  return /^[^\s"\\@]+@[^\s"\\@]+\.[^\s"\\@]+$/.test(email) && email.length <= 254 ? null : "This is no e-mail address.";
}
