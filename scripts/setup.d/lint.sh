#!/usr/bin/env bash
# cfn-lint and checkov in a project-local environment, cfn-guard as AWS's CDK validator ships it; all pinned.
set -euo pipefail
tools="$(cd "$(dirname "$0")/../.." && pwd)/.tools"
stamp="$tools/lint-2"
[ -e "$stamp" ] && exit 0
echo "setup: cfn-lint, checkov, cfn-guard (usually two minutes)"
command -v python3 >/dev/null || { echo "python3 is missing"; exit 1; }
[ -x "$tools/cfn-lint/bin/cfn-lint" ] || { python3 -m venv "$tools/cfn-lint" && "$tools/cfn-lint/bin/pip" install -q cfn-lint==1.58.0; }
[ -x "$tools/checkov/bin/checkov" ] || { python3 -m venv "$tools/checkov" && "$tools/checkov/bin/pip" install -q checkov==3.3.30; }

# A linked binary for Linux and macOS; elsewhere it is compiled, which takes some minutes.
prebuilt() {
  local system machine work
  case "$(uname -s)" in Linux) system=ubuntu ;; Darwin) system=macos ;; *) return 1 ;; esac
  case "$(uname -m)" in x86_64) machine=x86_64 ;; aarch64 | arm64) machine=aarch64 ;; *) return 1 ;; esac
  command -v npm >/dev/null || return 1
  work="$(mktemp -d)"
  (cd "$work" && npm pack --silent @cdklabs/cdk-validator-cfnguard@0.0.62 >/dev/null && tar xzf ./*.tgz) || return 1
  mkdir -p "$tools/bin"
  install -m 755 "$work/package/bin/$system/$machine/cfn-guard" "$tools/bin/cfn-guard"
  rm -rf "$work"
  "$tools/bin/cfn-guard" --version >/dev/null
}
if ! [ -x "$tools/bin/cfn-guard" ] && ! prebuilt; then
  echo "setup: no built cfn-guard for this machine, compiling it (usually five minutes)"
  cargo install --quiet --locked --debug --root "$tools" --target-dir "$tools/build" cfn-guard@3.2.1
  rm -rf "$tools/build"
fi
touch "$stamp"
