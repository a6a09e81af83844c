"""Every list operation of every service as data: how a list is filled, what an entry's name is, how one is deleted.

`@walk("iam", "ListUsers")` marks a function that fills a list in an account of its own and returns the list's
parameters, the name of an entry, and what deletes an entry by its name (None where nothing does). The members that carry
tokens and sizes are read from botocore's models. NOT_WALKED says why an operation with a marker isn't here.
"""

import io
import json
import re
import time
import zipfile

from botocore.exceptions import ClientError

from harness import aws

WALKS = {}
ANYONE = {"Version": "2012-10-17",
          "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})


def walk(service, *operations):
    def mark(fill):
        for operation in operations:
            WALKS[service, operation] = fill
        return fill
    return mark


def by(member):
    return lambda entry: entry[member]


def itself(entry):
    return entry


class World:
    """An account of its own; clients of its services as attributes."""

    def __init__(self, endpoint):
        self.endpoint, self.account = endpoint, aws.new_account()

    def __getattr__(self, service):
        made = aws.make_client(self.endpoint, {"lambda_": "lambda"}.get(service, service), self.account)
        setattr(self, service, made)
        return made

    def role(self):
        try:
            return self.iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(ANYONE))["Role"]["Arn"]
        except ClientError:
            return f"arn:aws:iam::{self.account}:role/r"

    def function(self, name="f", **settings):
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("index.py", "def handler(event, context):\n    return 1\n")
        self.lambda_.create_function(FunctionName=name, Runtime="python3.12", Handler="index.handler", Role=self.role(),
                                     Code={"ZipFile": code.getvalue()}, **settings)
        return name

    def versions(self, count):
        """Publishes versions 1 to `count` of the function `f`."""
        for number in range(count):
            self.lambda_.update_function_configuration(FunctionName="f", Description=str(number))
            self.lambda_.publish_version(FunctionName="f")

    def table(self, name, **settings):
        return self.dynamodb.create_table(
            TableName=name, AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST", **settings)

    def bucket(self):
        self.s3.create_bucket(Bucket=f"bucket-{self.account}")
        return f"bucket-{self.account}"


# Names whose order differs from that of what is made of them: "-" and "." sort before "/", ":" and letters.
NAMES = ["aaa", "aaa-b", "aaa.c", "bbb", "bbb-1", "ccc"]
PLAIN = ["aaa", "aaa-b", "aaa_c", "bbb", "bbb-1", "ccc"]


# --- IAM


@walk("iam", "ListUsers")
def users(w):
    for name in NAMES:
        w.iam.create_user(UserName=name)
    return {}, by("UserName"), lambda name: w.iam.delete_user(UserName=name)


@walk("iam", "ListRoles")
def roles(w):
    for name in NAMES:
        w.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(ANYONE))
    return {}, by("RoleName"), lambda name: w.iam.delete_role(RoleName=name)


@walk("iam", "ListGroups")
def groups(w):
    for name in NAMES:
        w.iam.create_group(GroupName=name)
    return {}, by("GroupName"), lambda name: w.iam.delete_group(GroupName=name)


@walk("iam", "ListPolicies")
def policies(w):
    for name in NAMES:
        w.iam.create_policy(PolicyName=name, PolicyDocument=ALLOW)
    return {"Scope": "Local"}, by("Arn"), lambda arn: w.iam.delete_policy(PolicyArn=arn)


@walk("iam", "GetAccountAuthorizationDetails")
def details(w):
    w.iam.create_group(GroupName="ggg")
    w.iam.create_user(UserName="uuu")
    policies(w)
    return {"Filter": ["User", "Group", "LocalManagedPolicy"]}, by("Arn"), lambda arn: (
        w.iam.delete_policy(PolicyArn=arn) if ":policy/" in arn else
        w.iam.delete_user(UserName="uuu") if ":user/" in arn else w.iam.delete_group(GroupName="ggg"))


