"""Stands before a real server of the Redis protocol and does what ElastiCache does at sign-in with IAM:
checks the signed token, then lets the client through. Arguments: a JSON object."""
import json
import socket
import ssl
import sys
import threading
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl

import sigv4

C = json.loads(sys.argv[1])


def fault(user, token):
    """Why the token is refused, or nothing."""
    host, _, text = token.partition("/?")
    query = parse_qsl(text, keep_blank_values=True, strict_parsing=True)
    q = dict(query)
    signed = [(k, v) for k, v in query if k != "X-Amz-Signature"]
    access, _, scope = q["X-Amz-Credential"].partition("/")
    began = datetime.strptime(q["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    lasts = timedelta(seconds=int(q["X-Amz-Expires"]))
    now = datetime.now(timezone.utc)
    checks = {
        "cache": host == C["cache"],
        "action": q["Action"] == "connect" and q["ResourceType"] == "ServerlessCache",
        "user": q["User"] == user == C["user"],
        "key": access == C["access_key"],
        "scope": scope == f"{q['X-Amz-Date'][:8]}/{C['region']}/elasticache/aws4_request",
        "algorithm": q["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256" and q["X-Amz-SignedHeaders"] == "host",
        "time": lasts <= timedelta(minutes=15) and began - timedelta(minutes=5) < now < began + lasts,
        "signature": q["X-Amz-Signature"]
        == sigv4.expected(C["secret"], scope, q["X-Amz-Date"], "GET", "/", signed, {"host": host}, sigv4.digest(b"")),
    }
    return ", ".join(name for name, good in checks.items() if not good)


def command(file):
    count = int(file.readline()[1:])
    words = []
    for _ in range(count):
        length = int(file.readline()[1:])
        words.append(file.read(length + 2)[:-2].decode())
    return words


def server():
    """A signed-in connection to the real server."""
    context = ssl.create_default_context(cafile=C["ca"])
    stream = context.wrap_socket(socket.create_connection(("127.0.0.1", C["server"])), server_hostname="localhost")
    stream.sendall(f"AUTH {C['user']} {C['password']}\r\n".encode())
    assert stream.recv(64) == b"+OK\r\n"
    return stream


def one(client):
    file = client.makefile("rb")
    words = command(file)
    why = fault(words[1], words[2]) if words[0] == "AUTH" and len(words) == 3 else "no AUTH"
    if why:
        client.sendall(f"-WRONGPASS invalid username-password pair or user is disabled. ({why})\r\n".encode())
        return
    behind = server()
    client.sendall(b"+OK\r\n")
    while True:
        words = command(file)
        behind.sendall(f"*{len(words)}\r\n".encode() + b"".join(b"$%d\r\n%s\r\n" % (len(w.encode()), w.encode()) for w in words))
        client.sendall(behind.recv(65536))


def guarded(client):
    try:
        one(client)
    except (ValueError, OSError):
        pass  # the client is gone
    finally:
        client.close()


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(C["certificate"], C["key"])
with socket.create_server(("127.0.0.1", C["port"])) as listener:
    while True:
        plain, _ = listener.accept()
        try:
            client = context.wrap_socket(plain, server_side=True)
        except OSError:
            continue  # somebody only looked whether the port is open
        threading.Thread(target=guarded, args=(client,), daemon=True).start()
