// Writes src/api/schema.d.ts from docs/openapi.json; with --check only says whether it is what it should be.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const document = new URL("../../docs/openapi.json", import.meta.url);
const target = new URL("../src/api/schema.d.ts", import.meta.url);
const header = "// Made from docs/openapi.json by `npm run generate:api`: change the API, not this file.\n\n";

const wanted = header + astToString(await openapiTS(document, { alphabetize: true }));
if (process.argv.includes("--check")) {
  const found = await readFile(target, "utf8").catch(() => "");
  if (found !== wanted) {
    console.error("src/api/schema.d.ts is not what docs/openapi.json makes: run `npm run generate:api`.");
    process.exit(1);
  }
} else {
  await writeFile(target, wanted);
}
