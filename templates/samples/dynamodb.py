import os
import time

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])  # output TableName


def get(key):
    item = table.get_item(Key={"pk": key}).get("Item")
    # Deletion lags behind expiry by up to a few days.
    return item["value"] if item and item["expires_at"] > time.time() else None


def put(key, value, ttl_seconds):
    table.put_item(Item={"pk": key, "value": value, "expires_at": int(time.time()) + ttl_seconds})
