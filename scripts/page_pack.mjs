// Packs the engine and says what it was built from, as build.rs reckons it.
// usage: node scripts/page_pack.mjs ENGINE.wasm FOLDER RUSTC
//        node scripts/page_pack.mjs --is-fresh FOLDER    exit 0 when the engine there is of these sources
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const [, , wasm, folder, rustc] = process.argv;
const SOURCES = ["crates/core/src", "crates/page/src", "templates/report"];
const files = SOURCES.flatMap((root) => readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((e) => e.isFile()).map((e) => join(e.parentPath ?? e.path, e.name).replaceAll("\\", "/")));
// The page around the report is the program's; the engine does not hold it.
const own = files.filter((f) => !f.startsWith("templates/report/whatif."));
// By bytes, as Rust sorts.
own.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
const hash = createHash("sha256");
for (const file of own) {
  const text = readFileSync(file);
  hash.update(`${file}\n${text.length}\n`);
  hash.update(text);
}
const about = { version: /^version = "(.*)"$/m.exec(readFileSync("Cargo.toml", "utf8"))[1], source_sha256: hash.digest("hex") };
if (wasm === "--is-fresh") {
  const there = ["engine.json", "engine.wasm.gz"].map((name) => join(folder, name)).every(existsSync);
  const said = there ? JSON.parse(readFileSync(join(folder, "engine.json"), "utf8")) : {};
  process.exit(said.version === about.version && said.source_sha256 === about.source_sha256 ? 0 : 1);
}
const bytes = readFileSync(wasm);
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "engine.wasm.gz"), gzipSync(bytes, { level: 9 }));
writeFileSync(join(folder, "engine.json"), `${JSON.stringify({ ...about, rustc, bytes: bytes.length }, null, 1)}\n`);
