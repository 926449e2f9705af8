#!/usr/bin/env bash
# Builds the engine of `recommend --interactive` into page/: engine.wasm.gz and what it was built from (engine.json).
# Needs Rust's wasm32-unknown-unknown (`rustup target add wasm32-unknown-unknown`), Node.js for the packing, and some minutes;
# it has a target folder of its own. Build the program again afterwards: its build script takes the engine in.
set -euo pipefail
cd "$(dirname "$0")/.."
skip() {
  echo "SKIPPED page engine: $1"
  [ "${REQUIRE_TOOLS:-0}" != 1 ] || exit 1
  exit 0
}
target=wasm32-unknown-unknown
library="$(rustc --print sysroot)/lib/rustlib/$target/lib"
if [ ! -d "$library" ] && command -v rustup >/dev/null; then rustup target add $target >/dev/null 2>&1 || true; fi
[ -d "$library" ] || skip "no $target; run: rustup target add $target"
command -v node >/dev/null || skip "no node"
SECONDS=0
export CARGO_TARGET_DIR=target/page
# The paths of the machine that builds have no place in the result.
export RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=$PWD=. --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
cargo build --locked --quiet -p cachewright-page --profile page --target $target
node scripts/page_pack.mjs target/page/$target/page/cachewright_page.wasm page "$(rustc --version)"
echo "page: $(wc -c <page/engine.wasm.gz) bytes packed, $SECONDS s"
