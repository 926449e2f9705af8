#!/usr/bin/env bash
# Installs what the tests need into .tools/ (pinned), and Debian packages where apt-get is at hand. Each part says what it
# installs and how long that usually takes; what is there already is left alone.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p .tools
failed=0
start=$SECONDS
for part in scripts/setup.d/*.sh; do
  bash "$part" || { echo "setup: $part failed"; failed=1; }
done
[ $((SECONDS - start)) -lt 5 ] || echo "setup: done in $((SECONDS - start)) s"
exit $failed
