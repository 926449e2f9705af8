// Runs the engine of interactive pages under Node.js and compares what it says with the program, byte for byte.
//
// usage: node scripts/page_check.mjs PROGRAM PROFILE.yaml...
// The pages are written by the program; their blocks are what a browser would run. Prints one JSON object; exit 1 when
// anything failed.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const [program, ...files] = process.argv.slice(2);
const WHAT = { json: 0, brief: 1, html: 2, step: 3, map: 4, redraw: 5, profile: 6 };
const MOST = 1 << 20;
const dir = mkdtempSync(join(tmpdir(), "page-check-"));
const failures = [];
const result = { profiles: 0, compared: 0, refused: 0, options: 0 };
const fail = (text) => { if (failures.length < 20) failures.push(text); };
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

const run = (args) => new Promise((done) => {
  const child = spawn(program, args, { env: { PATH: process.env.PATH, HOME: dir, COLUMNS: "80" }, stdio: ["ignore", "pipe", "pipe"] });
  const out = [], err = [];
  child.stdout.on("data", (d) => out.push(d));
  child.stderr.on("data", (d) => err.push(d));
  child.on("close", (code) => done({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }));
});

const found = (html, id) => {
  const found = new RegExp(`<script type="application/[a-z-]+" id="${id}"(?: data-bytes="(\\d+)")?>([^<]*)</script>`).exec(html);
  if (!found) throw new Error(`the page has no block ${id}`);
  return found;
};
const block = (html, id) => found(html, id)[2];
// Base 85: the characters from `(`, with `#` for `<`.
const packed = (html, id) => {
  const [, length, text] = found(html, id);
  const bytes = Buffer.alloc(text.length / 5 * 4);
  for (let i = 0; i < text.length; i += 5) bytes.writeUInt32BE([...text.slice(i, i + 5)].reduce((n, c) => n * 85 + ((c === "#" ? 60 : c.charCodeAt(0)) - 40), 0), i / 5 * 4);
  return bytes.subarray(0, Number(length));
};
const unpacked = (html, id) => gunzipSync(packed(html, id));

let compiled;
const start = async (html) => {
  // The engine is the program's, the same in every page.
  compiled ??= await WebAssembly.compile(unpacked(html, "engine"));
  const { exports: x } = await WebAssembly.instantiate(compiled, {});
  const put = (data) => {
    const at = x.input(data.length);
    if (at === 0) return false;
    new Uint8Array(x.memory.buffer, at, data.length).set(data);
    return true;
  };
  const got = (n) => [n >= 0, decoder.decode(new Uint8Array(x.memory.buffer, x.output(), Math.abs(n)))];
  const load = (what, data) => { put(data); return got(x.load(what)); };
  const raw = (what, data) => { if (!put(data)) return [false, "no room"]; return got(x.recommend(what)); };
  const ask = (what, question) => raw(what, encoder.encode(JSON.stringify(question)));
  return { x, load, raw, ask };
};
const loaded = async (html) => {
  const engine = await start(html);
  const { options } = JSON.parse(block(html, "carried"));
  for (const [what, data] of [[0, unpacked(html, "catalog")], [1, unpacked(html, "prices")], [2, encoder.encode(JSON.stringify(options))]]) {
    const [ok, text] = engine.load(what, data);
    if (!ok) throw new Error(`load ${what}: ${text}`);
  }
  return engine;
};

// The values that a reader can choose, out of the page itself.
const controls = (html) => {
  const { values } = JSON.parse(block(html, "carried"));
  const out = Object.entries(values);
  for (const [, path, options] of html.matchAll(/<div class="field words" data-path="([^"]+)">[^]*?<select[^>]*>([^]*?)<\/select>/g)) {
    out.push([path, [...options.matchAll(/value="([^"]+)"/g)].map((m) => m[1])]);
  }
  return out;
};

// Reproducible: the same sets in every run.
let seed = 20261130;
const random = (n) => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return Math.floor(seed / 4294967296 * n); };
const sets = (all) => {
  const count = 1 + random(4);
  const chosen = new Map();
  for (let i = 0; i < count; i += 1) {
    const [path, values] = all[random(all.length)];
    chosen.set(path, `${path}=${values[random(values.length)]}`);
  }
  return [...chosen.values()];
};

