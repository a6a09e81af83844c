"""Functions' lines: cold and warm starts, URLs and APIs, the way from a write to a handler, backlogs, mappings beside writes."""

import functools
import json
import time

import items
from backlog import DROPS_ALL_BY_IMAGE, Backlog
from harness import waiting
from rounds import Aim, Line, Sample
from stand import create_role, create_tables, zipped
from wire import ACCOUNT, Caller, ask_each, dynamodb, plain, signed

SERVER = "functions"
TRIVIAL = "def handler(event, context):\n    return 1\n"
WITH_BOTO3 = "import boto3\nclient = boto3.client('dynamodb')\n" + TRIVIAL
COUNTS = "def handler(event, context):\n    return len(event['Records'])\n"
TOLD = ("import time\ndef handler(event, context):\n    now = time.time_ns()\n"
        "    for r in event['Records']:\n        print('told', r['dynamodb']['Keys']['pk']['S'], now)\n")
COLD = 3  # cold starts a round
WRITES = 50  # a round, of which the way to the handler is timed
MAPPINGS = 3


class Functions:
    """On a server of their own: idle environments and mappings aren't beside the other lines."""

    def __init__(self, stand, records):
        self.stand, self._records = stand, records

    @functools.cached_property
    def server(self):
        server = self.stand.server(SERVER)
        create_tables(self.client("dynamodb"), {"told": True, "mapped": True})
        return server

    def client(self, service):
        return self.stand.client(service, SERVER)

    @functools.cached_property
    def role(self):
        return create_role(self.client("iam"))

    def create(self, name, source):
        self.server
        return self.client("lambda").create_function(
            FunctionName=name, Runtime="python3.12", Handler="index.handler", Role=self.role, Code={"ZipFile": zipped(source)}, Timeout=30,
        )["FunctionArn"]

    def invoke_request(self, name):
        return signed(self.server.port, "lambda", "POST", f"/2015-03-31/functions/{name}/invocations", {}, b"{}")

    def cold(self, number, source, prefix):
        """First Invokes of new functions."""
        taken = []
        for each in range(COLD):
            self.create(f"{prefix}-{number}-{each}", source)
            with Caller(self.server.port) as caller:
                taken.append(caller.ask_ms(self.invoke_request(f"{prefix}-{number}-{each}")))
        return Sample.of_times(taken)

    @functools.cached_property
    def _warm(self):
        arn = self.create("warm", TRIVIAL)
        ask_each(self.server.port, [self.invoke_request("warm")])
        return arn

    @functools.cached_property
    def _warm_invoke(self):
        self._warm
        return [self.invoke_request("warm")]

    @functools.cached_property
    def _warm_api(self):
        api = self.client("apigatewayv2").create_api(Name="bench", ProtocolType="HTTP", Target=self._warm)["ApiId"]
        self.client("lambda").add_permission(FunctionName="warm", StatementId="api", Action="lambda:InvokeFunction",
                                             Principal="apigateway.amazonaws.com")
        return [plain(self.server.port, "GET", f"/_aws/execute-api/{api}/")]

    @functools.cached_property
    def _warm_url(self):
        self._warm
        lam = self.client("lambda")
        lam.add_permission(FunctionName="warm", StatementId="url", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
        # boto3 of Debian 12 doesn't know InvokedViaFunctionUrl yet.
        grant = {"StatementId": "invoke", "Action": "lambda:InvokeFunction", "Principal": "*", "InvokedViaFunctionUrl": True}
        ask_each(self.server.port, [signed(self.server.port, "lambda", "POST", "/2015-03-31/functions/warm/policy", {}, json.dumps(grant).encode())])
        url = lam.create_function_url_config(FunctionName="warm", AuthType="NONE")["FunctionUrl"].split("//")[1].split(".")[0]
        return [plain(self.server.port, "GET", f"/_lambda-url/{url}/")]

    def warm(self, _, way):
        sample = self.stand.load(self.server.port, 1, getattr(self, f"_warm_{way}"))
        return Sample(sample.p50_ms, sample.p50_ms, sample.p99_ms, sample.errors)

    @functools.cached_property
    def _told(self):
        self.create("told", TOLD)
        self._map("told", "told")
        self._write_told("first")  # the cold start
        return Caller(self.server.port)

    def _map(self, table, function, **settings):
        stream = self.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
        self.client("lambda").create_event_source_mapping(
            EventSourceArn=stream, FunctionName=function, StartingPosition="LATEST", **settings)

    def _write_told(self, key, caller=None):
        """When the write was acknowledged; the handler has had it at the return."""
        request = dynamodb(self.server.port, "PutItem", {"TableName": "told", "Item": {"pk": {"S": key}, "sk": {"S": "0"}}})
        if caller:
            caller.ask(request)
        else:
            ask_each(self.server.port, [request])
        acknowledged = time.time_ns()
        waiting.drain(self.server.endpoint, 30)
        return acknowledged

    def write_to_handler(self, number):
        """From an acknowledged PutItem to the handler's first statement, one write at a time."""
        caller = self._told
        acknowledged = {f"w{number}-{n}": self._write_told(f"w{number}-{n}", caller) for n in range(WRITES)}
        told = printed(self.client("logs"), "told")
        return Sample.of_times((told[key] - at) / 1e6 for key, at in acknowledged.items())

    @functools.cached_property
    def _backlog(self):
        self.server
        self.create("counts", COUNTS)
        return Backlog(self.server, ACCOUNT, dynamodb, self._records)

    def filtered(self, _):
        return Sample(self._backlog.per_second("counts", FilterCriteria=DROPS_ALL_BY_IMAGE))

    def delivered(self, _):
        return Sample(self._backlog.per_second("counts", BatchSize=1000))

    @functools.cached_property
    def _mapped_puts(self):
        self.server
        for n in range(MAPPINGS):
            self.create(f"consumes-{n}", COUNTS)
            self._map("mapped", f"consumes-{n}", BatchSize=1000)
        return [dynamodb(self.server.port, "PutItem", {"TableName": "mapped", "Item": items.item(n, stamp)})
                for stamp in (1, 2) for n in range(items.ITEMS)]

    def mapped_puts(self, _):
        requests = self._mapped_puts
        sample = self.stand.load(self.server.port, 16, requests)
        waiting.drain(self.server.endpoint, 300)
        return sample


def printed(logs, function):
    """What the function printed, lines of NAME KEY NANOSECONDS: key -> nanoseconds."""
    out, token = {}, {}
    while True:
        page = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}", filterPattern=function, **token)
        for event in page["events"]:
            _, key, at_ns = event["message"].split()
            out[key] = int(at_ns)
        if "nextToken" not in page:
            return out
        token = {"nextToken": page["nextToken"]}


def lines(functions):
    def line(name, unit, measure, *aims, **settings):
        return Line(name, None, unit, {"ours": functools.partial(measure, **settings)}, aims=aims)

    return [
        Line(f"PutItem with {MAPPINGS} mappings consuming", 16, "/s", {"ours": functions.mapped_puts}, (items.RECORDED, 16),
             (Aim("share", 0.8), items.SPREAD)),
        line("cold start", "ms", functions.cold, Aim("most", 6), source=TRIVIAL, prefix="cold"),
        line("cold start with boto3 and a client", "ms", functions.cold, Aim("most", 15), source=WITH_BOTO3, prefix="boto3"),
        line("warm Invoke", "ms", functions.warm, Aim("most", 0.25), way="invoke"),
        line("function URL to its answer", "ms", functions.warm, Aim("most", 0.35), way="url"),
        line("HTTP API to its function's answer", "ms", functions.warm, Aim("most", 0.35), way="api"),
        line("acknowledged write to the handler's first line", "ms", functions.write_to_handler, Aim("most", 0.1)),
        line("records delivered to a trivial Python handler", "/s", functions.delivered, Aim("least", 250_000)),
        line("records filtered out", "/s", functions.filtered, Aim("least", 1_500_000)),
    ]
