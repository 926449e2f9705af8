import os
from urllib.parse import urlencode

import botocore.session
from botocore.model import ServiceId
from botocore.signers import RequestSigner
from redis import CredentialProvider
from redis.cluster import LoadBalancingStrategy, RedisCluster

CACHE, USER, REGION = os.environ["CACHE_NAME"], os.environ["CACHE_USER"], os.environ["AWS_REGION"]


class Iam(CredentialProvider):
    """Signs in with a fresh token at every connection; a token lives 15 minutes, a connection 12 hours."""

    def get_credentials(self):
        session = botocore.session.get_session()
        signer = RequestSigner(ServiceId("elasticache"), REGION, "elasticache", "v4", session.get_credentials(), session.get_component("event_emitter"))
        query = urlencode({"Action": "connect", "User": USER, "ResourceType": "ServerlessCache"})
        request = {"method": "GET", "url": f"https://{CACHE}/?{query}", "body": {}, "headers": {}, "context": {}}
        url = signer.generate_presigned_url(request, operation_name="connect", expires_in=900, region_name=REGION)
        return USER, url.removeprefix("https://")


# Reads go to the reader port too, and may lag behind a write; leave the strategy out where they must not.
cache = RedisCluster(
    host=os.environ["CACHE_HOST"], port=6379, ssl=True, credential_provider=Iam(), decode_responses=True,
    load_balancing_strategy=LoadBalancingStrategy.ROUND_ROBIN_REPLICAS)


def get_or_load(key, ttl_seconds, load):
    value = cache.get(key)
    if value is None:
        value = load(key)
        if not isinstance(value, str):
            raise TypeError("texts only: a hit would come back as another type")
        cache.set(key, value, px=max(1, round(ttl_seconds * 1000)))  # without an expiry a key is never evicted
    return value
