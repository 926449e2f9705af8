#!/usr/bin/env bash
# Installs what the tests need into .tools/ (pinned), and Debian packages where apt-get is at hand.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p .tools
failed=0
for part in scripts/setup.d/*.sh; do
  [ -e "$part" ] || continue
  bash "$part" || { echo "setup: $part failed"; failed=1; }
done
exit $failed
