from harness import waiting

MOSTLY_SLEEPS = True


def gets(stack, reader, expected):
    url, got = stack.output("urls")[reader], []
    waiting.until(lambda: got.extend(stack.received(url)) or sorted(got) == expected, f"{expected} for {reader}")


def exercise(stack):
    stack.put("news", {"pk": "goal", "Kind": "sports"}, {"pk": "vote", "Kind": "politics"})
    stack.drain()
    gets(stack, "all", ["goal", "vote"])
    gets(stack, "sports", ["goal"])


def update(stack):
    stack.edit("main.tf", "jsonencode({ kind = [each.key] })", 'jsonencode({ kind = [each.key, "politics"] })')
    return {'aws_sns_topic_subscription.reader["sports"]'}


def after_update(stack):
    stack.put("news", {"pk": "law", "Kind": "politics"})
    stack.drain()
    gets(stack, "sports", ["law"])
