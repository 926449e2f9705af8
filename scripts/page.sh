#!/usr/bin/env bash
# Builds the engine of `recommend --interactive` into page/: engine.wasm.gz and what it was built from (engine.json).
# Needs Rust's wasm32-unknown-unknown (it is added where rustup can; else scripts/setup.d/wasm.sh), Node.js for the packing, and some
# minutes; it has a target folder of its own. Build the program again afterwards: its build script takes the engine in.
set -euo pipefail
cd "$(dirname "$0")/.."
skip() {
  echo "SKIPPED page engine: $1"
  [ "${REQUIRE_TOOLS:-0}" != 1 ] || exit 1
  exit 0
}
command -v node >/dev/null || skip "no node"
# The engine of these very sources is there: nothing to do.
if node scripts/page_pack.mjs --is-fresh page; then
  echo "page: page/engine.wasm.gz is of these sources"
  exit 0
fi
target=wasm32-unknown-unknown
tools="$PWD/.tools/wasm"
sysroot="$(rustc --print sysroot)"
add() { command -v rustup >/dev/null && rustup target add $target >/dev/null 2>&1; }
more=()
# WITHOUT_RUSTUP_TARGET=1 takes the way of a machine that cannot have the target.
if [ "${WITHOUT_RUSTUP_TARGET:-0}" != 1 ] && { [ -d "$sysroot/lib/rustlib/$target/lib" ] || add; }; then
  export CARGO_TARGET_DIR=target/page
elif [ -e "$tools/ready-1" ]; then
  # Debian's compiler has no standard library of the target: it is built along, with the linker of rustup's toolchain.
  export CARGO_TARGET_DIR=target/page-debian RUSTC="$tools/usr/bin/rustc" RUSTC_BOOTSTRAP=1
  export LD_LIBRARY_PATH="$tools/usr/lib/x86_64-linux-gnu${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$sysroot/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/rust-lld"
  more=(-Zbuild-std=std,panic_abort)
else
  skip "no $target and no .tools/wasm; run: rustup target add $target, or scripts/setup.d/wasm.sh"
fi
SECONDS=0
# The paths of the machine that builds have no place in the result.
export RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=$PWD=. --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
cargo build --locked --quiet -p cachewright-page --profile page --target $target "${more[@]}"
node scripts/page_pack.mjs "$CARGO_TARGET_DIR/$target/page/cachewright_page.wasm" page "$("${RUSTC:-rustc}" --version)"
echo "page: $(wc -c <page/engine.wasm.gz) bytes packed, $SECONDS s"
