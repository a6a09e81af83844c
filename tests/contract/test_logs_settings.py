"""CloudWatch Logs: resource policies, data protection, index and account policies, exports to S3."""

import gzip
import json
import time

from harness.logs import group, logs, now, refused  # noqa: F401


def policy(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def test_resource_policies(logs):
    document = policy(Principal={"Service": "es.amazonaws.com"}, Action="logs:PutLogEvents", Resource="*")
    made = logs.put_resource_policy(policyName="p0", policyDocument=document)["resourcePolicy"]
    assert (made["policyName"], made["policyDocument"]) == ("p0", document) and made["lastUpdatedTime"] > 0
    for n in range(1, 10):
        logs.put_resource_policy(policyName=f"p{n}", policyDocument=document)
    assert refused(logs.put_resource_policy, policyName="p10", policyDocument=document) == ("LimitExceededException", "Resource limit exceeded.")
    logs.put_resource_policy(policyName="p3", policyDocument=document)
    assert [p["policyName"] for p in logs.describe_resource_policies()["resourcePolicies"]] == [f"p{n}" for n in range(10)]
    logs.delete_resource_policy(policyName="p3")
    assert refused(logs.delete_resource_policy, policyName="p3") == ("ResourceNotFoundException", "Policy with name [p3] does not exist.")


def test_data_protection_policies(raw, group):
    document = json.dumps({"Name": "d", "Version": "2021-06-01", "Statement": []})
    assert raw.logs("GetDataProtectionPolicy", {"logGroupIdentifier": group}).json() == {"logGroupIdentifier": group}
    assert raw.logs("PutDataProtectionPolicy", {"logGroupIdentifier": group, "policyDocument": "{"}).json()["__type"] == "InvalidParameterException"
    assert raw.logs("PutDataProtectionPolicy", {"logGroupIdentifier": group, "policyDocument": document}).json()["policyDocument"] == document
    assert raw.logs("GetDataProtectionPolicy", {"logGroupIdentifier": group}).json()["policyDocument"] == document
    assert raw.logs("DescribeLogGroups", {"logGroupNamePrefix": group}).json()["logGroups"][0]["dataProtectionStatus"] == "ACTIVATED"
    assert raw.logs("DeleteDataProtectionPolicy", {"logGroupIdentifier": group}).status == 200
    assert "policyDocument" not in raw.logs("GetDataProtectionPolicy", {"logGroupIdentifier": group}).json()


def test_index_and_account_policies(raw, group):
    document = json.dumps({"Fields": ["requestId"]})
    made = raw.logs("PutIndexPolicy", {"logGroupIdentifier": group, "policyDocument": document}).json()["indexPolicy"]
    assert made["source"] == "LOG_GROUP" and made["logGroupIdentifier"].endswith(":log-group:" + group)
    assert raw.logs("DescribeIndexPolicies", {"logGroupIdentifiers": [group]}).json()["indexPolicies"] == [made]
    assert raw.logs("DeleteIndexPolicy", {"logGroupIdentifier": group}).status == 200
    assert raw.logs("DescribeIndexPolicies", {"logGroupIdentifiers": [group]}).json()["indexPolicies"] == []
    of = {"policyName": "a", "policyType": "FIELD_INDEX_POLICY"}
    made = raw.logs("PutAccountPolicy", {**of, "policyDocument": document, "scope": "ALL"}).json()["accountPolicy"]
    assert raw.logs("DescribeAccountPolicies", of).json()["accountPolicies"] == [made]
    assert raw.logs("DeleteAccountPolicy", of).status == 200
    assert raw.logs("DescribeAccountPolicies", {"policyType": "FIELD_INDEX_POLICY"}).json()["accountPolicies"] == []


def test_exports_to_a_bucket(client, logs, group, unique, until):
    bucket, s3 = unique("exports"), client("s3")
    t = now()
    for stream in ("a/1", "b"):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        logs.put_log_events(logGroupName=group, logStreamName=stream,
                            logEvents=[{"timestamp": t - 5000, "message": "before"}, {"timestamp": t, "message": stream + " one"}, {"timestamp": t + 1, "message": "two"}])
    task = {"logGroupName": group, "fromTime": t, "to": t + 1, "destination": bucket, "destinationPrefix": "out"}
    assert refused(logs.create_export_task, **task) == (
        "InvalidParameterException", "The given bucket does not exist. Please make sure the bucket is valid.")
    s3.create_bucket(Bucket=bucket)
    assert refused(logs.create_export_task, **task) == (
        "InvalidParameterException",
        "PutObject call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to perform this operation.")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(Principal={"Service": "logs.us-east-1.amazonaws.com"}, Action="s3:PutObject",
                                                      Resource=f"arn:aws:s3:::{bucket}/*",
                                                      Condition={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}))
    made = logs.create_export_task(taskName="mine", **task)["taskId"]

    def done():
        [found] = logs.describe_export_tasks(taskId=made)["exportTasks"]
        return found if found["status"]["code"] == "COMPLETED" else None

    found = until(done, "the export")
    assert (found["taskName"], found["from"], found["to"], found["destination"]) == ("mine", t, t + 1, bucket)
    assert found["executionInfo"]["completionTime"] >= found["executionInfo"]["creationTime"]
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert set(keys) == {f"out/{made}/a-1/000000.gz", f"out/{made}/b/000000.gz", "out/aws-logs-write-test"} and len(keys) == 3
    text = gzip.decompress(s3.get_object(Bucket=bucket, Key=f"out/{made}/a-1/000000.gz")["Body"].read()).decode()
    stamp = lambda ms: time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03d}Z"  # noqa: E731
    assert text == f"{stamp(t)} a/1 one\n{stamp(t + 1)} two\n"
    assert refused(logs.cancel_export_task, taskId=made)[0] == "InvalidOperationException"
    assert refused(logs.cancel_export_task, taskId="none") == ("ResourceNotFoundException", "The specified export task does not exist.")
