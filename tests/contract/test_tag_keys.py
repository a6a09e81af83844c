"""Tag keys that begin with aws: are AWS's own: no operation of any service takes them. TAGGING has every operation with tags
among its input, with the least it needs besides; that none is left out is read from botocore's models."""

import json

import botocore
import botocore.session
import pytest
from botocore.exceptions import ClientError

from harness import walks

KEYS = ("aws:mine", "AWS:mine")
TRUST = json.dumps(walks.ANYONE)
ALLOW = walks.ALLOW


def table(w):
    return w.table("tags")["TableDescription"]["TableArn"]


def function(w):
    return f"arn:aws:lambda:us-east-1:{w.account}:function:{w.function()}"


def group(w):
    w.logs.create_log_group(logGroupName="g")
    return f"arn:aws:logs:us-east-1:{w.account}:log-group:g"


def alarm(w):
    w.cloudwatch.put_metric_alarm(AlarmName="a", **ALARM)
    return f"arn:aws:cloudwatch:us-east-1:{w.account}:alarm:a"


def target(w):
    table(w)
    where = {"ServiceNamespace": "dynamodb", "ResourceId": "table/tags", "ScalableDimension": "dynamodb:table:ReadCapacityUnits"}
    return {**where, "MinCapacity": 1, "MaxCapacity": 2}


def pipe(w):
    w.sqs.create_queue(QueueName="q")
    queue = f"arn:aws:sqs:us-east-1:{w.account}:q"
    return {"Name": "p", "Source": queue, "Target": queue, "RoleArn": w.role()}


def bucket(w):
    w.s3.create_bucket(Bucket=f"tags-{w.account}")
    return f"tags-{w.account}"


def rest_api(w):
    return w.apigateway.create_rest_api(name="a")["id"]


def deployed(w):
    api = rest_api(w)
    root = w.apigateway.get_resources(restApiId=api)["items"][0]["id"]
    w.apigateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    w.apigateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    return {"restApiId": api, "stageName": "s", "deploymentId": w.apigateway.create_deployment(restApiId=api)["id"]}


def http_api(w):
    return w.apigatewayv2.create_api(Name="a", ProtocolType="HTTP")["ApiId"]


def iam_of(operation, **parameters):
    """The parameters of an operation that tags what another makes."""
    def make(w):
        getattr(w.iam, operation)(**parameters)
        return {name: value for name, value in parameters.items() if name.endswith("Name") and name != "PolicyName"}
    return make


ALARM = {"MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
         "ComparisonOperator": "GreaterThanThreshold"}
