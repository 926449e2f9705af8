// Packs the engine and says what it was built from, as build.rs reckons it.
// usage: node scripts/page_pack.mjs ENGINE.wasm FOLDER RUSTC
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
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
const bytes = readFileSync(wasm);
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "engine.wasm.gz"), gzipSync(bytes, { level: 9 }));
const version = /^version = "(.*)"$/m.exec(readFileSync("Cargo.toml", "utf8"))[1];
writeFileSync(join(folder, "engine.json"), `${JSON.stringify({ version, source_sha256: hash.digest("hex"), rustc, bytes: bytes.length }, null, 1)}\n`);
