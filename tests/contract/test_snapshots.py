"""Reset and snapshots: what is there is replaced behind open sockets, all of it or an account's part."""

import json
import os
import threading
import time
import uuid

import pytest
from harness.kit import got, kit, make_users, users, world  # noqa: F401
from harness.own_server import endpoint, server  # noqa: F401
from harness.server import Server
from millrace import Millrace, MillraceError


def names(account):
    return account.client("dynamodb").list_tables()["TableNames"]


def fill(account):
    """Something of each kind that lies elsewhere in the store."""
    account.client("sqs").create_queue(QueueName="q")
    account.client("sqs").send_message(QueueUrl=queue_url(account), MessageBody="hello")
    account.client("s3").create_bucket(Bucket=f"bucket-{account.id}")
    account.client("s3").put_object(Bucket=f"bucket-{account.id}", Key="k", Body=b"x" * 100_000)
    logs = account.client("logs")
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    logs.put_log_events(logGroupName="g", logStreamName="s",
                        logEvents=[{"timestamp": int(time.time() * 1000), "message": "line"}])
    account.client("ssm").put_parameter(Name="p", Value="v", Type="String")
    account.client("iam").create_user(UserName="u")
    account.client("kms").create_key()


def queue_url(account):
    return account.client("sqs").get_queue_url(QueueName="q")["QueueUrl"]


def held(account):
    sqs, s3 = account.client("sqs"), account.client("s3")
    return {
        "messages": sqs.get_queue_attributes(QueueUrl=queue_url(account), AttributeNames=["ApproximateNumberOfMessages"])[
            "Attributes"]["ApproximateNumberOfMessages"],
        "object": s3.get_object(Bucket=f"bucket-{account.id}", Key="k")["Body"].read(),
        "lines": [e["message"] for e in account.client("logs").filter_log_events(logGroupName="g")["events"]],
        "parameter": account.client("ssm").get_parameter(Name="p")["Parameter"]["Value"],
        "users": [u["UserName"] for u in account.client("iam").list_users()["Users"]],
        "keys": len(account.client("kms").list_keys()["Keys"]),
    }


WHOLE = {"messages": "1", "object": b"x" * 100_000, "lines": ["line"], "parameter": "v", "users": ["u"], "keys": 1}


def test_a_reset_leaves_nothing_and_keeps_connections(kit, world):
    fill(world)
    make_users(world)
    kit.clock.advance("2h")
    world.faults.throttle("ListTables")
    kit.reset()
    assert names(world) == [] and world.client("s3").list_buckets()["Buckets"] == []
    assert world.client("lambda").list_functions()["Functions"] == []
    assert kit.faults.list() == []
    assert abs(kit.clock.now().timestamp() - time.time()) < 5


def processor_ms(server):
    """What the server's process has used of the processors so far: other processes' work isn't in it."""
    fields = open(f"/proc/{server.process.pid}/stat").read().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:13])) * 1000 // os.sysconf("SC_CLK_TCK")


def test_a_reset_and_a_load_take_milliseconds(kit, server, world):
    fill(world)
    kit.snapshots.save("quick")
    for call in (lambda: kit.snapshots.load("quick"), kit.reset):
        taken = []
        for _ in range(3):
            before = processor_ms(server)
            call()
            taken.append(processor_ms(server) - before)
        assert min(taken) < 300, taken
    kit.snapshots.delete("quick")


def test_an_account_is_reset_alone(kit, world):
    other = kit.account()
    for account in (world, other):
        fill(account)
    kept = make_users(other)
    kept("ada")
    other.drain()
    world.reset()
    assert names(world) == [] and world.client("iam").list_users()["Users"] == []
    assert world.client("sqs").list_queues().get("QueueUrls", []) == []
    assert world.client("ssm").describe_parameters()["Parameters"] == []
    assert world.client("logs").describe_log_groups()["logGroups"] == []
    with pytest.raises(world.client("s3").exceptions.ClientError, match="NoSuchBucket"):
        world.client("s3").get_object(Bucket=f"bucket-{world.id}", Key="k")
    assert held(other) == {**WHOLE, "users": ["u"]}
    kept("grace")
    other.drain()
    assert got(other) == ["ada", "grace"]


def test_a_service_is_reset_alone(world):
    fill(world)
    make_users(world)
    world.reset("dynamodb")
    assert names(world) == []
    assert held(world) == WHOLE
    assert [f["FunctionName"] for f in world.client("lambda").list_functions()["Functions"]] == ["notice"]


def test_an_unknown_service_is_told_which_there_are(kit):
    with pytest.raises(MillraceError, match="Nothing is kept of a service ec2. There are: apigateway, .*dynamodb"):
        kit.reset(service="ec2")


