"""The actors (actors.py) of EventBridge, Scheduler, Pipes, alarms and rotation. All deliver at least once."""

import datetime
import json

from crash.actors import EVERYTHING, Actor, advance, create_function, create_table, urllib_json
from harness import waiting


class Told(Actor):
    """What is sent to a queue: whatever was acknowledged arrives, maybe more than once."""

    SERVICE = "events.amazonaws.com"

    def prepare(self):
        name = "told-" + type(self).__name__.lower()
        sqs = self.client("sqs")
        self.url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
        self.queue = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {"Effect": "Allow", "Principal": {"Service": [self.SERVICE, "sns.amazonaws.com"]}, "Action": "sqs:SendMessage", "Resource": self.queue}
        sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})})
        self.account = self.queue.split(":")[4]
        self.number, self.acknowledged, self.arrived = 0, set(), set()

    def role(self):
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": self.SERVICE}}
        name = type(self).__name__
        arn = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))["Role"]["Arn"]
        self.client("iam").put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=EVERYTHING)
        return arn

    @staticmethod
    def read(body):
        return json.loads(body)["number"]

    def collect(self):
        while messages := self.client("sqs").receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.arrived.add(self.read(message["Body"]))
                self.client("sqs").delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def judge(self):
        def all_arrived():
            waiting.drain(self.server.endpoint, timeout_s=90)
            self.collect()
            return self.acknowledged <= self.arrived

        waiting.until(all_arrived, f"{type(self).__name__}: everything arrives", timeout_s=90)
        assert self.arrived <= set(range(1, self.number + 1))


class BusEvents(Told):
    """PutEvents, ten at a time: each accepted event reaches its rule's queue."""

    def prepare(self):
        super().prepare()
        events = self.client("events")
        events.put_rule(Name="told", EventPattern='{"source":["storm"]}')
        events.put_targets(Rule="told", Targets=[{"Id": "q", "Arn": self.queue, "InputPath": "$.detail"}])

    def step(self):
        numbers = range(self.number + 1, self.number + 11)
        self.number += 10
        answer = self.client("events").put_events(Entries=[
            {"Source": "storm", "DetailType": "t", "Detail": json.dumps({"number": number})} for number in numbers])
        assert answer["FailedEntryCount"] == 0, answer
        self.acknowledged.update(numbers)


class Schedules(Told):
    """Schedules that fire once, within the next second or two: each fires, although the server dies meanwhile."""

    SERVICE = "scheduler.amazonaws.com"

    def prepare(self):
        super().prepare()
        self.role_arn = self.role()

    def step(self):
        self.number += 1
        due = urllib_json(self.server, "/_millrace/clock")["now_ms"] / 1000 + 1 + self.number % 2
        moment = datetime.datetime.fromtimestamp(due, datetime.timezone.utc)
        self.client("scheduler").create_schedule(
            Name=f"once-{self.number}", ScheduleExpression=moment.strftime("at(%Y-%m-%dT%H:%M:%S)"), FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": self.queue, "RoleArn": self.role_arn, "Input": json.dumps({"number": self.number})})
        # One whose second had come before it was stored never fires, as on AWS.
        if urllib_json(self.server, "/_millrace/clock")["now_ms"] / 1000 < int(due):
            self.acknowledged.add(self.number)

    def judge(self):
        advance(self.server, 5)
        super().judge()


class PipePositions(Told):
    """A pipe from a stream: it goes on where it was."""

    SERVICE = "pipes.amazonaws.com"

    def prepare(self):
        super().prepare()
        dynamodb = self.client("dynamodb")
        create_table(dynamodb, "piped", stream="NEW_IMAGE")
        stream = dynamodb.describe_table(TableName="piped")["Table"]["LatestStreamArn"]
        self.client("pipes").create_pipe(Name="told", RoleArn=self.role(), Source=stream, Target=self.queue, SourceParameters={
            "DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON", "BatchSize": 5}},
            TargetParameters={"InputTemplate": '{"number": <$.dynamodb.NewImage.pk.S>}'})

    @staticmethod
    def read(body):
        return int(json.loads(body)["number"])

    def step(self):
        self.number += 1
        self.client("dynamodb").put_item(TableName="piped", Item={"pk": {"S": str(self.number)}})
        self.acknowledged.add(self.number)


class AlarmStates(Told):
    """Alarms that are set off: they stay so, and their topic's queue hears of each."""

    def prepare(self):
        super().prepare()
        self.topic = self.client("sns").create_topic(Name="alarms")["TopicArn"]
        self.client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=self.queue)

    @staticmethod
    def read(body):
        return int(json.loads(json.loads(body)["Message"])["AlarmName"].split("-")[1])

    def step(self):
        self.number += 1
        watch, name = self.client("cloudwatch"), f"alarm-{self.number}"
        watch.put_metric_alarm(AlarmName=name, Namespace="Storm", MetricName="none", Statistic="Sum", Period=86400, EvaluationPeriods=1, Threshold=1,
                               ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore", AlarmActions=[self.topic])
        watch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="storm")
        self.acknowledged.add(self.number)

    def judge(self):
        super().judge()
        pages = self.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix="alarm-")
        states = {int(a["AlarmName"].split("-")[1]): a["StateValue"] for page in pages for a in page["MetricAlarms"]}
        assert {states[number] for number in self.acknowledged} == {"ALARM"}


class Rotations(Actor):
    """Secrets that are rotated by a function: each rotation that was begun comes to its end."""

    HANDLER = """
import boto3
def handler(event, context):
    client = boto3.client("secretsmanager")
    arn, token = event["SecretId"], event["ClientRequestToken"]
    if event["Step"] == "createSecret":
        try:
            client.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
        except client.exceptions.ResourceNotFoundException:
            client.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString="new", VersionStages=["AWSPENDING"])
    if event["Step"] == "finishSecret":
        stages = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
        current, = [version for version, names in stages.items() if "AWSCURRENT" in names]
        if current != token:
            client.update_secret_version_stage(SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current)
"""

    def prepare(self):
        create_function(self.connect, "rotates", self.HANDLER)
        lam = self.client("lambda")
        self.function = lam.get_function(FunctionName="rotates")["Configuration"]["FunctionArn"]
        lam.add_permission(FunctionName="rotates", StatementId="s", Action="lambda:InvokeFunction", Principal="secretsmanager.amazonaws.com")
        self.number, self.begun = 0, {}

    def step(self):
        self.number += 1
        secrets, name = self.client("secretsmanager"), f"secret-{self.number}"
        secrets.create_secret(Name=name, SecretString="old")
        self.begun[name] = secrets.rotate_secret(SecretId=name, RotationLambdaARN=self.function, RotationRules={"AutomaticallyAfterDays": 30})["VersionId"]

    def judge(self):
        def current(name):
            read = self.client("secretsmanager").get_secret_value(SecretId=name)
            return read["SecretString"], read["VersionId"]

        def all_rotated():
            waiting.drain(self.server.endpoint, timeout_s=90)
            return all(current(name) == ("new", version) for name, version in self.begun.items())

        waiting.until(all_rotated, "every rotation has ended", timeout_s=90)


ALL = (BusEvents, Schedules, PipePositions, AlarmStates, Rotations)
