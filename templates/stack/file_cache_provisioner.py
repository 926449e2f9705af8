"""Creates one Amazon File Cache, waits for it, deletes it again.

Creation may take longer than one run, so near its end the function hands the event to itself.
"""
import json
import time
import urllib.request

import boto3

POLL_SECONDS = 20
RESERVE_MS = 60_000


def answer(event, status, physical_id, data=None, reason=""):
    body = json.dumps({
        "Status": status, "Reason": reason[:1000] or "see the function's log", "PhysicalResourceId": physical_id,
        "StackId": event["StackId"], "RequestId": event["RequestId"], "LogicalResourceId": event["LogicalResourceId"], "Data": data or {},
    }).encode()
    request = urllib.request.Request(event["ResponseURL"], data=body, method="PUT", headers={"Content-Type": ""})
    urllib.request.urlopen(request, timeout=30)


def describe(fsx, cache_id):
    try:
        caches = fsx.describe_file_caches(FileCacheIds=[cache_id])["FileCaches"]
    except fsx.exceptions.FileCacheNotFound:
        return None
    return caches[0] if caches else None


def create(fsx, event):
    p = event["ResourceProperties"]
    repository = {"FileCachePath": p["CachePath"], "DataRepositoryPath": p["RepositoryPath"]}
    if p.get("NfsDnsIps"):
        repository["NFS"] = {"Version": "NFS3", "DnsIps": p["NfsDnsIps"]}
    extra = {"KmsKeyId": p["KmsKeyId"]} if p.get("KmsKeyId") else {}
    cache = fsx.create_file_cache(
        ClientRequestToken=event["RequestId"], FileCacheType="LUSTRE", FileCacheTypeVersion="2.12",
        StorageCapacity=int(p["CapacityGib"]), SubnetIds=[p["SubnetId"]], SecurityGroupIds=[p["SecurityGroupId"]],
        LustreConfiguration={"DeploymentType": "CACHE_1", "PerUnitStorageThroughput": 1000, "MetadataConfiguration": {"StorageCapacity": 2400}},
        DataRepositoryAssociations=[repository], Tags=p["Tags"], **extra)
    return cache["FileCache"]["FileCacheId"]


def retag(fsx, cache_id, tags):
    cache = describe(fsx, cache_id)
    if cache is not None:
        fsx.tag_resource(ResourceARN=cache["ResourceARN"], Tags=tags)


def wait(fsx, context, cache_id, deleting):
    """The cache when it is ready, None when it is gone, False when this run is nearly over."""
    while context.get_remaining_time_in_millis() > RESERVE_MS:
        cache = describe(fsx, cache_id)
        if cache is None:
            return None
        if cache["Lifecycle"] == "FAILED" or (cache["Lifecycle"] == "AVAILABLE" and not deleting):
            return cache
        time.sleep(POLL_SECONDS)
    return False


def unchanged(event):
    """An update that changes nothing of the cache, such as a new timeout or tag, must not replace it."""
    ours = ("ServiceToken", "ServiceTimeout", "Tags")
    old, new = ({k: v for k, v in event.get(name, {}).items() if k not in ours} for name in ("OldResourceProperties", "ResourceProperties"))
    return event["RequestType"] == "Update" and old == new


def handler(event, context):
    cache_id = event.get("CacheId") or event.get("PhysicalResourceId", "none")
    fsx = boto3.client("fsx")
    deleting = event["RequestType"] == "Delete"
    try:
        if "CacheId" not in event:
            if deleting and cache_id.startswith("fc-"):
                cache = describe(fsx, cache_id)
                if cache is not None and cache["Lifecycle"] != "DELETING":
                    fsx.delete_file_cache(FileCacheId=cache_id)
            elif not deleting and unchanged(event):
                retag(fsx, cache_id, event["ResourceProperties"]["Tags"])
            elif not deleting:
                cache_id = create(fsx, event)
        state = wait(fsx, context, cache_id, deleting) if cache_id.startswith("fc-") else None
        if state is False:
            event["CacheId"] = cache_id
            boto3.client("lambda").invoke(FunctionName=context.invoked_function_arn, InvocationType="Event", Payload=json.dumps(event))
        elif deleting and state is not None and state["Lifecycle"] == "FAILED":
            answer(event, "FAILED", cache_id, reason=f"the cache could not be deleted: {state.get('FailureDetails', {}).get('Message', '')}")
        elif deleting:
            answer(event, "SUCCESS", cache_id)
        elif state is None or state["Lifecycle"] == "FAILED":
            answer(event, "FAILED", cache_id, reason=f"the cache failed: {(state or {}).get('FailureDetails', {}).get('Message', 'it is gone')}")
        else:
            data = {"DNSName": state["DNSName"], "FileCacheId": cache_id, "MountName": state["LustreConfiguration"]["MountName"]}
            answer(event, "SUCCESS", cache_id, data)
    except Exception as error:  # or CloudFormation waits for an hour
        answer(event, "FAILED", cache_id, reason=str(error))
