// The page decides by itself: the engine is a block of this page, every text comes out of it, nothing is sent.
const WHAT = { json: 0, step: 3, map: 4, redraw: 5, profile: 6 };
const LOAD = { catalog: 0, prices: 1, options: 2 };
const MOST_HASH = 2048;
const OLD_DAYS = 180;
const $ = (id) => document.getElementById(id);
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

// A block of the page: gzip in base 85, whose digits are the characters from `(`, with `#` for `<`. A damaged one throws.
const unpack = async (id) => {
  const text = $(id).textContent;
  const bytes = new DataView(new ArrayBuffer(text.length / 5 * 4));
  for (let i = 0, at = 0; i < text.length; at += 4) {
    let number = 0;
    for (const end = i + 5; i < end; i += 1) { const c = text.charCodeAt(i); number = number * 85 + (c === 35 ? 20 : c - 40); }
    bytes.setUint32(at, number);
  }
  const packed = new Uint8Array(bytes.buffer, 0, Number($(id).dataset.bytes));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

// The engine as two functions over its memory. A result below zero is a sentence of what is wrong.
const start = async (bytes) => {
  const { instance } = await WebAssembly.instantiate(bytes, {});
  const x = instance.exports;
  const put = (data) => {
    const at = x.input(data.length);
    if (at === 0) throw new Refused("the case is too large");
    new Uint8Array(x.memory.buffer, at, data.length).set(data);
  };
  const got = (n) => {
    const text = decoder.decode(new Uint8Array(x.memory.buffer, x.output(), Math.abs(n)));
    if (n < 0) throw new Refused(text);
    return text;
  };
  return {
    load: (what, data) => { put(data); got(x.load(what)); },
    ask: (what, question) => { put(encoder.encode(JSON.stringify(question))); return got(x.recommend(what)); },
  };
};
class Refused extends Error {}

const page = async () => {
  const { options, values, flips: firstFlips } = JSON.parse($("carried").textContent);
  const [bytes, catalog, prices, report] = await Promise.all(["engine", "catalog", "prices", "report"].map(unpack));
  const engine = await start(bytes);
  engine.load(LOAD.catalog, catalog);
  engine.load(LOAD.prices, prices);
  engine.load(LOAD.options, encoder.encode(JSON.stringify(options)));
  // The engine must give this very report, byte for byte, before it may change it.
  if (engine.ask(WHAT.json, {}) !== decoder.decode(report)) throw new Error("differs");

  const fields = new Map([...document.querySelectorAll(".field")].map((f) => [f.dataset.path, {
    root: f, path: f.dataset.path, label: f.querySelector("label").textContent, values: values[f.dataset.path] ?? null,
    range: f.querySelector("input[type=range]"), exact: f.querySelector(".exact"), select: f.querySelector("select"),
    reset: f.querySelector(".reset"), from: f.querySelector(".from"), flips: f.querySelector(".flips"), ticks: f.querySelector("datalist"),
  }]));
  const written = JSON.parse(engine.ask(WHAT.step, {}));
  const state = new Map();
  let last = written, told = written.answer, timers = [], frame = 0, stopped = false;

  const sets = () => [...fields.keys()].filter((p) => state.has(p)).map((p) => `${p}=${state.get(p)}`);
  const question = (more) => ({ set: sets(), ...more });

  // Text nodes alone: what people typed never becomes markup. Markup comes from the engine, parsed without running.
  const parsed = (html) => new DOMParser().parseFromString(html, "text/html");
  const problem = (text) => { $("now-problem").textContent = text; $("now-problem").hidden = !text; };
  const stop = (text) => {
    stopped = true;
    $("controls").disabled = true;
    for (const b of document.querySelectorAll(".take button")) b.disabled = true;
    problem(text);
  };
  const guarded = (act) => {
    if (stopped) return undefined;
    try { return act(); } catch (e) {
      if (e instanceof Refused) { problem(e.message); return undefined; }
      stop("The engine of this page stopped. The report is that of the last case it answered; reload the page to go on.");
      return undefined;
    }
  };

  const swap = (old, fresh) => {
    const open = new Set([...old.querySelectorAll("details[open] > summary")].map((s) => s.firstChild.textContent));
    const shut = new Set([...old.querySelectorAll("details:not([open]) > summary")].map((s) => s.firstChild.textContent));
    const focus = old.contains(document.activeElement) ? document.activeElement : null;
    const place = focus ? [focus.tagName, focus.textContent] : null;
    enhance(fresh);
    for (const s of fresh.querySelectorAll("details > summary")) {
      const name = s.firstChild.textContent;
      if (open.has(name)) s.parentElement.open = true;
      else if (shut.has(name)) s.parentElement.open = false;
    }
    old.replaceWith(fresh);
    if (place) [...fresh.querySelectorAll(place[0])].find((e) => e.textContent === place[1])?.focus({ preventScroll: true });
  };

  const showFlips = (flips) => {
    for (const f of fields.values()) {
      const own = flips[f.path] ?? [];
      f.flips.replaceChildren(...own.map((flip) => Object.assign(document.createElement("span"), { textContent: flip.text })));
      f.ticks?.replaceChildren(...own.map((flip) => new Option("", String(flip.at))));
    }
  };
  const showControls = (controls) => {
    for (const f of fields.values()) {
      const c = controls[f.path], first = written.controls[f.path];
      const moved = state.has(f.path);
      if (f.exact && document.activeElement !== f.exact) f.exact.value = c.text;
      if (f.range) {
        if (c.at !== null && !(moved && document.activeElement === f.range)) f.range.value = c.at;
        f.range.setAttribute("aria-valuetext", c.text);
      }
      if (f.select) {
        if (![...f.select.options].some((o) => o.value === c.text)) f.select.add(new Option(c.text, c.text));
        f.select.value = c.text;
      }
      f.root.classList.toggle("moved", moved);
      f.reset.hidden = !moved;
      f.from.textContent = moved ? "changed" : c.assumed ? "assumed" : "as stated";
      if (moved) f.reset.textContent = first.text;
    }
  };
  const showStep = (step) => {
    problem("");
    $("now-answer").textContent = step.answer;
    $("now-figures").textContent = step.figures.join(" · ");
    $("now-level").textContent = step.level ?? "";
    $("now-level").className = `level ${step.level ?? ""}`;
    $("now-level").hidden = !step.level;
    $("now-was").textContent = state.size > 0 ? `As written: ${written.sentence}` : "";
    $("command").textContent = step.command;
    const list = $("changed").querySelector("ul");
    list.replaceChildren(...[...fields.values()].filter((f) => state.has(f.path)).map((f) => {
      const item = document.createElement("li");
      item.textContent = `${f.label}: ${step.controls[f.path].text} instead of ${written.controls[f.path].text}`;
      return item;
    }));
    $("changed").hidden = state.size === 0;
    $("back").disabled = state.size === 0;
    const fresh = parsed(step.html).querySelector("section.answer");
    const old = document.querySelector("main section.answer");
    if (fresh && old) swap(old, document.importNode(fresh, true));
    showControls(step.controls);
  };
  const drawMap = () => guarded(() => {
    const across = $("axis-across").value, up = $("axis-up").value;
    const figure = parsed(engine.ask(WHAT.map, question({ map: [across, up] }))).querySelector("figure");
    $("map").replaceChildren(document.importNode(figure, true));
  });
  // The areas do not depend on the two values of the axes: while a slider moves, the ring alone follows.
  const moveRing = (controls) => {
    const ring = $("map").querySelector("svg svg:has(.now-dot)");
    const at = (path) => { const f = fields.get(path), c = controls[path]; return c.at === null ? null : c.at / (f.values.length - 1); };
    const [x, y] = [at($("axis-across").value), at($("axis-up").value)];
    if (!ring || x === null || y === null) return;
    ring.setAttribute("x", `${2 + x * 96}%`);
    ring.setAttribute("y", `${98 - y * 96}%`);
  };
  const redraw = () => guarded(() => {
    const { html, flips } = JSON.parse(engine.ask(WHAT.redraw, question()));
    const fresh = document.importNode(parsed(html).querySelector("main"), true);
    swap($("main"), fresh);
    for (const a of document.querySelectorAll("#contents a")) a.parentElement.hidden = !document.getElementById(a.hash.slice(1));
    showFlips(flips);
    document.documentElement.dataset.drawn = sets().join("&");
  });
  const remember = () => {
    const pairs = [...fields.keys()].filter((p) => state.has(p)).map((p) => `${p}=${encodeURIComponent(state.get(p))}`);
    const hash = pairs.length ? `#v=1&${pairs.join("&")}` : "";
    if (hash.length <= MOST_HASH && location.hash !== hash) history.replaceState(null, "", hash || location.pathname + location.search);
  };
  // What a listener hears: one sentence when it is quiet again.
  const tell = () => {
    const now = last.answer === told ? "" : `Now ${last.answer} instead of ${told}. `;
    $("said").textContent = $("now-problem").hidden ? now + last.sentence : $("now-problem").textContent;
    told = last.answer;
  };
  // Not while a finger or a button is down on a slider or the map.
  let held = false, untold = false;
  const telling = () => { if (untold && !held) { untold = false; tell(); } };
  addEventListener("pointerdown", (e) => { held = e.target instanceof Element && e.target.closest("input[type=range], #map") !== null; });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { held = false; setTimeout(telling, 600); });
  // The value that was set last, and what stood there before: a refused one does not stay in the case.
  let tried = null;
  const refuse = () => {
    if (!tried) return;
    const { path, before } = tried;
    if (before === undefined) state.delete(path); else state.set(path, before);
    fields.get(path).exact?.setAttribute("aria-invalid", "true");
    tried = null;
  };
  const step = () => {
    const answer = guarded(() => JSON.parse(engine.ask(WHAT.step, question())));
    timers.forEach(clearTimeout);
    untold = true;
    if (!answer) { refuse(); timers = [setTimeout(telling, 600)]; return; }
    tried = null;
    for (const f of fields.values()) f.exact?.removeAttribute("aria-invalid");
    last = answer;
    showStep(answer);
    moveRing(answer.controls);
    timers = [setTimeout(() => { redraw(); remember(); drawMap(); }, 200), setTimeout(telling, 600)];
  };
  const soon = () => { cancelAnimationFrame(frame); frame = requestAnimationFrame(step); };
  const set = (path, text) => {
    const value = text.trim();
    tried = { path, before: state.get(path) };
    if (value === "" || value === written.controls[path].text) state.delete(path); else state.set(path, value);
    soon();
  };

  for (const f of fields.values()) {
    f.range?.addEventListener("input", () => {
      const at = Number(f.range.value);
      f.range.setAttribute("aria-valuetext", f.values[at]);
      f.exact.value = f.values[at];
      set(f.path, at === written.controls[f.path].at ? written.controls[f.path].text : f.values[at]);
    });
    f.exact?.addEventListener("change", () => set(f.path, f.exact.value));
    f.select?.addEventListener("change", () => set(f.path, f.select.value));
    f.reset.addEventListener("click", () => { state.delete(f.path); soon(); (f.range ?? f.select).focus(); });
  }
  for (const id of ["axis-across", "axis-up"]) {
    const other = $(id === "axis-up" ? "axis-across" : "axis-up");
    let before = $(id).value;
    $(id).addEventListener("change", () => {
      if (other.value === $(id).value) { other.value = before; other.dispatchEvent(new Event("change")); }
      before = $(id).value;
      drawMap();
    });
  }
  // Pointing into the map moves both sliders; the keyboard has the sliders themselves.
  const point = (event) => {
    const svg = $("map").querySelector("svg");
    if (!svg || event.buttons !== 1 && event.type !== "pointerdown") return;
    const box = svg.getBoundingClientRect();
    const shares = [(event.clientX - box.left) / box.width, (box.bottom - event.clientY) / box.height];
    if (shares.some((s) => s < 0 || s > 1)) return;
    event.preventDefault();
    [$("axis-across").value, $("axis-up").value].forEach((path, i) => {
      const f = fields.get(path);
      set(path, f.values[Math.round(shares[i] * (f.values.length - 1))]);
    });
  };
  $("map").addEventListener("pointerdown", point);
  $("map").addEventListener("pointermove", point);

  const done = (button, words) => {
    const own = button.textContent;
    button.textContent = words;
    $("said").textContent = words;
    setTimeout(() => { button.textContent = own; }, 1500);
  };
  // Without the clipboard the text is selected, for the reader's own copy.
  const copy = async (button, text) => {
    try { await navigator.clipboard.writeText(text); done(button, "Copied"); } catch {
      if (button.id === "copy-command") getSelection().selectAllChildren($("command"));
      else done(button, "It is in the address bar");
    }
  };
  $("copy-command").addEventListener("click", () => copy($("copy-command"), $("command").textContent));
  $("copy-link").addEventListener("click", () => { remember(); copy($("copy-link"), location.href); });
  $("download").addEventListener("click", () => guarded(() => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([engine.ask(WHAT.profile, question())], { type: "application/yaml" }));
    link.download = "cache.yaml";
    link.click();
    URL.revokeObjectURL(link.href);
    done($("download"), "Saved");
  }));
  $("back").addEventListener("click", () => { state.clear(); soon(); $("fold").focus(); });

  // A link's case: known paths alone; what the engine refuses is named and dropped.
  const fromHash = () => {
    if (!location.hash.startsWith("#v=1")) return false;
    const dropped = [];
    state.clear();
    const text = location.hash.length <= MOST_HASH ? location.hash.slice(1) : "";
    if (!text) dropped.push("a link longer than 2 KB");
    for (const [path, value] of new URLSearchParams(text)) {
      if (path === "v") continue;
      if (fields.has(path)) state.set(path, value); else dropped.push(path.slice(0, 40));
    }
    for (const path of [...state.keys()]) {
      try { engine.ask(WHAT.step, { set: sets() }); break; } catch (e) {
        if (!(e instanceof Refused)) throw e;
        try { engine.ask(WHAT.step, { set: [`${path}=${state.get(path)}`] }); } catch { state.delete(path); dropped.push(path); }
      }
    }
    step();
    if (dropped.length) problem(`Left out of the link: ${dropped.join(", ")}.`);
    return true;
  };
  addEventListener("hashchange", () => { if (!fromHash()) remember(); });

  // The only use of the clock: how old the prices are today.
  const dated = $("now-dated").textContent.match(/\d{4}-\d{2}-\d{2}/);
  const days = dated ? Math.floor((Date.now() - Date.parse(dated[0])) / 86_400_000) : 0;
  if (days > OLD_DAYS) { $("now-dated").textContent += `, ${days} days old`; $("now-dated").className = "old"; }

  showFlips(firstFlips);
  $("still").hidden = true;
  $("controls").disabled = false;
  for (const id of ["copy-command", "copy-link", "download"]) $(id).disabled = false;
  if (!fromHash()) document.documentElement.dataset.drawn = "";
  document.documentElement.dataset.ready = "yes";
};

// The panel is folded where it would stand before the answer.
const fold = $("fold");
const folded = (is) => { fold.setAttribute("aria-expanded", String(!is)); $("panel").classList.toggle("folded", is); };
fold.addEventListener("click", () => folded(fold.getAttribute("aria-expanded") === "true"));
folded(matchMedia("(max-width: 56.2rem)").matches);
document.body.classList.add("live");
page().catch((e) => {
  document.documentElement.dataset.ready = "no";
  const words = e.message === "differs"
    ? "The engine of this page gives another report here than the program did (browser or build), so its controls are off. Below is the report as it was written."
    : "The engine of this page cannot run here (it is damaged, or the browser too old), so its controls are off. Below is the report as it was written.";
  $("still").textContent = words;
});
