"""CloudWatch: what is kept and shown without acting."""

import json

import botocore.exceptions
import pytest


@pytest.fixture(scope="module")
def watch(client):
    return client("cloudwatch")


@pytest.fixture
def space(unique):
    return unique("Space")


def refusal(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"]


def test_anomaly_detectors_are_kept(watch, space):
    metric = {"Namespace": space, "MetricName": "m", "Stat": "Average"}
    watch.put_anomaly_detector(SingleMetricAnomalyDetector=metric)
    (shown,) = watch.describe_anomaly_detectors(Namespace=space)["AnomalyDetectors"]
    assert shown == {**metric, "Dimensions": [], "Configuration": {"ExcludedTimeRanges": []}, "StateValue": "PENDING_TRAINING",
                     "SingleMetricAnomalyDetector": {**metric, "Dimensions": []}}
    assert watch.describe_anomaly_detectors(AnomalyDetectorTypes=["METRIC_MATH"])["AnomalyDetectors"] == []
    watch.delete_anomaly_detector(**metric)
    assert watch.describe_anomaly_detectors(Namespace=space)["AnomalyDetectors"] == []
    assert refusal(watch.delete_anomaly_detector, **metric) in ("ResourceNotFoundException", "ResourceNotFound")


def test_insight_rules_are_kept(watch, unique):
    name, definition = unique("rule"), json.dumps({"Schema": {"Name": "CloudWatchLogRule", "Version": 1}, "LogGroupNames": ["g"]})
    watch.put_insight_rule(RuleName=name, RuleState="ENABLED", RuleDefinition=definition)

    def shown():
        return [rule for rule in watch.describe_insight_rules()["InsightRules"] if rule["Name"] == name]

    assert [(r["State"], r["Definition"], json.loads(r["Schema"])) for r in shown()] == [
        ("ENABLED", definition, {"Name": "CloudWatchLogRule", "Version": 1})]
    assert watch.disable_insight_rules(RuleNames=[name])["Failures"] == [] and shown()[0]["State"] == "DISABLED"
    watch.enable_insight_rules(RuleNames=[name])
    assert shown()[0]["State"] == "ENABLED"
    (failure,) = watch.delete_insight_rules(RuleNames=[name, "nowhere"])["Failures"]
    assert failure["FailureResource"] == "nowhere" and shown() == []


def test_metric_streams_are_kept(watch, unique, account):
    name, fire = unique("stream"), f"arn:aws:firehose:us-east-1:{account}:deliverystream/d"
    arn = watch.put_metric_stream(Name=name, FirehoseArn=fire, RoleArn=f"arn:aws:iam::{account}:role/r", OutputFormat="json")["Arn"]
    assert arn == f"arn:aws:cloudwatch:us-east-1:{account}:metric-stream/{name}"
    shown = watch.get_metric_stream(Name=name)
    assert (shown["State"], shown["FirehoseArn"], shown["OutputFormat"]) == ("running", fire, "json")
    assert shown["CreationDate"] == shown["LastUpdateDate"]
    watch.stop_metric_streams(Names=[name])
    assert [e["State"] for e in watch.list_metric_streams()["Entries"] if e["Name"] == name] == ["stopped"]
    watch.delete_metric_stream(Name=name)
    assert refusal(watch.get_metric_stream, Name=name) in ("ResourceNotFoundException", "ResourceNotFound")
