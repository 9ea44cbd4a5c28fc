import { describe, expect, it } from "vitest";
import { fingerprint, sftpCommand, signingOf } from "./sftp";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 partner@example.com";

describe("signing in by SFTP", () => {
  it("is told by the outputs, on port 22 unless they say otherwise", () => {
    const outputs = { Endpoint: "s-1.server.transfer.eu-west-1.amazonaws.com", UserName: "partner" };
    const signing = signingOf({ outputs, spec: { publicKeys: [KEY] } }, "console.example.com");

    expect(signing).toMatchObject({ port: 22, publicKeys: [KEY], isLocal: false, hostFingerprint: null, serverId: null });
    expect(signingOf({ outputs: { ...outputs, ServerId: "s-1" }, spec: { publicKeys: [KEY] } }, "x")).toMatchObject({ serverId: "s-1" });
    expect(signing && sftpCommand(signing)).toBe("sftp -i PRIVATE_KEY partner@s-1.server.transfer.eu-west-1.amazonaws.com");
    expect(signingOf({ outputs: { ...outputs, Endpoint: "127.0.0.1:2222" }, spec: { publicKeys: [] } }, "127.0.0.1")).toMatchObject({ host: "127.0.0.1", port: 2222, isLocal: true });
  });

  it("is nothing for a resource that has no such outputs", () => {
    expect(signingOf({ outputs: {}, spec: { publicKeys: [KEY] } }, "x")).toBeNull();
    expect(signingOf({ outputs: { Endpoint: "x", UserName: "y" }, spec: {} }, "x")).toBeNull();
  });
});

describe("a key's fingerprint", () => {
  it("is OpenSSH's", async () => {
    expect(await fingerprint(KEY)).toBe("SHA256:lbmsoA0yIEcEiVDRnMWuzm+nV+3ZEEpVIURqFoeSspg");
  });

  it("of what is no key is none", async () => expect(await fingerprint("ssh-rsa ***")).toBe("Not readable"));
});
