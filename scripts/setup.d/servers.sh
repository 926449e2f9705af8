#!/usr/bin/env bash
# What deploy and verify are tested against: ministack in .tools/ (pinned; CloudFormation, DynamoDB, S3), and the
# system's redis-server, memcached, nginx and openssl where apt-get may be used. Nothing is started here.
set -uo pipefail
tools="$(cd "$(dirname "$0")/../.." && pwd)/.tools"
failed=0

if [ ! -e "$tools/ministack-1.5.33" ]; then
  echo "setup: ministack, a CloudFormation emulator (usually half a minute)"
  if command -v python3 >/dev/null && python3 -m venv "$tools/ministack" && "$tools/ministack/bin/pip" install -q ministack==1.5.33 botocore==1.43.106 pyyaml==6.0.4; then
    touch "$tools/ministack-1.5.33"
  else
    echo "servers: ministack could not be installed (needs python3 with venv, and its package index)"
    failed=1
  fi
fi

# Without cbor2 the emulator answers CloudWatch's Rust client in a form that it cannot read.
if [ -e "$tools/ministack-1.5.33" ] && [ ! -e "$tools/ministack-cbor2-6.3.0" ]; then
  if "$tools/ministack/bin/pip" install -q cbor2==6.3.0; then
    touch "$tools/ministack-cbor2-6.3.0"
  else
    echo "servers: cbor2 could not be installed beside ministack"
    failed=1
  fi
fi

missing=()
for pair in redis-server:redis-server memcached:memcached nginx:nginx-light openssl:openssl; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%:*}" >/dev/null || missing+=("${pair#*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "setup: ${missing[*]} (usually a quarter of a minute)"
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # RUNLEVEL=1: the packages' own services stay stopped.
    install() { DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1; }
    install || { apt-get update -qq >/dev/null 2>&1 && install; } || { echo "servers: apt-get could not install ${missing[*]}"; failed=1; }
  else
    echo "servers: not here, install them yourself: ${missing[*]}"
    failed=1
  fi
fi
exit $failed
