from harness import waiting

MAY_REPLACE = ("aws_secretsmanager_secret_version.s",)  # another version of its value


def order(stack, name, total):
    _, answer = stack.invoke(stack.output("names")["command"], {"id": name, "total": total})
    assert "FunctionError" not in answer


def sum_of_the_view(stack):
    item = stack.client("dynamodb").get_item(TableName=stack.output("view"), Key={"pk": {"S": "sum"}}).get("Item", {})
    return item.get("n", {}).get("N")


def audited(stack):
    return stack.client("s3").list_objects_v2(Bucket=stack.output("audit"))["KeyCount"]


def exercise(stack):
    assert stack.output("warm"), "the written values at the function"
    order(stack, "o1", 3)
    order(stack, "o2", 4)
    waiting.until(lambda: (sum_of_the_view(stack), audited(stack)) == ("7", 2), "the projection and the audit")


def update(stack):
    queue = stack.client("sqs").get_queue_url(QueueName="shop-default-dlq")["QueueUrl"]
    stack.client("sqs").tag_queue(QueueUrl=queue, Tags={"kubernetes.io/cluster": "theirs"})  # the provider's ignore_tags
    text = (stack.folder / "main.tf").read_text()
    for old, new in (
        ("aws_sqs_queue.dlq.", "aws_sqs_queue.dead."),
        ('resource "aws_sqs_queue" "dlq" {', "moved {\n  from = aws_sqs_queue.dlq\n  to   = aws_sqs_queue.dead\n}\nresource \"aws_sqs_queue\" \"dead\" {"),
        ("aws_s3_bucket.audit.", "aws_s3_bucket.audit[0]."),
        ('resource "aws_s3_bucket" "audit" {', 'moved {\n  from = aws_s3_bucket.audit\n  to   = aws_s3_bucket.audit[0]\n}\nresource "aws_s3_bucket" "audit" {\n  count = 1'),
        ('resource "aws_cloudwatch_metric_alarm" "dlq" {', 'moved {\n  from = aws_cloudwatch_metric_alarm.dlq\n  to   = aws_cloudwatch_metric_alarm.all["dlq"]\n}\n'
         'resource "aws_cloudwatch_metric_alarm" "all" {\n  for_each = toset(["dlq"])'),
        ("wo_version = 1", "wo_version = 2"), ('ManagedBy   = "terraform"', 'ManagedBy   = "tf"'),
    ):
        assert old in text, old
        text = text.replace(old, new)
    (stack.folder / "main.tf").write_text(text)
    stack.edit("src/app.py", '"audit/"', '"audit/v2/"')
    return {"aws_sqs_queue.dead", "aws_s3_bucket.audit[0]", 'aws_cloudwatch_metric_alarm.all["dlq"]', "aws_ssm_parameter.config",
            'aws_lambda_function.fn["audit"]'}


def after_update(stack):
    order(stack, "o3", 5)
    waiting.until(lambda: (sum_of_the_view(stack), audited(stack)) == ("12", 3), "the projection and the audit after the moves")