TAGGING = {
    "dynamodb": {
        "CreateTable": {"TableName": "tags", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
                        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}]},
        "TagResource": lambda w: {"ResourceArn": table(w)}},
    "lambda": {
        "CreateFunction": lambda w: {"FunctionName": "f", "Runtime": "python3.12", "Handler": "i.h", "Role": w.role(),
                                     "Code": {"ZipFile": b"no zip"}},
        "TagResource": lambda w: {"Resource": function(w)}, "CreateCodeSigningConfig": {
            "AllowedPublishers": {"SigningProfileVersionArns": ["arn:aws:signer:us-east-1:000000000000:/signing-profiles/p/0123456789"]}},
        "CreateEventSourceMapping": lambda w: {"FunctionName": w.function(), "EventSourceArn": pipe(w)["Source"]}},
    "iam": {
        "CreateInstanceProfile": {"InstanceProfileName": "p"}, "CreateOpenIDConnectProvider": {"Url": "https://a.example.com"},
        "CreatePolicy": {"PolicyName": "p", "PolicyDocument": ALLOW}, "CreateRole": {"RoleName": "r", "AssumeRolePolicyDocument": TRUST},
        "CreateUser": {"UserName": "u"},
        "CreateVirtualMFADevice": {"VirtualMFADeviceName": "d"},
        "TagInstanceProfile": iam_of("create_instance_profile", InstanceProfileName="p"),
        "TagMFADevice": lambda w: {"SerialNumber": w.iam.create_virtual_mfa_device(VirtualMFADeviceName="d")["VirtualMFADevice"]["SerialNumber"]},
        "TagOpenIDConnectProvider": lambda w: {"OpenIDConnectProviderArn": w.iam.create_open_id_connect_provider(
            Url="https://a.example.com", ThumbprintList=["0" * 40])["OpenIDConnectProviderArn"]},
        "TagPolicy": lambda w: {"PolicyArn": w.iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]},
        "TagRole": iam_of("create_role", RoleName="r", AssumeRolePolicyDocument=TRUST),
        "TagSAMLProvider": lambda w: {"SAMLProviderArn": f"arn:aws:iam::{w.account}:saml-provider/p"},
        "TagServerCertificate": {"ServerCertificateName": "c"},
        "TagUser": iam_of("create_user", UserName="u")},
    "sts": {
        "AssumeRole": lambda w: {"RoleArn": w.role(), "RoleSessionName": "s2"}, "GetFederationToken": {"Name": "nn"}},
    "s3": {
        "PutBucketTagging": lambda w: {"Bucket": bucket(w)}, "PutObjectTagging": lambda w: {"Bucket": made_object(w), "Key": "k"},
        "PutObject": lambda w: {"Bucket": bucket(w), "Key": "k"},
        "CreateMultipartUpload": lambda w: {"Bucket": bucket(w), "Key": "k"},
        "CopyObject": lambda w: {"Bucket": made_object(w), "Key": "k2", "CopySource": f"tags-{w.account}/k", "TaggingDirective": "REPLACE"}},
    "logs": {
        "CreateLogGroup": {"logGroupName": "g"}, "TagResource": lambda w: {"resourceArn": group(w)},
        "TagLogGroup": lambda w: group(w) and {"logGroupName": "g"},
        "PutDestination": lambda w: {"destinationName": "d", "roleArn": w.role(), "targetArn": f"arn:aws:kinesis:us-east-1:{w.account}:stream/s"}},
    "sqs": {
        "CreateQueue": {"QueueName": "q"}, "TagQueue": lambda w: {"QueueUrl": w.sqs.create_queue(QueueName="q")["QueueUrl"]}},
    "sns": {
        "CreateTopic": {"Name": "t"}, "TagResource": lambda w: {"ResourceArn": w.sns.create_topic(Name="t")["TopicArn"]}},
    "events": {
        "CreateEventBus": {"Name": "b"}, "PutRule": {"Name": "r", "EventPattern": '{"source": ["a"]}'},
        "TagResource": lambda w: {"ResourceARN": w.events.put_rule(Name="r", EventPattern='{"source": ["a"]}')["RuleArn"]}},
    "scheduler": {
        "CreateScheduleGroup": {"Name": "g"},
        "TagResource": lambda w: {"ResourceArn": w.scheduler.create_schedule_group(Name="g")["ScheduleGroupArn"]}},
    "pipes": {
        "CreatePipe": pipe, "TagResource": lambda w: {"resourceArn": w.pipes.create_pipe(**pipe(w))["Arn"]}},
    "cloudwatch": {
        "PutMetricAlarm": {"AlarmName": "a", **ALARM}, "PutCompositeAlarm": lambda w: alarm(w) and {"AlarmName": "c", "AlarmRule": "ALARM(a)"},
        "TagResource": lambda w: {"ResourceARN": alarm(w)}},
    "kms": {
        "CreateKey": {}, "TagResource": lambda w: {"KeyId": w.kms.create_key()["KeyMetadata"]["KeyId"]},
        "ReplicateKey": lambda w: {"KeyId": w.kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"], "ReplicaRegion": "eu-west-1"}},
    "ssm": {
        "PutParameter": {"Name": "p", "Value": "v", "Type": "String"}, "AddTagsToResource": lambda w: w.ssm.put_parameter(
            Name="p", Value="v", Type="String") and {"ResourceType": "Parameter", "ResourceId": "p"}},
    "secretsmanager": {
        "CreateSecret": {"Name": "s", "SecretString": "v"},
        "TagResource": lambda w: w.secretsmanager.create_secret(Name="s", SecretString="v") and {"SecretId": "s"}},
    "application-autoscaling": {
        "RegisterScalableTarget": target, "TagResource": lambda w: {
            "ResourceARN": w.client("application-autoscaling").register_scalable_target(**target(w))["ScalableTargetARN"]}},
    "apigateway": {
        "CreateApiKey": {"name": "k"}, "CreateRestApi": {"name": "a"}, "CreateStage": deployed, "CreateUsagePlan": {"name": "p"},
        "CreateDomainName": {"domainName": "a.example.com"}, "GenerateClientCertificate": {},
        "CreateVpcLink": {"name": "l", "targetArns": ["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/l/1"]},
        "TagResource": lambda w: {"resourceArn": f"arn:aws:apigateway:us-east-1::/restapis/{rest_api(w)}"}},
    "apigatewayv2": {
        "CreateApi": {"Name": "a", "ProtocolType": "HTTP"}, "CreateDomainName": {"DomainName": "a.example.com"},
        "CreateStage": lambda w: {"ApiId": http_api(w), "StageName": "s"}, "CreateVpcLink": {"Name": "l", "SubnetIds": ["subnet-1"]},
        "TagResource": lambda w: {"ResourceArn": f"arn:aws:apigateway:us-east-1::/apis/{http_api(w)}"}},
}
CASES = [(service, operation) for service in TAGGING for operation in TAGGING[service]]
TAG_MEMBERS = ("tags", "tagging")
# Old SDKs' models don't have these members or operations: they are asked where they are there.
NEWER = {("lambda", "CreateEventSourceMapping"), ("lambda", "CreateCodeSigningConfig"), ("application-autoscaling", "TagResource"),
         ("application-autoscaling", "RegisterScalableTarget"), ("logs", "PutDestination"), ("logs", "TagResource")}


def made_object(w):
    name = bucket(w)
    w.s3.put_object(Bucket=name, Key="k", Body=b"v")
    return name


def tag_member(service, operation):
    """The member with tags, and its shape; none: this SDK knows of none."""
    model = botocore.session.get_session().get_service_model(service)
    shape = model.operation_model(operation).input_shape if operation in model.operation_names else None
    for name, member in (shape.members.items() if shape else ()):
        if name.lower() in TAG_MEMBERS and not operation.startswith("Untag"):
            return name, member
    return None, None


def tags_of(shape, key):
    if shape.type_name == "string":
        return f"{key}=v"
    if shape.type_name == "map":
        return {key: "v"}
    if shape.type_name == "structure":
        return {"TagSet": [{"Key": key, "Value": "v"}]}
    kind = "TagKey" if "TagKey" in shape.member.members else "Key"
    return [{kind: key, kind.replace("Key", "Value"): "v"}]


@pytest.mark.parametrize("service, operation", CASES, ids=[f"{s}.{o}" for s, o in CASES])
def test_keys_of_aws_are_refused(server, service, operation):
    member, shape = tag_member(service, operation)
    if not member:
        assert (service, operation) in NEWER
        pytest.skip("this SDK has no tags there")
    w, parameters = walks.World(server.endpoint), TAGGING[service][operation]
    parameters = parameters(w) if callable(parameters) else parameters
    for key in KEYS:
        with pytest.raises(ClientError) as refused:
            getattr(w.client(service), botocore.xform_name(operation))(**parameters, **{member: tags_of(shape, key)})
        response = refused.value.response
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400, response
        assert any(word in response["Error"]["Message"].lower() for word in ("aws:", "system tags")), response


def test_no_operation_with_tags_is_left_out(client):
    for service in sorted(set(walks.served()) & set(TAGGING)):
        for operation in client(service).meta.service_model.operation_names:
            if not tag_member(service, operation)[0] or operation in TAGGING[service] or operation in walks.absent(service):
                continue
            assert (service, operation) in UNTRIED, (service, operation)


UNTRIED = {("cloudwatch", "PutInsightRule"), ("cloudwatch", "PutMetricStream"),
           # Documents that must be good come first there; the tags go the way of all of IAM's.
           ("iam", "CreateSAMLProvider"), ("iam", "UploadServerCertificate")}
