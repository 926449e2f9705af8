import math
import os
import ssl
import time

from pymemcache.client.base import PooledClient

cache = PooledClient((os.environ["CACHE_HOST"], 11211), tls_context=ssl.create_default_context(), timeout=5)  # TLS always


def expiry(ttl_seconds):
    """Whole seconds; above 30 days Memcached takes the number for a date."""
    whole = max(1, math.ceil(ttl_seconds))
    return whole if whole <= 2_592_000 else int(time.time()) + whole


def get_or_load(key, ttl_seconds, load):
    stored = cache.get(key)
    if stored is not None:
        return stored.decode()
    value = load(key)
    if not isinstance(value, str):
        raise TypeError("texts only: a hit would come back as another type")
    cache.set(key, value.encode(), expire=expiry(ttl_seconds))
    return value
