#!/usr/bin/env python3
"""`cachewright bill` beside DuckDB: the same sums of a CUR 2.0 of a million rows, as CSV.gz and Parquet, on one machine.

    pip install pyarrow duckdb
    python3 benches/bill.py FOLDER [ROWS]     five interleaved rounds, medians: rows per CPU second and peak memory

The rows are made by tests/bill/make.py; they have 40 columns more than are asked for, as exports do. What is timed is the
reading and adding up (crates/measure/examples/bill_sums.rs, built with the profile `dist`), which is all but some milliseconds
of the command.
"""
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OURS = pathlib.Path(os.environ.get("BILL_SUMS", ROOT / "target" / "dist" / "examples" / "bill_sums"))
ROUNDS = int(os.environ.get("ROUNDS", 5))
SUMS = """
SET threads=1; SET memory_limit='2GB';
SELECT count(*) FROM (SELECT bill_billing_period_start_date, line_item_line_item_type, line_item_usage_type, line_item_product_code,
  line_item_operation, pricing_unit, product_region_code, product_sku, line_item_currency_code,
  sum(line_item_usage_amount), sum(line_item_unblended_cost), min(line_item_usage_start_date), max(line_item_usage_end_date)
FROM {} GROUP BY ALL);
"""


def timed(command):
    """CPU seconds (the machine may do other things) and peak memory in MiB of a process."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{command} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def duckdb(source):
    return timed([sys.executable, "-c", f"import duckdb; duckdb.execute({SUMS.format(source)!r}).fetchall()"])


def ours(path):
    return timed([OURS, path])


def main():
    folder = pathlib.Path(sys.argv[1])
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    if not (folder / "cur.parquet").exists():
        subprocess.run([sys.executable, ROOT / "tests" / "bill" / "make.py", "--big", folder, str(rows)], check=True)
    for name, source in [("cur.csv.gz", "read_csv('{}')"), ("cur.parquet", "read_parquet('{}')")]:
        path = folder / name
        runs = [(ours(path), duckdb(source.format(path))) for _ in range(ROUNDS)]
        for who, one in [("cachewright", [r[0] for r in runs]), ("DuckDB, 1 thread", [r[1] for r in runs])]:
            seconds = statistics.median(s for s, _ in one)
            memory = max(m for _, m in one)
            print(f"{name}: {who}: {rows / seconds:,.0f} rows/s of CPU, {memory:.0f} MiB ({path.stat().st_size / 2**20:.0f} MiB on disk)")


if __name__ == "__main__":
    main()
