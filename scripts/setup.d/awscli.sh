#!/usr/bin/env bash
# The AWS command line, for tests/account_emulator.rs: runs what `--emit-query` prints against emulators; pinned.
set -euo pipefail
tools="$(cd "$(dirname "$0")/../.." && pwd)/.tools/awscli-1.46.3"
[ -e "$tools/installed" ] && exit 0
echo "setup: the AWS command line (usually half a minute)"
command -v python3 >/dev/null || { echo "python3 is missing"; exit 1; }
[ -x "$tools/bin/python" ] || python3 -m venv "$tools"
"$tools/bin/pip" install -q awscli==1.46.3
touch "$tools/installed"