def test_a_snapshot_brings_back_everything(kit, world):
    fill(world)
    put = make_users(world)
    put("ada")
    world.drain()
    kit.clock.freeze()
    kit.clock.set("2030-01-31T09:00:00Z")
    kit.snapshots.save("before")
    kit.clock.advance("1h")
    put("grace")
    world.client("sqs").purge_queue(QueueUrl=queue_url(world))
    world.client("s3").delete_object(Bucket=f"bucket-{world.id}", Key="k")
    kit.snapshots.load("before")
    assert kit.clock.now().isoformat() == "2030-01-31T09:00:00+00:00"
    assert held(world) == WHOLE
    assert [i["Id"]["S"] for i in world.client("dynamodb").scan(TableName="Users")["Items"]] == ["ada"]
    put("lise")  # the same stack goes on: its positions are those of then
    world.drain()
    assert got(world) == ["ada", "lise"]
    kit.clock.resume()
    assert [s["name"] for s in kit.snapshots.list()] == ["before"]
    kit.snapshots.delete("before")
    with pytest.raises(MillraceError, match="There is no snapshot before"):
        kit.snapshots.load("before")
    kit.reset()


def test_a_snapshot_may_be_loaded_again_and_again(kit, world):
    put = make_users(world)
    kit.snapshots.save("empty")
    for _ in range(3):
        kit.snapshots.load("empty")
        put("ada")
        world.drain()
        assert got(world) == ["ada"]
    kit.snapshots.delete("empty")


def test_an_accounts_snapshot_leaves_the_others_alone(kit, world):
    other = kit.account()
    fill(world)
    put, kept = make_users(world), make_users(other)
    put("ada")
    kit.drain()
    world.snapshots.save("mine")
    put("grace")
    kept("lise")
    kit.drain()
    world.client("ssm").delete_parameter(Name="p")
    world.client("s3").put_object(Bucket=f"bucket-{world.id}", Key="k", Body=b"another")
    world.client("sqs").purge_queue(QueueUrl=queue_url(world))
    world.snapshots.load("mine")
    assert held(world) == {**WHOLE, "users": ["u"]}
    assert [i["Id"]["S"] for i in world.client("dynamodb").scan(TableName="Users")["Items"]] == ["ada"]
    put("emmy")
    kept("hedy")
    kit.drain()
    assert got(world) == ["ada", "emmy"]
    assert got(other) == ["lise", "hedy"]
    assert [s["account"] for s in kit.snapshots.list() if s["name"] == "mine"] == [world.id]
    with pytest.raises(MillraceError, match=f"is of account {world.id} alone"):
        other.snapshots.load("mine")
    kit.snapshots.delete("mine")


def test_an_accounts_snapshot_outlives_a_reset_of_the_server(kit, world):
    put = make_users(world)
    put("ada")
    world.drain()
    world.snapshots.save("mine")
    kit.reset()
    other = kit.account()
    kept = make_users(other)  # its tables' numbers are others than those in the snapshot
    kept("lise")
    world.snapshots.load("mine")
    put("grace")
    kit.drain()
    assert got(world) == ["ada", "grace"] and got(other) == ["lise"]
    kit.snapshots.delete("mine")


def fill_under_keys(account):
    """What is encrypted at rest, by keys and counters that lie in the store, too."""
    everybody = [{"AWS": f"arn:aws:iam::{account.id}:root"}, {"Service": "logs.us-east-1.amazonaws.com"}]
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": who, "Action": "kms:*", "Resource": "*"} for who in everybody]}
    key = account.client("kms").create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    logs = account.client("logs")
    logs.create_log_group(logGroupName="sealed", kmsKeyId=key)
    logs.create_log_stream(logGroupName="sealed", logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": f"of {account.id}"}
    logs.put_log_events(logGroupName="sealed", logStreamName="s", logEvents=[event])
    account.client("s3").create_bucket(Bucket=f"sealed-{account.id}")
    for name, how in (("own", {}), ("kms", {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key})):
        account.client("s3").put_object(Bucket=f"sealed-{account.id}", Key=name, Body=f"of {account.id}".encode(), **how)


def held_under_keys(account):
    lines = account.client("logs").filter_log_events(logGroupName="sealed")["events"]
    read = [account.client("s3").get_object(Bucket=f"sealed-{account.id}", Key=name)["Body"].read().decode() for name in ("own", "kms")]
    return {line["message"] for line in lines} | set(read)


def test_what_lies_under_keys_is_read_in_another_store(kit, world):
    fill_under_keys(world)
    world.snapshots.save("sealed")
    kit.reset()  # another store, with keys and numbers of its own
    other = kit.account()
    fill_under_keys(other)
    world.snapshots.load("sealed")
    assert held_under_keys(world) == {f"of {world.id}"}
    assert held_under_keys(other) == {f"of {other.id}"}
    world.reset()
    assert held_under_keys(other) == {f"of {other.id}"}
    kit.snapshots.delete("sealed")
    kit.reset()


def test_what_lies_encrypted_goes_with_its_account(tmp_path):
    """It lies encrypted in the account's snapshot as well."""
    with Server(tmp_path / "log", data_dir=tmp_path / "data") as server:
        world = Millrace(server.endpoint).account()
        dynamodb, secret = world.client("dynamodb"), f"secret-{uuid.uuid4()}"
        dynamodb.create_table(
            TableName="sealed", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}], SSESpecification={"Enabled": True, "SSEType": "KMS"})
        item = {"pk": {"S": "a"}, "secret": {"S": secret}}
        dynamodb.put_item(TableName="sealed", Item=item)
        world.snapshots.save("sealed")
        world.reset()
        assert names(world) == []
        world.snapshots.load("sealed")
        assert dynamodb.get_item(TableName="sealed", Key={"pk": {"S": "a"}})["Item"] == item
        files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
        assert files and not [path for path in files if secret.encode() in path.read_bytes()]


