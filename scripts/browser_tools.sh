#!/usr/bin/env bash
# Installs what the browser checks need: Chromium from Debian, playwright-core and axe-core pinned in .tools/browser.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v chromium >/dev/null; then
  command -v apt-get >/dev/null || { echo "browser tools: no chromium here and no apt-get to install it with"; exit 1; }
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null
fi
command -v npm >/dev/null || { echo "browser tools: no npm here"; exit 1; }
mkdir -p .tools/browser
cat >.tools/browser/package.json <<'JSON'
{"name": "cachewright-browser-tools", "private": true, "dependencies": {"axe-core": "4.14.1", "playwright-core": "1.65.1"}}
JSON
npm install --prefix .tools/browser --no-audit --no-fund --loglevel=error
