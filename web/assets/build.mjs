// Builds web/static/vendor from these sources and node_modules: app.css, app.js, map.js, chart.js, LICENSES.txt.
// No network, no install scripts: `npm ci --ignore-scripts`, then `node web/assets/build.mjs`.
import { build } from "esbuild";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const target = join(here, "..", "static", "vendor");
const ENTRIES = ["app.css", "app.js", "map.js", "chart.js"];

/** Folders in node_modules that the bundles were made from, by package name. */
function packagesIn(metafile) {
  const found = new Map();
  for (const path of Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs).filter((input) => output.inputs[input].bytesInOutput > 0))) {
    const match = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(path);
    if (match) found.set(match[2], join(root, match[1]));
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function licenceText(folder) {
  const files = (await readdir(folder)).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name)).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
  return texts.map((text) => text.trim()).join("\n\n");
}

async function writeLicences(metafile) {
  const parts = ["Third-party packages in the bundles of this folder, with their licences.\n"];
  for (const [name, folder] of packagesIn(metafile)) {
    const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const licence = typeof about.license === "string" ? about.license : about.license?.type ?? about.licenses?.[0]?.type;
    if (!licence) throw new Error(`${name} names no licence`);
    const author = typeof about.author === "string" ? about.author : about.author?.name ?? "";
    const text = (await licenceText(folder)) || `${licence}. ${author}`.trim();
    parts.push(`${"=".repeat(78)}\n${name} ${about.version}: ${licence}\n${"=".repeat(78)}\n\n${text}\n`);
  }
  await writeFile(join(target, "LICENSES.txt"), parts.join("\n"));
}

await mkdir(target, { recursive: true });
const result = await build({
  absWorkingDir: root,
  entryPoints: ENTRIES.map((name) => join(here, name)),
  outdir: target,
  bundle: true, minify: true, metafile: true,
  format: "iife", target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  charset: "utf8", legalComments: "none", logLevel: "warning",
});
await writeLicences(result.metafile);
const wanted = new Set([...ENTRIES, "LICENSES.txt", ".built"]);
for (const name of await readdir(target)) if (!wanted.has(name)) await rm(join(target, name), { recursive: true });
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  console.log(`${relative(root, join(root, path))}  ${Math.ceil(output.bytes / 1024)} KB`);
}
