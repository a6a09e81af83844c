"""Who is at work when the server is killed: each actor does one kind of work over and over, writes down what was
acknowledged, and afterwards judges what is there. What was asked for without an answer may have happened or not."""

import collections
import io
import json
import threading
import urllib.request
import zipfile

from botocore.exceptions import BotoCoreError, ClientError

from harness import waiting

MIB = 1 << 20
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]})


class Actor:
    """`connect` gives new clients to whichever server runs now."""

    def __init__(self, server, connect):
        self.server, self.connect = server, connect
        self.steps = 0      # finished in this round
        self.unexpected = []
        self._clients = {}

    def client(self, service):
        if service not in self._clients:
            self._clients[service] = self.connect(service)
        return self._clients[service]

    def prepare(self):
        """What must be there before the first round."""

    def step(self):
        """One piece of work. Ends in a lost connection when the server is killed."""
        raise NotImplementedError

    def after_restart(self):
        """Between two rounds."""

    def judge(self):
        """After the last restart: asserts."""
        raise NotImplementedError

    def begin_round(self):
        self._clients = {}
        self.steps = 0
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def end_round(self):
        """After the kill."""
        self._thread.join(90)
        assert not self._thread.is_alive(), type(self).__name__
        assert self.unexpected == [], type(self).__name__
        self._clients = {}

    def _work(self):
        while True:
            try:
                self.step()
            except ClientError as error:  # an answer, and not the one that this work should get
                self.unexpected.append(error)
                return
            except (BotoCoreError, OSError):
                return
            self.steps += 1


# -- what several need


