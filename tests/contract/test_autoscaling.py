"""Application Auto Scaling: targets, policies and scheduled actions of tables and of provisioned concurrency."""

import datetime
import json

import pytest
from harness.own_server import endpoint, server  # noqa: F401
from harness.tables import refusal, until

READ, WRITE = "dynamodb:table:ReadCapacityUnits", "dynamodb:table:WriteCapacityUnits"


@pytest.fixture
def scaling(client):
    return client("application-autoscaling")


@pytest.fixture
def table(make_table):
    return make_table(BillingMode="PROVISIONED", ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5})


def of(table, dimension=READ):
    return {"ServiceNamespace": "dynamodb", "ResourceId": f"table/{table}", "ScalableDimension": dimension}


def capacity(client, table):
    throughput = client("dynamodb").describe_table(TableName=table)["Table"]["ProvisionedThroughput"]
    return throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]


def test_a_target_is_registered_and_its_capacity_moved(scaling, table, client, account):
    scaling.register_scalable_target(**of(table), MinCapacity=10, MaxCapacity=20)
    scaling.register_scalable_target(**of(table, WRITE), MinCapacity=1, MaxCapacity=3)
    until(lambda: capacity(client, table) == (10, 3))
    target, = scaling.describe_scalable_targets(ServiceNamespace="dynamodb", ResourceIds=[f"table/{table}"], ScalableDimension=READ)["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"], target["RoleARN"]) == (
        10, 20, f"arn:aws:iam::{account}:role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable")
    assert set(target["SuspendedState"].values()) == {False} and isinstance(target["CreationTime"], datetime.datetime)
    activities = until(lambda: scaling.describe_scaling_activities(ServiceNamespace="dynamodb", ResourceId=f"table/{table}")["ScalingActivities"])
    assert {a["StatusCode"] for a in activities} == {"Successful"}
    assert "Setting read capacity units to 10." in [a["Description"] for a in activities]
    scaling.register_scalable_target(**of(table), MinCapacity=11)
    until(lambda: capacity(client, table) == (11, 3))
    scaling.deregister_scalable_target(**of(table))
    assert refusal(scaling.deregister_scalable_target, **of(table))[0] == "ObjectNotFoundException"


@pytest.mark.parametrize("more, code, message", [
    ({"MinCapacity": 5, "MaxCapacity": 1}, "ValidationException", "Maximum capacity cannot be less than minimum capacity"),
    ({"MinCapacity": 5}, "ValidationException", None),
    ({"MinCapacity": 1, "MaxCapacity": 5, "ResourceId": "table/nowhere"}, "ValidationException", "DynamoDB table does not exist: table/nowhere"),
    ({"MinCapacity": 1, "MaxCapacity": 5, "ScalableDimension": "dynamodb:index:ReadCapacityUnits"}, "ValidationException", None),
])
def test_targets_that_are_refused(scaling, table, more, code, message):
    found = refusal(scaling.register_scalable_target, **{**of(table), **more})
    assert found[0] == code and message in (None, found[1])


def test_policies_are_kept_and_shown(scaling, table):
    tracking = {"TargetValue": 70.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBReadCapacityUtilization"},
                "ScaleInCooldown": 0, "ScaleOutCooldown": 0, "DisableScaleIn": False}
    policy = dict(**of(table), PolicyName="p", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=tracking)
    code, message = refusal(scaling.put_scaling_policy, **policy)
    assert (code, message) == ("ObjectNotFoundException", "No scalable target registered for service namespace: dynamodb, resource ID: "
                               f"table/{table}, scalable dimension: {READ}")
    scaling.register_scalable_target(**of(table), MinCapacity=1, MaxCapacity=9)
    arn = scaling.put_scaling_policy(**policy)["PolicyARN"]
    assert f":resource/dynamodb/table/{table}:policyName/p" in arn
    shown, = scaling.describe_scaling_policies(ServiceNamespace="dynamodb", PolicyNames=["p"], ResourceId=f"table/{table}")["ScalingPolicies"]
    assert (shown["PolicyARN"], shown["TargetTrackingScalingPolicyConfiguration"]) == (arn, tracking)
    assert scaling.put_scaling_policy(**policy)["PolicyARN"] == arn
    scaling.delete_scaling_policy(**of(table), PolicyName="p")
    assert refusal(scaling.delete_scaling_policy, **of(table), PolicyName="p")[0] == "ObjectNotFoundException"


