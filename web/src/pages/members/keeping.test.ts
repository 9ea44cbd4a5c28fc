import { expect, test } from "vitest";
import type { Role } from "../../api/client";
import { byName, faultOfEmail, reasonAgainstTouching, rolesToGive } from "./keeping";

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

test("an address is looked at before it is sent", () => {
  expect(faultOfEmail("mia@example.com")).toBeNull();
  for (const wrong of ["", "mia", "mia@example", "mia@@example.com", "mi a@example.com", `${"m".repeat(250)}@example.com`]) expect(faultOfEmail(wrong)).not.toBeNull();
});
