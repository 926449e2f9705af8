#!/usr/bin/env bash
# What the page engine (scripts/page.sh) is compiled for. Rust's own target where it is there or rustup can add it; else, on Debian
# bookworm, the compiler and the sources of the standard library that Debian builds browsers with, unpacked without root in .tools/wasm.
set -euo pipefail
tools="$(cd "$(dirname "$0")/../.." && pwd)/.tools/wasm"
target=wasm32-unknown-unknown
# WITHOUT_RUSTUP_TARGET=1 takes the way of a machine that cannot have the target.
if [ "${WITHOUT_RUSTUP_TARGET:-0}" != 1 ]; then
  [ ! -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ] || exit 0
  ! command -v rustup >/dev/null || ! rustup target add $target >/dev/null 2>&1 || exit 0
fi
[ ! -e "$tools/ready-1" ] || exit 0
lacks() { echo "page engine: no $target, and $1"; exit 1; }
command -v rustup >/dev/null || lacks "without rustup there is no rust-lld to link with"
{ command -v apt-get && command -v dpkg; } >/dev/null || lacks "Debian's packages of it need apt-get and dpkg"
echo "setup: a compiler for $target from Debian, 137 MB, unpacked 844 MB (usually half a minute)"
packages=(rustc-web libstd-rust-web-dev libstd-rust-web-1.96 libllvm22 rust-web-src)
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
[ "$(id -u)" != 0 ] || apt-get update -qq >/dev/null 2>&1 || true
(cd "$work" && apt-get download -qq "${packages[@]}") >/dev/null 2>&1 || lacks "apt-get has no ${packages[*]}"
mkdir -p "$tools"
for package in "$work"/*.deb; do dpkg -x "$package" "$tools"; done
LD_LIBRARY_PATH="$tools/usr/lib/x86_64-linux-gnu" "$tools/usr/bin/rustc" --version >/dev/null || lacks "Debian's compiler does not run here"
touch "$tools/ready-1"