def test_a_scheduled_action_scales(scaling, table, client, emulator_clock):
    scaling.register_scalable_target(**of(table), MinCapacity=1, MaxCapacity=9)
    later = datetime.datetime.fromtimestamp(emulator_clock.show()["now_ms"] // 1000 + 7200, datetime.timezone.utc)
    action = dict(**of(table), ScheduledActionName="night")
    scaling.put_scheduled_action(**action, Schedule=later.strftime("at(%Y-%m-%dT%H:%M:%S)"), Timezone="UTC",
                                 ScalableTargetAction={"MinCapacity": 30, "MaxCapacity": 40})
    shown, = scaling.describe_scheduled_actions(ServiceNamespace="dynamodb", ScheduledActionNames=["night"])["ScheduledActions"]
    assert (shown["Timezone"], shown["ScalableTargetAction"]) == ("UTC", {"MinCapacity": 30, "MaxCapacity": 40})
    emulator_clock.advance(7100)
    assert capacity(client, table)[0] == 5
    emulator_clock.advance(200)
    until(lambda: capacity(client, table)[0] == 30)
    activity = until(lambda: scaling.describe_scaling_activities(ServiceNamespace="dynamodb", ResourceId=f"table/{table}")["ScalingActivities"])[0]
    assert activity["Cause"] == "scheduled action name night was triggered"
    scaling.put_scheduled_action(**action, Schedule="rate(1 hour)", ScalableTargetAction={"MinCapacity": 2, "MaxCapacity": 2})
    emulator_clock.advance(3700)
    until(lambda: capacity(client, table)[0] == 2)
    scaling.put_scheduled_action(**action, Schedule="cron(0 * * * ? *)", Timezone="Europe/Berlin",
                                 ScalableTargetAction={"MinCapacity": 4, "MaxCapacity": 4})
    emulator_clock.advance(3700)
    until(lambda: capacity(client, table)[0] == 4)
    scaling.delete_scheduled_action(**action)
    assert refusal(scaling.delete_scheduled_action, **action)[0] == "ObjectNotFoundException"
    assert refusal(scaling.put_scheduled_action, **action, Schedule="now")[0] == "ValidationException"


def test_provisioned_concurrency(scaling, client, make_function):
    name, aws_lambda = make_function("def handler(event, context): pass"), client("lambda")
    version = aws_lambda.publish_version(FunctionName=name)["Version"]
    aws_lambda.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    scaling.register_scalable_target(ServiceNamespace="lambda", ResourceId=f"function:{name}:live",
                                     ScalableDimension="lambda:function:ProvisionedConcurrency", MinCapacity=1, MaxCapacity=2)

    def requested():
        configs = aws_lambda.list_provisioned_concurrency_configs(FunctionName=name)["ProvisionedConcurrencyConfigs"]
        return [c["RequestedProvisionedConcurrentExecutions"] for c in configs]

    until(lambda: requested() == [1])


def test_tags(scaling, table, raw):
    def call(operation, body):
        return json.loads(raw("application-autoscaling", "POST", "/", json.dumps(body), {
            "X-Amz-Target": f"AnyScaleFrontendService.{operation}", "Content-Type": "application/x-amz-json-1.1"}).text)

    arn = call("RegisterScalableTarget", {**of(table), "MinCapacity": 1, "MaxCapacity": 9, "Tags": {"a": "1"}})["ScalableTargetARN"]
    call("TagResource", {"ResourceARN": arn, "Tags": {"b": "2"}})
    call("UntagResource", {"ResourceARN": arn, "TagKeys": ["a"]})
    assert call("ListTagsForResource", {"ResourceARN": arn}) == {"Tags": {"b": "2"}}
    assert call("ListTagsForResource", {"ResourceARN": arn + "x"})["__type"] == "ResourceNotFoundException"
    again = call("RegisterScalableTarget", {**of(table), "Tags": {"a": "1"}})
    assert again["__type"] == "ValidationException" and again["Message"].startswith("The scalable target that you tried to tag already exists.")
