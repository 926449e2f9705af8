import os
import ssl

from pymemcache.client.base import Client

cache = Client((os.environ["CACHE_HOST"], 11211), tls_context=ssl.create_default_context())  # TLS always


def get_or_load(key, ttl_seconds, load):
    value = cache.get(key)
    if value is None:
        value = load(key)
        cache.set(key, value, expire=ttl_seconds)
    return value
