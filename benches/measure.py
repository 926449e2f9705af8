#!/usr/bin/env python3
"""cachewright measure side by side with libCacheSim 0.3.5 (and DuckDB for gzip), on one machine.

    python3 benches/measure.py traces    fetch the published traces only (.tools/traces)
    python3 benches/measure.py fetch     fetch and build what is compared with, and the traces (.tools/)
    python3 benches/measure.py run       five interleaved rounds, medians and ratios of CPU seconds
    python3 benches/measure.py gzip      CloudFront logs, gzip, against DuckDB
    python3 benches/measure.py errors    sampling error over 31 seeds
    python3 benches/measure.py memory    peak memory of the sampled mode: long, unsorted, one line of 1 GB

`fetch` needs pip, cmake, ninja, pkg-config, a C and C++ compiler, and the headers of glib 2, zstd and gperftools
(Debian: cmake ninja-build pkg-config g++ libglib2.0-dev libzstd-dev libgoogle-perftools-dev). libCacheSim is GPL-3.0 and
is only ever run as a process of its own. Build cachewright with `cargo build --profile dist` first.
"""
import gzip
import json
import os
import pathlib
import shutil
import statistics
import struct
import subprocess
import sys
import tarfile
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
# cmake and ninja come as wheels, so that no package of the system is needed.
ENV = dict(os.environ, PATH=f"{TOOLS / 'venv' / 'bin'}:{os.environ['PATH']}")
TRACES = TOOLS / "traces"
SDIST = "libcachesim-0.3.5"
SOURCE = TOOLS / SDIST / "src" / "libCacheSim"
PROFILER = SOURCE / "_build" / "bin" / "mrcProfiler"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
OURS = pathlib.Path(os.environ.get("CACHEWRIGHT", TARGET / "dist" / "cachewright"))
CSV = TRACES / "twitter_cluster52_10m.csv"
BINARY = TRACES / "twitter_cluster52_10m.oracleGeneral"
ROUNDS = 5
MIB = 1 << 20


def sh(*command, **more):
    subprocess.run([str(c) for c in command], check=True, **more)


def traces():
    TRACES.mkdir(parents=True, exist_ok=True)
    venv = TOOLS / "venv"
    if not venv.exists():
        sh(sys.executable, "-m", "venv", venv)
    pip = venv / "bin" / "pip"
    if not SOURCE.exists():
        # Without these pip would compile cmake before it believes the archive.
        sh(pip, "-q", "install", "scikit-build-core", "setuptools-scm", "pybind11", "setuptools", "wheel", "cmake", "ninja")
        sh(pip, "-q", "download", "--no-deps", "--no-build-isolation", "--no-binary", "libcachesim",
           "libcachesim==0.3.5", cwd=TOOLS, env=ENV)
        with tarfile.open(TOOLS / f"{SDIST}.tar.gz") as archive:
            archive.extractall(TOOLS, filter="data")
    for name in (SOURCE / "data").iterdir():
        if not (TRACES / name.name).exists():
            shutil.copy(name, TRACES)