@walk("iam", "ListInstanceProfiles")
def instance_profiles(w):
    for name in NAMES:
        w.iam.create_instance_profile(InstanceProfileName=name)
    return {}, by("InstanceProfileName"), lambda name: w.iam.delete_instance_profile(InstanceProfileName=name)


@walk("iam", "ListInstanceProfilesForRole")
def profiles_of_a_role(w):
    w.role()
    instance_profiles(w)
    for name in NAMES:
        w.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="r")
    return {"RoleName": "r"}, by("InstanceProfileName"), lambda name: w.iam.remove_role_from_instance_profile(
        InstanceProfileName=name, RoleName="r")


@walk("iam", "ListVirtualMFADevices")
def devices(w):
    for name in NAMES:
        w.iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
    return {}, by("SerialNumber"), lambda serial: w.iam.delete_virtual_mfa_device(SerialNumber=serial)


@walk("iam", "ListMFADevices")
def devices_of_a_user(w):
    w.iam.create_user(UserName="u")
    devices(w)
    for name in NAMES:
        w.iam.enable_mfa_device(UserName="u", SerialNumber=f"arn:aws:iam::{w.account}:mfa/{name}",
                                AuthenticationCode1="123456", AuthenticationCode2="654321")
    return {"UserName": "u"}, by("SerialNumber"), lambda serial: w.iam.deactivate_mfa_device(
        UserName="u", SerialNumber=serial)


@walk("iam", "GetGroup", "ListGroupsForUser")
def members(w):
    w.iam.create_group(GroupName="g")
    w.iam.create_user(UserName="u")
    for name in NAMES:
        w.iam.create_user(UserName=name)
        w.iam.add_user_to_group(GroupName="g", UserName=name)
        w.iam.create_group(GroupName=name)
        w.iam.add_user_to_group(GroupName=name, UserName="u")

    def leave(name):
        w.iam.remove_user_from_group(GroupName="g", UserName=name)
        w.iam.remove_user_from_group(GroupName=name, UserName="u")
    return {"GroupName": "g", "UserName": "u"}, lambda e: e.get("UserName") or e["GroupName"], leave


@walk("iam", "ListUserPolicies", "ListGroupPolicies", "ListRolePolicies")
def inline_policies(w):
    w.role()
    w.iam.create_user(UserName="u")
    w.iam.create_group(GroupName="g")
    for name in NAMES:
        w.iam.put_user_policy(UserName="u", PolicyName=name, PolicyDocument=ALLOW)
        w.iam.put_group_policy(GroupName="g", PolicyName=name, PolicyDocument=ALLOW)
        w.iam.put_role_policy(RoleName="r", PolicyName=name, PolicyDocument=ALLOW)

    def delete(name):
        w.iam.delete_user_policy(UserName="u", PolicyName=name)
        w.iam.delete_group_policy(GroupName="g", PolicyName=name)
        w.iam.delete_role_policy(RoleName="r", PolicyName=name)
    return {"UserName": "u", "GroupName": "g", "RoleName": "r"}, itself, delete


@walk("iam", "ListAttachedUserPolicies", "ListAttachedGroupPolicies", "ListAttachedRolePolicies")
def attached_policies(w):
    w.role()
    w.iam.create_user(UserName="u")
    w.iam.create_group(GroupName="g")
    for name in NAMES:
        arn = w.iam.create_policy(PolicyName=name, PolicyDocument=ALLOW)["Policy"]["Arn"]
        w.iam.attach_user_policy(UserName="u", PolicyArn=arn)
        w.iam.attach_group_policy(GroupName="g", PolicyArn=arn)
        w.iam.attach_role_policy(RoleName="r", PolicyArn=arn)

    def detach(arn):
        w.iam.detach_user_policy(UserName="u", PolicyArn=arn)
        w.iam.detach_group_policy(GroupName="g", PolicyArn=arn)
        w.iam.detach_role_policy(RoleName="r", PolicyArn=arn)
    return {"UserName": "u", "GroupName": "g", "RoleName": "r"}, by("PolicyArn"), detach


