"""Pages of a list whose entries go away between the pages: a token is a position, not a thing."""

import json

import botocore
import botocore.exceptions
import botocore.session
import pytest
from botocore.exceptions import ClientError

from harness import walks


def walk(page, delete, names, first_deleted):
    """Reads page by page; after the first page `first_deleted(seen)` names what is deleted. Returns all that was seen."""
    seen, token = [], None
    while True:
        found, token = page(token)
        seen += found
        if len(seen) == 1:
            for name in first_deleted(seen):
                delete(name)
        if not token:
            return seen
        assert len(seen) <= len(names) + 1, "a walk ends"


def streams_of(client, unique, **options):
    logs, group = client("logs"), unique("group")
    logs.create_log_group(logGroupName=group)
    names = [f"s{i}" for i in range(5)]
    for name in names:
        logs.create_log_stream(logGroupName=group, logStreamName=name)

    def page(token):
        more = {"nextToken": token} if token else {}
        answer = logs.describe_log_streams(logGroupName=group, limit=1, **options, **more)
        return [s["logStreamName"] for s in answer["logStreams"]], answer.get("nextToken")

    return names, page, lambda name: logs.delete_log_stream(logGroupName=group, logStreamName=name)


@pytest.mark.parametrize("options", [{}, {"descending": True}, {"orderBy": "LastEventTime"},
                                     {"orderBy": "LastEventTime", "descending": True}])
def test_log_streams_that_go_while_they_are_listed(options, client, unique):
    names, page, delete = streams_of(client, unique, **options)
    order = list(reversed(names)) if options.get("descending") else names
    assert walk(page, delete, names, lambda seen: seen) == order, "the one at the marker is gone"
    names, page, delete = streams_of(client, unique, **options)
    assert walk(page, delete, names, lambda seen: [order[0], order[1], order[3]]) == [order[0], order[2], order[4]]


def test_tokens_of_another_list_are_refused(client, unique):
    _, page, _ = streams_of(client, unique)
    _, other, _ = streams_of(client, unique, descending=True)
    for token in (other(None)[1], "s0", page(None)[1][:-4] + "AAA="):
        with pytest.raises(ClientError, match="The specified nextToken is invalid"):
            page(token)


def test_function_urls_are_listed_once_each(client, make_function):
    lambda_ = client("lambda")
    name = make_function("def handler(event, context):\n    return 1\n")
    lambda_.publish_version(FunctionName=name)
    aliases = [f"a{i}" for i in range(5)]
    lambda_.create_function_url_config(FunctionName=name, AuthType="NONE")
    for alias in aliases:
        lambda_.create_alias(FunctionName=name, Name=alias, FunctionVersion="1")
        lambda_.create_function_url_config(FunctionName=name, Qualifier=alias, AuthType="NONE")
    arn = lambda_.get_function_configuration(FunctionName=name)["FunctionArn"]

    def page(marker):
        more = {"Marker": marker} if marker else {}
        answer = lambda_.list_function_url_configs(FunctionName=name, MaxItems=1, **more)
        return [c["FunctionArn"] for c in answer["FunctionUrlConfigs"]], answer.get("NextMarker")

    assert walk(page, None, aliases, lambda seen: []) == [arn] + [f"{arn}:{alias}" for alias in aliases]

    def delete(alias):
        lambda_.delete_function_url_config(FunctionName=name, Qualifier=alias)

    assert walk(page, delete, aliases, lambda seen: ["a0", "a3"]) == [arn, f"{arn}:a1", f"{arn}:a2", f"{arn}:a4"]


def refusal(listing, tokens):
    with pytest.raises(ClientError) as refused:
        listing.page(tokens)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return refused.value.response["Error"]["Code"]


