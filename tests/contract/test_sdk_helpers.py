"""What boto3 builds on the operations of S3, Lambda and CloudWatch Logs: its waiters, and its paginators with pages of one."""

import io
import zipfile

import pytest
from botocore import xform_name
from botocore.exceptions import WaiterError

from harness.s3 import fill

SOURCE = "def handler(event, context):\n    return 1\n"


def test_waiters_of_s3(s3, unique):
    name = unique("bucket")
    now = {"WaiterConfig": {"Delay": 0, "MaxAttempts": 1}}
    s3.get_waiter("bucket_not_exists").wait(Bucket=name, **now)
    with pytest.raises(WaiterError):
        s3.get_waiter("bucket_exists").wait(Bucket=name, **now)
    s3.create_bucket(Bucket=name)
    s3.get_waiter("bucket_exists").wait(Bucket=name, **now)
    s3.get_waiter("object_not_exists").wait(Bucket=name, Key="k", **now)
    s3.put_object(Bucket=name, Key="k", Body=b"x")
    s3.get_waiter("object_exists").wait(Bucket=name, Key="k", **now)


def test_waiters_of_lambda(client, make_function):
    lam, name = client("lambda"), make_function(SOURCE)
    now = {"WaiterConfig": {"Delay": 0, "MaxAttempts": 3}}
    lam.update_function_configuration(FunctionName=name, Timeout=5)
    lam.publish_version(FunctionName=name)
    for waiter in lam.waiter_names:
        qualifier = {"Qualifier": "1"} if waiter == "published_version_active" else {}
        lam.get_waiter(waiter).wait(FunctionName=name, **qualifier, **now)
    with pytest.raises(WaiterError):
        lam.get_waiter("function_exists").wait(FunctionName="nobody", WaiterConfig={"Delay": 0, "MaxAttempts": 1})


def listed(client, operation, result, **parameters):
    """All entries, asked for one by one; every page but the last must have exactly one."""
    pages = list(client.get_paginator(xform_name(operation)).paginate(**parameters, PaginationConfig={"PageSize": 1}))
    sizes = [len(page.get(result, [])) for page in pages]
    assert all(size <= 1 for size in sizes), sizes
    return [entry for page in pages for entry in page.get(result, [])]


def test_paginators_of_s3(s3, versioned):
    fill(s3, versioned, ["a", "b", "c", "a"])
    for operation in ("ListObjects", "ListObjectsV2"):
        assert [entry["Key"] for entry in listed(s3, operation, "Contents", Bucket=versioned)] == ["a", "b", "c"]
    assert [entry["Key"] for entry in listed(s3, "ListObjectVersions", "Versions", Bucket=versioned)] == ["a", "a", "b", "c"]
    uploads = [s3.create_multipart_upload(Bucket=versioned, Key=key)["UploadId"] for key in ("k", "k", "l")]
    assert {entry["UploadId"] for entry in listed(s3, "ListMultipartUploads", "Uploads", Bucket=versioned)} == set(uploads)
    for number in (1, 2, 3):
        s3.upload_part(Bucket=versioned, Key="l", UploadId=uploads[2], PartNumber=number, Body=b"x")
    parts = listed(s3, "ListParts", "Parts", Bucket=versioned, Key="l", UploadId=uploads[2])
    assert [part["PartNumber"] for part in parts] == [1, 2, 3]


