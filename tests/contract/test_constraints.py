"""The constraints of inputs, as AWS's models have them: what breaks one is told by its member, whatever else the operation
finds. One row a rule of those rooms whose own files don't have it."""

import pytest
from botocore.exceptions import ClientError

LONG = "Member must have length less than or equal to "
SHORT = "Member must have length greater than or equal to 1"
LOW = "Member must have value greater than or equal to 1"
TOKEN = "Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+"
STATISTICS = "Member must satisfy enum value set: [SampleCount, Average, Sum, Minimum, Maximum]"
TARGET = {"Arn": "arn:aws:sqs:us-east-1:000000000000:q", "RoleArn": "arn:aws:iam::000000000000:role/r"}
SCHEDULE = {"Name": "s", "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}}
METRIC = {"MetricName": "m", "Namespace": "n"}
NAMESPACE = "Member must satisfy regular expression pattern: [^:].*"
TABLE = {"ServiceNamespace": "dynamodb", "ResourceId": "table/t", "ScalableDimension": "dynamodb:table:ReadCapacityUnits"}
BASIC = {"Name": "c", "AuthorizationType": "BASIC"}
GROUP = "arn:aws:scheduler:us-east-1:000000000000:schedule-group/g"


def targeted(**more):
    return {**SCHEDULE, "Target": {**TARGET, **more}}


@pytest.mark.parametrize("service, operation, parameters, member, constraint", [
    ("scheduler", "create_schedule", {**targeted(), "ClientToken": "a b"}, "clientToken", TOKEN),
    ("scheduler", "create_schedule", {**targeted(), "ClientToken": ""}, "clientToken", SHORT),
    ("scheduler", "create_schedule", {**targeted(), "KmsKeyArn": "k" * 2049}, "kmsKeyArn", LONG + "2048"),
    ("scheduler", "create_schedule", targeted(RoleArn="arn:aws:iam::1:role/r"), "target.roleArn", "regular expression pattern: arn:aws(-[a-z]+)?:iam"),
    ("scheduler", "create_schedule", targeted(DeadLetterConfig={"Arn": "q"}), "target.deadLetterConfig.arn", "pattern: arn:aws(-[a-z]+)?:sqs"),
    ("scheduler", "create_schedule", targeted(SqsParameters={"MessageGroupId": "g" * 129}), "target.sqsParameters.messageGroupId", LONG + "128"),
    ("scheduler", "update_schedule", targeted(EventBridgeParameters={"DetailType": "d", "Source": "aws.s3"}),
     "target.eventBridgeParameters.source", "Member must satisfy regular expression pattern: "),
    ("scheduler", "delete_schedule", {"Name": "s", "ClientToken": "a b"}, "clientToken", TOKEN),
    ("scheduler", "create_schedule_group", {"Name": "g", "Tags": [{"Key": "k", "Value": ""}]}, "tags.1.member.value", SHORT),
    ("scheduler", "delete_schedule_group", {"Name": "g", "ClientToken": "t" * 65}, "clientToken", LONG + "64"),
    ("scheduler", "list_schedules", {"NamePrefix": "1"}, "namePrefix", "Member must satisfy regular expression pattern: [a-zA-Z][0-9a-zA-Z-_]*"),
    ("scheduler", "untag_resource", {"ResourceArn": GROUP, "TagKeys": ["k" * 129]}, "tagKeys.1.member", LONG + "128"),
    ("scheduler", "tag_resource", {"ResourceArn": GROUP[:-2], "Tags": []}, "resourceArn", "Member must satisfy regular expression pattern: arn:aws"),
    ("pipes", "untag_resource", {"resourceArn": "arn:aws:pipes:us-east-1:000000000000:pipe/p", "tagKeys": [""]}, "tagKeys.1.member", SHORT),
    ("cloudwatch", "describe_alarms_for_metric", {**METRIC, "Statistic": "Mean"}, "statistic", STATISTICS),
    ("cloudwatch", "describe_alarms_for_metric", {**METRIC, "Period": 0}, "period", LOW),
    ("cloudwatch", "describe_alarms_for_metric", {**METRIC, "Namespace": ":n"}, "namespace", NAMESPACE),
    ("cloudwatch", "list_metrics", {"Namespace": ":n"}, "namespace", NAMESPACE),
    ("cloudwatch", "list_metrics", {"Dimensions": [{"Name": "d" * 256}]}, "dimensions.1.member.name", LONG + "255"),
    ("cloudwatch", "describe_alarm_history", {"AlarmTypes": ["Alarm"]}, "alarmTypes.1.member",
     "Member must satisfy enum value set: [CompositeAlarm, MetricAlarm]"),
    ("cloudwatch", "describe_alarms", {"ParentsOfAlarmName": "a" * 256}, "parentsOfAlarmName", LONG + "255"),
    ("application-autoscaling", "describe_scaling_policies", {"ServiceNamespace": "dynamodb", "ScalableDimension": "x"}, "scalableDimension",
     "Member must satisfy enum value set: [ecs:service:DesiredCount, "),
    ("application-autoscaling", "deregister_scalable_target", {**TABLE, "ScalableDimension": "dynamodb:table:Units"}, "scalableDimension",
     "Member must satisfy enum value set: [ecs:service:DesiredCount, "),
    ("application-autoscaling", "put_scaling_policy", {**TABLE, "PolicyName": "p", "StepScalingPolicyConfiguration": {"AdjustmentType": "x"}},
     "stepScalingPolicyConfiguration.adjustmentType",
     "Member must satisfy enum value set: [ChangeInCapacity, PercentChangeInCapacity, ExactCapacity]"),
    ("events", "create_connection", {**BASIC, "AuthParameters": {"BasicAuthParameters": {"Username": "", "Password": "p"}}},
     "authParameters.basicAuthParameters.username", SHORT),
    ("events", "update_connection", {"Name": "c", "AuthParameters": {"OAuthParameters": {"HttpMethod": "HEAD"}}},
     "authParameters.oAuthParameters.httpMethod", "Member must satisfy enum value set: [GET, POST, PUT]"),
    ("events", "list_archives", {"State": "x"}, "state", "Member must satisfy enum value set: [ENABLED, DISABLED, CREATING, "),
    ("events", "list_replays", {"State": "x"}, "state", "Member must satisfy enum value set: [STARTING, RUNNING, CANCELLING, "),
    ("events", "list_connections", {"ConnectionState": "x"}, "connectionState", "Member must satisfy enum value set: [CREATING, "),
    ("events", "put_events", {"Entries": [{"TraceHeader": "t" * 501}]}, "entries.1.member.traceHeader", LONG + "500"),
    ("sts", "assume_role", {"RoleArn": TARGET["RoleArn"], "RoleSessionName": "s2", "Tags": [{"Key": "", "Value": "v"}]}, "tags.1.member.key", SHORT),
    ("sts", "assume_role", {"RoleArn": TARGET["RoleArn"], "RoleSessionName": "s2", "Tags": [{"Key": "k", "Value": "v" * 257}]},
     "tags.1.member.value", LONG + "256"),
    ("sts", "get_federation_token", {"Name": "nn", "Tags": [{"Key": str(n), "Value": "v"} for n in range(51)]}, "tags", LONG + "50"),
    ("sts", "get_federation_token", {"Name": "nn", "Tags": [{"Key": "k", "Value": "<v>"}]}, "tags.1.member.value",
     r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*"),
    ("sts", "assume_role", {"RoleArn": TARGET["RoleArn"], "RoleSessionName": "s2", "TokenCode": "12345"}, "tokenCode",
     "Member must have length greater than or equal to 6"),
    ("sts", "assume_role", {"RoleArn": TARGET["RoleArn"], "RoleSessionName": "s2", "SerialNumber": "1"}, "serialNumber",
     "Member must have length greater than or equal to 9"),
    ("sns", "create_topic", {"Name": "t", "Tags": [{"Key": "k", "Value": "v" * 257}]}, "tags.1.member.value", LONG + "256"),
    ("pipes", "create_pipe", {"Name": "p", "Source": TARGET["Arn"], "Target": TARGET["Arn"], "RoleArn": "r"}, "roleArn",
     "Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam"),
    ("lambda", "list_event_source_mappings", {"EventSourceArn": "q"}, "eventSourceArn", "Member must satisfy regular expression pattern: arn:(aws"),
    ("lambda", "create_event_source_mapping", {"FunctionName": "f", "EventSourceArn": "arn:aws:sqs:us-east-1:1:q"}, "eventSourceArn",
     "Member must satisfy regular expression pattern: arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:"),
    ("dynamodbstreams", "list_streams", {"TableName": "a b"}, "tableName", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
])
def test_broken(client, service, operation, parameters, member, constraint):
    with pytest.raises(ClientError) as refused:
        getattr(client(service, parameter_validation=False), operation)(**parameters)
    error, status = refused.value.response["Error"], refused.value.response["ResponseMetadata"]["HTTPStatusCode"]
    assert status == 400 and error["Code"].startswith("Validation"), error
    assert f"at '{member}' failed to satisfy constraint: " in error["Message"] and constraint in error["Message"], error
