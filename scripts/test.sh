#!/usr/bin/env bash
# All tests. Sets up what they need (into .tools/) on the first run.
#   scripts/test.sh [--full] [arguments of nextest]
# --full: real size. Every tool is required, fuzzing takes minutes, fifty kills, then every benchmark on the shipped build
# (an hour or two, two cores, 5 GB of disk); benches/live.py needs a server beside it and stays apart. What the last run of each part
# gave, and when: docs/performance.md.
set -euo pipefail
cd "$(dirname "$0")/.."
full=0
if [ "${1:-}" = --full ]; then
  shift
  full=1
  export REQUIRE_TOOLS=1 KILLS=50 CACHEWRIGHT_FUZZ_SECONDS="${CACHEWRIGHT_FUZZ_SECONDS:-300}"
fi
tests() {
  if command -v cargo-nextest >/dev/null; then
    cargo nextest run --workspace --locked --no-fail-fast --success-output final "$@"
    return
  fi
  # What was skipped is told by passing tests, whose output cargo hides.
  if [ $# -eq 0 ]; then set -- -- --show-output; fi
  cargo test --workspace --locked "$@"
}
./scripts/setup.sh || echo "Some tools could not be installed; the tests that need them say SKIPPED."
# The engine of interactive pages takes minutes, so the short run tests what is there and says SKIPPED without it.
if [ $full -eq 1 ]; then ./scripts/page.sh; fi
tests "$@"
[ $full -eq 1 ] || exit 0
missed=0
part() { printf '\n== %s\n' "$*"; "$@" || missed=1; }
# The packages as they would be published, each built from its own archive.
part cargo package --workspace --locked --allow-dirty
part cargo build --profile dist --locked
binary="${CARGO_TARGET_DIR:-target}/dist/cachewright"
part scripts/timing.sh
part cargo bench --locked -p cachewright-core --bench decide --bench analysis
part cargo bench --locked --bench bulk
part python3 benches/bulk.py "$binary"
for run in fetch run gzip errors memory; do part python3 benches/measure.py $run; done
exit $missed