def create_table(dynamodb, name, stream=None, **more):
    if stream:
        more["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream}
    more.setdefault("AttributeDefinitions", [{"AttributeName": "pk", "AttributeType": "S"}])
    dynamodb.create_table(TableName=name, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST", **more)


def items_of(dynamodb, name, **more):
    pages = dynamodb.get_paginator("scan").paginate(TableName=name, **more)
    return [item for page in pages for item in page["Items"]]


def records_of(connect, table, arn=None):
    """All records of the table's stream (the latest, or that one), parents before their children."""
    arn = arn or connect("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    streams = connect("dynamodbstreams")
    shards, page = [], {}
    while True:
        described = streams.describe_stream(StreamArn=arn, **page)["StreamDescription"]
        shards += described["Shards"]
        if "LastEvaluatedShardId" not in described:
            break
        page = {"ExclusiveStartShardId": described["LastEvaluatedShardId"]}
    done, records = set(), []
    known = {shard["ShardId"] for shard in shards}
    while len(done) < len(shards):
        for shard in shards:
            if shard["ShardId"] in done or shard.get("ParentShardId") in known - done:
                continue
            done.add(shard["ShardId"])
            iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            while iterator:
                page = streams.get_records(ShardIterator=iterator)
                records += page["Records"]
                iterator = page.get("NextShardIterator") if page["Records"] else None
    return records


def create_function(connect, name, source, **settings):
    iam = connect("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=EVERYTHING)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", source)
    connect("lambda").create_function(FunctionName=name, Runtime="python3.12", Handler="index.handler", Role=role, Timeout=30,
                                      Code={"ZipFile": package.getvalue()}, **settings)


def advance(server, seconds):
    url = f"{server.endpoint}/_millrace/clock/advance?by={seconds * 1000}"
    urllib.request.urlopen(urllib.request.Request(url, method="POST", data=b""), timeout=30).close()


# -- DynamoDB


class Transfers(Actor):
    """Moves amounts between accounts by transactions that also write a ledger entry. The last one, whose answer was lost,
    is sent again with its token after the restart: it must have happened exactly once."""

    ACCOUNTS = 8

    def prepare(self):
        dynamodb = self.client("dynamodb")
        create_table(dynamodb, "accounts")
        create_table(
            dynamodb, "ledger", stream="NEW_IMAGE",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "source")],
            GlobalSecondaryIndexes=[{"IndexName": "by-source", "KeySchema": [{"AttributeName": "source", "KeyType": "HASH"}],
                                     "Projection": {"ProjectionType": "ALL"}}])
        self.number, self.open = 0, None
        self.acknowledged = set()

    def send(self):
        self.client("dynamodb").transact_write_items(**self.open)
        self.acknowledged.add(self.open["ClientRequestToken"])
        self.open = None

    def step(self):
        self.number += 1
        source, target = self.number % self.ACCOUNTS, (self.number * 3 + 1) % self.ACCOUNTS
        if source == target:
            target = (target + 1) % self.ACCOUNTS
        amount, token = str(self.number % 7 + 1), f"transfer-{self.number}"

        def add(account, sign):
            return {"Update": {"TableName": "accounts", "Key": {"pk": {"S": str(account)}}, "UpdateExpression": "ADD balance :a",
                               "ExpressionAttributeValues": {":a": {"N": sign + amount}}}}

        entry = {"pk": {"S": token}, "source": {"S": str(source)}, "target": {"S": str(target)}, "amount": {"N": amount}}
        self.open = {"ClientRequestToken": token, "TransactItems": [
            add(source, "-"), add(target, ""), {"Put": {"TableName": "ledger", "Item": entry}}]}
        self.send()

    def after_restart(self):
        if self.open:
            self.send()

    def judge(self):
        dynamodb = self.client("dynamodb")
        ledger = items_of(dynamodb, "ledger")
        assert {entry["pk"]["S"] for entry in ledger} == self.acknowledged
        expected = collections.Counter()
        for entry in ledger:
            expected[entry["source"]["S"]] -= int(entry["amount"]["N"])
            expected[entry["target"]["S"]] += int(entry["amount"]["N"])
        balances = {item["pk"]["S"]: int(item["balance"]["N"]) for item in items_of(dynamodb, "accounts")}
        assert balances == {account: expected[account] for account in balances} and sum(balances.values()) == 0
        by_key = sorted(ledger, key=lambda entry: entry["pk"]["S"])
        assert sorted(items_of(dynamodb, "ledger", IndexName="by-source"), key=lambda entry: entry["pk"]["S"]) == by_key
        recorded = [record["dynamodb"]["Keys"]["pk"]["S"] for record in records_of(self.connect, "ledger")]
        assert sorted(recorded) == [entry["pk"]["S"] for entry in by_key], "one record each"


class Expiries(Actor):
    """Puts items whose time has come already."""

    def prepare(self):
        dynamodb = self.client("dynamodb")
        create_table(dynamodb, "expiring", stream="OLD_IMAGE")
        dynamodb.update_time_to_live(TableName="expiring", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"})
        self.now = int(urllib_json(self.server, "/_millrace/clock")["now_ms"]) // 1000
        self.number, self.acknowledged = 0, set()

    def step(self):
        self.number += 1
        key = str(self.number)
        self.client("dynamodb").put_item(TableName="expiring", Item={"pk": {"S": key}, "ends": {"N": str(self.now - 60)}})
        self.acknowledged.add(key)

    def judge(self):
        waiting.until(lambda: not items_of(self.client("dynamodb"), "expiring"), "all items have expired", timeout_s=60)
        seen = collections.defaultdict(list)
        for record in records_of(self.connect, "expiring"):
            seen[record["dynamodb"]["Keys"]["pk"]["S"]].append(record["eventName"])
            if record["eventName"] == "REMOVE":
                assert record["userIdentity"]["PrincipalId"] == "dynamodb.amazonaws.com"
        assert self.acknowledged <= seen.keys()
        assert {tuple(names) for names in seen.values()} == {("INSERT", "REMOVE")}


class Shards(Actor):
    """Writes to a stream whose shards are replaced all the time."""

    def prepare(self):
        create_table(self.client("dynamodb"), "rolled", stream="NEW_AND_OLD_IMAGES")
        self.number, self.acknowledged = 0, set()

    def step(self):
        self.number += 1
        self.client("dynamodb").put_item(
            TableName="rolled", Item={"pk": {"S": f"key-{self.number % 5}"}, "number": {"N": str(self.number)}})
        self.acknowledged.add(self.number)
        if self.number % 25 == 0:
            arn = self.client("dynamodb").describe_table(TableName="rolled")["Table"]["LatestStreamArn"]
            what = "split" if self.number % 100 == 0 else "roll"
            url = f"{self.server.endpoint}/_millrace/streams/{what}?stream={arn}"
            urllib.request.urlopen(urllib.request.Request(url, method="POST", data=b""), timeout=30).close()

    def judge(self):
        numbers, per_key = [], collections.defaultdict(list)
        for record in records_of(self.connect, "rolled"):
            image, old = record["dynamodb"]["NewImage"], record["dynamodb"].get("OldImage")
            before = per_key[image["pk"]["S"]]
            assert (int(old["number"]["N"]) if old else None) == (before[-1] if before else None), "no gap between the images"
            before.append(int(image["number"]["N"]))
            numbers.append(int(image["number"]["N"]))
        assert len(numbers) == len(set(numbers)) and self.acknowledged <= set(numbers)
        for key, versions in per_key.items():
            assert versions == sorted(versions), key
        stored = {item["pk"]["S"]: int(item["number"]["N"]) for item in items_of(self.client("dynamodb"), "rolled")}
        assert stored == {key: versions[-1] for key, versions in per_key.items()}


def urllib_json(server, path):
    with urllib.request.urlopen(server.endpoint + path, timeout=30) as answer:
        return json.load(answer)


class Indexes(Actor):
    """Writes while an index is built, and taken away, and built."""

    INDEX = {"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}
    ATTRIBUTES = [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "g", "AttributeType": "S"}]

    def prepare(self):
        create_table(self.client("dynamodb"), "indexed")
        self.number, self.acknowledged = 0, set()

    def status(self):
        table = self.client("dynamodb").describe_table(TableName="indexed")["Table"]
        if table["TableStatus"] != "ACTIVE":
            return table["TableStatus"]
        indexes = table.get("GlobalSecondaryIndexes", [])
        return indexes[0]["IndexStatus"] if indexes else None

    def change(self, status):
        update = {"Create": self.INDEX} if status is None else {"Delete": {"IndexName": "by-g"}}
        self.client("dynamodb").update_table(
            TableName="indexed", AttributeDefinitions=self.ATTRIBUTES, GlobalSecondaryIndexUpdates=[update])

    def step(self):
        self.number += 1
        key = str(self.number % 700)
        self.client("dynamodb").put_item(
            TableName="indexed", Item={"pk": {"S": key}, "g": {"S": f"g{self.number % 7}"}, "number": {"N": str(self.number)}})
        self.acknowledged.add(key)
        if self.number % 60 == 0 and (status := self.status()) in (None, "ACTIVE"):
            self.change(status)

    def judge(self):
        waiting.until(lambda: self.status() in (None, "ACTIVE"), "what was begun with the index ends")
        if self.status() is None:
            self.change(None)
            waiting.until(lambda: self.status() == "ACTIVE", "the index is built")
        dynamodb = self.client("dynamodb")
        rows = {item["pk"]["S"]: item for item in items_of(dynamodb, "indexed")}
        entries = items_of(dynamodb, "indexed", IndexName="by-g")
        assert self.acknowledged <= rows.keys()
        assert len(entries) == len(rows) and {entry["pk"]["S"]: entry for entry in entries} == rows


class Restores(Actor):
    """Backs a table up and restores it, one time after the other."""

    ITEMS = 120

    def prepare(self):
        dynamodb = self.client("dynamodb")
        create_table(dynamodb, "backed-up")
        for number in range(self.ITEMS):
            dynamodb.put_item(TableName="backed-up", Item={"pk": {"S": str(number)}, "text": {"S": "x" * 500}})
        self.number, self.restored, self.backups = 0, [], []

    def is_whole(self, name):
        dynamodb = self.client("dynamodb")
        waiting.until(lambda: dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE", f"{name} is restored")
        return len(items_of(dynamodb, name)) == self.ITEMS

    def step(self):
        dynamodb = self.client("dynamodb")
        self.number += 1
        name = f"restored-{self.number}"
        backup = dynamodb.create_backup(TableName="backed-up", BackupName="b")["BackupDetails"]["BackupArn"]
        self.backups.append(backup)
        dynamodb.restore_table_from_backup(TargetTableName=name, BackupArn=backup)
        self.restored.append(name)
        assert self.is_whole(name)
        while len(self.restored) > 3:  # the last two are never asked to go, and are judged
            dynamodb.delete_table(TableName=self.restored[0])
            del self.restored[0]
        while len(self.backups) > 3:
            dynamodb.delete_backup(BackupArn=self.backups[0])
            del self.backups[0]

    def after_restart(self):
        # What was being deleted may be there or not; the last ones were not.
        self.restored, self.backups = self.restored[-2:], []
        for name in self.restored:
            assert self.is_whole(name), name

    def judge(self):
        for name in self.restored:
            assert self.is_whole(name), name


class Toggles(Actor):
    """Writes to a table whose stream is turned off and on."""

    def prepare(self):
        create_table(self.client("dynamodb"), "toggled", stream="NEW_IMAGE")
        self.number, self.recorded, self.certain = 0, set(), True

    def toggle(self):
        dynamodb = self.client("dynamodb")
        self.certain = False
        on = dynamodb.describe_table(TableName="toggled")["Table"].get("StreamSpecification", {}).get("StreamEnabled", False)
        more = {"StreamEnabled": False} if on else {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        dynamodb.update_table(TableName="toggled", StreamSpecification=more)
        self.certain = not on

    def step(self):
        self.number += 1
        self.client("dynamodb").put_item(TableName="toggled", Item={"pk": {"S": str(self.number)}})
        if self.certain:
            self.recorded.add(str(self.number))
        if self.number % 150 == 0:
            self.toggle()

    def judge(self):
        streams, page, seen = self.client("dynamodbstreams"), {}, collections.Counter()
        while True:
            listed = streams.list_streams(TableName="toggled", **page)
            for stream in listed["Streams"]:
                seen.update(r["dynamodb"]["Keys"]["pk"]["S"] for r in records_of(self.connect, "toggled", stream["StreamArn"]))
            if "LastEvaluatedStreamArn" not in listed:
                break
            page = {"ExclusiveStartStreamArn": listed["LastEvaluatedStreamArn"]}
        assert set(seen.values()) <= {1}, "twice"
        assert self.recorded <= seen.keys()
        assert seen.keys() <= {item["pk"]["S"] for item in items_of(self.client("dynamodb"), "toggled")}
