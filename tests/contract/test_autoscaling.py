"""Application Auto Scaling: targets, policies and scheduled actions of tables and of provisioned concurrency."""

import datetime
import json
import threading

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
    bounds = {"StartTime": 4_000_000_000, "EndTime": 4_000_001_000}

    def bounded(**given):
        scaling.put_scheduled_action(**action, **given)
        shown, = scaling.describe_scheduled_actions(ServiceNamespace="dynamodb", ScheduledActionNames=[action["ScheduledActionName"]])["ScheduledActions"]
        return shown["Timezone"], [member for member in bounds if member in shown]

    assert bounded(**bounds) == ("Europe/Berlin", ["StartTime", "EndTime"])
    assert bounded(Schedule="rate(2 hours)") == ("Europe/Berlin", [])  # what isn't named stays, but for these two
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


def test_provisioned_concurrency_follows_its_use(scaling, client, make_function, emulator_clock):
    """Two at once of one provisioned: all of it is used, and AWS's alarm adds to it. Without any use nothing is measured."""
    name, aws_lambda = make_function("import time\ndef handler(event, context): time.sleep(event)"), client("lambda")
    version = aws_lambda.publish_version(FunctionName=name)["Version"]
    aws_lambda.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    target = {"ServiceNamespace": "lambda", "ResourceId": f"function:{name}:live", "ScalableDimension": "lambda:function:ProvisionedConcurrency"}
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=3)
    assert refusal(scaling.put_scaling_policy, **target, PolicyName="s", PolicyType="StepScaling", StepScalingPolicyConfiguration={
        "AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}]})[0] == "ValidationException"
    put = scaling.put_scaling_policy(**target, PolicyName="p", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration={
        "TargetValue": 0.7, "PredefinedMetricSpecification": {"PredefinedMetricType": "LambdaProvisionedConcurrencyUtilization"}})
    assert len(put["Alarms"]) == 2

    def config():
        configs = aws_lambda.list_provisioned_concurrency_configs(FunctionName=name)["ProvisionedConcurrencyConfigs"]
        return [(c["RequestedProvisionedConcurrentExecutions"], c["Status"]) for c in configs]

    until(lambda: config() == [(1, "READY")])
    for _ in range(6):
        threads = [threading.Thread(target=lambda: client("lambda").invoke(FunctionName=name, Qualifier="live", Payload="0.3")) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        emulator_clock.advance(60)
    until(lambda: config() and config()[0][0] >= 2)
    now = datetime.datetime.fromtimestamp(emulator_clock.show()["now_ms"] / 1000, datetime.timezone.utc)
    metric = {"Namespace": "AWS/Lambda", "StartTime": now - datetime.timedelta(hours=1), "EndTime": now, "Period": 3600, "Dimensions": [
        {"Name": "FunctionName", "Value": name}, {"Name": "Resource", "Value": f"{name}:live"}]}
    of_name = lambda metric_name, statistic: sum(  # noqa: E731
        point[statistic] for point in client("cloudwatch").get_metric_statistics(MetricName=metric_name, Statistics=[statistic], **metric)["Datapoints"])
    assert of_name("ProvisionedConcurrencyInvocations", "Sum") + of_name("ProvisionedConcurrencySpilloverInvocations", "Sum") == 12
    assert of_name("ProvisionedConcurrencySpilloverInvocations", "Sum") >= 1


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


def tracked(scaling, table, **more):
    return scaling.put_scaling_policy(
        **of(table, WRITE), PolicyName="p", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 70.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBWriteCapacityUtilization"}, **more})


def test_a_tracking_policy_keeps_alarms(scaling, client, table):
    watch = client("cloudwatch")
    scaling.register_scalable_target(**of(table, WRITE), MinCapacity=1, MaxCapacity=100)
    put = tracked(scaling, table)
    names = {a["AlarmName"].split("-")[-6]: a["AlarmName"] for a in put["Alarms"]}
    assert sorted(names) == ["AlarmHigh", "AlarmLow", "ProvisionedCapacityHigh", "ProvisionedCapacityLow"]
    assert names["AlarmHigh"].startswith(f"TargetTracking-table/{table}-AlarmHigh-")
    alarms = {a["AlarmName"]: a for a in watch.describe_alarms(AlarmNamePrefix=f"TargetTracking-table/{table}")["MetricAlarms"]}
    high, low, provisioned = (alarms[names[which]] for which in ("AlarmHigh", "AlarmLow", "ProvisionedCapacityHigh"))
    assert (high["MetricName"], high["Statistic"], high["Period"], high["EvaluationPeriods"], high["ComparisonOperator"], high["Threshold"]) == (
        "ConsumedWriteCapacityUnits", "Sum", 60, 2, "GreaterThanThreshold", 210.0)
    assert (low["EvaluationPeriods"], low["ComparisonOperator"], low["Threshold"]) == (15, "LessThanThreshold", 150.0)
    assert (provisioned["MetricName"], provisioned["Period"], provisioned["EvaluationPeriods"], provisioned["Threshold"]) == (
        "ProvisionedWriteCapacityUnits", 300, 3, 5.0)
    assert high["AlarmActions"] == [put["PolicyARN"]]
    assert high["AlarmDescription"] == f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {put['PolicyARN']}."
    shown, = scaling.describe_scaling_policies(ServiceNamespace="dynamodb", ResourceId=f"table/{table}")["ScalingPolicies"]
    assert shown["Alarms"] == put["Alarms"]
    assert len(tracked(scaling, table, DisableScaleIn=True)["Alarms"]) == 3
    assert len(watch.describe_alarms(AlarmNamePrefix=f"TargetTracking-table/{table}")["MetricAlarms"]) == 3
    scaling.deregister_scalable_target(**of(table, WRITE))
    assert watch.describe_alarms(AlarmNamePrefix=f"TargetTracking-table/{table}")["MetricAlarms"] == []


def test_a_table_follows_its_traffic(scaling, client, table, dynamodb, emulator_clock):
    scaling.register_scalable_target(**of(table, WRITE), MinCapacity=2, MaxCapacity=12)
    tracked(scaling, table)

    def minute(writes):
        for i in range(0, writes, 25):
            dynamodb.batch_write_item(RequestItems={table: [
                {"PutRequest": {"Item": {"pk": {"S": str(i + k)}, "v": {"S": "x" * 9000}}}} for k in range(25)]})
        emulator_clock.advance(60)

    for _ in range(3):
        minute(50)  # 450 units: 7.5 a second, of 5
    until(lambda: capacity(client, table)[1] > 5)
    assert capacity(client, table) == (5, 11)  # 7.5 are 70 % of 10.7
    activity = scaling.describe_scaling_activities(ServiceNamespace="dynamodb", ResourceId=f"table/{table}")["ScalingActivities"][0]
    assert activity["Description"] == "Setting write capacity units to 11."
    assert activity["Cause"].startswith(f"monitor alarm TargetTracking-table/{table}-AlarmHigh-") and activity["Cause"].endswith("triggered policy p")
    high, = client("cloudwatch").describe_alarms(AlarmNamePrefix=f"TargetTracking-table/{table}-AlarmHigh")["MetricAlarms"]
    assert high["Threshold"] == pytest.approx(0.7 * 11 * 60)
    for _ in range(18):
        minute(0)
        dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}})
    until(lambda: capacity(client, table)[1] == 2)


def test_a_customized_metric(scaling, client, table, emulator_clock):
    scaling.register_scalable_target(**of(table), MinCapacity=1, MaxCapacity=40)
    metric = {"MetricName": "backlog", "Namespace": "Mine" + table, "Statistic": "Average"}
    scaling.put_scaling_policy(**of(table), PolicyName="p", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration={
        "TargetValue": 10.0, "CustomizedMetricSpecification": metric})
    for _ in range(4):
        client("cloudwatch").put_metric_data(Namespace="Mine" + table, MetricData=[{
            "MetricName": "backlog", "Value": 30, "Timestamp": datetime.datetime.fromtimestamp(emulator_clock.show()["now_ms"] / 1000, datetime.timezone.utc)}])
        emulator_clock.advance(60)
    until(lambda: capacity(client, table)[0] >= 15)


def test_a_suspended_target_stays(scaling, client, table, emulator_clock, drain):
    scaling.register_scalable_target(**of(table), MinCapacity=1, MaxCapacity=40, SuspendedState={"DynamicScalingOutSuspended": True})
    put = scaling.put_scaling_policy(**of(table), PolicyName="p", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration={
        "TargetValue": 70.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBReadCapacityUtilization"}})
    high = next(a["AlarmName"] for a in put["Alarms"] if "AlarmHigh" in a["AlarmName"])
    client("cloudwatch").set_alarm_state(AlarmName=high, StateValue="ALARM", StateReason="r")
    drain()
    assert capacity(client, table)[0] == 5
