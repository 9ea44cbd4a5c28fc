import { expect, test } from "vitest";
import type { Role } from "../../api/client";
import { byName, faultOfEmail, keepersWords, keepsMembers, reasonAgainstTouching, rolesToGive } from "./keeping";

const member = (name: string, role: Role, email = `${name}@example.com`) => ({ person: { id: `${name}-${email}`, name, email }, role });

test("members stand by name, and those of one name by address", () => {
  const found = byName([member("Mia", "manager", "z@example.com"), member("Ada", "auditor"), member("Mia", "manager", "a@example.com")]);

  expect(found.map(({ person }) => person.email)).toEqual(["Ada@example.com", "a@example.com", "z@example.com"]);
});

test("a manager who keeps the members neither makes nor unmakes an operator", () => {
  expect(rolesToGive("manager")).toEqual(["auditor", "manager"]);
  expect(rolesToGive("operator")).toContain("operator");
  expect(reasonAgainstTouching(member("Olga", "operator"), "manager")).toBe("Only an operator changes an operator's role.");
  expect(reasonAgainstTouching(member("Olga", "operator"), "operator")).toBeNull();
  expect(reasonAgainstTouching(member("Mia", "manager"), "manager")).toBeNull();
});

test("operators keep the members, and managers where the project says so; nobody else", () => {
  expect((["auditor", "manager", "operator", undefined] as const).map((role) => keepsMembers(role, false))).toEqual([false, false, true, false]);
  expect((["auditor", "manager", "operator", undefined] as const).map((role) => keepsMembers(role, true))).toEqual([false, true, true, false]);
});

test("who keeps the members is told by name, and of many the first three", () => {
  const members = [member("Olga", "operator"), member("Ada", "auditor"), member("Mia", "manager")];

  expect(keepersWords(members, false)).toBe("Its operators keep the members: Olga.");
  expect(keepersWords(members, true)).toBe("Its operators and managers keep the members: Mia and Olga.");
  expect(keepersWords([...members, member("Pia", "operator"), member("Quinn", "operator"), member("Rae", "operator"), member("Sue", "operator")], false)).toBe(
    "Its operators keep the members: Olga, Pia, Quinn, and 2 more.",
  );
  expect(keepersWords([member("Ada", "auditor")], false)).toMatch("Nobody in it");
});

test("an address is looked at before it is sent", () => {
  expect(faultOfEmail("mia@example.com")).toBeNull();
  for (const wrong of ["", "mia", "mia@example", "mia@@example.com", "mi a@example.com", `${"m".repeat(250)}@example.com`]) expect(faultOfEmail(wrong)).not.toBeNull();
});
