"""Checks Signature Version 4 by AWS's description of it, with nothing but Python's standard library."""
import hashlib
import hmac
from urllib.parse import quote


def digest(text):
    return hashlib.sha256(text).hexdigest()


def encode(text):
    return quote(text, safe="-_.~")


def expected(secret, scope, amz_date, method, path, query, headers, payload):
    """The signature of a request; `scope` is date/region/service/aws4_request, `headers` the signed ones."""
    pairs = "&".join(f"{k}={v}" for k, v in sorted((encode(k), encode(v)) for k, v in query))
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in sorted(headers))
    request = "\n".join([method, path, pairs, lines, ";".join(sorted(headers)), payload])
    text = "\n".join(["AWS4-HMAC-SHA256", amz_date, scope, digest(request.encode())])
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
