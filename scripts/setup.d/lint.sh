#!/usr/bin/env bash
# cfn-lint and checkov in a project-local environment, cfn-guard from its crate; all pinned.
set -euo pipefail
tools="$(cd "$(dirname "$0")/../.." && pwd)/.tools"
stamp="$tools/lint-1"
[ -e "$stamp" ] && exit 0
command -v python3 >/dev/null || { echo "python3 is missing"; exit 1; }
[ -x "$tools/cfn-lint/bin/cfn-lint" ] || { python3 -m venv "$tools/cfn-lint" && "$tools/cfn-lint/bin/pip" install -q cfn-lint==1.58.0; }
[ -x "$tools/checkov/bin/checkov" ] || { python3 -m venv "$tools/checkov" && "$tools/checkov/bin/pip" install -q checkov==3.3.30; }
[ -x "$tools/bin/cfn-guard" ] || cargo install --quiet --locked --root "$tools" --target-dir "$tools/build" cfn-guard@3.2.1
rm -rf "$tools/build"
touch "$stamp"
