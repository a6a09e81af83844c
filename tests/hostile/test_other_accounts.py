"""Rules, schedules, pipes, alarms, secrets, keys and APIs of a stranger that name what another account owns: refused, and
where AWS takes the words they have no effect."""

import json

import pytest
import requests
from botocore.exceptions import ClientError

from harness import aws
from harness.own_server import endpoint, server  # noqa: F401

ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
SERVICES = ["lambda", "events", "scheduler", "pipes", "apigateway", "application-autoscaling"]


@pytest.fixture(scope="module")
def stranger():
    return aws.new_account()


@pytest.fixture
def theirs(client, stranger):
    return lambda service, **options: client(service, account=stranger, **options)


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def role_of(iam, name):
    trust = policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": [f"{one}.amazonaws.com" for one in SERVICES]}})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy(ALL))
    return arn


@pytest.fixture
def our_role(client, unique):
    return role_of(client("iam"), unique("role"))


@pytest.fixture
def their_role(theirs, unique):
    return role_of(theirs("iam"), unique("role"))


@pytest.fixture
def our_queue(client, unique):
    """(url, ARN)"""
    url = client("sqs").create_queue(QueueName=unique("q"))["QueueUrl"]
    return url, client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


@pytest.fixture
def our_topic(client, unique, our_queue):
    """A topic that says what it gets to our queue."""
    topic = client("sns").create_topic(Name=unique("t"))["TopicArn"]
    url, arn = our_queue
    client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(
        {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn})})
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic


@pytest.fixture
def our_function(client, make_function, account, our_queue):
    """Its every run is a message in our queue."""
    source = ("import boto3, os, json\n"
              f"def handler(event, context):\n    boto3.client('sqs').send_message(QueueUrl={our_queue[0]!r}, MessageBody=json.dumps(event))\n")
    return f"arn:aws:lambda:us-east-1:{account}:function:{make_function(source)}"


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    code, message = error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403, 404), (code, message)
    return code, message


def denied(call, **arguments):
    code, message = refused(call, **arguments)
    assert code.startswith("AccessDenied"), (code, message)
    return message


def nothing_in(client, our_queue):
    return not client("sqs").receive_message(QueueUrl=our_queue[0], MaxNumberOfMessages=10).get("Messages")


# -- EventBridge


def test_targets_of_rules(client, theirs, our_queue, our_topic, our_function, unique, drain, account):
    group = unique("/aws/events/group")
    client("logs").create_log_group(logGroupName=group)
    events = theirs("events")
    rule = unique("rule")
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": ["mine"]}))
    bus = unique("bus")
    client("events").create_event_bus(Name=bus)
    client("events").put_rule(Name="all", EventBusName=bus, EventPattern=json.dumps({"source": ["mine"]}))
    client("sqs").set_queue_attributes(QueueUrl=our_queue[0], Attributes={"Policy": policy(
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": our_queue[1],
         "Condition": {"StringEquals": {"aws:SourceAccount": account}}})})
    client("events").put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "q", "Arn": our_queue[1]}])
    targets = [our_queue[1], our_topic, our_function, f"arn:aws:logs:us-east-1:{account}:log-group:{group}"]
    for number, arn in enumerate(targets):
        try:
            events.put_targets(Rule=rule, Targets=[{"Id": str(number), "Arn": arn}])
        except ClientError:
            pass  # refused at once is as good
    try:
        events.put_targets(Rule=rule, Targets=[{"Id": "bus", "Arn": f"arn:aws:events:us-east-1:{account}:event-bus/{bus}"}])
    except ClientError:
        pass
    events.put_events(Entries=[{"Source": "mine", "DetailType": "t", "Detail": "{}"}])
    drain()
    assert nothing_in(client, our_queue)
    assert not client("logs").describe_log_streams(logGroupName=group)["logStreams"]


