#!/usr/bin/env bash
# All tests. Sets up what they need (into .tools/) on the first run.
set -euo pipefail
cd "$(dirname "$0")/.."
./scripts/setup.sh || echo "Some tools could not be installed; the tests that need them say SKIPPED."
if command -v cargo-nextest >/dev/null; then
  exec cargo nextest run --locked --no-fail-fast --success-output final "$@"
fi
# What was skipped is told by passing tests, whose output cargo hides.
if [ $# -eq 0 ]; then set -- -- --show-output; fi
exec cargo test --locked "$@"
