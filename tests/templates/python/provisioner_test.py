"""Unit tests of the function that stands in for AWS::FSx::FileCache; AWS is a stand-in with the same states."""
import json
import sys
import types
import unittest


class NotFound(Exception):
    pass


class Fsx:
    """A cache that goes through a list of lifecycles, one per look; None is gone."""

    exceptions = types.SimpleNamespace(FileCacheNotFound=NotFound)

    def __init__(self, states, fail=None):
        self.states, self.fail, self.created, self.deleted, self.tagged = list(states), fail, [], [], []

    def create_file_cache(self, **arguments):
        if self.fail:
            raise RuntimeError(self.fail)
        self.created.append(arguments)
        return {"FileCache": {"FileCacheId": "fc-1"}}

    def tag_resource(self, ResourceARN, Tags):
        self.tagged.append((ResourceARN, Tags))

    def delete_file_cache(self, FileCacheId):
        self.deleted.append(FileCacheId)

    def describe_file_caches(self, FileCacheIds):
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state is None:
            raise NotFound()
        return {"FileCaches": [{"Lifecycle": state, "ResourceARN": "arn:fc-1", "DNSName": "fc-1.fsx", "LustreConfiguration": {"MountName": "abc"}, "FailureDetails": {"Message": "no capacity"}}]}


class Lambda:
    def __init__(self):
        self.invoked = []

    def invoke(self, **arguments):
        self.invoked.append(arguments)


boto3 = types.ModuleType("boto3")
sys.modules["boto3"] = boto3
sys.path.insert(0, sys.argv.pop(1))
import file_cache_provisioner as provisioner  # noqa: E402


class Context:
    invoked_function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:x"

    def __init__(self, looks):
        self.looks = looks

    def get_remaining_time_in_millis(self):
        self.looks -= 1
        return 600_000 if self.looks >= 0 else 1_000


