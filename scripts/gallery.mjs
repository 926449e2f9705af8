// Writes docs/gallery.md and its pictures: five interactive pages, each at a case that its profile does not state.
//
// usage: node scripts/gallery.mjs PROGRAM [--text]    --text: only the text, to standard output
import { createRequire } from "node:module";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// Example, what is asked, the case, colours.
const CASES = [
  ["product-pages", "What if reads double?", { "traffic.reads": "2400/s" }, "light"],
  ["small-blog", "What if the blog is read by everybody?", { "traffic.reads": "300/s" }, "dark"],
  ["person-lookups", "What if it must survive the loss of a zone, without latency to spare?", { latency: "1 ms" }, "light"],
  ["static-site", "What if files are ten times as large?", { "data.item_size": "1 MiB" }, "light"],
  ["page-store", "What if it runs elsewhere and is mostly idle?", { region: "ap-southeast-2", "traffic.active_hours": "60 h" }, "dark"],
];
const sets = (values) => Object.entries(values).map(([path, value]) => `--set '${path}=${value}'`).join(" ");
const text = `# Pages that decide

\`recommend -f html --interactive\` writes the report with the decision engine inside. Five examples, each at a case that its profile does not
state: the slider was moved, everything else followed, offline. The command under a picture writes the page as it is written; the question after \`#\` in the
address, or the values in the page, make the case. Written by \`scripts/gallery.mjs\`.

${CASES.map(([name, title, values]) => `## ${title}

![${name}: ${Object.entries(values).map((v) => v.join(" ")).join(", ")}](gallery/${name}.png)

\`\`\`sh
cachewright recommend --example ${name} -f html --interactive -o ${name}.whatif.html
# the same answer without the page
cachewright recommend --example ${name} ${sets(values)}
\`\`\`
`).join("\n")}`;

const [program, only] = process.argv.slice(2);
if (only === "--text") { process.stdout.write(text); process.exit(0); }
const require = createRequire(join(import.meta.dirname, "..", ".tools", "browser", "package.json"));
const { chromium } = require("playwright-core");
const folder = join("docs", "gallery");
const dir = mkdtempSync(join(tmpdir(), "gallery-"));
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
for (const [name, , values, colorScheme] of CASES) {
  const file = join(dir, `${name}.html`);
  const made = spawnSync(program, ["recommend", "--example", name, "-f", "html", "--interactive", "-o", file]);
  if (made.status > 1) throw new Error(`${name}: ${made.stderr}`);
  const page = await browser.newPage({ viewport: { width: 1180, height: 760 }, colorScheme, reducedMotion: "reduce" });
  await page.goto(`${pathToFileURL(file).href}#v=1&${new URLSearchParams(values)}`);
  const want = Object.entries(values).length;
  await page.waitForFunction((n) => document.documentElement.dataset.drawn?.split("&").filter(Boolean).length === n, want);
  await page.waitForTimeout(300);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await page.close();
}
await browser.close();
rmSync(dir, { recursive: true });
writeFileSync(join("docs", "gallery.md"), text);