def test_roles_of_targets(theirs, our_role, our_queue, unique):
    events = theirs("events")
    rule = unique("rule")
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": ["mine"]}))
    for arguments in ({"Arn": our_queue[1]}, {"Arn": f"arn:aws:sqs:us-east-1:{our_queue[1].split(':')[4]}:nowhere"}):
        answer = None
        try:
            answer = events.put_targets(Rule=rule, Targets=[{"Id": "x", "RoleArn": our_role, **arguments}])
        except ClientError as error:
            assert error.response["Error"]["Code"].startswith("AccessDenied")
        assert answer is None or answer["FailedEntryCount"] == 1


def test_buses_rules_and_archives_by_arn(client, theirs, account, unique):
    bus = unique("bus")
    arn = client("events").create_event_bus(Name=bus)["EventBusArn"]
    client("events").put_rule(Name="r", EventBusName=bus, EventPattern=json.dumps({"source": ["x"]}))
    events = theirs("events")
    answer = None
    try:
        answer = events.put_events(Entries=[{"Source": "x", "DetailType": "t", "Detail": "{}", "EventBusName": arn}])
    except ClientError as error:
        assert error.response["Error"]["Code"].startswith("AccessDenied"), error
    assert answer is None or answer["FailedEntryCount"] == 1, answer
    refused(events.put_rule, Name="s", EventBusName=arn, EventPattern=json.dumps({"source": ["x"]}))
    refused(events.delete_rule, Name="r", EventBusName=arn)
    refused(events.list_rules, EventBusName=arn)
    refused(events.describe_rule, Name="r", EventBusName=arn)
    refused(events.put_targets, Rule="r", EventBusName=arn, Targets=[{"Id": "x", "Arn": f"arn:aws:sqs:us-east-1:{account}:q"}])
    refused(events.describe_event_bus, Name=arn)
    refused(events.create_archive, ArchiveName=unique("a"), EventSourceArn=arn)
    for tagged in (arn, f"arn:aws:events:us-east-1:{account}:rule/{bus}/r"):
        refused(events.tag_resource, ResourceARN=tagged, Tags=[{"Key": "a", "Value": "b"}])
        refused(events.list_tags_for_resource, ResourceARN=tagged)
    assert client("events").describe_rule(Name="r", EventBusName=bus)["Name"] == "r"


def test_replays_of_another_s_archive(client, theirs, account, unique):
    mine = client("events")
    archive = unique("archive")
    default = f"arn:aws:events:us-east-1:{account}:event-bus/default"
    arn = mine.create_archive(ArchiveName=archive, EventSourceArn=default)["ArchiveArn"]
    refused(theirs("events").start_replay, ReplayName=unique("r"), EventSourceArn=arn, EventStartTime=0, EventEndTime=10,
            Destination={"Arn": default})


# -- Scheduler, Pipes


def schedule(name, target, role):
    return {"Name": name, "ScheduleExpression": "rate(1 minute)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": {"Arn": target, "RoleArn": role}}


def test_roles_of_schedules(theirs, our_role, our_queue, unique):
    refused(theirs("scheduler").create_schedule, **schedule(unique("s"), our_queue[1], our_role))


def test_targets_of_schedules(client, theirs, their_role, our_queue, our_topic, our_function, unique, drain, emulator_clock):
    for target in (our_queue[1], our_topic, our_function):
        theirs("scheduler").create_schedule(**schedule(unique("s"), target, their_role))
    emulator_clock.advance(70)
    drain()
    assert nothing_in(client, our_queue)


