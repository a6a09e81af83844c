MOSTLY_SLEEPS = True


def exercise(stack):
    url = stack.output("queue_url")
    stack.client("dynamodb").transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "orders", "Item": {"pk": {"S": "1"}, "sk": {"S": "order"}}}},
            {"Put": {"TableName": "orders", "Item": {
                "pk": {"S": "1"}, "sk": {"S": "outbox#e1"}, "Event": {"S": "OrderPlaced"},
            }}},
        ]
    )
    stack.drain()
    assert stack.received(url) == [{"id": "e1", "event": "OrderPlaced"}]


def update(stack):
    stack.edit("main.tf", "message_retention_seconds = 86400", "message_retention_seconds = 3600\n  visibility_timeout_seconds = 60")
    return {"aws_sqs_queue.events"}


def after_update(stack):
    url = stack.output("queue_url")
    attributes = stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (attributes["MessageRetentionPeriod"], attributes["VisibilityTimeout"]) == ("3600", "60")
    stack.put("orders", {"pk": "2", "sk": "outbox#e2", "Event": "OrderPaid"})
    stack.drain()
    assert stack.received(url) == [{"id": "e2", "event": "OrderPaid"}]
