import { describe, expect, it } from "vitest";
import { asFile, examples, localEndpoint, setUp } from "./snippets";

const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  userName: "partner-invoices",
  region: "eu-west-1",
  grants: [
    { bucket: "invoices", prefix: "in/", access: ["list", "write"] },
    { bucket: "receipts", prefix: "", access: ["read"] },
  ],
};

describe("the lines to paste", () => {
  it("make a profile of the AWS CLI", () => {
    expect(setUp("aws", credentials, null).split("\n")).toEqual([
      "aws configure set aws_access_key_id AKIAIOSFODNN7EXAMPLE --profile partner-invoices",
      "aws configure set aws_secret_access_key wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY --profile partner-invoices",
      "aws configure set region eu-west-1 --profile partner-invoices",
    ]);
  });

  it("name the endpoint where it is not AWS's own", () => {
    expect(setUp("sh", credentials, "http://127.0.0.1:4566")).toContain("export AWS_ENDPOINT_URL=http://127.0.0.1:4566");
    expect(setUp("powershell", credentials, null)).not.toContain("ENDPOINT");
  });

  it("try what each grant allows, in its folder, and nothing else", () => {
    expect(examples("aws", credentials).split("\n")).toEqual([
      "aws s3 ls s3://invoices/in/ --profile partner-invoices",
      "aws s3 cp FILE s3://invoices/in/ --profile partner-invoices",
      "aws s3 cp s3://receipts/FILE . --profile partner-invoices",
    ]);
  });

  it("survive a folder that means something to a shell", () => {
    const odd = { ...credentials, grants: [{ bucket: "b-1", prefix: "it's (new)/", access: ["list"] }] };
    expect(examples("sh", odd)).toBe(`aws s3 ls 's3://b-1/it'\\''s (new)/'`);
  });
});

it("the file holds all that was told", () => {
  const text = asFile(credentials, null);
  for (const part of [credentials.accessKeyId, credentials.secretAccessKey, "eu-west-1", "s3://invoices/in/", "see what is there, upload"]) {
    expect(text).toContain(part);
  }
});

it("a local cloud is told by where people sign in", () => {
  expect(localEndpoint("http://127.0.0.1:4566")).toBe("http://127.0.0.1:4566");
  expect(localEndpoint("https://stowage.auth.eu-west-1.amazoncognito.com")).toBeNull();
});
