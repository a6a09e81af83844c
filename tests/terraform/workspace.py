"""A copy of a stack's folder that Terraform works in, against one server, as one account."""

import json
import pathlib
import re
import shutil
import subprocess
import time

import providers
from harness import aws, waiting
from harness.leftovers import leftovers
from harness.server import clean_environment

RAN = set()  # the versions of hashicorp/aws that an init of this run got

MODULES = pathlib.Path(__file__).parent / "modules"

# An apply takes 9 s of which the provider sleeps 5; busy machines take longer.
COMMAND_TIMEOUT_S = 300


class TerraformFailed(AssertionError):
    pass


class Workspace:
    """The stack's files, its account, its clients. `log` collects what Terraform printed, for a failing test."""

    def __init__(self, source, folder, server, provider, account=None, region=aws.REGION):
        shutil.copytree(
            source, folder, ignore=shutil.ignore_patterns(".terraform*", "terraform.tfstate*", "files", "__pycache__")
        )
        if not (folder.parent / "modules").exists():
            shutil.copytree(MODULES, folder.parent / "modules")
        self.folder = folder
        self.server = server
        self.other_account = aws.new_account()  # for stacks that span two
        self.account = account or aws.new_account()
        self.region = region
        self.log = []
        self._clients = {}
        configuration = folder.parent / "terraform.rc"
        mirror = providers.only(provider, folder.parent / "mirror")
        configuration.write_text(providers.cli_configuration(mirror))
        self.provider = provider
        self._environment = clean_environment(
            AWS_ENDPOINT_URL=server.endpoint,
            AWS_ACCESS_KEY_ID=self.account,
            AWS_SECRET_ACCESS_KEY=aws.SECRET,
            AWS_CONFIG_FILE="/dev/null",
            AWS_SHARED_CREDENTIALS_FILE="/dev/null",
            AWS_EC2_METADATA_DISABLED="true",
            TF_CLI_CONFIG_FILE=str(configuration),
            TF_VAR_other_account=self.other_account,
            TF_IN_AUTOMATION="1",
            CHECKPOINT_DISABLE="1",
        )
        if providers.needs_proxy(provider):
            self._environment["HTTP_PROXY"] = server.endpoint

    # -- Terraform

    def terraform(self, *arguments, codes=(0,)):
        """Runs one command; raises TerraformFailed with all that it printed for an exit code not in `codes`."""
        started = time.monotonic()
        done = subprocess.run(
            ["terraform", *arguments], cwd=self.folder, env=self._environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=COMMAND_TIMEOUT_S,
        )
        took = time.monotonic() - started
        entry = f"$ terraform {' '.join(arguments)}   [{done.returncode}, {took:.1f} s]\n{done.stdout}"
        self.log.append(entry)
        if done.returncode not in codes:
            raise TerraformFailed(f"{entry}\nthe server's log:\n{self.server.log(3000)}")
        return done

    def init(self):
        """Each run is asked for one version; the lock file says which one it got."""
        self.terraform("init", "-input=false", "-no-color")
        lock = (self.folder / ".terraform.lock.hcl").read_text()
        assert re.search(rf'hashicorp/aws" {{\s+version\s+= "{re.escape(self.provider)}"', lock), lock
        RAN.add(self.provider)

    def apply(self, codes=(0,)):
        return self.terraform("apply", "-auto-approve", "-input=false", "-no-color", codes=codes).stdout

    def assert_no_drift(self):
        done = self.terraform("plan", "-detailed-exitcode", "-input=false", "-no-color", codes=(0, 2))
        assert done.returncode == 0, f"a plan right after shows changes:\n{done.stdout}"

    def assert_updates_in_place(self, may_replace=()):
        """Applies what was edited, having seen that the plan changes something and replaces nothing else."""
        self.terraform("plan", "-out=update.plan", "-input=false", "-no-color")
        changes = json.loads(self.terraform("show", "-json", "update.plan").stdout)["resource_changes"]
        actions = {c["address"]: c["change"]["actions"] for c in changes if c["change"]["actions"] != ["no-op"]}
        actions = {address: action for address, action in actions.items() if action != ["read"]}
        assert actions, "the edit changes nothing"
        replaced = {address: action for address, action in actions.items() if "delete" in action and address not in may_replace}
        assert not replaced, f"these are not updated in place: {replaced}"
        self.terraform("apply", "-input=false", "-no-color", "update.plan")
        return actions

    def destroy(self):
        self.terraform("destroy", "-auto-approve", "-input=false", "-no-color")

    def output(self, name):
        """Of the state's file: starting Terraform for each takes longer than most requests that it is for."""
        return json.loads((self.folder / "terraform.tfstate").read_text())["outputs"][name]["value"]

    # -- the stack's files and its account

    def edit(self, file, old, new):
        path = self.folder / file
        text = path.read_text()
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new))

    def client(self, service, account=None, region=None):
        key = (service, account or self.account, region or self.region)
        if key not in self._clients:
            self._clients[key] = aws.make_client(self.server.endpoint, *key)
        return self._clients[key]

    def put(self, table, *items):
        """Items as plain Python values, one PutItem each."""
        for item in items:
            self.client("dynamodb").put_item(TableName=table, Item={k: _typed(v) for k, v in item.items()})

    def received(self, queue_url):
        """The bodies of all messages that are in a queue now, decoded where they are JSON; they are removed."""
        sqs, bodies = self.client("sqs"), []
        while True:
            messages = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages", [])
            if not messages:
                return bodies
            for message in messages:
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                bodies.append(json.loads(message["Body"]) if message["Body"].startswith(("{", "[")) else message["Body"])

    def invoke(self, name, payload=None, **options):
        """(the decoded result, the whole answer) of one synchronous invocation."""
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload or {}).encode(), **options)
        return json.loads(answer["Payload"].read() or b"null"), answer

    def drain(self, timeout_s=30):
        waiting.drain(self.server.endpoint, timeout_s)

    def log_messages(self, group):
        """All messages of a log group, stream by stream in order. [] if the group has none."""
        logs = self.client("logs")
        messages = []
        streams = logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime")["logStreams"]
        for stream in streams:
            token = {}
            while True:
                page = logs.get_log_events(
                    logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True, **token
                )
                messages += [event["message"] for event in page["events"]]
                if token.get("nextToken") == page["nextForwardToken"]:
                    break
                token = {"nextToken": page["nextForwardToken"]}
        return messages

    def printed_records(self, group):
        """The stream records that a handler printed as JSON lines, in order."""
        return [r for r in self.printed_json(group) if r.get("eventSource") == "aws:dynamodb"]

    def printed_json(self, group):
        """What a handler printed as JSON lines, in order."""
        return [json.loads(m) for m in self.log_messages(group) if m.startswith("{")]

    def assert_nothing_left(self):
        for account in (self.account, self.other_account):
            for region in (self.region, "eu-west-1"):
                left = leftovers(lambda service: self.client(service, account, region))
                assert left == [], (account, region, left)


def _typed(value):
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, (int, float)):
        return {"N": str(value)}
    if isinstance(value, list):
        return {"L": [_typed(v) for v in value]}
    return {"M": {k: _typed(v) for k, v in value.items()}}
