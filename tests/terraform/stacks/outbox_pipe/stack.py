from harness import waiting

MOSTLY_SLEEPS = True


def said(stack, count):
    def came():
        stack.drain()
        lines = stack.printed_json(stack.output("log_group"))
        return lines if len(lines) >= count else None

    return waiting.until(came, f"{count} events at the consumer")


def exercise(stack):
    stack.put(stack.output("table"), {"aggregate": "a", "sequence": 1, "kind": "created"})
    stack.put(stack.output("table"), {"aggregate": "b", "sequence": 1, "kind": "lost"})
    lines = said(stack, 2)
    assert {"aggregate": "a", "kind": "created", "known": True, "token": "first", "level": "info", "group": "a"} in lines
    assert {"aggregate": "b", "kind": "lost", "known": False, "token": "first", "level": "info", "group": "b"} in lines


def update(stack):
    stack.edit("main.tf", 'value = "created,paid"', 'value = "created,paid,lost"')
    stack.edit("main.tf", 'value = "first"', 'value = "second"')
    stack.edit("main.tf", "maximum_retry_attempts             = 5", "maximum_retry_attempts             = 2")
    return {'aws_ssm_parameter.this["kinds"]', 'aws_ssm_parameter.this["token"]', "aws_pipes_pipe.outbox"}


def after_update(stack):
    stack.put(stack.output("table"), {"aggregate": "c", "sequence": 1, "kind": "lost"})
    lines = said(stack, 3)
    assert {"aggregate": "c", "kind": "lost", "known": True, "token": "second", "level": "info", "group": "c"} in lines
