// Writes src/pages/change/machine.json, the graph of a change's states, from the machine's own definition; with --check
// only says whether it is what it should be.
import { readFile, writeFile } from "node:fs/promises";

const definition = new URL("../../statemachines/change_resource.asl.json", import.meta.url);
const target = new URL("../src/pages/change/machine.json", import.meta.url);

const { StartAt, States } = JSON.parse(await readFile(definition, "utf8"));
const once = (names) => [...new Set(names.filter((name) => name !== undefined))];
const states = Object.entries(States).map(([name, state]) => ({
  name,
  type: state.Type,
  does: state.Comment ?? "",
  // Where it goes when all is well; of a choice, what it does without a reason comes first.
  next: once([state.Next, state.Default, ...(state.Choices ?? []).map((choice) => choice.Next)]),
  onFailure: once((state.Catch ?? []).map((each) => each.Next)),
}));
const wanted = `${JSON.stringify({ start: StartAt, states }, null, 2)}\n`;
if (process.argv.includes("--check")) {
  const found = await readFile(target, "utf8").catch(() => "");
  if (found !== wanted) {
    console.error("src/pages/change/machine.json is not what statemachines/ makes: run `npm run generate:machine`.");
    process.exit(1);
  }
} else {
  await writeFile(target, wanted);
}