def test_paginators_of_lambda(client, make_function, make_table, unique):
    lam, name, other = client("lambda"), make_function(SOURCE), make_function(SOURCE)
    arn = lam.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    assert {name, other} <= {entry["FunctionName"] for entry in listed(lam, "ListFunctions", "Functions")}
    for timeout in (4, 5):
        lam.update_function_configuration(FunctionName=name, Timeout=timeout)
        version = lam.publish_version(FunctionName=name)["Version"]
        lam.create_alias(FunctionName=name, Name=f"a{version}", FunctionVersion=version)
        lam.put_function_event_invoke_config(FunctionName=name, Qualifier=version, MaximumRetryAttempts=0)
        lam.create_function_url_config(FunctionName=name, Qualifier=f"a{version}", AuthType="NONE")
        lam.put_provisioned_concurrency_config(FunctionName=name, Qualifier=version, ProvisionedConcurrentExecutions=1)
    of = {"FunctionName": name}
    assert [entry["Version"] for entry in listed(lam, "ListVersionsByFunction", "Versions", **of)] == ["$LATEST", "1", "2"]
    assert [entry["Name"] for entry in listed(lam, "ListAliases", "Aliases", **of)] == ["a1", "a2"]
    for operation, result in (
        ("ListFunctionEventInvokeConfigs", "FunctionEventInvokeConfigs"), ("ListFunctionUrlConfigs", "FunctionUrlConfigs"),
        ("ListProvisionedConcurrencyConfigs", "ProvisionedConcurrencyConfigs"),
    ):  # fmt: skip
        assert len({entry["FunctionArn"] for entry in listed(lam, operation, result, **of)}) == 2, operation
    for version in ("1", "2"):
        lam.delete_provisioned_concurrency_config(FunctionName=name, Qualifier=version)
    packed = io.BytesIO()
    zipfile.ZipFile(packed, "w").writestr("m.py", "")
    layers = [unique("layer") for _ in range(2)]
    for layer in (*layers, layers[0]):
        lam.publish_layer_version(LayerName=layer, Content={"ZipFile": packed.getvalue()})
    assert set(layers) <= {entry["LayerName"] for entry in listed(lam, "ListLayers", "Layers")}
    assert [entry["Version"] for entry in listed(lam, "ListLayerVersions", "LayerVersions", LayerName=layers[0])] == [2, 1]
    profile = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/0123456789"
    configs = [lam.create_code_signing_config(AllowedPublishers={"SigningProfileVersionArns": [profile]})["CodeSigningConfig"]
               ["CodeSigningConfigArn"] for _ in range(2)]  # fmt: skip
    found = listed(lam, "ListCodeSigningConfigs", "CodeSigningConfigs")
    assert set(configs) <= {entry["CodeSigningConfigArn"] for entry in found}
    for function in (name, other):
        lam.put_function_code_signing_config(FunctionName=function, CodeSigningConfigArn=configs[0])
    signed = listed(lam, "ListFunctionsByCodeSigningConfig", "FunctionArns", CodeSigningConfigArn=configs[0])
    assert len(signed) == 2 and arn in signed
    for _ in range(2):
        stream = make_table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
        stream = client("dynamodb").describe_table(TableName=stream)["Table"]["LatestStreamArn"]
        lam.create_event_source_mapping(FunctionName=name, EventSourceArn=stream, StartingPosition="LATEST", Enabled=False)
    assert len({entry["UUID"] for entry in listed(lam, "ListEventSourceMappings", "EventSourceMappings", **of)}) == 2


def test_paginators_of_logs(client, s3, bucket, unique):
    logs, group = client("logs"), unique("group")
    names = [f"{group}/{n}" for n in range(3)]
    for name in names:
        logs.create_log_group(logGroupName=name)
    assert [entry["logGroupName"] for entry in listed(logs, "DescribeLogGroups", "logGroups", logGroupNamePrefix=group)] == names
    for stream in ("a", "b", "c"):
        logs.create_log_stream(logGroupName=names[0], logStreamName=stream)
        logs.put_metric_filter(logGroupName=names[0], filterName=stream, filterPattern="x", metricTransformations=[
            {"metricName": stream, "metricNamespace": "n", "metricValue": "1"}])  # fmt: skip
    of = {"logGroupName": names[0]}
    assert [entry["logStreamName"] for entry in listed(logs, "DescribeLogStreams", "logStreams", **of)] == ["a", "b", "c"]
    assert [entry["filterName"] for entry in listed(logs, "DescribeMetricFilters", "metricFilters", **of)] == ["a", "b", "c"]
    now = 1000 * int(logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["creationTime"] / 1000)
    logs.put_log_events(**of, logStreamName="a", logEvents=[{"timestamp": now + n, "message": str(n)} for n in range(3)])
    assert [entry["message"] for entry in listed(logs, "FilterLogEvents", "events", **of)] == ["0", "1", "2"]
    policies = [unique("policy") for _ in range(2)]
    for policy in policies:
        logs.put_resource_policy(policyName=policy, policyDocument='{"Version":"2012-10-17","Statement":[]}')
    assert set(policies) <= {entry["policyName"] for entry in listed(logs, "DescribeResourcePolicies", "resourcePolicies")}
    queries = [logs.start_query(logGroupName=names[0], startTime=0, endTime=1, queryString="fields @message")["queryId"] for _ in range(2)]
    assert set(queries) <= {entry["queryId"] for entry in listed(logs, "DescribeQueries", "queries", **of)}
    assert listed(logs, "DescribeDestinations", "destinations") == []
    assert listed(logs, "DescribeSubscriptionFilters", "subscriptionFilters", **of) == []
    assert listed(logs, "DescribeExportTasks", "exportTasks") == []