def test_tags_of_groups_by_arn(client, theirs, unique):
    arn = client("scheduler").create_schedule_group(Name=unique("g"))["ScheduleGroupArn"]
    refused(theirs("scheduler").tag_resource, ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    refused(theirs("scheduler").list_tags_for_resource, ResourceArn=arn)


def test_pipes(client, theirs, our_role, their_role, our_queue, our_topic, our_function, unique, drain, stranger):
    pipes, sqs = theirs("pipes"), theirs("sqs")
    url = sqs.create_queue(QueueName=unique("q"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    refused(pipes.create_pipe, Name=unique("p"), Source=arn, Target=arn, RoleArn=our_role)
    for name, source, target, more in (("p1", our_queue[1], arn, {}), ("p2", arn, our_topic, {}), ("p3", arn, our_function, {}),
                                       ("p4", arn, arn, {"Enrichment": our_function})):
        try:
            pipes.create_pipe(Name=unique(name), Source=source, Target=target, RoleArn=their_role, **more)
        except ClientError:
            pass
    client("sqs").send_message(QueueUrl=our_queue[0], MessageBody="ours")
    drain(timeout_s=20)
    assert [one["Body"] for one in client("sqs").receive_message(QueueUrl=our_queue[0])["Messages"]] == ["ours"]


# -- CloudWatch


def test_actions_of_alarms(client, theirs, our_topic, our_function, our_queue, unique, drain):
    name = unique("alarm")
    watch = theirs("cloudwatch")
    for number, action in enumerate((our_topic, our_function)):
        try:
            watch.put_metric_alarm(AlarmName=name + str(number), MetricName="m", Namespace="n", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
                                   ComparisonOperator="GreaterThanThreshold", AlarmActions=[action])
            watch.set_alarm_state(AlarmName=name + str(number), StateValue="ALARM", StateReason="x")
        except ClientError:
            pass
    drain()
    assert nothing_in(client, our_queue)


def test_alarms_and_dashboards_by_arn(client, theirs, unique, account):
    name = unique("alarm")
    client("cloudwatch").put_metric_alarm(AlarmName=name, MetricName="m", Namespace="n", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
                                          ComparisonOperator="GreaterThanThreshold")
    arn = f"arn:aws:cloudwatch:us-east-1:{account}:alarm:{name}"
    refused(theirs("cloudwatch").tag_resource, ResourceARN=arn, Tags=[{"Key": "a", "Value": "b"}])
    refused(theirs("cloudwatch").list_tags_for_resource, ResourceARN=arn)


# -- secrets, parameters, keys


def test_secrets_by_arn(client, theirs, unique):
    arn = client("secretsmanager").create_secret(Name=unique("s"), SecretString="ours")["ARN"]
    secrets = theirs("secretsmanager")
    for call, more in ((secrets.get_secret_value, {}), (secrets.describe_secret, {}), (secrets.put_secret_value, {"SecretString": "x"}),
                       (secrets.update_secret, {"SecretString": "x"}), (secrets.delete_secret, {}), (secrets.get_resource_policy, {}),
                       (secrets.list_secret_version_ids, {}), (secrets.tag_resource, {"Tags": [{"Key": "a", "Value": "b"}]}),
                       (secrets.put_resource_policy, {"ResourcePolicy": policy({**ALL, "Principal": "*"})})):
        refused(call, SecretId=arn, **more)
    try:
        many = secrets.batch_get_secret_value(SecretIdList=[arn])
        assert not many["SecretValues"]
    except (ClientError, AttributeError):
        pass
    assert client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"] == "ours"


def test_functions_that_rotate(client, theirs, our_function, our_queue, unique, drain):
    name = unique("s")
    theirs("secretsmanager").create_secret(Name=name, SecretString="x")
    try:
        theirs("secretsmanager").rotate_secret(SecretId=name, RotationLambdaARN=our_function, RotationRules={"AutomaticallyAfterDays": 1})
    except ClientError:
        pass
    drain()
    assert nothing_in(client, our_queue)


def test_parameters_by_arn(client, theirs, unique, account):
    name = unique("/p")
    client("ssm").put_parameter(Name=name, Value="ours", Type="String")
    arn = f"arn:aws:ssm:us-east-1:{account}:parameter{name}"
    refused(theirs("ssm").get_parameter, Name=arn)
    try:
        assert not theirs("ssm").get_parameters(Names=[arn])["Parameters"]
    except ClientError:
        pass
    refused(theirs("ssm").delete_parameter, Name=arn)
    refused(theirs("ssm").get_parameter_history, Name=arn)


def test_keys_by_arn(client, theirs, unique, stranger):
    kms = client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    box = kms.encrypt(KeyId=arn, Plaintext=b"ours")["CiphertextBlob"]
    other = theirs("kms")
    own = other.create_key()["KeyMetadata"]["Arn"]
    for call, arguments in ((other.encrypt, {"Plaintext": b"x"}), (other.describe_key, {}), (other.generate_data_key, {"KeySpec": "AES_256"}),
                            (other.get_key_policy, {"PolicyName": "default"}), (other.schedule_key_deletion, {}), (other.disable_key, {}),
                            (other.list_grants, {}), (other.list_resource_tags, {}), (other.enable_key_rotation, {}),
                            (other.tag_resource, {"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
                            (other.create_grant, {"GranteePrincipal": f"arn:aws:iam::{stranger}:root", "Operations": ["Decrypt"]}),
                            (other.put_key_policy, {"PolicyName": "default", "Policy": policy({**ALL, "Principal": "*"})})):
        refused(call, KeyId=arn, **arguments)
    refused(other.decrypt, CiphertextBlob=box)
    refused(other.re_encrypt, CiphertextBlob=box, DestinationKeyId=own)
    refused(other.create_alias, AliasName="alias/" + unique("a"), TargetKeyId=arn)
    for call in (lambda: theirs("secretsmanager").create_secret(Name=unique("s"), SecretString="x", KmsKeyId=arn),
                 lambda: theirs("ssm").put_parameter(Name=unique("/p"), Value="x", Type="SecureString", KeyId=arn)):
        with pytest.raises(ClientError):
            call()


def test_a_grant_s_token_is_for_its_grantee(client, theirs, unique, stranger):
    kms = client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    box = kms.encrypt(KeyId=arn, Plaintext=b"ours")["CiphertextBlob"]
    role = role_of(client("iam"), unique("role"))
    token = kms.create_grant(KeyId=arn, GranteePrincipal=role, Operations=["Decrypt"])["GrantToken"]
    denied(theirs("kms").decrypt, CiphertextBlob=box, GrantTokens=[token])


# -- API Gateway, Application Auto Scaling


@pytest.fixture
def their_method(theirs, unique):
    rest = theirs("apigateway")
    api = rest.create_rest_api(name=unique("api"))["id"]
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    rest.put_method(restApiId=api, resourceId=root, httpMethod="POST", authorizationType="NONE")
    return api, {"restApiId": api, "resourceId": root, "httpMethod": "POST"}


def send(server, theirs, api):  # noqa: F811
    theirs("apigateway").create_deployment(restApiId=api, stageName="s")
    return requests.post(f"{server.endpoint}/_aws/execute-api/{api}/s/", data="{}", timeout=30)


def test_integrations_with_another_s_role(server, client, theirs, their_method, our_role, our_queue, account):
    api, where = their_method
    rest = theirs("apigateway")
    try:
        rest.put_integration(**where, type="AWS", integrationHttpMethod="POST", credentials=our_role,
                             uri=f"arn:aws:apigateway:us-east-1:sqs:path/{account}/{our_queue[0].rsplit('/', 1)[1]}",
                             requestTemplates={"application/json": "Action=SendMessage&MessageBody=x"},
                             requestParameters={"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"})
        rest.put_method_response(**where, statusCode="200")
        rest.put_integration_response(**where, statusCode="200")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException", error
        return
    assert send(server, theirs, api).status_code == 500
    assert nothing_in(client, our_queue)


def test_roles_that_come_by_a_document(server, client, theirs, our_role, our_queue, account):  # noqa: F811
    """Not looked at when the document is imported; used in vain."""
    integration = {"type": "aws", "httpMethod": "POST", "credentials": our_role,
                   "uri": f"arn:aws:apigateway:us-east-1:sqs:path/{account}/{our_queue[0].rsplit('/', 1)[1]}",
                   "requestTemplates": {"application/json": "Action=SendMessage&MessageBody=x"},
                   "requestParameters": {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
                   "responses": {"default": {"statusCode": "200"}}}
    document = {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {"/": {"post": {
        "responses": {"200": {"description": "x"}}, "x-amazon-apigateway-integration": integration}}}}
    try:
        api = theirs("apigateway").import_rest_api(body=json.dumps(document).encode())["id"]
    except ClientError:
        return
    assert send(server, theirs, api).status_code == 500
    assert nothing_in(client, our_queue)


def test_roles_of_http_apis(server, client, theirs, our_role, our_queue, unique):  # noqa: F811
    http = theirs("apigatewayv2")
    api = http.create_api(Name=unique("api"), ProtocolType="HTTP")["ApiId"]
    integration = {"ApiId": api, "IntegrationType": "AWS_PROXY", "IntegrationSubtype": "SQS-SendMessage", "PayloadFormatVersion": "1.0",
                   "RequestParameters": {"QueueUrl": our_queue[0], "MessageBody": "x"}}
    assert "PassRole" in denied(http.create_integration, CredentialsArn=our_role, **integration)


def test_integrations_of_another_s_function(server, client, theirs, their_method, our_function, our_queue):
    api, where = their_method
    theirs("apigateway").put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST",
                                         uri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{our_function}/invocations")
    assert send(server, theirs, api).status_code == 500
    assert nothing_in(client, our_queue)


def test_integrations_of_another_s_queue(server, client, theirs, their_method, their_role, our_queue, account):
    """With a role of its own: it needs the queue's policy."""
    api, where = their_method
    rest = theirs("apigateway")
    rest.put_integration(**where, type="AWS", integrationHttpMethod="POST", credentials=their_role,
                         uri=f"arn:aws:apigateway:us-east-1:sqs:path/{account}/{our_queue[0].rsplit('/', 1)[1]}",
                         requestTemplates={"application/json": "Action=SendMessage&MessageBody=x"},
                         requestParameters={"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"})
    rest.put_method_response(**where, statusCode="200")
    rest.put_integration_response(**where, statusCode="200")
    send(server, theirs, api)
    assert nothing_in(client, our_queue)


def test_apis_of_another(client, theirs, unique):
    rest, http = client("apigateway"), client("apigatewayv2")
    api = rest.create_rest_api(name=unique("api"))["id"]
    second = http.create_api(Name=unique("api"), ProtocolType="HTTP")["ApiId"]
    refused(theirs("apigateway").get_rest_api, restApiId=api)
    refused(theirs("apigateway").delete_rest_api, restApiId=api)
    refused(theirs("apigateway").create_deployment, restApiId=api, stageName="s")
    refused(theirs("apigateway").get_tags, resourceArn=f"arn:aws:apigateway:us-east-1::/restapis/{api}")
    refused(theirs("apigateway").tag_resource, resourceArn=f"arn:aws:apigateway:us-east-1::/restapis/{api}", tags={"a": "b"})
    refused(theirs("apigatewayv2").get_api, ApiId=second)
    refused(theirs("apigatewayv2").delete_api, ApiId=second)
    refused(theirs("apigatewayv2").tag_resource, ResourceArn=f"arn:aws:apigateway:us-east-1::/apis/{second}", Tags={"a": "b"})


def test_scaling_with_another_s_role(client, theirs, our_role, account, unique):
    table = unique("table")
    theirs("dynamodb").create_table(
        TableName=table, AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}], KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
    scaling = theirs("application-autoscaling")
    where = {"ServiceNamespace": "dynamodb", "ResourceId": f"table/{table}", "ScalableDimension": "dynamodb:table:ReadCapacityUnits"}
    refused(scaling.register_scalable_target, MinCapacity=1, MaxCapacity=5, RoleARN=our_role, **where)
    mine = client("application-autoscaling")
    make = {"TableName": table, "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}
    client("dynamodb").create_table(**make)
    mine.register_scalable_target(MinCapacity=1, MaxCapacity=5, **where)
    arn = f"arn:aws:application-autoscaling:us-east-1:{account}:scalable-target/x"
    for call in (lambda: scaling.list_tags_for_resource(ResourceARN=arn), lambda: scaling.tag_resource(ResourceARN=arn, Tags={"a": "b"})):
        with pytest.raises((ClientError, AttributeError)):
            call()
