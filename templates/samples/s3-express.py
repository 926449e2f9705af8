import math
import os
import time

import boto3
from botocore.exceptions import ClientError

s3 = boto3.client("s3")  # sessions of directory buckets are made by the SDK
bucket = os.environ["BUCKET_NAME"]


def get(key):
    try:
        found = s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise
    # Lifecycle expiry works in whole days; shorter ones are checked here. What has no expiry is not ours.
    expires = found["Metadata"].get("expires", "")
    return found["Body"].read() if expires.isdecimal() and int(expires) > time.time() else None


def put(key, body, ttl_seconds):
    expires = math.ceil(time.time() + ttl_seconds)  # whole seconds in every language
    s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata={"expires": str(expires)})