def test_a_snapshot_is_one_file_for_another_server(kit, world, tmp_path):
    fill(world)
    put = make_users(world)
    put("ada")
    world.drain()
    kit.snapshots.save("for-ci")
    kit.snapshots.export("for-ci", tmp_path / "file")
    kit.snapshots.delete("for-ci")
    kit.reset()
    kit.snapshots.import_file("from-ci", tmp_path / "file")
    kit.snapshots.load("from-ci")
    assert held(world) == WHOLE
    put("grace")
    world.drain()
    assert got(world) == ["ada", "grace"]
    kit.snapshots.delete("from-ci")
    kit.reset()


@pytest.mark.parametrize("content, said", [
    (b"", "no exported snapshot"),
    (b"PK\x03\x04 something else\n", "no exported snapshot"),
    (b"millrace snapshot 2\n", "later format"),
    (b'millrace snapshot 1\n{"name":"store/CURRENT","size":100}\nshort', "ends too early"),
    (b'millrace snapshot 1\n{"name":"../../etc/passwd","size":1}\nx{}\n', "no snapshot has"),
    (b'millrace snapshot 1\n{"name":"snapshot.json","size":12}\n{"format":2}{}\n', "this millrace reads format 1"),
    (b'millrace snapshot 1\n{"name":3,"size":"x"}\n', ""),
    (b"millrace snapshot 1\n{}\n", "no exported snapshot"),
])
def test_what_is_no_snapshot_is_refused(kit, tmp_path, content, said):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(MillraceError, match=said):
        kit.snapshots.import_file("bad", tmp_path / "file")
    assert kit.snapshots.list() == []


def test_a_later_formats_snapshot_is_refused_with_a_sentence(kit, server):
    kit.snapshots.save("later")
    folder = kit.admin("GET", "status")["dataFolder"]
    path = f"{folder}/snapshots/later/snapshot.json"
    document = json.loads(open(path).read())
    open(path, "w").write(json.dumps({**document, "format": 2, "version": "9.9"}))
    with pytest.raises(MillraceError, match=r"has format 2 and was saved by millrace 9.9; this millrace reads format 1"):
        kit.snapshots.load("later")
    kit.snapshots.delete("later")


@pytest.mark.parametrize("name", ["", "../up", ".hidden", "a/b", "x" * 65])
def test_names(kit, name):
    with pytest.raises(MillraceError, match="64 letters"):
        kit.snapshots.save(name)


