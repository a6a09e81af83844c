def sees(stack):
    return [m.split()[1] for m in stack.log_messages("/aws/lambda/partial") if m.startswith("sees ")]


def exercise(stack):
    stack.put("events", {"pk": "good-1"}, {"pk": "bad-1"}, {"pk": "good-2"})
    stack.drain(timeout_s=60)
    seen = sees(stack)
    # What came before the failing record isn't repeated; it is retried and then given up.
    assert seen.count("good-1") == 1 and 3 <= seen.count("bad-1") <= 5
    assert seen[0] == "good-1"


def update(stack):
    stack.edit("main.tf", "retries = 2, batch_size = 10", "retries = 0, batch_size = 1, parallelization_factor = 2")
    return {"module.mapping.aws_lambda_event_source_mapping.mapping"}


def after_update(stack):
    stack.put("events", {"pk": "bad-2"}, {"pk": "good-3"})
    stack.drain(timeout_s=60)
    seen = sees(stack)
    assert (seen.count("bad-2"), seen.count("good-3")) == (1, 1)