@walk("iam", "ListEntitiesForPolicy")
def entities(w):
    arn = w.iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]
    for name in ("aaa", "bbb"):
        w.iam.create_user(UserName=name)
        w.iam.attach_user_policy(UserName=name, PolicyArn=arn)
        w.iam.create_group(GroupName=name)
        w.iam.attach_group_policy(GroupName=name, PolicyArn=arn)
        w.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(ANYONE))
        w.iam.attach_role_policy(RoleName=name, PolicyArn=arn)

    def detach(named):
        kind, name = named
        getattr(w.iam, f"detach_{kind.lower()}_policy")(**{f"{kind}Name": name, "PolicyArn": arn})

    def named(entry):
        return next((kind, entry[f"{kind}Name"]) for kind in ("User", "Group", "Role") if f"{kind}Name" in entry)
    return {"PolicyArn": arn}, named, detach


@walk("iam", "ListPolicyVersions")
def policy_versions(w):
    arn = w.iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]
    for _ in range(4):
        w.iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW)
    return {"PolicyArn": arn}, by("VersionId"), lambda v: w.iam.delete_policy_version(PolicyArn=arn, VersionId=v)


@walk("iam", "ListAccessKeys")
def access_keys(w):
    w.iam.create_user(UserName="u")
    for _ in range(2):
        w.iam.create_access_key(UserName="u")
    return {"UserName": "u"}, by("AccessKeyId"), lambda i: w.iam.delete_access_key(UserName="u", AccessKeyId=i)


@walk("iam", "ListSSHPublicKeys")
def ssh_keys(w):
    w.iam.create_user(UserName="u")
    for number in range(5):
        w.iam.upload_ssh_public_key(UserName="u", SSHPublicKeyBody=f"ssh-rsa AAAAB3NzaC1yc2EAAA{number}A me")
    return {"UserName": "u"}, by("SSHPublicKeyId"), lambda i: w.iam.delete_ssh_public_key(
        UserName="u", SSHPublicKeyId=i)


@walk("iam", "ListUserTags", "ListRoleTags", "ListPolicyTags", "ListInstanceProfileTags")
def tags(w):
    w.role()
    w.iam.create_user(UserName="u")
    w.iam.create_instance_profile(InstanceProfileName="i")
    arn = w.iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]
    given = [{"Key": name, "Value": "v"} for name in NAMES]
    w.iam.tag_user(UserName="u", Tags=given)
    w.iam.tag_role(RoleName="r", Tags=given)
    w.iam.tag_policy(PolicyArn=arn, Tags=given)
    w.iam.tag_instance_profile(InstanceProfileName="i", Tags=given)

    def untag(key):
        w.iam.untag_user(UserName="u", TagKeys=[key])
        w.iam.untag_role(RoleName="r", TagKeys=[key])
        w.iam.untag_policy(PolicyArn=arn, TagKeys=[key])
        w.iam.untag_instance_profile(InstanceProfileName="i", TagKeys=[key])
    return {"UserName": "u", "RoleName": "r", "PolicyArn": arn, "InstanceProfileName": "i"}, by("Key"), untag


@walk("iam", "SimulateCustomPolicy")
def simulated(w):
    return {"PolicyInputList": [ALLOW], "ActionNames": [f"s3:{a}Object" for a in ("Get", "Put", "Delete", "Restore")]}, \
        by("EvalActionName"), None


@walk("iam", "GetServiceLastAccessedDetails")
def last_accessed(w):
    w.iam.create_user(UserName="u")
    w.iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=ALLOW.replace("s3:*", "*"))
    arn = f"arn:aws:iam::{w.account}:user/u"
    job = w.iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    return {"JobId": job}, by("ServiceNamespace"), None


# --- Lambda


