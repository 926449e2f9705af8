#!/usr/bin/env bash
# The official Python client of MCP, of both eras of the protocol, each in an environment of its own; pinned.
set -euo pipefail
tools="$(cd "$(dirname "$0")/../.." && pwd)/.tools"
for version in 2.3.0 1.30.0; do
  stamp="$tools/mcp-$version/installed"
  [ -e "$stamp" ] && continue
  echo "setup: MCP client $version (usually half a minute)"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { echo "mcp: Python 3.10 or later is missing"; exit 1; }
  python3 -m venv "$tools/mcp-$version" && "$tools/mcp-$version/bin/pip" install -q "mcp==$version"
  touch "$stamp"
done