class Provisioner(unittest.TestCase):
    def run_event(self, kind, states, looks=10, fail=None, **more):
        fsx, functions, answers = Fsx(states, fail), Lambda(), []
        boto3.client = lambda name: {"fsx": fsx, "lambda": functions}[name]
        provisioner.time = types.SimpleNamespace(sleep=lambda _: None)
        provisioner.urllib.request.urlopen = lambda request, timeout: answers.append(json.loads(request.data))
        event = {
            "RequestType": kind, "RequestId": "r-1", "StackId": "s", "LogicalResourceId": "Cache", "ResponseURL": "https://example.com/x",
            "ResourceProperties": {
                "CapacityGib": "1200", "SubnetId": "subnet-1", "SecurityGroupId": "sg-1", "RepositoryPath": "s3://b/", "CachePath": "/data", "StackName": "s",
                "Tags": [{"Key": "cachewright", "Value": "s"}, {"Key": "team", "Value": "shop"}],
            },
            **more,
        }
        provisioner.handler(event, Context(looks))
        return fsx, functions, answers

    def test_create_waits_until_it_is_available(self):
        fsx, functions, answers = self.run_event("Create", ["CREATING", "CREATING", "AVAILABLE"])
        self.assertEqual([a["Status"] for a in answers], ["SUCCESS"])
        self.assertEqual(answers[0]["PhysicalResourceId"], "fc-1")
        self.assertEqual(answers[0]["Data"], {"DNSName": "fc-1.fsx", "FileCacheId": "fc-1", "MountName": "abc"})
        self.assertEqual(fsx.created[0]["StorageCapacity"], 1200)
        self.assertEqual(fsx.created[0]["ClientRequestToken"], "r-1")
        self.assertEqual([tag["Key"] for tag in fsx.created[0]["Tags"]], ["cachewright", "team"])
        self.assertEqual(functions.invoked, [])

    def test_a_long_creation_is_handed_over_and_not_created_twice(self):
        fsx, functions, answers = self.run_event("Create", ["CREATING"], looks=2)
        self.assertEqual(answers, [])
        self.assertEqual(len(fsx.created), 1)
        again = json.loads(functions.invoked[0]["Payload"])
        self.assertEqual(again["CacheId"], "fc-1")
        fsx, _, answers = self.run_event("Create", ["AVAILABLE"], CacheId="fc-1")
        self.assertEqual((fsx.created, answers[0]["Status"]), ([], "SUCCESS"))

    def test_a_failed_creation_says_why_and_keeps_the_id_for_the_deletion(self):
        _, _, answers = self.run_event("Create", ["CREATING", "FAILED"])
        self.assertEqual((answers[0]["Status"], answers[0]["PhysicalResourceId"]), ("FAILED", "fc-1"))
        self.assertIn("no capacity", answers[0]["Reason"])

    def test_a_refused_creation_answers_at_once(self):
        _, _, answers = self.run_event("Create", ["CREATING"], fail="not enabled for this account")
        self.assertEqual(answers[0]["Status"], "FAILED")
        self.assertIn("not enabled", answers[0]["Reason"])

    def test_delete_waits_until_it_is_gone(self):
        fsx, _, answers = self.run_event("Delete", ["AVAILABLE", "DELETING", "DELETING", None], PhysicalResourceId="fc-1")
        self.assertEqual((fsx.deleted, [a["Status"] for a in answers]), (["fc-1"], ["SUCCESS"]))

    def test_a_repeated_delete_does_not_ask_again(self):
        fsx, _, answers = self.run_event("Delete", ["DELETING", None], PhysicalResourceId="fc-1")
        self.assertEqual((fsx.deleted, answers[0]["Status"]), ([], "SUCCESS"))

    def test_delete_of_what_is_gone_or_never_was(self):
        fsx, _, answers = self.run_event("Delete", [None], PhysicalResourceId="fc-1")
        self.assertEqual((fsx.deleted, answers[0]["Status"]), ([], "SUCCESS"))
        fsx, _, answers = self.run_event("Delete", ["AVAILABLE"], PhysicalResourceId="none")
        self.assertEqual((fsx.deleted, answers[0]["Status"]), ([], "SUCCESS"))

    def test_a_long_deletion_is_handed_over_and_not_repeated(self):
        fsx, functions, answers = self.run_event("Delete", ["DELETING"], looks=1, PhysicalResourceId="fc-1", CacheId="fc-1")
        self.assertEqual((fsx.deleted, answers, len(functions.invoked)), ([], [], 1))

    def test_a_failed_deletion_says_why(self):
        _, _, answers = self.run_event("Delete", ["AVAILABLE", "FAILED"], PhysicalResourceId="fc-1")
        self.assertEqual(answers[0]["Status"], "FAILED")
        self.assertIn("could not be deleted", answers[0]["Reason"])

    def test_an_update_that_changes_nothing_keeps_the_cache(self):
        properties = {"CapacityGib": "1200", "SubnetId": "subnet-1", "SecurityGroupId": "sg-1", "RepositoryPath": "s3://b/", "CachePath": "/data", "StackName": "s"}
        fsx, _, answers = self.run_event("Update", ["AVAILABLE"], PhysicalResourceId="fc-1", OldResourceProperties={**properties, "ServiceTimeout": "60"})
        self.assertEqual((fsx.created, answers[0]["Status"], answers[0]["PhysicalResourceId"]), ([], "SUCCESS", "fc-1"))

    def test_an_update_of_tags_tags_the_cache_and_keeps_it(self):
        properties = {"CapacityGib": "1200", "SubnetId": "subnet-1", "SecurityGroupId": "sg-1", "RepositoryPath": "s3://b/", "CachePath": "/data", "StackName": "s"}
        fsx, _, answers = self.run_event("Update", ["AVAILABLE"], PhysicalResourceId="fc-1", OldResourceProperties=properties)
        self.assertEqual((fsx.created, answers[0]["PhysicalResourceId"]), ([], "fc-1"))
        self.assertEqual(fsx.tagged, [("arn:fc-1", [{"Key": "cachewright", "Value": "s"}, {"Key": "team", "Value": "shop"}])])

    def test_an_update_that_changes_something_creates_a_new_cache(self):
        fsx, _, answers = self.run_event("Update", ["AVAILABLE"], PhysicalResourceId="fc-0", OldResourceProperties={"CapacityGib": "2400"})
        self.assertEqual((len(fsx.created), answers[0]["PhysicalResourceId"]), (1, "fc-1"))


if __name__ == "__main__":
    unittest.main()
