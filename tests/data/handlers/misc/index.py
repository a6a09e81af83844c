"""Small handlers, chosen by the function's handler name."""
import datetime
import decimal
import json
import logging
import os
import subprocess
import sys
import threading
import time


def context_fields(event, context):
    names = ("aws_request_id", "function_name", "function_version", "invoked_function_arn", "log_group_name",
             "log_stream_name", "memory_limit_in_mb", "tenant_id")
    fields = {name: getattr(context, name) for name in names}
    fields["remaining"] = context.get_remaining_time_in_millis()
    fields["identity"] = [context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id]
    custom = context.client_context
    fields["client_context"] = custom and [custom.custom, custom.env, custom.client.app_title]
    return fields


def environment(event, context):
    return {"env": dict(os.environ), "cwd": os.getcwd(), "path": sys.path, "tz": time.tzname,
            "root": sorted(os.listdir("/"))}


def not_json(event, context):
    return {"when": datetime.datetime(2024, 1, 1)}


def decimals(event, context):
    return {"price": decimal.Decimal("1234567890.12345678901234567890"), "text": "\u00e9", "ratio": 0.5}


def sleep(event, context):
    print("going to sleep")
    time.sleep(event.get("seconds", 60))
    return "slept"


def initialization(event, context):
    time.sleep(event["seconds"])
    return os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]


def exit_code(event, context):
    print("leaving")
    sys.exit(event["code"])


def hard_exit(event, context):
    os._exit(event["code"])


def abort(event, context):
    os.abort()


def too_much_memory(event, context):
    hoard = []
    while True:
        hoard.append(bytearray(1024 * 1024))


def some_memory(event, context):
    return len(bytearray(event["mb"] * 1024 * 1024))


def threads(event, context):
    ready = threading.Barrier(13)
    workers = [threading.Thread(target=ready.wait) for _ in range(12)]
    for worker in workers:
        worker.start()
    ready.wait()
    for worker in workers:
        worker.join()
    return len(workers)


def big_response(event, context):
    return "x" * event["bytes"]


def tmp_counter(event, context):
    path = "/tmp/counter" if "TMPDIR" not in os.environ else os.environ["TMPDIR"] + "/counter"
    count = int(open(path).read()) + 1 if os.path.exists(path) else 1
    with open(path, "w") as file:
        file.write(str(count))
    if event.get("sleep"):
        time.sleep(60)
    return count


def all_outputs(event, context):
    print("by print\nsecond line")
    sys.stdout.write("no newline at the end; ")
    sys.stderr.write("by stderr\n")
    os.write(1, b"by fd 1\n")
    subprocess.run(["/bin/echo", "by a child"])
    print("a\rb")
    logging.getLogger().warning("by logging\nin two lines")
    logging.info("not shown at this level")
    print("last", end="")


def structured_log(event, context):
    logging.getLogger("app").info("hello %s", "there", extra={"order": 7})
    logging.debug("not shown")
    try:
        {}["missing"]
    except KeyError:
        logging.exception("went wrong")


def leave_child(event, context):
    return subprocess.Popen(["/bin/sleep", "300"], start_new_session=True).pid


def flood(event, context):
    for i in range(event["lines"]):
        print("line %d" % i)
    return event["lines"]


def write_outside(event, context):
    try:
        open("/var/task/new_file", "w")
    except OSError as error:
        return error.strerror


def layer(event, context):
    import from_layer
    return from_layer.NAME


def botocore_endpoint(event, context):
    import boto3
    import botocore
    credentials = boto3.Session().get_credentials()
    return {"version": botocore.__version__, "key": credentials.access_key, "token": credentials.token,
            "s3": boto3.client("s3").meta.endpoint_url,
            "dynamodb": boto3.resource("dynamodb").meta.client.meta.endpoint_url}


def runtime_api_door(event, context):
    """What the Runtime API answers to somebody who isn't the runtime."""
    import http.client
    statuses = []
    for headers in ({"Origin": "http://example.com"}, {"Host": "example.com"}, {"Sec-Fetch-Mode": "no-cors"}):
        connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
        connection.request("GET", "/2018-06-01/runtime/invocation/next", headers=headers)
        statuses.append(connection.getresponse().status)
    return statuses


_ticks = 0
_ticker = None


def ticks(event, context):
    """Counts in a thread that never ends."""
    global _ticker

    def count():
        global _ticks
        while True:
            _ticks += 1
            time.sleep(0.002)

    before = _ticks
    if _ticker is None:
        _ticker = threading.Thread(target=count, daemon=True)
        _ticker.start()
    time.sleep(0.03)
    return {"before": before, "after": _ticks}
