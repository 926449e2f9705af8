"""A price list of EC2's shape and size through the shipped program, as whole processes: time and peak memory,
against jq. `python3 benches/bulk.py target/dist/cachewright [MB]`; the reader alone is benches/bulk.rs."""
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

program, megabytes = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 500
NAT = [("NATHOURS", "NatGateway-Hours", "Hrs"), ("NATBYTES", "NatGateway-Bytes", "GB")]
RESERVED = "38NPMPTW36 4NA7Y494T4 6QCMYABX3D 7NE97W5U4E BPH4J8HBKS CUZHX8X6JH HU7G6KETJZ MZU6U2429S NQ3QZPMQV9".split()
ATTRIBUTES = {
    "servicecode": "AmazonEC2", "location": "US East (N. Virginia)", "locationType": "AWS Region", "currentGeneration": "Yes",
    "instanceFamily": "General purpose", "physicalProcessor": "Intel Xeon Platinum 8175 (Skylake)", "clockSpeed": "3.1 GHz",
    "memory": "384 GiB", "storage": "EBS only", "networkPerformance": "20 Gigabit", "processorArchitecture": "64-bit", "tenancy": "Dedicated",
    "operatingSystem": "Windows", "licenseModel": "No License required", "availabilityzone": "NA", "capacitystatus": "UnusedCapacityReservation",
    "classicnetworkingsupport": "false", "dedicatedEbsThroughput": "14000 Mbps", "ecu": "345", "enhancedNetworkingSupported": "Yes",
    "gpuMemory": "NA", "intelAvxAvailable": "Yes", "intelAvx2Available": "Yes", "intelTurboAvailable": "Yes", "marketoption": "OnDemand",
    "normalizationSizeFactor": "192", "preInstalledSw": "SQL Ent", "processorFeatures": "Intel AVX; Intel AVX2; Intel AVX512; Intel Turbo",
    "regionCode": "us-east-1", "servicename": "Amazon Elastic Compute Cloud", "vpcnetworkingsupport": "true"}
ROWS = json.dumps(ATTRIBUTES, separators=(",", ":"))[1:-1]


def offer(sku, code, unit, price):
    return (f'"{sku}.{code}":{{"offerTermCode":"{code}","sku":"{sku}","effectiveDate":"2026-11-01T00:00:00Z","priceDimensions":{{"{sku}.{code}.6YS6EN2CT7":'
            f'{{"rateCode":"{sku}.{code}.6YS6EN2CT7","description":"a price","beginRange":"0","endRange":"Inf","unit":"{unit}","appliesTo":[],'
            f'"pricePerUnit":{{"USD":"{price}"}}}}}},"termAttributes":{{}}}}')


def make(path):
    count = megabytes * 1_000_000 // 5_030
    skus = [f"SKU{i:013}" for i in range(count)]
    with open(path, "w", buffering=1 << 20) as out:
        out.write('{"formatVersion":"v1.0","offerCode":"AmazonEC2","version":"20261120101010","publicationDate":"2026-11-20T10:10:10Z","products":{')
        for i, sku in enumerate(skus):
            if i == count // 2:
                for nat, usagetype, _ in NAT:
                    out.write(f'"{nat}":{{"sku":"{nat}","productFamily":"NAT Gateway","attributes":{{"servicecode":"AmazonEC2","location":"US East (N. Virginia)",'
                              f'"locationType":"AWS Region","group":"NGW:NatGateway","usagetype":"{usagetype}","operation":"NatGateway","regionCode":"us-east-1"}}}},')
            out.write(f'"{sku}":{{"sku":"{sku}","productFamily":"Compute Instance","attributes":{{"instanceType":"m{i % 9}.{i % 24}xlarge","vcpu":"{i % 96}",'
                      f'"usagetype":"DedicatedRes:m{i % 9}.{i % 24}xlarge","operation":"RunInstances:{i:04x}",{ROWS}}}}}{"," if i + 1 < count else ""}')
        out.write('},"terms":{"OnDemand":{')
        out.write(",".join(f'"{sku}":{{{offer(sku, "JRTCKXETXF", unit, "0.0450000000")}}}' for sku, _, unit in NAT))
        for sku in skus:
            out.write(f',"{sku}":{{{offer(sku, "JRTCKXETXF", "Hrs", "12.3400000000")}}}')
        out.write('},"Reserved":{')
        for i, sku in enumerate(skus):
            out.write(f'{"," if i else ""}"{sku}":{{{",".join(offer(sku, code, "Quantity", "123456") for code in RESERVED)}}}')
        out.write('}},"attributesList":{}}')


class Lists(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        if not self.path.startswith("/offers/v1.0/aws/AmazonEC2/"):
            return self.send_error(404)
        index = {"regions": {"us-east-1": {"regionCode": "us-east-1", "currentVersionUrl": "/offers/v1.0/aws/AmazonEC2/1/us-east-1/index.json"}}}
        body = json.dumps(index).encode() if "region_index" in self.path else None
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) if body else os.path.getsize(file)))
        self.end_headers()
        if body:
            return self.wfile.write(body)
        with open(file, "rb") as source:
            shutil.copyfileobj(source, self.wfile, 1 << 20)


def measured(name, args, env=None):
    """Runs in a child of a child, so that the peak is of this process alone."""
    code = ("import resource,subprocess,sys,time;t=time.time();p=subprocess.run(sys.argv[1:],capture_output=True,text=True);d=time.time()-t;"
            "print(d,resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,p.returncode);print(p.stdout+p.stderr)")
    text = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, env=env).stdout
    head, _, said = text.partition("\n")
    seconds, peak, status = head.split()
    assert status == "0", said
    size = os.path.getsize(file) / 1e6
    print(f"{name:28} {float(seconds):6.2f} s {size / float(seconds):6.0f} MB/s  peak {int(peak) // 1024} MB", flush=True)
    return said


with tempfile.TemporaryDirectory() as home:
    file = os.path.join(home, "index.json")
    make(file)
    print(f"list of {os.path.getsize(file) // 1_000_000} MB, load {os.getloadavg()[0]:.1f}")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lists)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    price = [program, "price", "network", "--region", "us-east-1", "nat-gateway-hours=730", "nat-gateway-gb=10"]
    env = {"HOME": home, "PATH": os.environ["PATH"]}
    said = measured("price --prices public, cold", [*price, "--prices", "public", "--price-list-url", url], env)
    assert "2 prices are from the public AWS price list" in said, said
    said = measured("the same, warm cache", [*price, "--prices", "public", "--price-list-url", url], env)
    assert "from the cache" in said, said
    if shutil.which("jq"):
        found = measured("jq, one filter", ["jq", '[.products[] | select(.attributes.usagetype == "NatGateway-Hours") | .sku] | length', file])
        assert found.strip() == "1", found
