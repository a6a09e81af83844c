MOSTLY_SLEEPS = True


def worked(stack):
    """[group, body] in the order of the work: a group's messages may be worked off by one environment after the other."""
    lines = [m.split()[1:] for m in stack.log_messages("/aws/lambda/worker") if m.startswith("works ")]
    return [line[1:] for line in sorted(lines, key=lambda line: int(line[0]))]


def exercise(stack):
    sqs = stack.client("sqs")
    sqs.send_message(QueueUrl=stack.output("jobs_url"), MessageBody="j1")
    for n in range(1, 4):
        for group in "ab":
            sqs.send_message(QueueUrl=stack.output("steps_url"), MessageBody=f"{group}{n}", MessageGroupId=group)
    stack.drain(timeout_s=60)
    seen = worked(stack)
    assert ["-", "j1"] in seen
    for group in "ab":
        assert [body for g, body in seen if g == group] == [f"{group}{n}" for n in range(1, 4)]


def update(stack):
    stack.edit("main.tf", "maximum_concurrency = 2", "maximum_concurrency = 5")
    stack.edit("main.tf", "content_based_deduplication = true", "content_based_deduplication = false")
    return {"aws_lambda_event_source_mapping.jobs", "aws_sqs_queue.steps"}


def after_update(stack):
    sqs = stack.client("sqs")
    for _ in range(2):
        sqs.send_message(QueueUrl=stack.output("steps_url"), MessageBody="a4", MessageGroupId="a", MessageDeduplicationId="once")
    stack.drain(timeout_s=60)
    assert [body for _, body in worked(stack)].count("a4") == 1
