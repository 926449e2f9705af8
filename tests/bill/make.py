#!/usr/bin/env python3
"""Makes the fixtures of tests/bill.rs: one October in every format. Needs pyarrow.

    python3 tests/bill/make.py tests/bill/october     the fixtures
    python3 tests/bill/make.py --big FOLDER ROWS      a CUR 2.0 of so many rows, as CSV.gz and Parquet, for benches/bill.py

Everything in them is made up. CANARY stands in every id and tag: no output may have it.
"""
import csv
import datetime
import gzip
import io
import json
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq

ACCOUNT = "CANARY-444455556666"
MONTH = datetime.datetime(2026, 10, 1, tzinfo=datetime.timezone.utc)
DAYS = 31

# code, usage type, operation, amount of the month, unit, FOCUS unit, cost of the month, Region, resource, tag, SKU, kind
ROWS = [
    ("AmazonDynamoDB", "EU-ReadRequestUnits", "PayPerRequestThroughput", 66959998, "ReadRequestUnits", "Requests", 9.474840, "eu-west-1", "table/carts", "shop", "SKUREAD", "Usage"),
    ("AmazonDynamoDB", "EU-WriteRequestUnits", "PayPerRequestThroughput", 24105600, "WriteRequestUnits", "Requests", 16.994448, "eu-west-1", "table/carts", "shop", "SKUWRITE", "Usage"),
    ("AmazonDynamoDB", "EU-TimedStorage-ByteHrs", "StandardStorage", 9.3, "GB-Mo", "GB-Months", 0, "eu-west-1", "table/carts", "shop", None, "Usage"),
    ("AmazonDynamoDB", "EU-ReadRequestUnits", "PayPerRequestThroughput", 6200000, "ReadRequestUnits", "Requests", 0.877300, "eu-west-1", "table/logs", "logs", "SKUREAD", "Usage"),
    ("AmazonDynamoDB", "USE1-ReadRequestUnits", "PayPerRequestThroughput", 31000, "ReadRequestUnits", "Requests", 0.003875, "us-east-1", "table/other", "logs", "SKUREAD", "Usage"),
    ("AmazonDynamoDB", "EU-TimedBackupStorage-ByteHrs", "OnDemandBackup", 31, "GB-Mo", "GB-Months", 3.503000, "eu-west-1", "table/carts", "shop", None, "Usage"),
    ("AmazonDynamoDB", "EU-DataTransfer-Out-Bytes", "GetItem", 3.1, "GB", "GB", 0.279000, "eu-west-1", "table/carts", "shop", None, "Usage"),
    ("AmazonCloudFront", "EU-DataTransfer-Out-Bytes", "GET", 620, "GB", "GB", 52.700000, None, "distribution/E1", "web", None, "Usage"),
    ("AmazonS3", "EU-TimedStorage-ByteHrs", "StandardStorage", 310, "GB-Mo", "GB-Months", 7.130000, "eu-west-1", "bucket", "web", None, "Usage"),
    ("AmazonElastiCache", "EU-NodeUsage:cache.r7g.large", "CreateCacheCluster:0002", 744, "Hrs", "Hours", 0, "eu-west-1", "cluster:sessions", "web", None, "DiscountedUsage"),
    ("AmazonElastiCache", "EU-SyncDurability-NodeUsage:cache.r7g.large", "CreateCacheCluster:0002", 744, "Hrs", "Hours", 12.400000, "eu-west-1", "cluster:sessions", "web", None, "Usage"),
    ("AmazonEC2", "EU-BoxUsage:m7g.large", "RunInstances", 744, "Hrs", "Hours", 67.700000, "eu-west-1", "instance/i-1", "web", None, "Usage"),
    ("AmazonDynamoDB", "", "", 0, "", "", -75.88, "eu-west-1", None, None, None, "Credit"),
    ("AmazonDynamoDB", "EU-ReadRequestUnits", "", 0, "", "", 6.20, "eu-west-1", None, None, None, "Tax"),
]

CUR = ["bill_billing_period_start_date", "line_item_usage_start_date", "line_item_usage_end_date", "line_item_line_item_type",
       "line_item_usage_type", "line_item_product_code", "line_item_operation", "line_item_usage_amount", "pricing_unit",
       "line_item_unblended_cost", "product_region_code", "product_sku", "line_item_currency_code", "line_item_resource_id",
       "resource_tags", "line_item_usage_account_id"]
FOCUS = ["BillingPeriodStart", "ChargePeriodStart", "ChargePeriodEnd", "ChargeCategory", "SkuMeter", "x_ServiceCode",
         "x_Operation", "ConsumedQuantity", "ConsumedUnit", "BilledCost", "RegionId", "SkuId", "BillingCurrency",
         "ResourceId", "Tags", "SubAccountId", "ChargeClass", "PricingCategory"]


def days():
    for day in range(DAYS):
        start = MONTH + datetime.timedelta(days=day)
        for row in ROWS:
            yield start, row


