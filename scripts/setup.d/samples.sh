#!/usr/bin/env bash
# What the client samples import, for tests/samples.rs: Python packages with moto (an emulator of DynamoDB and S3), and npm packages; pinned.
set -euo pipefail
tools="$(cd "$(dirname "$0")/../.." && pwd)/.tools/samples-1"
[ -e "$tools/installed" ] && exit 0
echo "setup: clients of the samples, and moto (usually a minute)"
command -v python3 >/dev/null || { echo "python3 is missing"; exit 1; }
command -v npm >/dev/null || { echo "npm is missing"; exit 1; }
mkdir -p "$tools"
[ -x "$tools/venv/bin/python" ] || python3 -m venv "$tools/venv"
"$tools/venv/bin/pip" install -q redis==8.1.0 pymemcache==4.0.0 boto3==1.44.8 "moto[server]==5.2.5"
npm install --prefix "$tools" --silent --no-audit --no-fund --save-exact redis@6.3.1 \
  @smithy/hash-node@4.5.2 @smithy/protocol-http@5.6.2 @smithy/signature-v4@5.7.5 \
  @aws-sdk/credential-provider-node@3.972.99 @aws-sdk/util-format-url@3.972.58 \
  @aws-sdk/client-dynamodb@3.1169.0 @aws-sdk/lib-dynamodb@3.1169.0 @aws-sdk/client-s3@3.1175.0
touch "$tools/installed"
