from harness import waiting


def total(stack):
    items = stack.client("dynamodb").scan(TableName="totals")["Items"]
    return sum(int(item["sum"]["N"]) for item in items)


def exercise(stack):
    stack.put("sales", *[{"pk": f"s{n}", "Amount": n} for n in range(1, 21)])
    waiting.until(lambda: total(stack) == 210, "the windows' totals", timeout_s=30)


def update(stack):
    stack.edit("main.tf", "tumbling_window = 1, batch_size = 10", "tumbling_window = 2, batch_size = 5")
    return {"module.mapping.aws_lambda_event_source_mapping.mapping"}


def after_update(stack):
    stack.put("sales", {"pk": "late", "Amount": 1000})
    waiting.until(lambda: total(stack) == 1210, "the new window's total", timeout_s=30)