def cur_rows():
    for start, (code, kind, op, amount, unit, _, cost, region, resource, tag, sku, what) in days():
        yield [MONTH, start, start + datetime.timedelta(days=1), what, kind, code, op, amount / DAYS, unit, cost / DAYS, region,
               sku, "USD", resource and f"arn:aws:x:CANARY:{ACCOUNT}:{resource}",
               {"user_app": tag, "user_owner": "CANARY-somebody"} if tag else {}, ACCOUNT]


def focus_rows():
    for start, (code, kind, op, amount, _, unit, cost, region, resource, tag, sku, what) in days():
        usage = what in ("Usage", "DiscountedUsage")
        yield [MONTH, start, start + datetime.timedelta(days=1), "Usage" if usage else what, kind, code, op,
               amount / DAYS if usage else None, unit or None, cost / DAYS, region, sku, "USD",
               resource and f"arn:aws:x:CANARY:{ACCOUNT}:{resource}",
               {"user_app": tag, "user_owner": "CANARY-somebody"} if tag else {}, ACCOUNT, None,
               "Committed" if what == "DiscountedUsage" else "Standard" if usage else None]


def cell(value):
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dict):
        return json.dumps(value)
    return repr(value) if isinstance(value, float) else str(value)


def text(names, rows):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    for row in rows:
        writer.writerow([cell(v) for v in row])
    return out.getvalue()


def table(names, rows):
    columns = list(zip(*rows))
    arrays = []
    for name, values in zip(names, columns):
        if name in ("resource_tags", "Tags"):
            arrays.append(pa.array([list(v.items()) for v in values], pa.map_(pa.string(), pa.string())))
        elif any(isinstance(v, datetime.datetime) for v in values):
            arrays.append(pa.array(values, pa.timestamp("ms", tz="UTC")))
        elif any(isinstance(v, float) for v in values):
            arrays.append(pa.array([None if v is None else float(v) for v in values], pa.float64()))
        else:
            arrays.append(pa.array(values, pa.string()))
    return pa.table(arrays, names=names)


def fixtures(folder):
    folder.mkdir(parents=True, exist_ok=True)
    cur, focus = list(cur_rows()), list(focus_rows())
    (folder / "cur.csv").write_text(text(CUR, cur))
    (folder / "cur.csv.gz").write_bytes(gzip.compress(text(CUR, cur).encode(), mtime=0))
    pq.write_table(table(CUR, cur), folder / "cur.parquet", compression="snappy")
    (folder / "focus-1.2.csv").write_text(text(FOCUS, focus))
    pq.write_table(table(FOCUS, focus), folder / "focus-1.2.parquet", compression="zstd")
    old = ["x_UsageType" if n == "SkuMeter" else n for n in FOCUS]
    (folder / "focus-1.0.csv").write_text(text(old, focus))
    groups = {}
    for start, row in days():
        if row[11] in ("Usage", "DiscountedUsage"):
            key = (start, row[0], row[1])
            amount, cost = groups.get(key, (0, 0))
            groups[key] = (amount + row[3] / DAYS, cost + row[6] / DAYS)
    periods = {}
    for (start, code, kind), (amount, cost) in groups.items():
        periods.setdefault(start, []).append({"Keys": [code, kind], "Metrics": {
            "UnblendedCost": {"Amount": repr(cost), "Unit": "USD"}, "UsageQuantity": {"Amount": repr(amount), "Unit": "N/A"}}})
    day = datetime.timedelta(days=1)
    answer = {"GroupDefinitions": [{"Type": "DIMENSION", "Key": "SERVICE"}, {"Type": "DIMENSION", "Key": "USAGE_TYPE"}],
              "ResultsByTime": [{"TimePeriod": {"Start": s.strftime("%Y-%m-%d"), "End": (s + day).strftime("%Y-%m-%d")},
                                 "Total": {}, "Groups": g, "Estimated": False} for s, g in periods.items()]}
    (folder / "ce.json").write_text(json.dumps(answer))


def big(folder, count):
    """Rows of the width that exports have: 40 columns more, of which nobody asks."""
    folder.mkdir(parents=True, exist_ok=True)
    more = [f"product_column_{i}" for i in range(40)]
    names = CUR + more
    some = [row + [f"value {i} of a product" for i in range(40)] for row in cur_rows()]
    block = [[cell(v) for v in row] for row in some]
    with gzip.open(folder / "cur.csv.gz", "wt", compresslevel=6, newline="") as out:
        writer = csv.writer(out)
        writer.writerow(names)
        for at in range(count):
            row = block[at % len(block)]
            row[13] = f"arn:aws:x:eu-west-1:1:table/{at}"
            writer.writerow(row)
    writer = None
    step = 100_000
    for first in range(0, count, step):
        rows = []
        for at in range(first, min(first + step, count)):
            row = list(some[at % len(some)])
            row[13] = f"arn:aws:x:eu-west-1:1:table/{at}"
            rows.append(row)
        part = table(names, rows)
        writer = writer or pq.ParquetWriter(folder / "cur.parquet", part.schema, compression="snappy")
        writer.write_table(part)
    writer.close()


if __name__ == "__main__":
    if sys.argv[1] == "--big":
        big(pathlib.Path(sys.argv[2]), int(sys.argv[3]))
    else:
        fixtures(pathlib.Path(sys.argv[1]))
