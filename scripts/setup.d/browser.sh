#!/usr/bin/env bash
# What tests/html_browser.rs needs: Chromium from Debian, playwright-core and axe-core pinned in .tools/browser.
set -euo pipefail
tools="$(cd "$(dirname "$0")/../.." && pwd)/.tools/browser"
stamp="$tools/ready-1"
[ -e "$stamp" ] && command -v chromium >/dev/null && exit 0
echo "setup: Chromium, playwright-core, axe-core (usually one minute)"
if ! command -v chromium >/dev/null; then
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "chromium is missing, and only root with apt-get can install it here"; exit 1; }
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-liberation; } >/dev/null 2>"${TMPDIR:-/tmp}/cachewright-apt.log" \
    || { tail -3 "${TMPDIR:-/tmp}/cachewright-apt.log"; echo "apt-get could not install chromium"; exit 1; }
fi
command -v npm >/dev/null || { echo "npm is missing"; exit 1; }
mkdir -p "$tools"
cat >"$tools/package.json" <<'JSON'
{"name": "cachewright-browser-tools", "private": true, "dependencies": {"axe-core": "4.14.1", "playwright-core": "1.65.1"}}
JSON
npm install --prefix "$tools" --no-audit --no-fund --loglevel=error >/dev/null || { echo "npm could not install playwright-core and axe-core"; exit 1; }
touch "$stamp"