@walk("lambda", "ListFunctions")
def functions(w):
    for name in PLAIN:
        w.function(name)
    return {}, by("FunctionName"), lambda name: w.lambda_.delete_function(FunctionName=name)


@walk("lambda", "ListFunctions ALL")
def functions_and_versions(w):
    for name in ("aaa", "aaa-b", "ccc"):
        w.function(name, Publish=True)
    return {"FunctionVersion": "ALL"}, by("FunctionArn"), lambda arn: w.lambda_.delete_function(
        FunctionName=arn.removesuffix(":$LATEST"))


@walk("lambda", "ListVersionsByFunction")
def versions(w):
    w.function()
    w.versions(5)
    return {"FunctionName": "f"}, by("Version"), lambda v: w.lambda_.delete_function(
        FunctionName="f", Qualifier=v) if v != "$LATEST" else None


@walk("lambda", "ListAliases", "ListFunctionUrlConfigs", "ListFunctionEventInvokeConfigs")
def of_aliases(w):
    w.function()
    w.versions(1)
    for name in PLAIN:
        w.lambda_.create_alias(FunctionName="f", Name=name, FunctionVersion="1")
        w.lambda_.create_function_url_config(FunctionName="f", Qualifier=name, AuthType="NONE")
        w.lambda_.put_function_event_invoke_config(FunctionName="f", Qualifier=name, MaximumRetryAttempts=1)

    def delete(name):
        w.lambda_.delete_function_url_config(FunctionName="f", Qualifier=name)
        w.lambda_.delete_function_event_invoke_config(FunctionName="f", Qualifier=name)
        w.lambda_.delete_alias(FunctionName="f", Name=name)
    return {"FunctionName": "f"}, lambda e: e.get("Name") or e["FunctionArn"].split(":")[-1], delete


@walk("lambda", "ListProvisionedConcurrencyConfigs")
def provisioned(w):
    w.function()
    w.versions(4)
    for number in range(1, 5):
        w.lambda_.put_provisioned_concurrency_config(FunctionName="f", Qualifier=str(number),
                                                     ProvisionedConcurrentExecutions=1)
    return {"FunctionName": "f"}, lambda e: e["FunctionArn"].split(":")[-1], \
        lambda q: w.lambda_.delete_provisioned_concurrency_config(FunctionName="f", Qualifier=q)


@walk("lambda", "ListEventSourceMappings")
def mappings(w):
    w.function()
    w.iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=ALLOW.replace("s3:*", "*"))
    for name in PLAIN:
        w.sqs.create_queue(QueueName=name)
        w.lambda_.create_event_source_mapping(FunctionName="f", Enabled=False,
                                              EventSourceArn=f"arn:aws:sqs:us-east-1:{w.account}:{name}")
    return {}, by("UUID"), lambda uuid: w.lambda_.delete_event_source_mapping(UUID=uuid)


@walk("lambda", "ListLayers", "ListLayerVersions")
def layers(w):
    w.function()  # a zip
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("python/lib.py", "")
    for name in PLAIN:
        w.lambda_.publish_layer_version(LayerName=name, Content={"ZipFile": code.getvalue()})
    for _ in range(5):
        w.lambda_.publish_layer_version(LayerName="ccc", Content={"ZipFile": code.getvalue()})
    return {"LayerName": "ccc"}, lambda e: e.get("LayerName") or e["Version"], lambda name: (
        w.lambda_.delete_layer_version(LayerName="ccc", VersionNumber=name) if isinstance(name, int) else
        w.lambda_.delete_layer_version(LayerName=name, VersionNumber=1))


@walk("lambda", "ListCodeSigningConfigs")
def code_signing(w):
    for _ in range(5):
        w.lambda_.create_code_signing_config(AllowedPublishers={"SigningProfileVersionArns": [
            f"arn:aws:signer:us-east-1:{w.account}:/signing-profiles/p/abcdefghij"]})
    return {}, by("CodeSigningConfigArn"), lambda arn: w.lambda_.delete_code_signing_config(CodeSigningConfigArn=arn)


