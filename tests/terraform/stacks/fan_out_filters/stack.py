def got(stack, consumer):
    records = stack.printed_records(f"/aws/lambda/consumer-{consumer}")
    return [r["dynamodb"]["Keys"]["pk"]["S"] for r in records]


def exercise(stack):
    stack.put(
        "payments",
        {"pk": "a", "Amount": 5, "Region": "us-east-1"},
        {"pk": "b", "Amount": 100, "Region": "eu-west-1"},
        {"pk": "c", "Amount": 2500, "Region": "eu"},
        {"pk": "a", "Amount": 300, "Region": "us-east-1"},
    )
    stack.drain()
    assert got(stack, "arrivals") == ["a", "b", "c"]
    assert got(stack, "eu") == ["b"]
    assert got(stack, "hundred") == ["b"]
    # A number in a stream record is text, which a numeric filter never matches: so it is on AWS.
    assert got(stack, "large") == []


def update(stack):
    stack.edit("main.tf", 'prefix = "eu-"', 'prefix = "eu"')
    return {'module.mapping["eu"].aws_lambda_event_source_mapping.mapping'}


def after_update(stack):
    stack.put("payments", {"pk": "d", "Amount": 1, "Region": "eu"})
    stack.drain()
    assert got(stack, "eu") == ["b", "d"]
