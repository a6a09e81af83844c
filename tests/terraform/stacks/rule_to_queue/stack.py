import json

MOSTLY_SLEEPS = True


def put(stack, source, kind, **detail):
    answer = stack.client("events").put_events(Entries=[{"Source": source, "DetailType": kind, "Detail": json.dumps(detail)}])
    assert answer["FailedEntryCount"] == 0
    stack.drain()


def exercise(stack):
    put(stack, "com.example.app", "user.signup", user="ann", plan="pro")
    put(stack, "com.example.app", "user.signup", user="bob", plan="free")
    put(stack, "com.example.jobs", "done", status="failed", code=500)
    put(stack, "org.example", "done", status="failed", code=500)
    said = {message["kind"]: message for message in stack.received(stack.output("queue_url"))}
    assert set(said) == {"signups", "failures"}
    assert said["signups"]["account"] == stack.account and said["signups"]["text"].startswith("ann at 20")
    assert said["failures"]["detail"] == {"status": "failed", "code": 500}
    assert len(stack.log_messages("/aws/events/audit")) == 4
    rules = stack.client("events").list_rules(NamePrefix="audit-signups-")["Rules"]
    tags = stack.client("events").list_tags_for_resource(ResourceARN=rules[0]["Arn"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"Project": "audit", "Terraform": "true"}


def update(stack):
    stack.edit("main.tf", '"anything-but" = "free"', '"anything-but" = ["free", "trial"]')
    stack.edit("main.tf", '"at": <time>', '"when": <time>')
    stack.edit("main.tf", 'state         = "ENABLED"', 'state         = "DISABLED"')
    return {'aws_cloudwatch_event_rule.this["signups"]', 'aws_cloudwatch_event_target.queue["failures"]', "aws_cloudwatch_event_rule.all"}


def after_update(stack):
    put(stack, "com.example.app", "user.signup", user="cid", plan="trial")
    put(stack, "com.example.app", "user.signup", user="dan", plan="pro")
    (message,) = stack.received(stack.output("queue_url"))
    assert message["detail"]["user"] == "dan" and "when" in message
    assert len(stack.log_messages("/aws/events/audit")) == 4