def test_requests_wait_while_the_world_changes(kit, world):
    """Clients that write all the while see answers, never a lost connection; what was acknowledged after a load is there."""
    world.client("dynamodb").create_table(
        TableName="Table", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}])
    kit.snapshots.save("steady")
    stop, failures, written = threading.Event(), [], []

    def write_on(thread):
        mine = kit.account(world.id)
        n = 0
        while not stop.is_set():
            n += 1
            try:
                mine.client("dynamodb").put_item(TableName="Table", Item={"Id": {"S": f"{thread}-{n}"}})
                written.append((time.monotonic(), f"{thread}-{n}"))
            except Exception as error:
                failures.append(repr(error))

    threads = [threading.Thread(target=write_on, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        time.sleep(0.1)
        kit.snapshots.load("steady")
    loaded = time.monotonic()
    time.sleep(0.2)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    there = {i["Id"]["S"] for i in world.client("dynamodb").scan(TableName="Table")["Items"]}
    late = {id for at, id in written if at > loaded}
    assert late and late <= there
    kit.snapshots.delete("steady")


def test_what_waits_is_answered_when_the_world_goes(kit, world):
    """A long poll and a function that runs don't hold up a reset."""
    make_users(world, "import time\ndef handler(event, context):\n    time.sleep(50)\n")
    world.client("lambda").update_function_configuration(FunctionName="notice", Timeout=60)
    url = world.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    seen = []

    def poll():
        seen.append(world.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", []))

    def invoke():
        try:
            seen.append(kit.account(world.id).client("lambda").invoke(FunctionName="notice", Payload=b"{}")["StatusCode"])
        except Exception as error:
            seen.append(type(error).__name__)

    threads = [threading.Thread(target=poll), threading.Thread(target=invoke)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    started = time.monotonic()
    kit.reset()
    for thread in threads:
        thread.join(40)
    assert time.monotonic() - started < 30  # neither the poll's 20 seconds nor the function's 50 on top of a busy machine's
    assert len(seen) == 2 and names(world) == []


def test_a_restart_finds_what_was_loaded(tmp_path):
    with Server(tmp_path / "log", data_dir=tmp_path / "data") as one:
        kit = Millrace(one.endpoint)
        world = kit.account("123456789012")
        world.client("sqs").create_queue(QueueName="kept")
        kit.snapshots.save("s")
        world.client("sqs").create_queue(QueueName="later")
        kit.snapshots.load("s")
        one.kill()
    with Server(tmp_path / "log", data_dir=tmp_path / "data") as two:
        kit = Millrace(two.endpoint)
        urls = kit.account("123456789012").client("sqs").list_queues()["QueueUrls"]
        assert [url.rsplit("/", 1)[-1] for url in urls] == ["kept"]
        assert [s["name"] for s in kit.snapshots.list()] == ["s"]


def test_every_kind_of_document_is_a_rooms():
    """What is stored under a new first part must be declared by its room: resets and snapshots would pass it over."""
    import re

    from harness.server import ROOT

    keys = (ROOT / "emulator/storage/KEYS.md").read_text()
    firsts = set(re.findall(r'\("([a-z0-9-]+)"', keys)) | set(re.findall(r'^\S[\w\' ]*\s{2,}"([a-z0-9-]+)" \|', keys, re.MULTILINE))
    declared = []
    for source in [*(ROOT / "emulator").glob("services/*/kept_entries.cc"), *(ROOT / "emulator").glob("services/*/service.h"),
                   ROOT / "emulator/delivery/room.h"]:
        for documents in re.findall(r"\.documents = \{([^}]*)\}", source.read_text()):
            declared += re.findall(r'"([a-z0-9-]+)"', documents)
    assert len(declared) == len(set(declared))
    assert firsts - {"lambda-code"} == set(declared)  # code isn't a document


def test_the_commands(kit, world, tmp_path):
    import subprocess

    from harness.server import binary, clean_environment

    def millrace(*arguments, code=0):
        done = subprocess.run([str(binary()), *map(str, arguments)], env=clean_environment(MILLRACE_URL=kit.url),
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stderr

    world.client("sqs").create_queue(QueueName="one")
    assert json.loads(millrace("snapshot", "save", "cli", "--account", world.id, "--json"))["saved"] == "cli"
    assert world.id in millrace("snapshot", "list")
    assert [s["name"] for s in json.loads(millrace("snapshot", "list", "--json"))["snapshots"]] == ["cli"]
    millrace("snapshot", "export", "cli", tmp_path / "file")
    millrace("snapshot", "delete", "cli")
    assert "no snapshot cli" in millrace("snapshot", "load", "cli", code=1)
    millrace("snapshot", "import", "cli", tmp_path / "file")
    millrace("reset", "--account", world.id)
    assert "QueueUrls" not in world.client("sqs").list_queues()
    millrace("snapshot", "load", "cli")
    assert len(world.client("sqs").list_queues()["QueueUrls"]) == 1
    millrace("snapshot", "delete", "cli")
    rule = json.loads(millrace("faults", "add", json.dumps({"kind": "throttle", "account": world.id}), "--json"))
    assert [r["id"] for r in json.loads(millrace("faults", "list", "--json"))["faults"]] == [rule["id"]]
    millrace("faults", "clear", rule["id"])
    assert "There is no rule" in millrace("faults", "clear", rule["id"], code=1)
    millrace("drain", "--account", world.id, "--function", "nobody", "--timeout", 5)
    assert "means one mapping" in millrace("replay", "nothing", code=1)
    assert "boto3" in json.loads(millrace("runtimes", "--json"))["python3.x"]
