"""DynamoDB's lines: fixed requests to items of about 500 bytes, at ours, at the bare server and at every peer."""

import functools

from rounds import Aim, Line
from stand import create_tables
from wire import ask_each, dynamodb

ITEMS = 3200  # distinct ones that a load goes round: so many that 64 connections never meet
COLLECTION = 10
TRANSACTION, BATCH = 4, 25
CONNECTIONS = (1, 16, 64)
BARE_ANSWER = 2  # bytes: {}
SPREAD = Aim("spread", 3)  # of every line at 16 connections
FILL = {"name": {"S": "n" * 60}, "mail": {"S": "m" * 80}, "about": {"S": "a" * 250}, "visits": {"N": "17"}}
RECORDED = "PutItem with stream record"
# line -> of bare at 16 connections, at least
SHARES = {RECORDED: 0.45, "UpdateItem with stream record": 0.40, "PutItem, no stream": 0.60, "GetItem": 0.80, "Query of 10": 0.45}
# line -> (items of a request, of PutItem's items a second at least)
MANY = {"TransactWriteItems of 4": (TRANSACTION, 1.5), "BatchWriteItem of 25": (BATCH, 3)}


def item_key(number):
    return {"pk": {"S": f"user-{number // COLLECTION}"}, "sk": {"S": f"{number % COLLECTION}"}}


def item(number, stamp=0):
    return {**item_key(number), **FILL, "stamp": {"N": str(stamp)}}


class Requests:
    """A line's requests to one endpoint, made when they are first asked for. Writes come twice, with different contents: a put of
    what is stored already writes no stream record."""

    def __init__(self, at):
        self._at = at
        self.of = functools.cache(self._of)

    def _of(self, line):
        makers = {
            RECORDED: lambda: self._puts("bench"),
            "PutItem, no stream": lambda: self._puts("plain"),
            "UpdateItem with stream record": self._updates,
            "GetItem": lambda: [self._sign("GetItem", {"TableName": "bench", "Key": item_key(n)}) for n in range(ITEMS)],
            "Query of 10": self._queries,
            "TransactWriteItems of 4": self._transactions,
            "BatchWriteItem of 25": self._batches,
        }
        return makers[line]()

    def _sign(self, operation, parameters):
        return dynamodb(self._at, operation, parameters)

    def _puts(self, table):
        return [self._sign("PutItem", {"TableName": table, "Item": item(n, stamp)}) for stamp in (1, 2) for n in range(ITEMS)]

    def _updates(self):
        update = {
            "TableName": "bench", "UpdateExpression": "SET visits = visits + :one, mail = :mail",
            "ExpressionAttributeValues": {":one": {"N": "1"}, ":mail": {"S": "q" * 80}},
        }
        return [self._sign("UpdateItem", {**update, "Key": item_key(n)}) for n in range(ITEMS)]

    def _queries(self):
        query = {"TableName": "bench", "KeyConditionExpression": "pk = :pk"}
        return [self._sign("Query", {**query, "ExpressionAttributeValues": {":pk": item_key(n)["pk"]}}) for n in range(0, ITEMS, COLLECTION)]

    def _transactions(self):
        return [self._sign("TransactWriteItems", {"TransactItems": [
                    {"Put": {"TableName": "bench", "Item": item(n + i, stamp)}} for i in range(TRANSACTION)]})
                for stamp in (3, 4) for n in range(0, ITEMS, TRANSACTION)]

    def _batches(self):
        return [self._sign("BatchWriteItem", {"RequestItems": {"bench": [
                    {"PutRequest": {"Item": item(n + i, stamp)}} for i in range(BATCH)]}})
                for stamp in (5, 6) for n in range(0, ITEMS, BATCH)]

    def fill(self):
        """What the loads read and update is there."""
        for table in ("bench", "plain"):
            ask_each(self._at, [self._sign("BatchWriteItem", {"RequestItems": {table: [
                {"PutRequest": {"Item": item(n + i)}} for i in range(BATCH)]}}) for n in range(0, ITEMS, BATCH)])


class Ours:
    """The server of a name and its requests, ready when first asked for."""

    def __init__(self, stand, name, *arguments):
        self.stand, self._name, self._arguments = stand, name, arguments

    @functools.cached_property
    def server(self):
        server = self.stand.server(self._name, *self._arguments)
        create_tables(self.stand.client("dynamodb", self._name))
        return server

    @functools.cached_property
    def requests(self):
        requests = Requests(self.server.port)
        requests.fill()
        return requests

    def sample(self, line, connections, of_each=1):
        return self.stand.load(self.server.port, connections, self.requests.of(line), of_each)

    def bare(self, line, connections):
        """The same requests to a server that does nothing but HTTP, with answers as long as ours to a Query."""
        requests = self.requests.of(line)
        length = len(ask_each(self.server.port, requests[:1])) if line.startswith("Query") else BARE_ANSWER
        return self.stand.load(self.stand.bare(length), connections, requests)


def lines(stand, peers):
    ours = Ours(stand, "wal")
    return [*of_single_requests(ours, peers), *of_many_items(ours, peers)]


def of_single_requests(ours, peers):
    out = []
    for name, share in SHARES.items():
        for connections in CONNECTIONS:
            sides = {
                "bare": lambda _, name=name, connections=connections: ours.bare(name, connections),
                "ours": lambda _, name=name, connections=connections: ours.sample(name, connections),
                **{peer.name: lambda _, peer=peer, name=name, connections=connections: peer.sample(name, connections) for peer in peers},
            }
            aims = (Aim("share", share), SPREAD) if connections == 16 else ()
            out.append(Line(name, connections, "/s", sides, aims=aims, profiled=lambda name=name: (ours, name)))
    return out


def of_many_items(ours, peers):
    out = []
    for name, (items, share) in MANY.items():
        sides = {
            "ours": lambda _, name=name, items=items: ours.sample(name, 16, items),
            **{peer.name: lambda _, peer=peer, name=name, items=items: peer.sample(name, 16, items) for peer in peers},
        }
        out.append(Line(name, 16, "items/s", sides, (RECORDED, 16), (Aim("share", share), SPREAD), lambda name=name: (ours, name)))
    return out
