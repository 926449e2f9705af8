"""TLS and the sign-in with IAM tokens before a real server of the Redis protocol: what ElastiCache does at its door."""

import datetime
import hashlib
import hmac
import socket
import socketserver
import ssl
import threading
import urllib.parse

SECRET, ACCESS, REGION = "wJalrXUtnFEMIEXAMPLEKEY", "AKIAIOSFODNN7EXAMPLE", "us-east-1"


def resp(*parts):
    out = b"*%d\r\n" % len(parts)
    for p in parts:
        p = p if isinstance(p, bytes) else str(p).encode()
        out += b"$%d\r\n%s\r\n" % (len(p), p)
    return out


class Reader:
    """Reads RESP from a file-like object."""

    def __init__(self, file):
        self.file = file

    def command(self):
        line = self.file.readline()
        if not line:
            return None
        if not line.startswith(b"*"):
            return line.split()
        parts = []
        for _ in range(int(line[1:])):
            size = int(self.file.readline()[1:])
            parts.append(self.file.read(size))
            self.file.read(2)
        return parts

    def reply(self):
        line = self.file.readline().rstrip(b"\r\n")
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            size = int(rest)
            if size < 0:
                return None
            data = self.file.read(size)
            self.file.read(2)
            return data.decode("utf-8", "replace")
        if kind in (b"*", b"~", b">"):
            return [self.reply() for _ in range(int(rest))]
        if kind == b"%":
            return [self.reply() for _ in range(2 * int(rest))]
        return ("-" if kind == b"-" else "") + rest.decode()


class Raw:
    """A plain connection to a backend, for the tests themselves."""

    def __init__(self, port, user=None, password=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.reader = Reader(self.socket.makefile("rb"))
        if user:
            self.ask("AUTH", user, password or "x")

    def ask(self, *parts):
        self.socket.sendall(resp(*parts))
        return self.reader.reply()


def token_problem(token, cache, user, oldest):
    """Why ElastiCache would refuse this token; None when it would not."""
    host, _, query = token.partition("/?")
    fields = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    if host != cache:
        return f"the token is for host `{host}`, not for the cache `{cache}`"
    for key, want in (("Action", "connect"), ("User", user), ("ResourceType", "ServerlessCache")):
        if fields.get(key) != want:
            return f"{key} is {fields.get(key)}, not {want}"
    try:
        signed = datetime.datetime.strptime(fields["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    except (KeyError, ValueError):
        return "no X-Amz-Date"
    age = (datetime.datetime.now(datetime.timezone.utc) - signed).total_seconds()
    if age > min(oldest, int(fields.get("X-Amz-Expires", 0))):
        return f"the token is {age:.0f} s old"
    given = fields.pop("X-Amz-Signature", "")
    scope = "/".join(fields.get("X-Amz-Credential", "").split("/")[1:])
    if scope.split("/")[1:] != [REGION, "elasticache", "aws4_request"]:
        return f"the scope is {scope}"
    quote = lambda x: urllib.parse.quote(x, safe="-_.~")  # noqa: E731
    canonical = "&".join(f"{quote(k)}={quote(v)}" for k, v in sorted(fields.items()))
    request = "\n".join(["GET", "/", canonical, f"host:{cache}", "", "host", hashlib.sha256(b"").hexdigest()])
    text = "\n".join(["AWS4-HMAC-SHA256", fields["X-Amz-Date"], scope, hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + SECRET).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    if hmac.new(key, text.encode(), hashlib.sha256).hexdigest() != given:
        return "the signature is wrong"
    return None


class Door(socketserver.ThreadingTCPServer):
    """TLS and the sign-in with IAM tokens, before one real server."""

    allow_reuse_address, daemon_threads, request_queue_size = True, True, 50

    def __init__(self, port, backend, context, cache, user):
        self.backend, self.context, self.cache, self.user = backend, context, cache, user
        self.oldest, self.counts, self.refused, self.signed_in, self.open = 900, {}, [], 0, set()
        super().__init__(("127.0.0.1", port), None)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def cut(self):
        for s in list(self.open):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def finish_request(self, request, client_address):
        try:
            inside = request.recv(1, socket.MSG_PEEK) != b"\x16"  # no TLS: the replica that follows its primary
            front = request if inside else self.context.wrap_socket(request, server_side=True)
        except (OSError, ssl.SSLError):
            return
        back = socket.create_connection(("127.0.0.1", self.backend))
        self.open |= {front, back}
        lock = threading.Lock()

        def down():
            try:
                while True:
                    data = back.recv(65536)
                    if not data:
                        break
                    with lock:
                        front.sendall(data)
            except OSError:
                pass
            for s in (front, back):
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

        threading.Thread(target=down, daemon=True).start()
        reader = Reader(front.makefile("rb"))
        try:
            while inside:
                data = front.recv(65536)
                if not data:
                    return
                back.sendall(data)
            while True:
                parts = reader.command()
                if parts is None:
                    break
                name = parts[0].upper().decode()
                self.counts[name] = self.counts.get(name, 0) + 1
                at = 1 if name == "AUTH" else next((i + 1 for i, p in enumerate(parts) if name == "HELLO" and p.upper() == b"AUTH"), None)
                if at is not None and len(parts) > at + 1:
                    why = token_problem(parts[at + 1].decode("utf-8", "replace"), self.cache, self.user, self.oldest)
                    if parts[at].decode() != self.user:
                        why = why or f"the user is {parts[at].decode()}"
                    if why:
                        self.refused.append(why)
                    else:
                        self.signed_in += 1
                    parts[at + 1] = b"wrong" if why else b"static"
                back.sendall(resp(*parts))
        except (OSError, ValueError, IndexError):
            pass
        finally:
            self.open -= {front, back}
            for s in (front, back):
                try:
                    s.close()
                except OSError:
                    pass

    def handle_error(self, request, client_address):
        pass
