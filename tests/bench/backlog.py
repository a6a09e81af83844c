"""How fast a backlog of stream records goes through a mapping: dropped by its filter, or delivered to a function."""

import json
import time

from harness import aws, waiting
from wire import Caller

RECORDS = 100_000
BATCH = 25  # of BatchWriteItem


class Backlog:
    """A table whose stream holds `records` inserts of about 200 bytes."""

    def __init__(self, server, account, sign, records=RECORDS):
        self._server, self._records = server, records
        self._client = lambda service: aws.make_client(server.endpoint, service, account)
        dynamodb = self._client("dynamodb")
        dynamodb.create_table(
            TableName="backlog", BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        self._stream = dynamodb.describe_table(TableName="backlog")["Table"]["LatestStreamArn"]
        self._fill(sign)

    def _fill(self, sign):
        with Caller(self._server.port) as caller:
            for start in range(0, self._records, BATCH):
                puts = [
                    {"PutRequest": {"Item": {"pk": {"S": f"item-{n}"}, "kind": {"S": "order"}, "total": {"N": str(n)},
                                             "note": {"S": "x" * 150}}}}
                    for n in range(start, min(start + BATCH, self._records))
                ]
                caller.ask(sign(self._server.port, "BatchWriteItem", {"RequestItems": {"backlog": puts}}))

    def per_second(self, function, **settings):
        """Records per second from the mapping's creation until the last one is through it."""
        functions = self._client("lambda")
        functions.invoke(FunctionName=function, Payload=b'{"Records": []}')  # warm
        started = time.perf_counter()
        mapping = functions.create_event_source_mapping(
            EventSourceArn=self._stream, FunctionName=function, StartingPosition="TRIM_HORIZON", **settings)["UUID"]
        waiting.drain(self._server.endpoint, 120)
        taken = time.perf_counter() - started
        functions.delete_event_source_mapping(UUID=mapping)
        return self._records / taken


DROPS_ALL_BY_IMAGE = {"Filters": [{"Pattern": json.dumps({"dynamodb": {"NewImage": {"kind": {"S": ["refund"]}}}})}]}
