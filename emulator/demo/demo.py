"""Puts, updates and deletes some users, then shows what became of each change, read back from CloudWatch Logs."""

import dataclasses
import json
import os
import re
import sys
import time
import urllib.request
import uuid

import clients

TABLE = "UsersIds"
LOG_GROUP = "/aws/lambda/my-function"
WAIT_S = 30  # for the handler's lines to appear


@dataclasses.dataclass
class Write:
    """One acknowledged change."""

    user: str
    event_name: str
    acknowledged_ms: float


@dataclasses.dataclass
class Delivery:
    """What the log says about one record: which invocation had it, and when that invocation printed first."""

    request_id: str
    first_line_ms: int


def change_users():
    """Each call's answer is the acknowledgement that the milliseconds are counted from."""
    dynamodb = clients.client("dynamodb")
    run = uuid.uuid4().hex[:4]
    writes = []

    def write(user, event_name, call, **arguments):
        call(TableName=TABLE, **arguments)
        writes.append(Write(user, event_name, time.time() * 1000))
        print(f"  {event_name:6} {user}", flush=True)

    for name, born in (("ada", 1815), ("grace", 1906), ("edsger", 1930)):
        user = f"{name}-{run}"
        key = {"UserId": {"S": user}}
        write(user, "INSERT", dynamodb.put_item, Item={**key, "Born": {"N": str(born)}})
        write(
            user,
            "MODIFY",
            dynamodb.update_item,
            Key=key,
            UpdateExpression="SET Visits = :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        write(user, "REMOVE", dynamodb.delete_item, Key=key)
    return writes


def wait_for_delivery():
    """Asks the server to say when all is delivered; False if this endpoint has no such question."""
    url = f"{clients.client('dynamodb').meta.endpoint_url.rstrip('/')}/_millrace/drain?timeout={WAIT_S}"
    try:
        token = os.environ.get("MILLRACE_ADMIN_TOKEN")  # wanted by a server that others reach, as in a container
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(url, method="POST", data=b"", headers=headers)
        with urllib.request.urlopen(request, timeout=WAIT_S + 5) as answer:
            return answer.status == 200
    except OSError:
        return False


def log_lines(since_ms):
    """All events of the function's group since then, each stream's in its order."""
    logs = clients.client("logs")
    streams = logs.describe_log_streams(logGroupName=LOG_GROUP, orderBy="LastEventTime", descending=True)
    for stream in streams["logStreams"][:10]:
        token = {}
        while True:
            page = logs.get_log_events(
                logGroupName=LOG_GROUP,
                logStreamName=stream["logStreamName"],
                startTime=int(since_ms),
                startFromHead=True,
                **token,
            )
            yield from page["events"]
            if token.get("nextToken") == page["nextForwardToken"]:
                break
            token = {"nextToken": page["nextForwardToken"]}


def deliveries(since_ms):
    """(user, event name) -> Delivery, from the lines between START and END."""
    found = {}
    request_id, first_line_ms = None, None
    for event in log_lines(since_ms):
        message = event["message"]
        start = re.match(r"START RequestId: (\S+)", message)
        if start:
            request_id, first_line_ms = start.group(1), None
        elif message.startswith(("END RequestId", "REPORT RequestId")):
            continue
        elif request_id:
            first_line_ms = first_line_ms or event["timestamp"]
            if message.startswith("{"):
                record = json.loads(message)
                user = record["dynamodb"]["Keys"]["UserId"]["S"]
                found[user, record["eventName"]] = Delivery(request_id, first_line_ms)
    return found


def read_back(writes):
    since_ms = writes[0].acknowledged_ms - 1000
    expected = {(w.user, w.event_name) for w in writes if w.event_name != "MODIFY"}
    wait_for_delivery()
    deadline = time.monotonic() + WAIT_S
    while True:
        found = deliveries(since_ms)
        if expected <= found.keys() or time.monotonic() > deadline:
            return found
        time.sleep(0.1)  # an endpoint that can't be asked


def print_table(writes, found):
    rows = [("record", "event", "fate", "request id", "ms to the handler's first line")]
    for write in writes:
        delivery = found.get((write.user, write.event_name))
        if delivery:
            # Log events carry whole milliseconds, rounded down: half of one is what is lost on average.
            delay = max(0, delivery.first_line_ms + 0.5 - write.acknowledged_ms)
            rows.append((write.user, write.event_name, "delivered", delivery.request_id, f"{delay:.0f}"))
        else:
            fate = "filtered out" if write.event_name == "MODIFY" else "NOT DELIVERED"
            rows.append((write.user, write.event_name, fate, "-", "-"))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    print()
    for index, row in enumerate(rows):
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        if index == 0:
            print("  " + "  ".join("-" * width for width in widths))
    print()


def main():
    writes = change_users()
    found = read_back(writes)
    print_table(writes, found)
    lost = [w for w in writes if w.event_name != "MODIFY" and (w.user, w.event_name) not in found]
    if lost:
        print(f"{len(lost)} records did not reach the handler within {WAIT_S} s", file=sys.stderr)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
