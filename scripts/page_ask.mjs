// What the engine of a page answers, asked inside the page: for each list of `--set` the report as JSON. Runs in the browser, so
// it names nothing of this file; whatif_check.mjs and firefox_check.mjs hand it over.
export const asked = async (list) => {
  const block = (id) => document.getElementById(id).textContent;
  const { instance } = await WebAssembly.instantiate(await unpack("engine"), {});
  const x = instance.exports;
  const put = (data) => { const at = x.input(data.length); new Uint8Array(x.memory.buffer, at, data.length).set(data); };
  const json = (value) => new TextEncoder().encode(JSON.stringify(value));
  for (const [what, data] of [[0, await unpack("catalog")], [1, await unpack("prices")], [2, json(JSON.parse(block("carried")).options)]]) { put(data); x.load(what); }
  return list.map((set) => { put(json({ set })); const n = x.recommend(0); return new TextDecoder().decode(new Uint8Array(x.memory.buffer, x.output(), Math.abs(n))); });
};