const same = async (engine, what, form, args, set, name) => {
  const native = await run(["recommend", ...args, ...set.flatMap((s) => ["--set", s]), ...form]);
  const [ok, text] = engine.ask(what, { set });
  result.compared += 1;
  if (!ok) {
    result.refused += 1;
    if (native.code !== 3) fail(`${name} ${set}: the page refuses it (${text}), the program ends with ${native.code}`);
  } else if (text !== native.out) {
    let at = 0;
    while (text[at] === native.out[at]) at += 1;
    fail(`${name} ${form} ${set}: differs at ${at}: page ${JSON.stringify(text.slice(at - 40, at + 80))}, program ${JSON.stringify(native.out.slice(at - 40, at + 80))} ${native.err.slice(0, 200)}`);
  }
};

const written = async (args, name) => {
  const { code, out, err } = await run(["recommend", ...args, "-f", "html", "--interactive"]);
  if (code !== 0 && code !== 1) throw new Error(`${name}: no page: ${err}`);
  return out;
};

const check = async (file, number) => {
  const html = await written([file], file);
  const engine = await loaded(html);
  result.profiles += 1;
  await same(engine, WHAT.json, ["-f", "json"], [file], [], file);
  if (unpacked(html, "report").toString() !== engine.ask(WHAT.json, {})[1]) fail(`${file}: the page holds another report`);
  const all = controls(html);
  await same(engine, WHAT.json, ["-f", "json"], [file], sets(all), file);
  if (number % 4 === 0) await same(engine, WHAT.html, ["-f", "html"], [file], sets(all), file);
  if (number % 4 === 1) await same(engine, WHAT.brief, ["-f", "json", "--brief"], [file], sets(all), file);
};

// What the command line can say beside the profile travels into the page.
const OPTIONS = [
  ["--no-free-tier"], ["--strict-facts"], ["--discount", "dynamodb=10%"], ["--discount", "s3-express=7%", "--no-free-tier"],
  ["--only", "valkey,dynamodb"], ["--set", "traffic.reads=5000/s"], ["--reads", "3M/day", "--strict-facts"],
];
const options = async () => {
  const file = files[0];
  for (const given of [...OPTIONS, ...(process.env.OVERLAY ? [["--catalog", process.env.OVERLAY]] : [])]) {
    const args = [file, ...given];
    const html = await written(args, given.join(" "));
    const engine = await loaded(html);
    result.options += 1;
    for (const set of [[], sets(controls(html))]) {
      await same(engine, WHAT.json, ["-f", "json"], args, set, given.join(" "));
      // The page's own command has `--set` first.
      if (!given.includes("--set")) await same(engine, WHAT.html, ["-f", "html"], args, set, given.join(" "));
    }
  }
  const flags = ["--layer", "application", "--reads", "1M/day", "--item-size", "2KB", "--working-set", "400MB", "--region", "eu-central-1"];
  for (const args of [flags, ["--example", "sessions"]]) {
    const engine = await loaded(await written(args, args[0]));
    await same(engine, WHAT.json, ["-f", "json"], args, ["traffic.reads=500/s"], args[0]);
  }
};