def fetch():
    traces()
    if not CSV.exists():
        sh("zstd", "-q", "-d", "-k", TRACES / (CSV.name + ".zst"), "-o", CSV)
    if not BINARY.exists():
        to_binary(CSV, BINARY)
    if not PROFILER.exists():
        build = SOURCE / "_build"
        build.mkdir(exist_ok=True)
        sh("cmake", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DENABLE_TESTS=OFF", "..", cwd=build, env=ENV)
        sh("ninja", "-j2", cwd=build, env=ENV)


def to_binary(source, target):
    pack = struct.Struct("<IQIq").pack
    with open(source) as rows, open(target, "wb") as out:
        for row in rows:
            if not row.startswith("#"):
                out.write(pack(*(int(cell) for cell in row.split(","))))


def cost(command, stdin=None):
    """CPU seconds, wall seconds and peak MiB of one run."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([str(c) for c in command], stdin=stdin,
                                   stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            sys.exit(f"{command[0]} failed: {errors.read()[-500:]!r}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024


def ours(sampled, trace):
    return [OURS, "measure", "--report", "json", "--sampled", sampled, trace]


def theirs(params, trace, kind):
    command = [PROFILER, trace, kind, "--algo=LRU", "--profiler=SHARDS", f"--profiler-params={params}",
               "--size=1MB,192MB,64"]
    if kind == "csv":
        columns = "time-col=1,obj-id-col=2,obj-size-col=3,delimiter=,,has-header=true,obj-id-is-num=1"
        command += ["-t", columns]
    return command


CASES = [
    ("exact, binary", "exact", "FIX_RATE,1,42", BINARY, "oracleGeneral", 8.0),
    ("8,192 keys, binary", "keys=8192", "FIX_SIZE,8192,42", BINARY, "oracleGeneral", 3.0),
    ("32,768 keys, binary", "keys=32768", "FIX_SIZE,32768,42", BINARY, "oracleGeneral", 4.0),
    ("rate 0.01, CSV", "rate=0.01", "FIX_RATE,0.01,42", CSV, "csv", 12.0),
]


def run():
    for path in (OURS, PROFILER, CSV, BINARY):
        if not path.exists():
            sys.exit(f"{path} is missing: `python3 benches/measure.py fetch` and `cargo build --profile dist`")
    rounds = {case[0]: [] for case in CASES}
    for _ in range(ROUNDS):
        for name, sampled, params, trace, kind, _ in CASES:
            rounds[name].append((cost(ours(sampled, trace)), cost(theirs(params, trace, kind))))
    print("| run | ours CPU s | libCacheSim CPU s | ratio (median of rounds) | floor | ours MiB | libCacheSim MiB |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name, _, _, trace, kind, floor in CASES:
        pairs = rounds[name]
        mine, other = ([statistics.median(p[side][0] for p in pairs) for side in (0, 1)])
        ratio = statistics.median(b[0] / a[0] for a, b in pairs)
        memory = [statistics.median(p[side][2] for p in pairs) for side in (0, 1)]
        mapped = trace.stat().st_size / MIB if kind != "csv" else 0
        print(f"| {name} | {mine:.2f} | {other:.2f} | {ratio:.1f} | {floor:.0f} | {memory[0]:.0f} "
              f"| {memory[1] - mapped:.0f} without the mapped file |")
    print(f"\nload average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors", file=sys.stderr)


FIELDS = ("date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) "
          "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken "
          "x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status "
          "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len "
          "sc-range-start sc-range-end")


def gzip_logs():
    """1.5 M synthetic CloudFront lines with the keys and sizes of the trace, against DuckDB."""
    log = TRACES / "cloudfront.gz"
    if not log.exists():
        with open(CSV) as rows, gzip.open(log, "wt", compresslevel=6) as out:
            out.write(f"#Version: 1.0\n#Fields: {FIELDS}\n")
            next(rows)
            for row, _ in zip(rows, range(1_500_000)):
                second, key, size, _ = (cell.strip() for cell in row.split(","))
                clock = time.strftime("%Y-%m-%d\t%H:%M:%S", time.gmtime(1_790_000_000 + int(second)))
                out.write(f"{clock}\tFRA56-P{int(key) % 9}\t{int(size) + 400}\t192.0.2.{int(key) % 250}\tGET\t"
                          f"d111111abcdef8.cloudfront.net\t/assets/{key}.png\t200\thttps://www.example.com/\t"
                          f"Mozilla/5.0%20(X11;%20Linux%20x86_64)%20AppleWebKit/537.36\t-\t-\tHit\tid{key}==\t"
                          f"www.example.com\thttps\t45\t0.00{int(key) % 9}\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHit\t"
                          f"HTTP/2.0\t-\t-\t{int(key) % 60000}\t0.001\tHit\timage/png\t{size}\t-\t-\n")
    query = ("SELECT count(*), count(DISTINCT h) FROM (SELECT hash(column15 || column07) AS h, column00, column01, "
             f"column30 FROM read_csv('{log}', delim='\t', header=false, skip=2, all_varchar=true, quote='', "
             "ignore_errors=true, columns={" + ", ".join(f"'column{i:02}': 'VARCHAR'" for i in range(33)) + "})) "
             "WHERE h % 100 = 0")
    duckdb = [TOOLS / "venv" / "bin" / "python", "-c", f"import duckdb; duckdb.sql('SET threads=2'); "
              f"print(duckdb.sql({query!r}).fetchall())"]
    sh(TOOLS / "venv" / "bin" / "pip", "-q", "install", "duckdb")
    pairs = [(cost(ours("keys=8192", log)), cost(duckdb)) for _ in range(ROUNDS)]
    for at, what in ((0, "CPU"), (1, "wall")):
        mine, other = (statistics.median(p[side][at] for p in pairs) for side in (0, 1))
        print(f"gzip CloudFront, {what}: ours {mine:.2f} s, DuckDB {other:.2f} s, ratio "
              f"{statistics.median(b[at] / a[at] for a, b in pairs):.2f} (floor 1.5)")


def errors():
    sizes = ",".join(str(int(65536 * (192 * 16) ** (i / 63))) + "B" for i in range(64))

    def curve(sampled):
        command = [str(c) for c in ours(sampled, BINARY)] + ["--sizes", sizes]
        report = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        return [(p["objects"], p["bytes"], p["error"]) for p in report["hit_ratio_curve"]]

    exact = curve("exact")
    for keys in (2048, 8192, 32768):
        runs = [curve(f"keys={keys},seed={seed}") for seed in range(31)]
        for at, name in ((0, "hit"), (1, "byte hit")):
            means = sorted(statistics.mean(abs(p[at] - e[at]) for p, e in zip(r, exact)) for r in runs)
            print(f"{keys} keys, {name} MAE: median {means[15]:.4f}, worst {means[30]:.4f}")
        inside = [abs(p[0] - e[0]) <= p[2] for r in runs for p, e in zip(r, exact)]
        print(f"{keys} keys, points inside the 95 % interval: {statistics.mean(inside):.3f}")


def memory():
    """Peak memory of the default sample, 65,536 keys; at most 32 MiB whatever comes in."""
    log = TRACES / "cloudfront.gz"
    ten = f"for i in 0 1 2 3 4 5 6 7 8 9; do cat '{BINARY}'; done"
    backwards = (f"for i in 9 8 7 6 5 4 3 2 1 0; do tail -n +2 '{CSV}' | head -n 2000000 | "
                 "sed \"s/^/$i/\"; done")
    line = "printf '1,a,5\\n2,b,5\\n'; head -c 1000000000 /dev/zero | tr '\\0' x; printf '\\n3,a,5\\n'"
    cases = [
        ("10,000,000 requests", f"cat '{BINARY}'", "--format oracle-general -".split()),
        ("100,000,000 requests", ten, "--format oracle-general -".split()),
        ("20,000,000 CSV lines, clock going backwards", backwards,
         "--format csv --columns time=1,key=2,size=3 -".split()),
        ("one line of 1 GB", line, "--format csv --columns time=1,key=2,size=3 --max-bad-lines 9 -".split()),
    ]
    if log.exists():
        cases.append(("CloudFront, gzip, sorted by cachewright", "true", [log]))
        cases.append(("the same eight times over", "true", [log] * 8))
    worst = 0
    for name, source, arguments in cases:
        command = [OURS, "measure", "--report", "json", "--sampled", "keys=65536", *arguments]
        producer = subprocess.Popen(["bash", "-c", source], stdout=subprocess.PIPE)
        peak = cost(command, stdin=producer.stdout)[2]
        producer.stdout.close()
        producer.wait()
        worst = max(worst, peak)
        print(f"{name}: {peak:.1f} MiB", flush=True)
    if worst > 32:
        sys.exit("more than 32 MiB")


if __name__ == "__main__":
    actions = {"traces": traces, "fetch": fetch, "run": run, "gzip": gzip_logs, "errors": errors, "memory": memory}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        sys.exit(__doc__)
    actions[sys.argv[1]]()
