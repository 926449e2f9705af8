"""Recomputes what rows of reports cost, from unit prices and AWS's billing rules, apart from the program.

Usage: recompute.py BINARY PRICES.json PROFILE...

Reads a profile's resolved numbers from the report's own JSON (units only), reckons every row it has a rule for and
compares it with the report to the cent. Prints `N rows of M profiles` and exits 1 when one differs.
"""
import json
import subprocess
import sys
from fractions import Fraction as F
from math import ceil

GIB, KIB, MONTH = F(2**30), F(1024), F(730)
UNITS = {"B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
SECONDS = {"ms": F(1, 1000), "us": F(1, 10**6), "s": 1, "min": 60, "h": 3600, "day": 86400, "days": 86400, "week": 604800, "weeks": 604800}


def size(text):
    number, unit = text.replace(",", "").split(" ")
    return F(number) * UNITS[unit]


def seconds(text):
    number, unit = text.replace(",", "").split(" ")
    return F(number) * SECONDS[unit]


def rate(text, active):
    """Per second while active; calendar totals are spread over the active hours."""
    number, unit = text.replace(",", "").split("/")
    scale = {"k": 1000, "M": 10**6, "B": 10**9}.get(number[-1], 1)
    value = F(number.rstrip("kMB")) * scale
    if unit in ("s", "min", "h"):
        return value / SECONDS[unit]
    hours = {"day": 24, "week": 168, "month": 730}[unit]
    return value / hours * MONTH / (active * 3600)


def share(text):
    return F(text.rstrip(" %").replace(",", "")) / 100


class Book:
    def __init__(self, path):
        self.book = json.load(open(path))

    def tiers(self, region, key):
        for table in (region, "global"):
            entry = self.book["regions"].get(table, {}).get(key)
            if entry:
                return [(F(a), F(b)) for a, b in entry["tiers"]]
        return None

    def cost(self, region, key, quantity, free=0):
        tiers, paid = self.tiers(region, key), max(F(0), quantity - free)
        if tiers is None:
            return None
        total = F(0)
        for (start, price), end in zip(tiers, [t[0] for t in tiers[1:]] + [None]):
            inside = (min(paid, end) if end is not None else paid) - start
            total += max(F(0), inside) * price
        return total


class Load:
    def __init__(self, profile):
        t, d, r = profile["traffic"], profile["data"], profile["requirements"]
        self.region, self.compute = profile["region"], profile.get("compute", [])
        self.viewers = {geo: share(part) for geo, part in (profile.get("viewers") or {}).items()}
        self.replicas = r.get("replica_regions") or []
        self.nat = "lambda" in self.compute and profile["network"]["internet_from_vpc"] == "yes"
        self.hours = F(t["active_hours"].replace(" h", ""))
        self.reads = rate(t["reads"], self.hours) * F(str(t["keys_per_read"]))
        self.writes = rate(t["writes"], self.hours)
        self.keys = F(str(t["keys_per_read"]))
        self.item, self.set = size(d["item_size"]), size(d["working_set"])
        self.key = size(d.get("key_size", "32 B"))
        self.read = size(d["bytes_per_read"]) if "bytes_per_read" in d else self.item
        self.ttl = None if d["ttl"] == "none" else seconds(d["ttl"])
        self.strong = r["consistency"] == "strong"
        self.replicated = r["multi_region"] != "no"
        month = self.hours * 3600
        self.lookups, self.puts = self.reads * month, self.writes * month
        self.paths = rate(t["invalidations"], self.hours) * month if t.get("invalidations") else F(0)
        items = self.set / self.item
        if profile["origin"]["kind"] == "none":
            hit = F(1)
        elif "data.hit_ratio" not in profile["defaults"]:
            hit = share(d["hit_ratio"])
        else:
            window = self.reads * (month if self.ttl is None else self.ttl)
            hit = max(F(4, 5), 1 - items / window) if window else F(4, 5)
        self.items, self.hit = items, hit
        self.hits = self.lookups * hit
        self.misses = self.lookups - self.hits
        self.puts += self.misses
        self.peaks = [rate(t[k], self.hours) if k not in ("traffic." + d for d in ()) and f"traffic.{k}" not in profile["defaults"] else None for k in ("peak_reads", "peak_writes")]


def dynamodb(book, l, provisioned, kind="standard"):
    """CapacityUnitCalculations.html; 100 bytes of index a stored item; 25 units of each always free."""
    # A replica without a name is priced as the home Region, and provisioned replicated writes have no known price.
    if l.replicated and (provisioned or kind != "standard" or not l.replicas):
        return None
    item = l.item + l.key + 24
    half = F(1) if l.strong else F(1, 2)
    hit, put = ceil(item / 4096) * half, ceil(item / 1024)
    free = 25 if kind == "standard" else 0
    gb = l.items * (item + 100 + (48 if l.replicated else 0)) / GIB
    stored = book.cost(l.region, f"dynamodb/{kind}/storage-gb-months", gb, free)
    reads, writes = l.hits * hit + l.misses * half, l.puts * put
    if not provisioned:
        parts = [book.cost(l.region, f"dynamodb/{kind}/read-request-units", reads), book.cost(l.region, f"dynamodb/{kind}/write-request-units", writes), stored]
        for replica in l.replicas:
            parts.append(book.cost(replica, f"dynamodb/{kind}/replicated-write-request-units", writes))
            parts.append(book.cost(replica, f"dynamodb/{kind}/storage-gb-months", gb, free))
        if l.replicas:
            parts.append(book.cost(l.region, "network/inter-region-gb", l.puts * item / GIB * len(l.replicas)))
    else:
        month = l.hours * 3600
        miss = 1 - l.hit
        peak_reads = l.peaks[0] * l.keys if l.peaks[0] is not None else l.reads
        peak_puts = (l.peaks[1] if l.peaks[1] is not None else l.writes) + peak_reads * miss
        hours = []
        for mean, peak in ((reads / month, peak_reads * (l.hit * hit + miss * half)), (writes / month, peak_puts * put)):
            ready = max(mean, peak / 3) / F(7, 10)
            hours.append(max(F(1), ready) * l.hours + MONTH - l.hours)
        parts = [book.cost(l.region, "dynamodb/standard/rcu-hours", hours[0], 18250), book.cost(l.region, "dynamodb/standard/wcu-hours", hours[1], 18250), stored]
    return None if None in parts else sum(parts)


def elasticache(book, l, engine):
    """Hourly average of stored data with a minimum; one ECPU a KB and command; two thirds of written bytes cross zones."""
    stored = l.items * (l.item + l.key + (60 if engine == "memcached" else 90)) / GIB
    minimum = F(1, 10) if engine == "valkey" else F(1)
    stored = max(stored, minimum)
    held = MONTH if l.ttl is None else min(MONTH, l.hours + 30 * l.ttl / 3600)
    gb_hours = stored * held + minimum * (MONTH - held)
    kb = l.read / KIB
    lookup = max(F(1), l.hit * kb) if l.keys > 1 else l.hit * max(F(1), kb) + 1 - l.hit
    ecpus = l.lookups * lookup + l.puts * max(F(1), l.item / KIB)
    crossing = (l.puts * l.item + (l.hits * l.read if l.strong else 0)) / GIB * F(2, 3)
    parts = [book.cost(l.region, f"elasticache-serverless/{engine}/stored-gb-hours", gb_hours), book.cost(l.region, f"elasticache-serverless/{engine}/ecpus", ecpus), book.cost(l.region, "network/cross-az-gb", crossing)]
    if l.nat:
        parts.append(book.cost(l.region, "network/nat-gateway-hours", MONTH))
    return None if None in parts else sum(parts)


def s3_express(book, l):
    """Every byte of every request is charged since 2025-04."""
    quantities = {"storage-gb-months": l.set / GIB, "put-requests": l.puts, "get-requests": l.lookups, "upload-gb": l.puts * l.item / GIB, "retrieval-gb": l.hits * l.read / GIB}
    parts = [book.cost(l.region, f"s3-express/{meter}", q) for meter, q in quantities.items()]
    return None if None in parts else sum(parts)


def file_cache(book, l):
    """1,200 GiB, or multiples of 2,400; 1,000 MB/s for each TiB."""
    peak = l.peaks[0] * l.keys if l.peaks[0] is not None else l.reads
    need = max(l.set / GIB, peak * l.read / F(10**9, 1024))
    capacity = 1200 if need <= 1200 else ceil(need / 2400) * 2400
    return book.cost(l.region, "file-cache/capacity-gb-months", F(capacity))


# Requests and GB that a plan allows, with the fee, by level (flat-rate-pricing-plan.html).
PLANS = {
    "free": [(10**6, 100, 0)],
    "pro": [(10**7, 51200, 15)],
    "business": [(125 * 10**6, 51200, 200)],
    "premium": [(5 * 10**8, 51200, 1000), (75 * 10**7, 76800, 1450), (125 * 10**7, 128000, 2250), (2 * 10**9, 204800, 3500), (35 * 10**8, 358400, 6000), (6 * 10**9, 614400, 10000)],
}


def cloudfront(book, l, plan):
    """Every read goes to a viewer, hit or miss; 1,024 GB, 10 M requests and 1,000 paths are always free."""
    requests, gb = l.lookups + l.writes * l.hours * 3600, l.lookups * l.read / GIB
    if plan in PLANS:
        fees = [fee for most, size, fee in PLANS[plan] if requests <= most and gb <= size]
        return F(fees[0]) if fees else None
    upload = l.writes * l.hours * 3600 * l.item / GIB
    free_gb, free_requests = min(gb, F(1024)), min(requests, F(10**7))
    parts = [book.cost("global", "cloudfront/invalidation-paths", l.paths, 1000)]
    for geo, part in l.viewers.items():
        parts.append(book.cost("global", f"cloudfront/data-transfer-out.{geo}", (gb - free_gb) * part))
        parts.append(book.cost("global", f"cloudfront/https-requests.{geo}", (requests - free_requests) * part))
        parts.append(book.cost("global", f"cloudfront/data-transfer-to-origin.{geo}", upload * part))
    return None if None in parts else sum(parts)


RULES = {
    ("dynamodb", "standard"): lambda b, l: dynamodb(b, l, False),
    ("dynamodb", "standard-ia"): lambda b, l: dynamodb(b, l, False, "standard-ia"),
    ("dynamodb", "standard-provisioned"): lambda b, l: dynamodb(b, l, True),
    ("elasticache-serverless", "valkey"): lambda b, l: elasticache(b, l, "valkey"),
    ("elasticache-serverless", "redis"): lambda b, l: elasticache(b, l, "redis"),
    ("elasticache-serverless", "memcached"): lambda b, l: elasticache(b, l, "memcached"),
    ("s3-express", None): s3_express,
    ("file-cache", None): file_cache,
    **{("cloudfront", plan): lambda b, l, plan=plan: cloudfront(b, l, plan) for plan in ["pay-as-you-go", *PLANS]},
}
# Riders have rules of their own in the program's tests; rows with one are left out here.
OWN = {"dynamodb", "elasticache-serverless", "s3-express", "file-cache", "cloudfront"}
SHARED = {"cross-az-gb", "inter-region-gb", "nat-gateway-hours"}


def main(binary, prices, profiles):
    book, rows, seen, wrong = Book(prices), 0, set(), []
    for path in profiles:
        out = subprocess.run([binary, "recommend", path, "-f", "json"], capture_output=True, text=True)
        if not out.stdout:
            print(f"{path}: {out.stderr.splitlines()[0]}")
            continue
        report = json.loads(out.stdout)
        load = Load(report["profile"])
        rows_of = list(report["candidates"])
        for row in report["candidates"]:
            for other in row.get("alternatives") or []:
                cost = {"expected": other["monthly_cost"], "complete": other["complete"]} if other["monthly_cost"] is not None else None
                rows_of.append({"service": row["service"], "variant": other["variant"], "verdict": row["verdict"], "monthly_cost": cost, "line_items": []})
        for row in rows_of:
            rule = RULES.get((row["service"], row["variant"]))
            cost = row.get("monthly_cost")
            rider = any(i["service"] not in OWN and i["meter"] not in SHARED for i in row["line_items"])
            if rule is None or row["verdict"] == "comparison" or cost is None or rider or not cost["complete"]:
                continue
            if any(i.get("assumed") for i in row["line_items"]):
                continue
            want = rule(book, load)
            if want is None:
                continue
            rows += 1
            seen.add(path)
            # Rates stand in the report with six digits.
            if abs(want - F(cost["expected"])) > max(F(1, 100), want / 10**5):
                wrong.append(f"{path}: {row['service']} {row['variant']}: report {cost['expected']}, reckoned {float(want):.4f}")
    print("\n".join(wrong))
    print(f"{rows} rows of {len(seen)} profiles, {len(wrong)} differ")
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