const robust = async () => {
  const html = await written([files[0]], files[0]);
  const empty = await start(html);
  const functions = WebAssembly.Module.exports(compiled).filter((e) => e.kind === "function").map((e) => e.name).sort().join();
  if (functions !== "input,load,output,recommend") fail(`exports are ${functions}`);
  const imports = WebAssembly.Module.imports(compiled);
  if (imports.length) fail(`imports: ${JSON.stringify(imports)}`);
  if (empty.ask(WHAT.json, {})[0]) fail("an engine without a profile answers");
  if (empty.load(2, encoder.encode("{}"))[0]) fail("options without a profile are taken");
  if (empty.load(0, new Uint8Array([1, 2, 3]))[0]) fail("a damaged catalog is taken");
  if (empty.load(9, new Uint8Array([]))[0]) fail("there is a part 9");
  const engine = await loaded(html);
  const question = { set: ["traffic.reads=900/s"], map: ["traffic.reads", "data.item_size"] };
  for (const what of Object.values(WHAT)) {
    const [first, second] = [engine.ask(what, question), engine.ask(what, question)];
    if (!first[0] || first[1] !== second[1]) fail(`two answers ${what} are not the same: ${first[1].slice(0, 200)}`);
  }
  const whole = engine.ask(WHAT.json, {})[1];
  const refused = {
    garbage: encoder.encode("\u0000{nonsense"), "not UTF-8": new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), empty: new Uint8Array([]),
    "1 MiB": new Uint8Array(MOST).fill(120), "a MiB of value": encoder.encode(JSON.stringify({ set: [`name=${"x".repeat(MOST - 40)}`.slice(0, MOST - 40)] }).replace("name=", "traffic.reads=")).slice(0, MOST),
    "1 MiB + 1": new Uint8Array(MOST + 1),
  };
  for (const [name, data] of Object.entries(refused)) if (engine.raw(WHAT.json, data)[0]) fail(`${name} is answered`);
  if (engine.x.input(MOST + 1) !== 0 || engine.x.input(MOST) === 0) fail("the room for input is not 1 MiB");
  for (const set of ["nonsense", "=", "traffic.reads=<script>", "name=[", "region=nowhere", "traffic.reads=1e999/s"]) {
    const [ok, text] = engine.ask(WHAT.step, { set: [set] });
    if (ok || !text) fail(`${set} is answered`);
  }
  if (engine.ask(99, {})[0]) fail("there is an answer 99");
  if (engine.ask(WHAT.json, {})[1] !== whole) fail("after refusals the answer is another");
  const times = { step: [], map: [], redraw: [] };
  const all = controls(html);
  for (let i = 0; i < 1000; i += 1) {
    const set = sets(all), what = i % 20 === 0 ? "redraw" : i % 4 === 0 ? "map" : "step";
    const from = performance.now();
    engine.ask(WHAT[what], { set, map: question.map });
    times[what].push(performance.now() - from);
  }
  const memory = engine.x.memory.buffer.byteLength;
  if (memory > 16 << 20) fail(`${memory} bytes after a thousand questions`);
  const median = (list) => Number(list.sort((a, b) => a - b)[list.length >> 1].toFixed(1));
  Object.assign(result, {
    memory_mib: memory / 1048576, engine_bytes: unpacked(html, "engine").length, engine_packed: packed(html, "engine").length,
    page_bytes: Buffer.byteLength(html), median_ms: Object.fromEntries(Object.entries(times).map(([k, v]) => [k, median(v)])),
    most_ms: Object.fromEntries(Object.entries(times).map(([k, v]) => [k, Number(Math.max(...v).toFixed(1))])),
  });
  if (result.engine_packed > 700_000) fail(`the engine has ${result.engine_packed} bytes packed`);
  if (result.page_bytes > 1_200_000) fail(`the page has ${result.page_bytes} bytes`);
};

try {
  await robust();
  await options();
  let next = 0;
  const work = async () => { while (next < files.length) { const number = next++; await check(files[number], number); } };
  await Promise.all([work(), work()]);
} catch (e) { fail(e.stack); }
rmSync(dir, { recursive: true, force: true });
console.log(JSON.stringify({ ...result, failures }, null, 1));
process.exit(failures.length ? 1 : 0);
