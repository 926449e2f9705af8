"""Runs the client samples of one generated stack against real servers on this machine: run.py FOLDER

FOLDER/case.json: {"service": …, "samples": {"python": PATH, "javascript": PATH}, …}, written by tests/samples.rs. The fixed
ports of the samples are used, so each run has a network of its own (`unshare`). A token is refused when it is not signed
for the cache and the user, or older than it may be. Prints one line a miss; exit 0 when every check holds.
"""

import json
import os
import re
import socket
import ssl
import subprocess
import sys
import time

from clients import Client, plain
from door import ACCESS, REGION, SECRET, Raw
from servers import Servers

MOTO = "http://127.0.0.1:5555"
# Seconds a token lives here: signing one, and bringing it to the door, may take some of them on a busy machine.
LIFE = 8
TEXTS = {"text": "value", "non-ASCII text": "Grüße aus 東京 🚀", "bytes": b"\x00\xff\r\nEND\r\n\x80"}
PAIRS = (("python", "javascript"), ("javascript", "python"))
MAY = (("CLUSTER", "SLOTS"), ("CLUSTER", "SHARDS"), ("CLUSTER", "NODES"), ("CLUSTER", "INFO"), ("INFO",), ("PUBLISH", "news", "x"))
MAY_NOT = (("FLUSHALL",), ("KEYS", "*"), ("CONFIG", "GET", "maxmemory"), ("ACL", "LIST"))


