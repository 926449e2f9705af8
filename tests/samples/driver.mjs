// Loads a client sample and calls its functions: a job a line in, an answer a line out, as JSON. Values carry their type.
import readline from "node:readline";
import { pathToFileURL } from "node:url";
process.on("unhandledRejection", () => {});
process.on("uncaughtException", () => {});
console.error = () => {}; console.warn = () => {};
const dec = (v) => ({ s: (x) => x, b: (x) => Buffer.from(x, "base64"), n: Number, i: Number, 0: () => undefined })[v.t](v.v);
const enc = (v) => v === undefined || v === null ? { t: "0", v: null } : typeof v === "string" ? { t: "s", v }
  : v instanceof Uint8Array ? { t: "b", v: Buffer.from(v).toString("base64") } : { t: "n", v: Number(v) };
let sample;
async function work(job) {
  let out;
  try {
    if (job.fn === "import") { sample = await import(pathToFileURL(job.path)); out = { ok: Object.keys(sample) }; }
    else {
      let loads = 0;
      const args = job.args.map((a) => a === "LOAD" ? async () => { loads += 1; return dec(job.loads); } : dec(a));
      if (typeof sample[job.fn] !== "function") throw new TypeError(`the sample has no ${job.fn}`);
      out = { ok: enc(await sample[job.fn](...args)), loads };
    }
  } catch (error) { out = { error: `${error?.name}: ${error?.message}`.slice(0, 300) }; }
  process.stdout.write(JSON.stringify({ ...out, id: job.id }) + "\n");
}
for await (const line of readline.createInterface({ input: process.stdin })) work(JSON.parse(line));
