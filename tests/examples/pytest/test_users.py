"""What a project's own tests look like: ten lines for a stack, a put and what its handler did."""


def test_a_new_user_is_noticed(stack, aws_account, drain, logs_of):
    stack("users_stream")
    users = aws_account.client("dynamodb")

    users.put_item(TableName="UsersIds", Item={"UserId": {"S": "ada"}})
    drain()

    assert any("ada" in line for line in logs_of("my-function"))


def test_accounts_are_worlds_of_their_own(aws_account, millrace):
    aws_account.client("sqs").create_queue(QueueName="orders")

    assert "QueueUrls" not in millrace.account().client("sqs").list_queues()


def test_an_item_expires_when_the_clock_says_so(aws_account, clock, drain):
    users = aws_account.client("dynamodb")
    users.create_table(
        TableName="Sessions", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
    )
    users.update_time_to_live(TableName="Sessions", TimeToLiveSpecification={"Enabled": True, "AttributeName": "Until"})
    until = round(clock.now().timestamp()) + 3600
    users.put_item(TableName="Sessions", Item={"Id": {"S": "1"}, "Until": {"N": str(until)}})

    clock.advance("2h")
    drain()

    assert users.scan(TableName="Sessions")["Items"] == []