class Run:
    def __init__(self, folder):
        self.work = os.path.abspath(folder)
        with open(os.path.join(folder, "case.json"), encoding="utf-8") as file:
            self.case = json.load(file)
        self.held = self.total = 0
        self.servers = Servers(self.work)

    def note(self, name, problem):
        self.total += 1
        self.held += not problem
        if problem:
            print(f"miss {self.case['service']}: {name}: {problem}")

    def clients(self, **more):
        """A process a language."""
        return {language: self.client(language, **more) for language in self.case["samples"]}

    def client(self, language, **more):
        """A process that has loaded the sample, with nothing of this machine's AWS settings."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        ca = os.path.join(self.work, "ca.crt")
        env.update(AWS_ACCESS_KEY_ID=ACCESS, AWS_SECRET_ACCESS_KEY=SECRET, AWS_REGION=REGION, AWS_DEFAULT_REGION=REGION,
                   AWS_EC2_METADATA_DISABLED="true", SSL_CERT_FILE=ca, NODE_EXTRA_CA_CERTS=ca, HOME=self.work, **more)
        return Client(language, self.case["samples"][language], self.work, env)

    # ------------------------------------------------------------ get_or_load

    def read_through(self, clients):
        """Miss, hit, types, expiry, and both languages on the same keys."""
        for language, client in clients.items():
            for kind, value in TEXTS.items():
                key = f"{kind.replace(' ', '-')}-{language}"
                self.note(f"{language}: {kind} is the same on a miss and on a hit", self.twice(client, key, kind, value))
            key = f"short-{language}"
            client.call("get_or_load", key, 1, "LOAD", loads="old")
            time.sleep(2.3)
            later = client.call("get_or_load", key, 60, "LOAD", loads="new")
            self.note(f"{language}: a value expires", later.get("error") or (None if plain(later["ok"]) == "new" else "an expired value was served"))
        for a, b in PAIRS:
            for again in range(5):
                key = f"from-{a}-{again}"
                clients[a].call("get_or_load", key, 60, "LOAD", loads="Zürich")
                time.sleep(again)  # a replica that lags, as on the second call in `twice`
                got = clients[b].call("get_or_load", key, 60, "LOAD", loads="loaded again")
                if "error" in got or plain(got["ok"]) == "Zürich":
                    break
            self.note(f"{b} reads what {a} wrote", got.get("error") or (None if plain(got["ok"]) == "Zürich" else f"got {plain(got['ok'])!r}"))

    def twice(self, client, key, kind, value):
        first = client.call("get_or_load", key, 60, "LOAD", loads=value)
        again = client.call("get_or_load", key, 60, "LOAD", loads=value)
        # A sample takes a call that times out, and a replica that lags, for a miss, as it should: on a busy machine that may
        # happen, but not for ever.
        for wait in (0, 1, 2, 4, 8):
            if "error" in again or not again.get("loads"):
                break
            time.sleep(wait)
            again = client.call("get_or_load", key, 60, "LOAD", loads=value)
        if "error" in first:
            # What a hit would change may be refused, before it is stored.
            return None if kind == "bytes" and "TypeError" in first["error"] else f"miss: {first['error']}"
        if "error" in again:
            return f"hit: {again['error']}"
        if again.get("loads"):
            return "the second call loaded again"
        if first["ok"] != again["ok"]:
            return f"miss gives {plain(first['ok'])!r}, hit gives {plain(again['ok'])!r}"
        return None if plain(again["ok"]) == value else f"{value!r} came back as {plain(again['ok'])!r}"

    def recovers(self, client, name):
        """Works within a few calls."""
        got = {}
        for _ in range(5):
            got = client.call("get_or_load", "text-again", 60, "LOAD", loads="value", seconds=6)
            if "ok" in got:
                break
            time.sleep(1)
        refused = [w for door in self.servers.doors for w in door.refused]
        self.note(name, got.get("error") and f"{got['error']}; refused: {refused[-1:]}")

    def valkey(self):
        cache, user = "app-r1", "app-r1-app"
        problem, joined = self.servers.valkey(self.case["access"], cache, user)
        self.note("the access string is valid", problem)
        self.note("the replica follows", None if joined else "it did not join")
        me = Raw(7001, user, "static")
        for words in MAY:
            said = me.ask(*words)
            self.note(f"the user may {' '.join(words[:2])}", said if isinstance(said, str) and said.startswith("-") else None)
        for words in MAY_NOT:
            said = me.ask(*words)
            self.note(f"the user may not {words[0]}", None if str(said).startswith("-NOPERM") else f"answered {str(said)[:40]}")
        clients, doors = {}, self.servers.doors
        for language in self.case["samples"]:
            before = doors[0].signed_in
            clients[language] = client = self.client(language, CACHE_HOST="localhost", CACHE_NAME=cache, CACHE_USER=user)
            got = client.call("get_or_load", f"hello-{language}", 60, "LOAD", loads="v")
            self.note(f"{language}: connects with the generated user", got.get("error"))
            self.note(f"{language}: the token is taken", (doors[0].refused or [None])[0] or (None if doors[0].signed_in > before else "nobody signed in"))
            doors[0].refused.clear()
        self.read_through(clients)
        adm = Raw(7001, "adm")
        for language, client in clients.items():
            left = str(adm.ask("TTL", f"text-{language}"))
            self.note(f"{language}: every key has an expiry", None if left.isdigit() and 0 < int(left) <= 60 else f"TTL {left}")
            reads = doors[1].counts.get("GET", 0)
            for _ in range(10):
                client.call("get_or_load", f"text-{language}", 60, "LOAD", loads="value")
            self.note(f"{language}: reads go to the reader port", None if doors[1].counts.get("GET", 0) > reads else "no GET arrived there")
        self.sign_in_again(clients, user)

    def sign_in_again(self, clients, user):
        """Tokens grow old and connections are cut; then the primary starts anew."""
        doors = self.servers.doors
        for language, client in clients.items():
            for door in doors:
                door.oldest = LIFE
            time.sleep(LIFE + 2)
            for door in doors:
                door.cut()
            self.recovers(client, f"{language}: signs in again after a token's life")
            for door in doors:
                door.oldest = 900
                door.refused.clear()
        self.servers.restart(7001)
        self.servers.rights(7001, self.case["access"], user)
        for language, client in clients.items():
            self.recovers(client, f"{language}: works again after a restart of the server")

    def memcached(self):
        self.servers.memcached()
        clients = self.clients(CACHE_HOST="localhost")
        self.read_through(clients)
        for language, client in clients.items():
            before = self.connections()
            errors = sum("error" in client.call("get_or_load", f"text-{language}", 60, "LOAD", loads="value") for _ in range(20))
            opened = self.connections() - before - 1
            self.note(f"{language}: keeps its connection", "20 calls failed" if errors == 20 else None if opened <= 5 else f"20 calls opened {opened}")
            got = client.call("get_or_load", "k" * 300, 60, "LOAD", loads="value", seconds=6)
            self.note(f"{language}: a key that is too long does not hang", got["error"] if "no answer" in got.get("error", "") else None)
        self.servers.restart(11211)
        for language, client in clients.items():
            self.recovers(client, f"{language}: works again after a restart of the server")

    def connections(self):
        context = ssl.create_default_context(cafile=os.path.join(self.work, "ca.crt"))
        with context.wrap_socket(socket.create_connection(("127.0.0.1", 11211)), server_hostname="localhost") as s:
            s.sendall(b"stats\r\n")
            text = b""
            while not text.endswith(b"END\r\n"):
                text += s.recv(65536)
        return int(re.search(rb"total_connections (\d+)", text)[1])

    # ------------------------------------------------------------ put and get

    def stored(self, clients, put_raw, kinds):
        """Values, expiry, items of others, and both languages on the same keys."""
        for language, client in clients.items():
            for kind in kinds:
                value, key = TEXTS[kind], f"{kind.replace(' ', '-')}-{language}"
                put, got = client.call("put", key, value, 60), client.call("get", key)
                problem = put.get("error") or got.get("error") or (None if plain(got["ok"]) == value else f"{value!r} came back as {plain(got['ok'])!r}")
                self.note(f"{language}: {kind} comes back", problem)
            put, got = client.call("put", f"half-{language}", TEXTS[kinds[0]], 1.5), client.call("get", f"half-{language}")
            gone = "error" not in got and got["ok"]["t"] == "0" and "the value is gone at once"
            self.note(f"{language}: a fraction of a second is a time to live", put.get("error") or got.get("error") or gone)
            put_raw(f"foreign-{language}")
            self.note(f"{language}: what another program wrote without an expiry is no crash", client.call("get", f"foreign-{language}").get("error"))
            got = client.call("get", f"nothing-{language}")
            self.note(f"{language}: a missing key is a miss", got.get("error") or (None if got["ok"]["t"] == "0" else "something came back"))
        for a, b in PAIRS:
            value = TEXTS[kinds[0]]
            clients[a].call("put", f"long-{a}", value, 60)
            got = clients[b].call("get", f"long-{a}")
            self.note(f"{b} reads what {a} wrote", got.get("error") or (None if plain(got["ok"]) == value else f"got {plain(got['ok'])!r}"))
            clients[a].call("put", f"brief-{a}", value, 1)
            time.sleep(2.3)
            for who in (a, b):
                got = clients[who].call("get", f"brief-{a}")
                self.note(f"what {a} wrote is expired for {who}", got.get("error") or (None if got["ok"]["t"] == "0" else "it is still served"))

    def aws(self, service, operation, **arguments):
        code = ("import boto3, json, sys; j = json.load(sys.stdin); getattr(boto3.client(j['s'], endpoint_url=j['u'], region_name='us-east-1', "
                "aws_access_key_id='x', aws_secret_access_key='x'), j['o'])(**j['a'])")
        text = json.dumps({"s": service, "o": operation, "a": arguments, "u": MOTO})
        subprocess.run([sys.executable, "-c", code], input=text, text=True, check=True, capture_output=True)

    def dynamodb(self):
        self.servers.moto()
        table = self.case["table"]
        self.aws("dynamodb", "create_table", TableName="cache", BillingMode="PAY_PER_REQUEST", **table)
        key = table["KeySchema"][0]["AttributeName"]
        raw = lambda name: self.aws("dynamodb", "put_item", TableName="cache", Item={key: {"S": name}, "value": {"S": "x"}})  # noqa: E731
        self.stored(self.clients(TABLE_NAME="cache", AWS_ENDPOINT_URL=MOTO), raw, list(TEXTS))

    def s3_express(self):
        """With a bucket of the usual kind: the emulator has no sessions."""
        self.servers.moto()
        self.aws("s3", "create_bucket", Bucket="cache")
        raw = lambda name: self.aws("s3", "put_object", Bucket="cache", Key=name, Body="x")  # noqa: E731
        self.stored(self.clients(BUCKET_NAME="cache", AWS_ENDPOINT_URL=MOTO), raw, ["bytes"])


def main():
    run = Run(sys.argv[1])
    try:
        getattr(run, run.case["service"])()
    finally:
        run.servers.stop()
    print(f"{run.case['service']}: {run.held} of {run.total} checks hold")
    return 0 if run.held == run.total else 1


if __name__ == "__main__":
    sys.exit(main())
