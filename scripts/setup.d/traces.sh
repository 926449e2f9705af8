#!/usr/bin/env bash
# The published traces that crates/measure/tests/golden.rs measures, from the source archive of libcachesim 0.3.5 (81 MB), checked.
set -euo pipefail
root="$(cd "$(dirname "$0")/../.." && pwd)"
stamp="$root/.tools/traces-1"
[ -e "$stamp" ] && exit 0
echo "setup: published traces, 81 MB (usually half a minute)"
command -v python3 >/dev/null || { echo "python3 is missing"; exit 1; }
python3 "$root/benches/measure.py" traces
sum="$(sha256sum "$root/.tools/traces/twitter_cluster52_10m.csv.zst" | cut -d' ' -f1)"
[ "$sum" = "1da155d6b2960f69d36ea392204600cede6fa258afb421030a0c7a05f6c1e69e" ] || { echo "the trace is not the published one: $sum"; exit 1; }
touch "$stamp"
