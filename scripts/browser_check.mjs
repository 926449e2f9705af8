// Opens report pages in headless Chromium from file:// and checks what a person would meet.
//
// usage: node scripts/browser_check.mjs [--shots DIR] PAGE.html...
// Checks per page: three widths, light and dark, print; no console message, no request, no sideways
// scrolling, axe-core without a violation, keyboard reach, sorting, and reading without script.
// Prints one JSON object; exit 1 when anything failed.
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(import.meta.dirname, "..", ".tools", "browser", "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const args = process.argv.slice(2);
const at = args.indexOf("--shots");
const shots = at >= 0 ? resolve(args.splice(at, 2)[1]) : null;
if (shots) mkdirSync(shots, { recursive: true });

const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
const failures = [];
const result = { pages: 0, views: 0, axe_rules_passed: 0 };

const open = async (file, options) => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const name = `${basename(file)} ${options.viewport.width}px ${options.colorScheme}`;
  const fail = (text) => failures.push(`${name}: ${text}`);
  page.on("console", (m) => fail(`console: ${m.text()}`));
  page.on("pageerror", (e) => fail(`error: ${e.message}`));
  page.on("request", (r) => { if (r.url() !== pathToFileURL(file).href) fail(`request: ${r.url()}`); });
  await page.goto(pathToFileURL(file).href);
  return { context, page, fail };
};

// axe is evaluated by the debugger, which the page's own content policy does not bind.
const accessibility = async (page, fail) => {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  result.axe_rules_passed += found.passes.length;
  for (const v of found.violations) fail(`axe ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.failureSummary}`).join(" | ")}`);
};

const sideways = async (page, fail) => {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) fail(`the page scrolls sideways by ${over} px`);
};

const sorting = async (page, fail) => {
  const table = page.locator("table.sortable").first();
  const values = () => table.locator("tbody tr td:nth-child(3) data").evaluateAll((all) => all.map((d) => Number(d.value)));
  const button = table.locator("thead th:nth-child(3) button");
  if ((await button.count()) === 0) return fail("no sort button");
  await button.focus();
  await page.keyboard.press("Enter");
  const sorted = await values();
  if (sorted.some((v, i) => i > 0 && sorted[i - 1] > v)) fail(`not sorted: ${sorted}`);
};

const keyboard = async (page, fail) => {
  await page.keyboard.press("Tab");
  const first = await page.evaluate(() => document.activeElement?.className);
  if (first !== "skip") fail(`the first stop of the keyboard is ${first}`);
};

const selectable = async (page, fail) => {
  const text = await page.evaluate(() => {
    const range = document.createRange();
    range.selectNodeContents(document.querySelector("main data"));
    getSelection().addRange(range);
    return getSelection().toString();
  });
  if (!text.trim()) fail("a number cannot be selected");
};

for (const name of args) {
  const file = resolve(name);
  result.pages += 1;
  const backgrounds = {};
  for (const width of [360, 800, 1440]) {
    for (const colorScheme of ["light", "dark"]) {
      const { context, page, fail } = await open(file, { viewport: { width, height: 900 }, colorScheme });
      result.views += 1;
      backgrounds[colorScheme] = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      await sideways(page, fail);
      if (shots) await page.screenshot({ path: join(shots, `${basename(file, ".html")}-${width}-${colorScheme}.png`), fullPage: true });
      await keyboard(page, fail);
      await accessibility(page, fail);
      if (width === 1440) { await selectable(page, fail); await sorting(page, fail); }
      await context.close();
    }
  }
  if (backgrounds.light === backgrounds.dark) failures.push(`${name}: light and dark look the same`);
  const printed = await open(file, { viewport: { width: 1000, height: 900 }, colorScheme: "dark" });
  await printed.page.emulateMedia({ media: "print" });
  const paper = await printed.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  if (paper !== "rgb(255, 255, 255)") printed.fail(`prints on ${paper}`);
  const pdf = await printed.page.pdf({ format: "A4", preferCSSPageSize: true, ...(shots ? { path: join(shots, `${basename(file, ".html")}.pdf`) } : {}) });
  if (pdf.length < 10_000) printed.fail("the print is empty");
  await printed.context.close();
  const silent = await open(file, { viewport: { width: 800, height: 900 }, colorScheme: "light", javaScriptEnabled: false });
  const words = await silent.page.locator("main").innerText();
  if (words.length < 500) silent.fail("without script there is nothing to read");
  await silent.context.close();
}
await browser.close();
console.log(JSON.stringify({ ...result, failures }, null, 1));
process.exit(failures.length ? 1 : 0);