@walk("lambda", "ListFunctionsByCodeSigningConfig")
def signed_functions(w):
    code_signing(w)
    arn = w.lambda_.list_code_signing_configs()["CodeSigningConfigs"][0]["CodeSigningConfigArn"]
    for name in PLAIN:
        w.function(name, CodeSigningConfigArn=arn)
    return {"CodeSigningConfigArn": arn}, itself, lambda f: w.lambda_.delete_function(FunctionName=f)


# --- DynamoDB, its streams


@walk("dynamodb", "ListTables")
def tables(w):
    for name in NAMES:
        w.table(name)
    return {}, itself, lambda name: w.dynamodb.delete_table(TableName=name)


@walk("dynamodbstreams", "ListStreams")
def streams(w):
    for name in NAMES:
        w.table(name, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    return {}, by("TableName"), None  # a deleted table's stream stays for a day


@walk("dynamodb", "ListBackups")
def backups(w):
    for name in NAMES:
        w.table(name)
        w.dynamodb.create_backup(TableName=name, BackupName="backup")
    return {}, by("BackupArn"), lambda arn: w.dynamodb.delete_backup(BackupArn=arn)


@walk("dynamodb", "ListContributorInsights")
def insights(w):
    for name in NAMES:
        w.table(name)
        w.dynamodb.update_contributor_insights(TableName=name, ContributorInsightsAction="ENABLE")
    return {}, by("TableName"), lambda name: w.dynamodb.delete_table(TableName=name)


@walk("dynamodb", "ListExports")
def exports(w):
    arn = w.table("ttt")["TableDescription"]["TableArn"]
    w.dynamodb.update_continuous_backups(TableName="ttt",
                                         PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    bucket = w.bucket()
    for _ in range(4):
        w.dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket)
    return {}, by("ExportArn"), None


@walk("dynamodb", "ListImports")
def imports(w):
    bucket = w.bucket()
    for name in NAMES:
        w.dynamodb.import_table(S3BucketSource={"S3Bucket": bucket}, InputFormat="DYNAMODB_JSON", TableCreationParameters={
            "TableName": name, "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"})
    return {}, by("ImportArn"), None


@walk("dynamodb", "Query", "Scan", "ExecuteStatement")
def items(w):
    w.dynamodb.create_table(
        TableName="ttt", AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST")
    for name in NAMES:
        w.dynamodb.put_item(TableName="ttt", Item={"pk": {"S": "p"}, "sk": {"S": name}})
    return {"TableName": "ttt", "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}},
            "Statement": "SELECT * FROM ttt WHERE pk = 'p'"}, lambda item: item["sk"]["S"], \
        lambda name: w.dynamodb.delete_item(TableName="ttt", Key={"pk": {"S": "p"}, "sk": {"S": name}})


# --- S3


@walk("s3", "ListObjects", "ListObjectsV2")
def objects(w):
    bucket = w.bucket()
    for name in NAMES:
        w.s3.put_object(Bucket=bucket, Key=name)
    return {"Bucket": bucket}, by("Key"), lambda name: w.s3.delete_object(Bucket=bucket, Key=name)


@walk("s3", "ListObjectVersions")
def object_versions(w):
    bucket = w.bucket()
    w.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for name in NAMES[:3]:
        for _ in range(2):
            w.s3.put_object(Bucket=bucket, Key=name)
    return {"Bucket": bucket}, lambda e: (e["Key"], e["VersionId"]), \
        lambda named: w.s3.delete_object(Bucket=bucket, Key=named[0], VersionId=named[1])


@walk("s3", "ListMultipartUploads")
def uploads(w):
    bucket = w.bucket()
    for name in NAMES[:3]:
        for _ in range(2):
            w.s3.create_multipart_upload(Bucket=bucket, Key=name)
    return {"Bucket": bucket}, lambda e: (e["Key"], e["UploadId"]), \
        lambda named: w.s3.abort_multipart_upload(Bucket=bucket, Key=named[0], UploadId=named[1])


@walk("s3", "ListParts")
def parts(w):
    bucket = w.bucket()
    upload = w.s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    for number in (1, 2, 5, 7, 9):
        w.s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=b"x")
    return {"Bucket": bucket, "Key": "k", "UploadId": upload}, by("PartNumber"), None


@walk("s3", "ListBucketMetricsConfigurations")
def metrics(w):
    bucket = w.bucket()
    ids = [f"id{number:03}" for number in range(103)]
    for name in ids:
        w.s3.put_bucket_metrics_configuration(Bucket=bucket, Id=name, MetricsConfiguration={"Id": name})
    return {"Bucket": bucket}, by("Id"), lambda i: w.s3.delete_bucket_metrics_configuration(Bucket=bucket, Id=i)


# --- Logs


@walk("logs", "DescribeLogGroups")
def log_groups(w):
    for name in NAMES:
        w.logs.create_log_group(logGroupName=name)
    return {}, by("logGroupName"), lambda name: w.logs.delete_log_group(logGroupName=name)


@walk("logs", "DescribeLogStreams")
def log_streams(w):
    w.logs.create_log_group(logGroupName="g")
    for name in NAMES:
        w.logs.create_log_stream(logGroupName="g", logStreamName=name)
    return {"logGroupName": "g"}, by("logStreamName"), lambda name: w.logs.delete_log_stream(
        logGroupName="g", logStreamName=name)


@walk("logs", "DescribeMetricFilters")
def metric_filters(w):
    w.logs.create_log_group(logGroupName="g")
    for name in NAMES:
        w.logs.put_metric_filter(logGroupName="g", filterName=name, filterPattern="x", metricTransformations=[
            {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}])
    return {}, by("filterName"), lambda name: w.logs.delete_metric_filter(logGroupName="g", filterName=name)


@walk("logs", "DescribeSubscriptionFilters")
def subscription_filters(w):
    w.logs.create_log_group(logGroupName="g")
    w.function()
    arn = f"arn:aws:lambda:us-east-1:{w.account}:function:f"
    w.lambda_.add_permission(FunctionName="f", StatementId="s", Action="lambda:InvokeFunction",
                             Principal="logs.amazonaws.com")
    for name in NAMES[:2]:
        w.logs.put_subscription_filter(logGroupName="g", filterName=name, filterPattern="", destinationArn=arn)
    return {"logGroupName": "g"}, by("filterName"), lambda name: w.logs.delete_subscription_filter(
        logGroupName="g", filterName=name)


@walk("logs", "DescribeQueryDefinitions")
def query_definitions(w):
    for name in NAMES:
        w.logs.put_query_definition(name=name, queryString="fields @message")
    return {}, by("queryDefinitionId"), lambda i: w.logs.delete_query_definition(queryDefinitionId=i)


@walk("logs", "DescribeResourcePolicies")
def resource_policies(w):
    for name in NAMES:
        w.logs.put_resource_policy(policyName=name, policyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "es.amazonaws.com"},
                                                    "Action": "logs:PutLogEvents", "Resource": "*"}]}))
    return {}, by("policyName"), lambda name: w.logs.delete_resource_policy(policyName=name)


