"""The real servers behind the samples: two of the Redis protocol in cluster mode, Memcached with TLS, and moto."""

import os
import socket
import ssl
import subprocess
import sys
import time

from door import Door, Raw


def wait_for(port, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as s:
            s.settimeout(0.5)
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.1)
    return False


def until(there, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if there():
            return True
        time.sleep(0.2)
    return False


def certificates(folder):
    def run(*command):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=local test CA", "-keyout", "ca.key", "-out", "ca.crt")
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "s.key", "-out", "s.csr")
    with open(os.path.join(folder, "ext"), "w", encoding="utf-8") as file:
        file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    run("openssl", "x509", "-req", "-in", "s.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "ext", "-out", "s.crt")


class Servers:
    def __init__(self, work):
        self.work, self.started, self.doors, self.commands = work, [], [], {}
        certificates(work)

    def start(self, command, port, log):
        with open(os.path.join(self.work, log), "ab") as file:
            process = subprocess.Popen(command, stdout=file, stderr=file, cwd=self.work)
        self.started.append(process)
        self.commands[port] = (process, command, log)
        if not wait_for(port):
            raise SystemExit(f"{command[0]} did not start on port {port}: see {self.work}/{log}")

    def restart(self, port):
        """The server ends and comes back on the same port, with nothing in its memory."""
        process, command, log = self.commands[port]
        process.terminate()
        process.wait(10)
        self.start(command, port, log)

    def redis(self, port, announce):
        folder = os.path.join(self.work, f"redis-{port}")
        os.makedirs(folder)
        options = {
            "port": port, "bind": "127.0.0.1", "dir": folder, "save": "", "appendonly": "no", "cluster-enabled": "yes",
            "cluster-announce-ip": "127.0.0.1", "cluster-announce-port": announce, "cluster-announce-bus-port": port + 10000,
            "cluster-announce-hostname": "localhost", "cluster-preferred-endpoint-type": "hostname",
            "cluster-require-full-coverage": "no", "masteruser": "adm", "masterauth": "x", "repl-diskless-sync-delay": 0,
        }
        words = [w for name, value in options.items() for w in (f"--{name}", str(value))]
        self.start(["redis-server", *words], port, f"redis-{port}.log")

    def rights(self, port, access, user):
        """The users of one server; what the server says against the access string of the template."""
        server = Raw(port)
        server.ask("ACL", "SETUSER", "adm", "on", "nopass", "~*", "&*", "+@all")
        said = server.ask("ACL", "SETUSER", user, "reset", *access.split(), ">static")
        return server, None if said == "OK" else str(said)

    def valkey(self, access, cache, user):
        """A primary and its replica, with TLS and the sign-in before them."""
        self.redis(7001, 6379)
        self.redis(7002, 6380)
        (first, problem), (second, _) = self.rights(7001, access, user), self.rights(7002, access, user)
        first.ask("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
        # The announced ports are the doors'; the servers speak to each other on their own.
        for port, other in ((7001, 7002), (7002, 7001)):
            Raw(port).ask("CLUSTER", "MEET", "127.0.0.1", str(other), str(other + 10000))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(self.work, "s.crt"), os.path.join(self.work, "s.key"))
        self.doors = [Door(6379, 7001, context, cache, user), Door(6380, 7002, context, cache, user)]
        until(lambda: "fail" not in str(first.ask("CLUSTER", "INFO")).split("cluster_slots_assigned")[0])
        node = first.ask("CLUSTER", "MYID")
        joined = until(lambda: second.ask("CLUSTER", "REPLICATE", node) == "OK")
        for server in (first, second):
            server.ask("ACL", "SETUSER", "default", "off", "-@all")
        leader, follower = Raw(7001, "adm"), Raw(7002, "adm")
        joined = joined and until(lambda: "master_link_status:up" in str(follower.ask("INFO", "replication")))
        joined = joined and until(lambda: len((leader.ask("CLUSTER", "SLOTS") or [[]])[0]) >= 4)
        return problem, joined

    def memcached(self):
        command = ["memcached", "-Z", "-o", f"ssl_chain_cert={self.work}/s.crt,ssl_key={self.work}/s.key", "-l", "127.0.0.1", "-p", "11211"]
        self.start(command + (["-u", "root"] if os.getuid() == 0 else []), 11211, "memcached.log")

    def moto(self):
        self.start([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "5555"], 5555, "moto.log")

    def stop(self):
        for door in self.doors:
            door.shutdown()
            door.server_close()
        for p in self.started:
            p.terminate()
        for p in self.started:
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                p.kill()
