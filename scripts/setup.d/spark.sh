#!/usr/bin/env bash
# Spark in local mode for crates/measure/tests/spark.rs (300 MB, pinned), where there is a Java to run it.
set -euo pipefail
tools="$(cd "$(dirname "$0")/../.." && pwd)/.tools"
stamp="$tools/spark-1"
[ -e "$stamp" ] && exit 0
echo "setup: Spark in local mode, 300 MB (usually two minutes)"
command -v python3 >/dev/null || { echo "python3 is missing"; exit 1; }
if ! command -v java >/dev/null; then
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless; } >/dev/null 2>&1 ||
    { echo "Spark needs a Java runtime, 8, 11 or 17, and none could be installed"; exit 1; }
fi
[ -x "$tools/spark/bin/python" ] || python3 -m venv "$tools/spark"
"$tools/spark/bin/pip" install -q --no-cache-dir setuptools==80.9.0 wheel==0.45.1
"$tools/spark/bin/pip" install -q --no-cache-dir --no-build-isolation pyspark==3.5.9
touch "$stamp"