@walk("logs", "DescribeQueries")
def queries(w):
    w.logs.create_log_group(logGroupName="g")
    for number in range(5):
        w.logs.start_query(logGroupName="g", startTime=0, endTime=1, queryString=f"fields @message | limit {number + 1}")
    return {}, by("queryId"), None


@walk("logs", "FilterLogEvents")
def log_events(w):
    log_streams(w)
    now = int(time.time() * 1000)
    for name in NAMES:
        w.logs.put_log_events(logGroupName="g", logStreamName=name, logEvents=[{"timestamp": now, "message": name}])
    return {"logGroupName": "g"}, by("message"), lambda name: w.logs.delete_log_stream(
        logGroupName="g", logStreamName=name)


# --- SQS, SNS


@walk("sqs", "ListQueues")
def queues(w):
    for name in PLAIN:
        w.sqs.create_queue(QueueName=name)
    return {}, itself, lambda url: w.sqs.delete_queue(QueueUrl=url)


@walk("sqs", "ListDeadLetterSourceQueues")
def source_queues(w):
    dead = w.sqs.create_queue(QueueName="dead")["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{w.account}:dead", "maxReceiveCount": 3})
    for name in PLAIN:
        w.sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": policy})
    return {"QueueUrl": dead}, itself, lambda url: w.sqs.delete_queue(QueueUrl=url)


