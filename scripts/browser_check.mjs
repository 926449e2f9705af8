// Opens report pages in headless Chromium from file:// and checks what a person would meet.
//
// usage: node scripts/browser_check.mjs [--shots DIR] PAGE.html...
// Per page: no console message, no request, three widths in light and dark without sideways scrolling,
// axe-core without a violation, every stop of the keyboard, sorting, copying, print, and reading without script.
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

const WIDTHS = [360, 800, 1280];
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
const failures = [];
const result = { pages: 0, views: 0, axe_runs: 0, axe_rules_passed: 0, keyboard_stops: 0 };

const open = async (file, options) => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const fail = (text) => failures.push(`${basename(file)}: ${text}`);
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
  result.axe_runs += 1;
  result.axe_rules_passed += found.passes.length;
  for (const v of found.violations) fail(`axe ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.failureSummary}`).join(" | ")}`);
};

const sideways = async (page, fail) => {
  const over = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    const scrolls = (e) => e && (["auto", "scroll"].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
    const wide = [...document.querySelectorAll("main *, footer *")].find((e) => e.getBoundingClientRect().right > limit + 1 && !e.closest("svg") && !scrolls(e));
    return { by: document.documentElement.scrollWidth - limit, wide: wide ? `${wide.tagName} ${wide.textContent.slice(0, 40)}` : "" };
  });
  if (over.by > 0 || over.wide) fail(`wider than the window by ${over.by} px ${over.wide}`);
};

// Every link, button, summary and scrolling region is reached with Tab, in the order of the page.
const keyboard = async (page, fail) => {
  const expected = await page.evaluate(() => {
    const all = [...document.querySelectorAll("a[href], button, summary, [tabindex='0']")].filter((e) => e.checkVisibility({ contentVisibilityAuto: true }) && !e.closest("details:not([open]) > :not(summary)"));
    all.forEach((e, i) => { e.dataset.stop = i; });
    document.activeElement?.blur();
    return all.length;
  });
  for (let stop = 0; stop < expected; stop += 1) {
    await page.keyboard.press("Tab");
    const got = await page.evaluate(() => {
      const e = document.activeElement;
      const style = getComputedStyle(e);
      return { stop: Number(e.dataset.stop ?? -1), first: e.className, seen: style.outlineStyle !== "none" || e.className === "skip", name: e.textContent.slice(0, 40) };
    });
    if (stop === 0 && got.first !== "skip") fail(`the first stop of the keyboard is ${got.first}`);
    if (got.stop !== stop) return fail(`stop ${stop} of ${expected} of the keyboard went to ${got.stop} ${got.name}`);
    if (!got.seen) fail(`no focus ring on ${got.name}`);
  }
  result.keyboard_stops += expected;
  const closed = page.locator("main details:not([open]) > summary").first();
  if (await closed.count()) {
    const details = await closed.evaluateHandle((s) => s.parentElement);
    await closed.focus();
    await page.keyboard.press("Enter");
    if (!(await details.evaluate((d) => d.open))) fail("Enter does not open a folded section");
  }
};

const sorting = async (page, fail) => {
  // A decision map has no candidates.
  if ((await page.locator("[id$=-candidates]").count()) === 0) return;
  const table = page.locator("[id$=-candidates] table.sortable").first();
  const values = () => table.locator("tbody tr td:nth-child(3) data").evaluateAll((all) => all.map((d) => Number(d.value)));
  const button = table.locator("thead th:nth-child(3) button");
  if ((await button.count()) === 0) return fail("no sort button");
  await button.focus();
  await page.keyboard.press("Enter");
  const sorted = await values();
  if (sorted.length === 0 || sorted.some((v, i) => i > 0 && sorted[i - 1] > v)) fail(`not sorted: ${sorted}`);
};

const selectable = async (page, fail) => {
  const text = await page.evaluate(() => {
    const range = document.createRange();
    range.selectNodeContents(document.querySelector("main data, main td"));
    getSelection().addRange(range);
    return getSelection().toString();
  });
  if (!text.trim()) fail("a number cannot be selected");
};

// Every block to copy has a button before it; the clipboard then holds the text of the block.
const copying = async (page, fail) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const missing = await page.evaluate(() => [...document.querySelectorAll("main pre")].filter((p) => !p.previousElementSibling?.matches("button.copy")).length);
  if (missing) fail(`${missing} blocks without a button to copy`);
  const button = page.locator("button.copy").first();
  await button.focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /^(Copied|Selected)$/.test(document.querySelector("button.copy").textContent), null, { timeout: 2000 }).catch(() => fail("the button to copy says nothing"));
  const wanted = await page.evaluate(() => `${document.querySelector("button.copy + pre").textContent.trimEnd()}\n`);
  const got = await page.evaluate(() => navigator.clipboard.readText());
  if (got !== wanted) fail(`copied ${JSON.stringify(got.slice(0, 60))}`);
  const name = await button.getAttribute("aria-label");
  if (!name.startsWith("Copied: ")) fail(`the button to copy is called ${name}`);
};

const shoot = (page, file, what) => shots && page.screenshot({ path: join(shots, `${basename(file, ".html")}-${what}.png`), fullPage: true });

const print = async (page, file, fail) => {
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const paper = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  if (paper !== "rgb(255, 255, 255)") fail(`prints on ${paper}`);
  const pdf = await page.pdf({ format: "A4", preferCSSPageSize: true, ...(shots ? { path: join(shots, `${basename(file, ".html")}.pdf`) } : {}) });
  if (pdf.length < 10_000) fail("the print is empty");
};

const check = async (name) => {
  const file = resolve(name);
  result.pages += 1;
  const { context, page, fail } = await open(file, { viewport: { width: 1280, height: 900 }, colorScheme: "light" });
  const backgrounds = {};
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const width of WIDTHS) {
      const said = (text) => fail(`${width} px ${colorScheme}: ${text}`);
      await page.setViewportSize({ width, height: 900 });
      result.views += 1;
      backgrounds[colorScheme] = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      await sideways(page, said);
      await shoot(page, file, `${width}-${colorScheme}`);
      if (width !== 800) await accessibility(page, said);
    }
  }
  if (backgrounds.light === backgrounds.dark) fail("light and dark look the same");
  await keyboard(page, fail);
  await selectable(page, fail);
  await sorting(page, fail);
  if (await page.locator("button.copy").count()) await copying(page, fail);
  else if (await page.locator("[id$=-next] pre").count()) fail("nothing can be copied");
  await print(page, file, fail);
  await context.close();
  const silent = await open(file, { viewport: { width: 800, height: 900 }, javaScriptEnabled: false });
  const words = await silent.page.locator("main").innerText();
  if (words.length < 300) silent.fail("without script there is nothing to read");
  if (await silent.page.locator("button").count()) silent.fail("without script there is a button that does nothing");
  await silent.context.close();
};

await Promise.all([0, 1].map(async (half) => { for (const name of args.filter((_, i) => i % 2 === half)) await check(name); }));
await browser.close();
console.log(JSON.stringify({ ...result, failures }, null, 1));
process.exit(failures.length ? 1 : 0);
