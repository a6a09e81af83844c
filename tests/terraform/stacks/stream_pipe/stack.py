from harness import waiting

MOSTLY_SLEEPS = True


def hears(stack, expected):
    got = []

    def came():
        stack.drain()
        got.extend(stack.received(stack.output("heard")))
        return sorted(message["order"] for message in got) == expected

    waiting.until(came, f"{expected} in the queue")
    assert all(message["enriched"] for message in got)


def exercise(stack):
    stack.put("orders", {"pk": "one"}, {"pk": "two"})
    stack.put("orders", {"pk": "one", "State": "changed"})
    hears(stack, ["one", "two"])


def update(stack):
    stack.edit("main.tf", "batch_size        = 5", "batch_size        = 2")
    return {"aws_pipes_pipe.orders"}


def after_update(stack):
    stack.put("orders", {"pk": "three"})
    hears(stack, ["three"])
