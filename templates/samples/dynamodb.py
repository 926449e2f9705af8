import math
import os
import time

import boto3
from boto3.dynamodb.types import Binary

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def get(key):
    item = table.get_item(Key={"pk": key}).get("Item") or {}
    # Deletion lags behind expiry by up to a few days; what has no expiry is not ours.
    if item.get("expires_at", 0) <= time.time():
        return None
    value = item["value"]
    return value.value if isinstance(value, Binary) else value


def put(key, value, ttl_seconds):
    expires_at = math.ceil(time.time() + ttl_seconds)  # whole seconds, as time to live wants them
    table.put_item(Item={"pk": key, "value": value, "expires_at": expires_at})
