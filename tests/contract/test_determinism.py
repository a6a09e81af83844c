"""One seed, a frozen clock, the same calls in the same order: two runs give the same trace, through faults, steps of the
clock, snapshots and kills."""

import random

import pytest
from botocore.exceptions import ClientError
from harness.kit import got, make_users
from harness.server import Server
from millrace import Millrace

ACCOUNT = "123456789012"
FIRST = "2030-01-31T09:00:00Z"


def program(seed, steps):
    """Random steps as data, so that both runs get the same."""
    draw = random.Random(seed)
    kinds = ["put"] * 8 + ["delete"] * 2 + ["advance", "fault", "save", "load", "drain", "drain", "kill"]
    return [(draw.choice(kinds), draw.randrange(6), draw.randrange(1, 5)) for _ in range(steps)]


class Run:
    def __init__(self, folder, seed):
        self.folder, self.seed, self.trace, self.saved = folder, seed, [], False
        self.now = FIRST

    def server(self):
        return Server(self.folder / "log", data_dir=self.folder / "data",
                      arguments=[f"--frozen={self.now}", "--seed", str(self.seed)])

    def note(self, step, call):
        try:
            self.trace.append((step, call()))
        except ClientError as error:
            self.trace.append((step, error.response["Error"]["Code"]))

    def connect(self, server):
        self.kit = Millrace(server.endpoint)
        self.world = self.kit.account(ACCOUNT)
        self.table = self.world.client("dynamodb")

    def step(self, kind, key, amount):
        item = {"Id": {"S": f"k{key}"}, "N": {"N": str(amount)}}
        if kind == "put":
            self.note(kind, lambda: self.table.put_item(TableName="Users", Item=item, ReturnValues="ALL_OLD").get("Attributes"))
        elif kind == "delete":
            self.note(kind, lambda: self.table.delete_item(TableName="Users", Key={"Id": item["Id"]},
                                                           ReturnValues="ALL_OLD").get("Attributes"))
        elif kind == "advance":
            self.kit.clock.advance(amount * 60)
            self.trace.append((kind, self.kit.clock.now().isoformat()))
        elif kind == "fault":
            self.world.faults.clear()
            self.world.faults.throttle("PutItem", share=0.4, seed=amount)
        elif kind == "drain":
            self.world.drain()
            self.trace.append((kind, got(self.world)))
        elif kind == "save" or (kind == "load" and not self.saved):
            self.world.drain()
            self.kit.snapshots.save("s")
            self.saved = True
        elif kind == "load":
            self.world.drain()
            self.kit.snapshots.load("s")
            self.trace.append((kind, self.kit.clock.now().isoformat()))

    def all(self, steps):
        server = self.server().start()
        try:
            self.connect(server)
            make_users(self.world)
            for kind, key, amount in steps:
                if kind != "kill":
                    self.step(kind, key, amount)
                    continue
                self.world.drain()
                self.now = self.kit.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
                server.kill()
                server = self.server().start()
                self.connect(server)
            self.world.drain()
            self.trace.append(("end", sorted(map(str, self.table.scan(TableName="Users")["Items"])), got(self.world)))
            self.trace.append(("records", self.records()))
        finally:
            server.stop()
        return self.trace

    def records(self):
        """Of the stream, in its order, with their numbers and times."""
        streams = self.world.client("dynamodbstreams")
        arn = self.table.describe_table(TableName="Users")["Table"]["LatestStreamArn"]
        out = []
        for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
            iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
            for record in streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]:
                change = record["dynamodb"]
                out.append((record["eventName"], change["Keys"]["Id"]["S"], change["SequenceNumber"],
                            change["ApproximateCreationDateTime"].isoformat()))
        return out


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_runs_give_the_same_trace(tmp_path, seed):
    steps = program(seed, 60)
    traces = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        traces.append(Run(tmp_path / name, seed).all(steps))
    assert len(traces[0]) > 30
    for one, two in zip(*traces):
        assert one == two
    assert len(traces[0]) == len(traces[1])


def test_the_clock_stands_still_from_the_start(tmp_path):
    with Server(tmp_path / "log", arguments=[f"--frozen={FIRST}"]) as server:
        kit = Millrace(server.endpoint)
        assert kit.clock.now().isoformat() == "2030-01-31T09:00:00+00:00"
        kit.clock.advance("2h")
        assert kit.clock.now().isoformat() == "2030-01-31T11:00:00+00:00"
        kit.reset()
        assert kit.clock.now().isoformat() == "2030-01-31T09:00:00+00:00"


def test_a_time_that_is_none_is_refused(tmp_path):
    from harness.server import DidNotStart

    with pytest.raises(DidNotStart, match="soon is no time"):
        Server(tmp_path / "log", arguments=["--frozen=soon"]).start()