@walk("sns", "ListTopics")
def topics(w):
    for number in range(103):
        w.sns.create_topic(Name=f"t{number:03}")
    return {}, by("TopicArn"), lambda arn: w.sns.delete_topic(TopicArn=arn)


@walk("sns", "ListSubscriptions", "ListSubscriptionsByTopic")
def subscriptions(w):
    arn = w.sns.create_topic(Name="aaa")["TopicArn"]
    for number in range(103):
        w.sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{w.account}:q{number}")
    return {"TopicArn": arn}, by("SubscriptionArn"), lambda s: w.sns.unsubscribe(SubscriptionArn=s)


# --- KMS, API Gateway


@walk("kms", "ListAliases")
def aliases(w):
    return {}, by("AliasName"), None


@walk("apigatewayv2", "GetApis")
def apis(w):
    for name in NAMES:
        w.apigatewayv2.create_api(Name=name, ProtocolType="HTTP")
    return {}, by("ApiId"), lambda i: w.apigatewayv2.delete_api(ApiId=i)


@walk("apigatewayv2", "GetStages", "GetRoutes", "GetIntegrations", "GetDeployments", "GetAuthorizers")
def parts_of_an_api(w):
    api = w.apigatewayv2.create_api(Name="a", ProtocolType="HTTP")["ApiId"]
    deletes = {}
    for name in ("aaa", "bbb", "ccc", "ddd"):
        w.apigatewayv2.create_stage(ApiId=api, StageName=name)
        deletes[name] = lambda n=name: w.apigatewayv2.delete_stage(ApiId=api, StageName=n)
        route = w.apigatewayv2.create_route(ApiId=api, RouteKey=f"GET /{name}")["RouteId"]
        deletes[route] = lambda i=route: w.apigatewayv2.delete_route(ApiId=api, RouteId=i)
        made = w.apigatewayv2.create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", PayloadFormatVersion="2.0",
            IntegrationUri=f"arn:aws:lambda:us-east-1:{w.account}:function:f")["IntegrationId"]
        deletes[made] = lambda i=made: w.apigatewayv2.delete_integration(ApiId=api, IntegrationId=i)
        made = w.apigatewayv2.create_deployment(ApiId=api)["DeploymentId"]
        deletes[made] = lambda i=made: w.apigatewayv2.delete_deployment(ApiId=api, DeploymentId=i)
        made = w.apigatewayv2.create_authorizer(
            ApiId=api, AuthorizerType="JWT", Name=name, IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": "https://example.com", "Audience": ["a"]})["AuthorizerId"]
        deletes[made] = lambda i=made: w.apigatewayv2.delete_authorizer(ApiId=api, AuthorizerId=i)

    def name(entry):
        return next(entry[m] for m in ("RouteId", "IntegrationId", "StageName", "DeploymentId", "AuthorizerId")
                    if m in entry)
    return {"ApiId": api}, name, lambda i: deletes[i]()


NOT_WALKED = {
    "iam": {
        "GetOrganizationsAccessReport": "isn't built", "GetServiceLastAccessedDetailsWithEntities": "a report, see below",
        "ListAccountAliases": "one at most", "ListMFADeviceTags": "as ListUserTags, one function",
        "ListOpenIDConnectProviderTags": "as ListUserTags, one function",
        "ListPoliciesGrantingServiceAccess": "entries are the request's own", "ListSAMLProviderTags": "as ListUserTags",
        "ListServerCertificateTags": "as ListUserTags", "ListServerCertificates": "as ListUsers, one function",
        "ListSigningCertificates": "as ListSSHPublicKeys, one function",
        "SimulatePrincipalPolicy": "as SimulateCustomPolicy, one function"},
    "dynamodb": {"ListGlobalTables": "always empty", "ListTagsOfResource": "one page"},
    "dynamodbstreams": {"DescribeStream": "shards: test_streams.py"},
    "s3": {"GetObjectAttributes": "parts, as ListParts",
           "ListBucketAnalyticsConfigurations": "as metrics, one function",
           "ListBucketIntelligentTieringConfigurations": "as metrics, one function",
           "ListBucketInventoryConfigurations": "as metrics, one function"},
    "logs": {"DescribeDestinations": "isn't built", "DescribeExportTasks": "as metric filters, one function",
             "GetLogEvents": "events: test_logs_events.py"},
    "sns": {name: "isn't built" for name in (
        "ListEndpointsByPlatformApplication", "ListOriginationNumbers", "ListPhoneNumbersOptedOut",
        "ListPlatformApplications", "ListSMSSandboxPhoneNumbers")},
    "kms": {"ListKeys": "as ListAliases, one function"} | {name: "isn't built" for name in (
        "DescribeCustomKeyStores", "ListGrants", "ListKeyPolicies", "ListResourceTags", "ListRetirableGrants")},
    "apigatewayv2": {"GetIntegrationResponses": "as GetRoutes", "GetRouteResponses": "as GetRoutes"} | {
        name: "isn't built" for name in ("GetApiMappings", "GetDomainNames", "GetModels", "GetVpcLinks")},
}

_MARKER = re.compile(r"NextToken|nextToken|\w*Marker|ContinuationToken|ExclusiveStart\w+")
_SIZES = ("MaxItems", "Limit", "limit", "MaxResults", "maxResults", "PageSize", "MaxKeys", "MaxUploads", "MaxParts")


def markers(model, operation):
    """The members of an operation's input that carry its token."""
    shape = model.operation_model(operation).input_shape
    return [m for m in (shape.members if shape else ()) if _MARKER.fullmatch(m) and m != "DeleteMarker"]


class Listing:
    """Reads one list page by page. `size` is the most entries a page has."""

    def __init__(self, client, operation, parameters):
        self.client, name = client, operation.split()[0]
        self.model = client.meta.service_model.operation_model(name)
        self.call = getattr(client, re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
                            .replace("ur_ls", "urls").replace("v2", "_v2"))
        known = self.model.input_shape.members
        self.parameters = {key: value for key, value in parameters.items() if key in known}
        self.size = 100
        for member in _SIZES:
            if member in known:
                self.size = 1
                self.parameters[member] = "1" if known[member].type_name == "string" else 1
        self.markers = markers(client.meta.service_model, name)

    def page(self, tokens):
        answer = self.call(**self.parameters, **tokens)
        entries = []
        for member, shape in self.model.output_shape.members.items():
            if shape.type_name == "list" and member not in ("searchedLogStreams", "CommonPrefixes"):
                entries += answer.get(member, [])
        if "IsTruncated" in answer and not answer["IsTruncated"] or answer.get("Truncated") is False:
            return entries, None
        found = {}
        for marker in self.markers:
            for output in (f"Next{marker}", marker.replace("ExclusiveStart", "LastEvaluated"), marker):
                if answer.get(output) and (output != marker or marker not in ("KeyMarker", "PartNumberMarker")):
                    found[marker] = answer[output]
                    break
        if self.model.name == "ListObjects" and not found:
            found = {"Marker": entries[-1]["Key"]}
        return entries, found or None
