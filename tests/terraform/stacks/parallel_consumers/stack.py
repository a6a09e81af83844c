import collections


def clicks(stack, name):
    seen = collections.defaultdict(set)
    for message in stack.log_messages(f"/aws/lambda/{name}"):
        if message.startswith("click "):
            _, key, number = message.split()
            seen[key].add(int(number))
    return seen


def click(stack, numbers):
    stack.put("clicks", *[{"pk": f"page-{n % 4}", "N": n} for n in numbers])
    stack.drain(timeout_s=60)


def exercise(stack):
    click(stack, range(40))
    expected = {f"page-{p}": set(range(p, 40, 4)) for p in range(4)}
    assert clicks(stack, "fast") == expected
    assert clicks(stack, "slow") == expected
    batches = [int(m.split()[1]) for m in stack.log_messages("/aws/lambda/fast") if m.startswith("batch ")]
    assert max(batches) <= 5


def update(stack):
    stack.edit("main.tf", "parallelization_factor = 4, batch_size = 5", "parallelization_factor = 2, batch_size = 50")
    stack.edit("main.tf", "record_age = 3600, retries = 5", "record_age = 7200, retries = 1")
    return {
        "module.fast_mapping.aws_lambda_event_source_mapping.mapping",
        "module.slow_mapping.aws_lambda_event_source_mapping.mapping",
    }


def after_update(stack):
    click(stack, range(40, 60))
    assert clicks(stack, "fast")["page-0"] == set(range(0, 60, 4))
    assert clicks(stack, "slow")["page-3"] == set(range(3, 60, 4))
