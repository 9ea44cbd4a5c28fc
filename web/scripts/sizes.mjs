// Holds the build to its budgets: JS and CSS, gzipped, fonts apart, of what a page loads before it shows its content.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const KB = 1000;

// What is loaded one after the other, entries and lazy modules by their sources; imports of theirs are followed.
const PAGES = [
  { name: "first signed-in route", budget: 430, loads: ["index.html", "src/shell/Console.tsx", "src/pages/ResourcesPage.tsx"] },
  { name: "projects", budget: 430, loads: ["index.html", "src/shell/Console.tsx", "src/pages/ProjectsPage.tsx"] },
  { name: "sign-in", budget: 220, loads: ["index.html"] },
  { name: "reveal page", budget: 150, loads: ["handover.html"] },
];

let isOver = false;
for (const { name, budget, loads } of PAGES) {
  const files = new Set();
  const follow = (source) => {
    const chunk = manifest[source];
    if (chunk === undefined) throw new Error(`the build has no ${source}: name the page's module in scripts/sizes.mjs`);
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    for (const each of chunk.imports ?? []) follow(each);
  };
  loads.forEach(follow);
  const sizes = [...files].map((file) => [file, gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length]);
  const total = (end) => sizes.filter(([file]) => file.endsWith(end)).reduce((sum, [, size]) => sum + size, 0);
  const [js, css] = [total(".js"), total(".css")];
  const kilobytes = (js + css) / KB;
  console.log(`${name}: ${kilobytes.toFixed(1)} of ${budget} KB (JS ${(js / KB).toFixed(1)}, CSS ${(css / KB).toFixed(1)})`);
  if (kilobytes > budget) {
    isOver = true;
    for (const [file, size] of sizes.sort((a, b) => b[1] - a[1]).slice(0, 8)) console.error(`  ${(size / KB).toFixed(1)} ${file}`);
  }
}
process.exit(isOver ? 1 : 0);
