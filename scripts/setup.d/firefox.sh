#!/usr/bin/env bash
# What tests/page_browser.rs opens pages in besides Chromium: Firefox ESR from Debian, puppeteer-core pinned in .tools/firefox.
set -euo pipefail
tools="$(cd "$(dirname "$0")/../.." && pwd)/.tools/firefox"
stamp="$tools/ready-1"
[ -e "$stamp" ] && command -v firefox-esr >/dev/null && exit 0
echo "setup: Firefox, puppeteer-core (usually half a minute)"
if ! command -v firefox-esr >/dev/null; then
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "firefox-esr is missing, and only root with apt-get can install it here"; exit 1; }
  install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends firefox-esr >/dev/null 2>&1; }
  install || { apt-get update -qq >/dev/null 2>&1 && install; } || { echo "apt-get could not install firefox-esr"; exit 1; }
fi
command -v npm >/dev/null || { echo "npm is missing"; exit 1; }
mkdir -p "$tools"
cat >"$tools/package.json" <<'JSON'
{"name": "cachewright-firefox-tools", "private": true, "dependencies": {"puppeteer-core": "24.43.0"}}
JSON
npm install --prefix "$tools" --no-audit --no-fund --loglevel=error >/dev/null || { echo "npm could not install puppeteer-core"; exit 1; }
touch "$stamp"
