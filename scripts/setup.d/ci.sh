#!/usr/bin/env bash
# The linter of GitHub actions and workflows for tests/ci_files.rs, pinned, in a project-local environment.
set -euo pipefail
tools="$(cd "$(dirname "$0")/../.." && pwd)/.tools"
[ -x "$tools/zizmor/bin/zizmor" ] && exit 0
echo "setup: zizmor (usually ten seconds)"
command -v python3 >/dev/null || { echo "python3 is missing"; exit 1; }
python3 -m venv "$tools/zizmor" && "$tools/zizmor/bin/pip" install -q zizmor==1.32.0
