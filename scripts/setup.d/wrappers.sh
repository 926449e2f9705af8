#!/usr/bin/env bash
# What tests/wrappers.rs holds the CDK and Terraform wrappers against: CDK with TypeScript, and a parser of HCL; pinned.
set -euo pipefail
tools="$(cd "$(dirname "$0")/../.." && pwd)/.tools"
cdk="$tools/cdk-2.276.0"
hcl="$tools/hcl2-8.1.4"
if [ ! -e "$cdk/installed" ]; then
  echo "setup: CDK 2.276.0 with TypeScript, 210 MB (usually half a minute)"
  command -v npm >/dev/null || { echo "npm is missing"; exit 1; }
  mkdir -p "$cdk"
  npm install --prefix "$cdk" --silent --no-audit --no-fund --no-save \
    aws-cdk-lib@2.276.0 constructs@10.8.1 typescript@5.9.3 @types/node@22.20.7
  touch "$cdk/installed"
fi
if [ ! -e "$hcl/installed" ]; then
  echo "setup: python-hcl2 8.1.4 (usually ten seconds)"
  command -v python3 >/dev/null || { echo "python3 is missing"; exit 1; }
  python3 -m venv "$hcl" && "$hcl/bin/pip" install -q python-hcl2==8.1.4
  touch "$hcl/installed"
fi
