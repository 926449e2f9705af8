// Opens one interactive page in headless Firefox from file:// and uses it as a reader would: what another engine of JavaScript, of
// WebAssembly and of layout could do otherwise. scripts/whatif_check.mjs has the rest.
//
// usage: node scripts/firefox_check.mjs [--shots DIR] PROGRAM PROFILE.yaml
// Prints one JSON object; exit 1 when anything failed.
import { createRequire } from "node:module";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { asked } from "./page_ask.mjs";

const require = createRequire(join(import.meta.dirname, "..", ".tools", "firefox", "package.json"));
const puppeteer = require("puppeteer-core");
const args = process.argv.slice(2);
const shotsAt = args.indexOf("--shots");
const shots = shotsAt >= 0 ? resolve(args.splice(shotsAt, 2)[1]) : null;
if (shots) mkdirSync(shots, { recursive: true });
const [program, profile] = args;
const dir = mkdtempSync(join(tmpdir(), "firefox-check-"));
const failures = [];
const result = { compared: 0, keyboard_stops: 0 };
const fail = (text) => { if (failures.length < 30) failures.push(text); };
const expect = (ok, text) => { if (!ok) fail(text); };
const native = (list) => {
  const out = spawnSync(program, list, { env: { PATH: process.env.PATH, HOME: dir, COLUMNS: "80" }, maxBuffer: 1 << 28 });
  if (out.status > 1) throw new Error(`${list}: ${out.stderr}`);
  return out.stdout.toString();
};
const file = join(dir, "page.html");
native(["recommend", profile, "-f", "html", "--interactive", "-o", file]);

const browser = await puppeteer.launch({ browser: "firefox", executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr", headless: true });
const open = async (hash = "", script = true) => {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 900 });
  page.on("console", (m) => fail(`console: ${m.text()}`));
  page.on("pageerror", (e) => fail(`error: ${e.message}`));
  const url = pathToFileURL(file).href;
  page.on("request", (r) => { if (!r.url().startsWith(url) && !/^(blob|data):/.test(r.url())) fail(`request: ${r.url()}`); });
  if (!script) await page.setJavaScriptEnabled(false);
  const from = performance.now();
  await page.goto(url + hash);
  if (script) await page.waitForFunction(() => document.documentElement.dataset.ready, { timeout: 20_000 });
  return { page, ready: Math.round(performance.now() - from) };
};
const drawn = (page, sets) => page.waitForFunction((want) => document.documentElement.dataset.drawn === want, { timeout: 10_000 }, sets.join("&"));

const agrees = async (page, questions) => {
  const answers = await page.evaluate(asked, questions);
  questions.forEach((set, i) => {
    result.compared += 1;
    expect(native(["recommend", profile, "-f", "json", ...set.flatMap((s) => ["--set", s])]) === answers[i], `${set}: Firefox and the program differ`);
  });
};

const moves = async (page) => {
  await page.focus("#c-traffic-reads");
  for (let i = 0; i < 5; i += 1) await page.keyboard.press("ArrowRight");
  const set = await page.$eval("#x-traffic-reads", (e) => e.value);
  await drawn(page, [`traffic.reads=${set}`]);
  expect((await page.evaluate(() => decodeURIComponent(location.hash))) === `#v=1&traffic.reads=${set}`, "the address does not carry the state");
  expect((await page.$eval("#command", (e) => e.textContent)).includes(`--set traffic.reads=${set}`), "the command does not carry the state");
  expect(await page.evaluate(() => document.activeElement.id === "c-traffic-reads"), "a step takes the focus away");
  await page.keyboard.press("Home");
  await new Promise((done) => setTimeout(done, 700));
  await page.keyboard.press("End");
  await page.waitForFunction(() => /^Now .+ instead of .+\. /.test(document.getElementById("said").textContent), { timeout: 5000 }).catch(() => fail("no change of the answer is told"));
  await page.click("#back");
  await drawn(page, []);
};

const keyboard = async (page) => {
  const expected = await page.evaluate(() => {
    const all = [...document.querySelectorAll("a[href], button, summary, input, select, [tabindex='0']")].filter((e) => e.checkVisibility() && !e.disabled && !e.closest("fieldset:disabled, details:not([open]) > :not(summary)"));
    all.forEach((e, i) => { e.dataset.stop = i; });
    document.activeElement?.blur();
    return all.length;
  });
  for (let stop = 0; stop < expected; stop += 1) {
    await page.keyboard.press("Tab");
    // Firefox stops at what scrolls, too.
    for (let more = 0; more < 3 && await page.evaluate(() => { const e = document.activeElement; return e.dataset.stop === undefined && getComputedStyle(e).overflow.includes("auto"); }); more += 1) await page.keyboard.press("Tab");
    const got = await page.evaluate(() => { const e = document.activeElement; return { stop: Number(e.dataset.stop ?? -1), seen: getComputedStyle(e).outlineStyle !== "none" || e.className === "skip", name: `${e.tagName} ${e.id}` }; });
    if (got.stop !== stop) return fail(`stop ${stop} of ${expected} went to ${got.stop} ${got.name}`);
    expect(got.seen, `no focus ring on ${got.name}`);
  }
  result.keyboard_stops = expected;
};

try {
  const { page, ready } = await open();
  Object.assign(result, { version: await browser.version(), ready_ms: ready });
  expect((await page.evaluate(() => document.documentElement.dataset.ready)) === "yes", "the engine does not agree with the page");
  await agrees(page, [[], ["traffic.reads=77/s", "region=us-east-1"], ["data.item_size=64 KiB", "latency=1 ms"]]);
  await moves(page);
  const took = await page.evaluate(async () => {
    const range = document.getElementById("c-traffic-reads"), steps = [];
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    for (let i = 0; i < 20; i += 1) {
      range.value = 20 + i * 3;
      const from = performance.now();
      range.dispatchEvent(new Event("input"));
      await frame(); await frame();
      steps.push(Math.round(performance.now() - from));
    }
    return steps.sort((a, b) => a - b);
  });
  // A frame or two of 16 ms are waiting, not work; where more wants to run than can, each takes longer by as much.
  expect(took[0] <= (50 + 33) * Math.max(1, loadavg()[0] / cpus().length), `a step takes ${took} ms`);
  Object.assign(result, { step_ms: took[10], best_step_ms: took[0] });
  await page.click("#back");
  await drawn(page, []);
  for (const width of [360, 800, 1440]) {
    await page.setViewport({ width, height: 900 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(over <= 0, `${width} px: wider than the window by ${over} px`);
    if (shots) await page.screenshot({ path: join(shots, `firefox-${width}.png`) });
  }
  await page.close();
  const fresh = await open();
  await keyboard(fresh.page);
  await fresh.page.close();
  const linked = await open("#v=1&traffic.reads=4786%2Fs&region=us-east-1");
  await drawn(linked.page, ["traffic.reads=4786/s", "region=us-east-1"]);
  await linked.page.close();
  const hostile = await open("#v=1&traffic.reads=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E");
  expect((await hostile.page.$eval("#now-problem", (e) => e.textContent)).startsWith("Left out of the link: "), "a hostile link is not refused");
  await hostile.page.close();
} catch (e) { fail(e.stack); }
await browser.close();
rmSync(dir, { recursive: true, force: true });
console.log(JSON.stringify({ ...result, failures }, null, 1));
process.exit(failures.length ? 1 : 0);