@pytest.mark.parametrize("service, operation", walks.everywhere(), ids=lambda text: text.replace(" ", "-"))
def test_every_list_goes_on_behind_what_was_deleted(server, service, operation):
    """Entries before, at and behind the marker go away; all others are seen once, in order. A token that was altered is
    refused, and where the list belongs to nothing, one of another account."""
    world = walks.World(server.endpoint)
    parameters, name, delete = walks.WALKS[service, operation](world)
    listing = walks.Listing(world.client(service), operation, parameters)

    def whole():
        order, tokens = [], {}
        while tokens is not None:
            entries, tokens = listing.page(tokens)
            assert len(entries) <= listing.size
            order += [name(entry) for entry in entries]
            assert len(order) <= 600, "a walk ends"
        return order

    order = whole()
    assert len(order) >= 2 and len(set(order)) == len(order), order
    if walks.has_tokens(service, operation, listing):
        _, tokens = listing.page({})
        codes = {refusal(listing, wrong) for wrong in walks.altered(tokens)}
        assert len(codes) == 1
        if not parameters:
            stranger = walks.Listing(walks.World(server.endpoint).client(service), operation, {})
            assert {refusal(stranger, tokens)} == codes
    if not delete:
        return

    seen, tokens = [], {}
    while len(seen) < max(min(2, len(order) - 1), listing.size):
        entries, tokens = listing.page(tokens)
        seen += [name(entry) for entry in entries]
    gone = {seen[-1], *seen[-2:-1], *order[len(seen):len(seen) + 1][:len(order) - len(seen) - 1]}
    for one in gone:
        delete(one)
    left = whole()
    assert left and len(left) <= len(order) - 1
    rest = []
    while tokens:
        entries, tokens = listing.page(tokens)
        rest += [name(entry) for entry in entries]
    assert rest == [one for one in order[len(seen):] if one in left]


def test_secrets_are_read_in_batches_page_by_page(raw, client, unique):
    """BatchGetSecretValue: Debian's boto3 doesn't know it."""
    prefix = unique("s")
    names = [f"{prefix}-{end}" for end in "abcde"]
    for name in names:
        client("secretsmanager").create_secret(Name=name, SecretString="v")

    def page(token=None):
        body = {"Filters": [{"Key": "name", "Values": [prefix]}], "MaxResults": 2, **({"NextToken": token} if token else {})}
        answer = raw("secretsmanager", body=json.dumps(body), headers={
            "X-Amz-Target": "secretsmanager.BatchGetSecretValue", "Content-Type": "application/x-amz-json-1.1"}).json()
        return [value["Name"] for value in answer.get("SecretValues", [])], answer.get("NextToken"), answer.get("__type")

    first, token, _ = page()
    assert first == names[:2]
    for name in names[1:3]:
        client("secretsmanager").delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    assert page(token)[:2] == (names[3:], None)
    assert page(token[:-6] + "AAAAAA")[2].endswith("InvalidNextTokenException")


def test_no_list_is_left_out(client):
    """Each operation that botocore knows with a marker or as paginated is walked, or it is said why not."""
    session = botocore.session.get_session()
    for service in sorted(walks.served()):
        model = client(service).meta.service_model
        known = {name for name in model.operation_names if walks.markers(model, name)}
        try:
            known |= set(session.get_paginator_model(service)._paginator_config)
        except (ValueError, botocore.exceptions.UnknownServiceError):
            pass  # it has none
        walked = {name.split()[0] for of, name in walks.WALKS if of == service}
        explained = set(walks.NOT_WALKED.get(service, {}))
        assert known - walks.absent(service) == walked | explained, service
        assert not walked & explained, service


def test_unbuilt_lists_are_not_there(client):
    """What isn't walked because it isn't built answers 501. S3 Control's: test_s3_control.py."""
    for service, reasons in walks.NOT_WALKED.items():
        for name in [name for name, reason in reasons.items() if reason == "isn't built" and service != "s3control"]:
            shape = client(service).meta.service_model.operation_model(name).input_shape
            with pytest.raises(ClientError) as refused:
                getattr(client(service), botocore.xform_name(name))(
                    **{member: "123456789012" for member in shape.required_members})
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501, (service, name)
