import json

MOSTLY_SLEEPS = True


def send(stack, order, total):
    answer = stack.client("events").put_events(Entries=[{
        "EventBusName": "orders", "Source": "shop", "DetailType": "order placed",
        "Detail": json.dumps({"orderId": order, "total": total})}])
    assert answer["FailedEntryCount"] == 0
    stack.drain()


def exercise(stack):
    send(stack, "small", 5)
    send(stack, "large", 150)
    audited = sorted((m["order"], m["total"], m["rule"]) for m in stack.received(stack.output("audit")))
    assert audited == [("large", 150, "all-orders"), ("small", 5, "all-orders")]
    assert [r["reviewed"] for r in stack.printed_json("/aws/lambda/review")] == ["large"]
    assert [m["detail"]["orderId"] for m in stack.received(stack.output("dead"))] == ["large"]
    assert stack.client("events").describe_archive(ArchiveName="orders")["EventCount"] == 2


def update(stack):
    stack.edit("main.tf", '[">=", 100]', '[">=", 1]')
    stack.edit("main.tf", "retention_days   = 7", "retention_days   = 3")
    return {"aws_cloudwatch_event_rule.large", "aws_cloudwatch_event_archive.orders"}


def after_update(stack):
    send(stack, "small again", 5)
    assert [r["reviewed"] for r in stack.printed_json("/aws/lambda/review")][-1] == "small again"
    stack.received(stack.output("audit"))
    stack.received(stack.output("dead"))
