"""A directory bucket with session sign-in, as S3 Express One Zone has it: objects are only served to requests
that are signed with the credentials of a session. Arguments: a JSON object."""
import json
import sys
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

import sigv4

C = json.loads(sys.argv[1])
SESSION = {"key": "ASIASESSION", "secret": "secret-of-the-session", "token": "token-of-the-session"}
OBJECTS, COUNTS = {}, {"sessions": 0, "objects": 0}
XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"
LIFECYCLE = f'<LifecycleConfiguration xmlns="{XMLNS}"><Rule><ID>ttl</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>'


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one packet

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", kind="application/xml"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def error(self, code, message):
        self.answer(403, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode())

    def fault(self, access_key, secret):
        """What is wrong with the signature, or nothing."""
        head = self.headers.get("Authorization", "")
        if not head.startswith("AWS4-HMAC-SHA256 "):
            return "no signature"
        parts = dict(p.strip().split("=", 1) for p in head[17:].split(","))
        access, _, scope = parts["Credential"].partition("/")
        names = parts["SignedHeaders"].split(";")
        url = urlsplit(self.path)
        want = sigv4.expected(
            secret, scope, self.headers["x-amz-date"], self.command, url.path,
            parse_qsl(url.query, keep_blank_values=True), {n: self.headers[n] for n in names}, self.headers["x-amz-content-sha256"])
        if not scope.endswith("/s3express/aws4_request"):
            return f"scope {scope}"
        if access != access_key:
            return f"access key {access}"
        return "" if parts["Signature"] == want else "signature"

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        bucket, _, key = unquote(url.path)[1:].partition("/")
        if url.path == "/counts":
            return self.answer(200, json.dumps({**COUNTS, "left": len(OBJECTS)}).encode(), "application/json")
        if bucket != C["bucket"]:
            return self.answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")
        if "lifecycle" in query:
            # AWS has this at another endpoint, with the caller's own keys; with an endpoint of one's own the
            # SDK uses the session here too.
            whys = [self.fault(C["access_key"], C["secret"]), self.fault(SESSION["key"], SESSION["secret"])]
            return self.error("AccessDenied", whys[0]) if all(whys) else self.answer(200, LIFECYCLE.encode())
        if "session" in query:
            why = self.fault(C["access_key"], C["secret"])
            if why or C.get("denied"):
                return self.error("AccessDenied", f"Access Denied {why}")
            COUNTS["sessions"] += 1
            end = (datetime.now(timezone.utc) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
            fields = {"SessionToken": SESSION["token"], "SecretAccessKey": SESSION["secret"], "AccessKeyId": SESSION["key"], "Expiration": end}
            inner = "".join(f"<{k}>{v}</{k}>" for k, v in fields.items())
            return self.answer(200, f'<CreateSessionResult xmlns="{XMLNS}"><Credentials>{inner}</Credentials></CreateSessionResult>'.encode())
        why = self.fault(SESSION["key"], SESSION["secret"])
        if self.headers.get("x-amz-s3session-token") != SESSION["token"]:
            why = why or "session token"
        if why:
            return self.error("InvalidToken", why)
        COUNTS["objects"] += 1
        if self.command == "PUT":
            OBJECTS[key] = body
            return self.answer(200)
        if self.command == "DELETE":
            OBJECTS.pop(key, None)
            return self.answer(204)
        if key not in OBJECTS:
            return self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        return self.answer(200, OBJECTS[key], "text/plain")

    do_GET = do_PUT = do_DELETE = serve


ThreadingHTTPServer(("127.0.0.1", C["port"]), Handler).serve_forever()
