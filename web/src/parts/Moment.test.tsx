import { render } from "@testing-library/react";
import { expect, it } from "vitest";
import { Breakable } from "./Breakable";
import { Moment } from "./Moment";
import { localTime } from "./time";

const AT = "2026-11-23T13:03:12.512Z";

it("reads as one text, in two parts of which neither breaks", () => {
  const { container } = render(<Moment at={AT} />);

  expect(container.textContent).toBe(localTime(AT));
  expect(container.querySelectorAll(".moment > span").length).toBe(2);
  expect(container.querySelector("time")?.title).toBe("2026-11-23 13:03:12 UTC");
});

it("leaves alone what is no time", () => expect(render(<Moment at="soon" />).container.textContent?.trim()).toBe("soon"));

it.each([
  ["arn:aws:iam::111111111111:user/stowage/partner", "arn:|aws:|iam::|111111111111:|user/|stowage/|partner"],
  ["https://acme.s3.eu-west-1.amazonaws.com/", "https://|acme.s3.eu-west-1.amazonaws.com/"],
  ["acme-invoices", "acme-invoices"],
])("breaks %s after its colons and slashes, and is the same text", (text, parts) => {
  const { container } = render(<Breakable text={text} />);

  expect(container.querySelector("span")?.innerHTML.replaceAll("<wbr>", "|")).toBe(parts);
  expect(container.textContent).toBe(text);
});
