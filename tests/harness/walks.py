"""Every list operation of every service as data: how a list is filled, what an entry's name is, how one is deleted.

`@walk("iam", "ListUsers")` marks a function that fills a list in an account of its own and returns the list's
parameters, the name of an entry, and what deletes an entry by its name (None where nothing does). The members that carry
tokens and sizes are read from botocore's models. The lists stand in walks_*.py, which everywhere() loads. NOT_WALKED says why an operation with a marker isn't here.
"""

import importlib
import io
import json
import pathlib
import re
import zipfile

from botocore import xform_name
from botocore.exceptions import ClientError

from harness import aws

WALKS = {}
ANYONE = {"Version": "2012-10-17",
          "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})


def walk(service, *operations):
    def mark(fill):
        for operation in operations:
            WALKS[service, operation] = fill
        return fill
    return mark


def by(member):
    return lambda entry: entry[member]


def itself(entry):
    return entry


class World:
    """An account of its own; clients of its services as attributes."""

    def __init__(self, endpoint):
        self.endpoint, self.account = endpoint, aws.new_account()

    def __getattr__(self, service):
        # Without validation: tokens are cut short, too.
        made = aws.make_client(self.endpoint, {"lambda_": "lambda"}.get(service, service), self.account, parameter_validation=False)
        setattr(self, service, made)
        return made

    def client(self, service):
        return getattr(self, {"lambda": "lambda_"}.get(service, service))

    def role(self):
        try:
            return self.iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(ANYONE))["Role"]["Arn"]
        except ClientError:
            return f"arn:aws:iam::{self.account}:role/r"

    def function(self, name="f", **settings):
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("index.py", "def handler(event, context):\n    return 1\n")
        self.lambda_.create_function(FunctionName=name, Runtime="python3.12", Handler="index.handler", Role=self.role(),
                                     Code={"ZipFile": code.getvalue()}, **settings)
        return name

    def versions(self, count):
        """Publishes versions 1 to `count` of the function `f`."""
        for number in range(count):
            self.lambda_.update_function_configuration(FunctionName="f", Description=str(number))
            self.lambda_.publish_version(FunctionName="f")

    def table(self, name, **settings):
        return self.dynamodb.create_table(
            TableName=name, AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST", **settings)

    def bucket(self):
        self.s3.create_bucket(Bucket=f"bucket-{self.account}")
        return f"bucket-{self.account}"


# Names whose order differs from that of what is made of them: "-" and "." sort before "/", ":" and letters.
NAMES = ["aaa", "aaa-b", "aaa.c", "bbb", "bbb-1", "ccc"]
PLAIN = ["aaa", "aaa-b", "aaa_c", "bbb", "bbb-1", "ccc"]


# What isn't built is told by the rooms' READMEs.
NOT_WALKED = {
    "iam": {
        "GetServiceLastAccessedDetailsWithEntities": "a report's own entries",
        "ListAccountAliases": "one at most", "ListMFADeviceTags": "as ListUserTags, one function",
        "ListOpenIDConnectProviderTags": "as ListUserTags, one function",
        "ListPoliciesGrantingServiceAccess": "entries are the request's own", "ListSAMLProviderTags": "as ListUserTags",
        "ListServerCertificateTags": "as ListUserTags", "ListServerCertificates": "as ListUsers, one function",
        "ListSigningCertificates": "as ListSSHPublicKeys, one function",
        "SimulatePrincipalPolicy": "as SimulateCustomPolicy, one function"},
    "dynamodb": {"ListGlobalTables": "always empty", "ListTagsOfResource": "one page"},
    "dynamodbstreams": {"DescribeStream": "shards: test_streams.py"},
    "s3": {"GetObjectAttributes": "parts, as ListParts",
           "ListBucketAnalyticsConfigurations": "as metrics, one function",
           "ListBucketIntelligentTieringConfigurations": "as metrics, one function",
           "ListBucketInventoryConfigurations": "as metrics, one function"},
    "logs": {"DescribeDestinations": "always empty", "DescribeExportTasks": "as metric filters, one function",
             "GetLogEvents": "events: test_logs_events.py"},
    "kms": {"ListKeyPolicies": "one at most", "ListRetirableGrants": "as ListGrants, one function"},
    "sns": {name: "always empty" for name in ("ListOriginationNumbers", "ListPhoneNumbersOptedOut", "ListSMSSandboxPhoneNumbers")},
    "cloudwatch": {"GetMetricData": "one page: its points are the request's own", "ListDashboards": "one page"},
    "s3control": {"ListRegionalBuckets": "isn't built"} | {
        name: "isn't built" for name in ("ListAccessPoints", "ListAccessPointsForObjectLambda", "ListJobs",
                                         "ListMultiRegionAccessPoints", "ListStorageLensConfigurations")},
    "apigateway": {"GetTags": "one page", "GetUsage": "a map of the days asked for: test_apigateway_rest.py"} | {
        "GetSdkTypes": "isn't built", "GetVpcLinks": "as GetRestApis, one function"},
    "apigatewayv2": {"GetIntegrationResponses": "as GetRoutes", "GetRouteResponses": "as GetRoutes"} | {
        name: "as GetApis, one function" for name in ("GetApiMappings", "GetDomainNames", "GetModels", "GetVpcLinks")},
}
# What boto3 calls the services of a room, where it isn't the room's name.
_SERVICES = {"streams": ["dynamodbstreams"], "eventbridge": ["events"], "autoscaling": ["application-autoscaling"],
             "apigateway": ["apigateway", "apigatewayv2"], "s3": ["s3", "s3control"]}
_FOLDER = pathlib.Path(__file__).resolve().parents[2] / "emulator" / "services"


def served():
    """{service as boto3 calls it: its room}."""
    rooms = [readme.parent.name for readme in _FOLDER.glob("*/README.md")]
    return {service: room for room in rooms for service in _SERVICES.get(room, [room])}


def absent(service):
    """The operations that the room's README lists as absent."""
    text = (_FOLDER / served()[service] / "README.md").read_text()
    rows = [row for row in text.splitlines() if row.endswith("| absent |")]
    return set(re.findall(r"\w+", " ".join(rows)))


_MARKER = re.compile(r"NextToken|nextToken|\w*Marker|ContinuationToken|ExclusiveStart\w+|position")
_SIZES = ("MaxItems", "Limit", "limit", "MaxResults", "maxResults", "PageSize", "MaxKeys", "MaxUploads", "MaxParts", "MaxRecords")
_FIXED = {"ListMetrics": 500}  # entries of a page where no member says so and it isn't 100


def markers(model, operation):
    """The members of an operation's input that carry its token."""
    shape = model.operation_model(operation).input_shape
    return [m for m in (shape.members if shape else ()) if _MARKER.fullmatch(m) and m != "DeleteMarker"]


class Listing:
    """Reads one list page by page. `size` is the most entries a page has."""

    def __init__(self, client, operation, parameters):
        self.client, name = client, operation.split()[0]
        self.model = client.meta.service_model.operation_model(name)
        self.call = getattr(client, xform_name(name))
        known = self.model.input_shape.members
        self.parameters = {key: value for key, value in parameters.items() if key in known}
        self.size = _FIXED.get(name, 100)
        for member in _SIZES:
            if member in known:
                self.size = 1
                self.parameters[member] = "1" if known[member].type_name == "string" else 1
        self.markers = markers(client.meta.service_model, name)

    def page(self, tokens):
        answer = self.call(**self.parameters, **tokens)
        entries = []
        for member, shape in self.model.output_shape.members.items():
            if shape.type_name == "list" and member not in ("searchedLogStreams", "CommonPrefixes"):
                entries += answer.get(member, [])
        if "IsTruncated" in answer and not answer["IsTruncated"] or answer.get("Truncated") is False:
            return entries, None
        found = {}
        for marker in self.markers:
            for output in (f"Next{marker}", marker.replace("ExclusiveStart", "LastEvaluated"), marker):
                echoed = output == marker and self.client.meta.service_model.service_name == "s3"
                if answer.get(output) and not echoed:
                    found[marker] = answer[output]
                    break
        if self.model.name == "ListObjects" and not found:
            found = {"Marker": entries[-1]["Key"]}
        return entries, found or None


# Markers that are tokens: no client makes one itself.
TOKEN = re.compile(r"NextToken|nextToken|Marker|ContinuationToken|position")


def has_tokens(service, operation, listing):
    """Whether the list is gone through by tokens, and not by names, as ListObjects is."""
    return all(TOKEN.fullmatch(marker) for marker in listing.markers) and (service, operation) != ("s3", "ListObjects")


def altered(tokens):
    """The tokens, each changed where it names its position, cut short, and made up."""
    for marker, token in tokens.items():
        middle = len(token) // 2
        yield tokens | {marker: token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1:]}
        yield tokens | {marker: token[:len(token) // 4 * 2]}
        yield tokens | {marker: "AAAA" * 8}


def everywhere():
    """WALKS, filled."""
    for part in ("iam", "functions", "data", "logs", "rooms"):
        importlib.import_module(f"harness.walks_{part}")
    return WALKS
