"""SSM Parameter Store: parameters, versions, labels, paths, filters, and what is refused."""

import datetime
import json

import pytest
from harness.tables import refusal

PATH_TEXT = ('The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be '
             'prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - '
             '(hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". '
             'Valid example: /get/parameters2-/by1./path0_.')


@pytest.fixture
def ssm(client):
    return client("ssm")


@pytest.fixture
def put(ssm, unique):
    def make(value="v", type="String", name=None, **more):
        name = name or "/" + unique("p")
        ssm.put_parameter(Name=name, Value=value, Type=type, **more)
        return name

    return make


def test_a_parameter_is_put_read_and_deleted(ssm, unique, account):
    for name in ("/" + unique("a") + "/b", unique("plain")):
        assert plain(ssm.put_parameter(Name=name, Value="x", Type="String")) == {"Version": 1, "Tier": "Standard"}
        parameter = ssm.get_parameter(Name=name)["Parameter"]
        arn = f"arn:aws:ssm:us-east-1:{account}:parameter/{name.lstrip('/')}"
        assert isinstance(parameter.pop("LastModifiedDate"), datetime.datetime)
        assert parameter == {"ARN": arn, "DataType": "text", "Name": name, "Type": "String", "Value": "x", "Version": 1}
        assert ssm.get_parameter(Name=arn)["Parameter"]["Name"] == name
        ssm.delete_parameter(Name=name)
        for read in (ssm.get_parameter, ssm.delete_parameter, ssm.get_parameter_history):
            assert refusal(read, Name=name)[0] == "ParameterNotFound"


def plain(answer):
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def test_what_is_missing_has_no_message(raw):
    answer = raw("ssm", "POST", "/", json.dumps({"Name": "/nowhere"}), {
        "X-Amz-Target": "AmazonSSM.GetParameter", "Content-Type": "application/x-amz-json-1.1"})
    assert answer.status == 400 and json.loads(answer.text) == {"__type": "ParameterNotFound"}


def test_an_overwrite_is_a_new_version(ssm, put):
    name = put(Description="first", AllowedPattern="[a-z]*")
    assert refusal(ssm.put_parameter, Name=name, Value="y", Type="String") == (
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
    assert ssm.put_parameter(Name=name, Value="w", Overwrite=True)["Version"] == 2
    assert refusal(ssm.put_parameter, Name=name, Value="w", Type="StringList", Overwrite=True)[0] == "HierarchyTypeMismatchException"
    assert ssm.get_parameter(Name=f"{name}:1")["Parameter"]["Value"] == "v"
    newest = ssm.get_parameter(Name=f"{name}:2")["Parameter"]
    assert (newest["Value"], newest["Selector"], newest["Name"]) == ("w", ":2", name)
    assert refusal(ssm.get_parameter, Name=f"{name}:9") == (
        "ParameterVersionNotFound", f"Systems Manager could not find version 9 of {name}. Verify the version and try again.")
    first, second = ssm.get_parameter_history(Name=name)["Parameters"]
    assert (first["Value"], first["Version"], first["Description"], first["AllowedPattern"]) == ("v", 1, "first", "[a-z]*")
    assert (second["Value"], second["Version"], second["Labels"], second["Policies"]) == ("w", 2, [], [])


def test_a_hundred_versions_are_kept(ssm, put):
    name = put()
    for _ in range(100):
        ssm.put_parameter(Name=name, Value="w", Overwrite=True)
    versions = [p["Version"] for page in ssm.get_paginator("get_parameter_history").paginate(Name=name) for p in page["Parameters"]]
    assert versions == list(range(2, 102))
    ssm.label_parameter_version(Name=name, ParameterVersion=2, Labels=["kept"])
    assert refusal(ssm.put_parameter, Name=name, Value="w", Overwrite=True) == (
        "ParameterMaxVersionLimitExceeded",
        f"You attempted to create a new version of {name} by calling the PutParameter API with the overwrite flag. Version 2, the oldest "
        "version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.")


@pytest.mark.parametrize("arguments, code, message", [
    ({"Value": "x"}, "ValidationException", "A parameter type is required when you create a parameter."),
    ({"Value": "x", "Type": "X"}, "ValidationException",
     "1 validation error detected: Value 'X' at 'type' failed to satisfy constraint: Member must satisfy enum value set: "
     "[SecureString, StringList, String]"),
    ({"Name": "awsome", "Value": "x", "Type": "String"}, "ValidationException",
     'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).'),
    ({"Name": "/ssm/x", "Value": "x", "Type": "String"}, "ValidationException",
     'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash '
     'symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_'),
    ({"Name": "/aws/x", "Value": "x", "Type": "String"}, "AccessDeniedException", "No access to reserved parameter name: /aws/x."),
    ({"Name": "a/b", "Value": "x", "Type": "String"}, "ValidationException", "Parameter name must be a fully qualified name."),
    ({"Name": "/a" * 16, "Value": "x", "Type": "String"}, "HierarchyLevelLimitExceededException", None),
    ({"Value": "x", "Type": "String", "DataType": "Text"}, "ValidationException",
     "The following data type is not supported: Text (Data type names are all lowercase.)"),
    ({"Value": "x" * 4097, "Type": "String"}, "ValidationException", None),
    ({"Value": "x" * 8193, "Type": "String", "Tier": "Advanced"}, "ValidationException", None),
    ({"Value": "x", "Type": "String", "AllowedPattern": "[0-9]+"}, "ParameterPatternMismatchException",
     "Parameter value, cannot be validated against allowedPattern: [0-9]+"),
    ({"Value": "x", "Type": "String", "AllowedPattern": "["}, "InvalidAllowedPatternException", None),
    ({"Value": "x", "Type": "SecureString", "KeyId": "alias/not-here"}, "InvalidKeyId", None),
    ({"Value": "x", "Type": "String", "KeyId": "alias/aws/ssm"}, "ValidationException", None),
    ({"Value": "x", "Type": "String", "Overwrite": True, "Tags": [{"Key": "a", "Value": "b"}]}, "ValidationException",
     "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update "
     "tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."),
    ({"Value": "x", "Type": "String", "Policies": "[]]", "Tier": "Advanced"}, "InvalidPolicyAttributeException", None),
    ({"Value": "x", "Type": "String", "Policies": '[{"Type":"Odd","Version":"1.0","Attributes":{}}]', "Tier": "Advanced"},
     "InvalidPolicyTypeException", None),
    ({"Value": "x", "Type": "String", "Tier": "Advanced", "Policies":
      '[{"Type":"ExpirationNotification","Version":"1.0","Attributes":{"Before":"1","Unit":"Days"}}]'}, "IncompatiblePolicyException", None),
    ({"Value": "x", "Type": "String", "Tier": "Advanced", "Policies": json.dumps([
        {"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": "1", "Unit": "Days"}}] * 11)},
     "PoliciesLimitExceededException", None),
])
def test_put_refuses(ssm, unique, arguments, code, message):
    found = refusal(ssm.put_parameter, **{"Name": unique("refused"), **arguments})
    assert found[0] == code and message in (None, found[1])


def test_tiers(ssm, put):
    name = put("x" * 5000, Tier="Intelligent-Tiering")
    described, = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"]
    assert described["Tier"] == "Advanced"
    assert "can't downgrade a parameter from the advanced-parameter tier" in refusal(
        ssm.put_parameter, Name=name, Value="x", Overwrite=True, Tier="Standard")[1]
    assert ssm.put_parameter(Name=name, Value="x", Overwrite=True)["Tier"] == "Advanced"


def test_a_secure_string_is_ciphertext_until_it_is_decrypted(ssm, put):
    name = put("secret", "SecureString")
    shut = ssm.get_parameter(Name=name)["Parameter"]
    assert shut["Type"] == "SecureString" and "secret" not in shut["Value"]
    assert ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == "secret"
    described, = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"]
    assert described["KeyId"] == "alias/aws/ssm"


def test_a_customers_key_must_be_usable(ssm, put, client, unique):
    kms = client("kms")
    key, alias = kms.create_key()["KeyMetadata"]["KeyId"], f"alias/{unique('k')}"
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    name = put("secret", "SecureString", KeyId=alias)
    described, = ssm.describe_parameters(ParameterFilters=[{"Key": "KeyId", "Values": [alias]}])["Parameters"]
    assert (described["Name"], described["KeyId"]) == (name, alias)
    assert ssm.get_parameters(Names=[name], WithDecryption=True)["Parameters"][0]["Value"] == "secret"
    kms.disable_key(KeyId=key)
    code, message = refusal(ssm.get_parameter, Name=name, WithDecryption=True)
    assert code == "InvalidKeyId" and "is disabled." in message
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"]
    kms.enable_key(KeyId=key)
    assert ssm.get_parameters_by_path(Path="/", WithDecryption=True, Recursive=True)["Parameters"]


def test_several_at_once(ssm, put):
    a, b = put("1"), put("2")
    answer = ssm.get_parameters(Names=[a, "/nowhere", f"{b}:1", f"{b}:7"])
    assert [(p["Name"], p["Value"]) for p in answer["Parameters"]] == [(a, "1"), (b, "2")]
    assert answer["InvalidParameters"] == ["/nowhere", f"{b}:7"]
    many = [f"/n{i}" for i in range(11)]
    assert refusal(ssm.get_parameters, Names=many) == (
        "ValidationException", f"1 validation error detected: Value '[{', '.join(many)}]' at 'names' failed to satisfy constraint: Member "
        "must have length less than or equal to 10")
    assert plain(ssm.delete_parameters(Names=[a, "/nowhere", b])) == {"DeletedParameters": [a, b], "InvalidParameters": ["/nowhere"]}


def test_paths(ssm, put, unique):
    root = "/" + unique("path")
    names = [put(name=f"{root}/{leaf}") for leaf in ("a", "b", "c/d", "c/e/f")]
    put(name=root + "x")

    def under(path, **more):
        return [p["Name"] for page in ssm.get_paginator("get_parameters_by_path").paginate(Path=path, **more) for p in page["Parameters"]]

    assert under(root) == under(root + "/") == names[:2]
    assert under(root, Recursive=True) == names
    assert under(root, Recursive=True, PaginationConfig={"PageSize": 1}) == names
    assert under(root + "/c", Recursive=True) == names[2:] and under("/nowhere") == []
    assert under(root, ParameterFilters=[{"Key": "Type", "Values": ["StringList"]}]) == []
    for path in ("noslash", "//", "/aws"):
        assert refusal(ssm.get_parameters_by_path, Path=path) == ("ValidationException", PATH_TEXT)
    assert refusal(ssm.get_parameters_by_path, Path=root, NextToken="x")[0] == "InvalidNextToken"


def test_labels(ssm, put):
    name = put()
    ssm.put_parameter(Name=name, Value="w", Overwrite=True)
    assert plain(ssm.label_parameter_version(Name=name, Labels=["live"])) == {"InvalidLabels": [], "ParameterVersion": 2}
    assert ssm.get_parameter(Name=f"{name}:live")["Parameter"]["Value"] == "w"
    ssm.label_parameter_version(Name=name, ParameterVersion=1, Labels=["live"])
    assert ssm.get_parameter(Name=f"{name}:live")["Parameter"]["Version"] == 1
    found = ssm.get_parameters_by_path(Path="/", Recursive=True, ParameterFilters=[{"Key": "Label", "Values": ["live"]}])["Parameters"]
    assert [(p["Name"], p["Version"]) for p in found] == [(name, 1)]
    assert ssm.label_parameter_version(Name=name, Labels=["aws-x", "9x", "ssm"])["InvalidLabels"] == ["aws-x", "9x", "ssm"]
    assert refusal(ssm.label_parameter_version, Name=name, ParameterVersion=7, Labels=["a"])[0] == "ParameterVersionNotFound"
    assert refusal(ssm.label_parameter_version, Name="/nowhere", Labels=["a"])[0] == "ParameterNotFound"
    ssm.label_parameter_version(Name=name, Labels=[f"l{i}" for i in range(10)])
    assert refusal(ssm.label_parameter_version, Name=name, Labels=["more"])[0] == "ParameterVersionLabelLimitExceeded"
    answer = ssm.unlabel_parameter_version(Name=name, ParameterVersion=1, Labels=["live", "none"])
    assert (answer["RemovedLabels"], answer["InvalidLabels"]) == (["live"], ["none"])
    assert refusal(ssm.get_parameter, Name=f"{name}:live")[0] == "ParameterVersionNotFound"


def test_describe_filters(ssm, put, unique):
    root = "/" + unique("described")
    a = put(name=f"{root}/a", Tags=[{"Key": "stage", "Value": "prod"}])
    b = put("x,y", "StringList", name=f"{root}/b/c", Tier="Advanced")

    def described(*filters):
        pages = ssm.get_paginator("describe_parameters").paginate(ParameterFilters=list(filters), PaginationConfig={"PageSize": 1})
        return [p["Name"] for page in pages for p in page["Parameters"]]

    here = {"Key": "Path", "Option": "Recursive", "Values": [root]}
    assert described(here) == [a, b]
    assert described({"Key": "Path", "Values": [root]}) == [a]
    assert described({"Key": "Name", "Option": "BeginsWith", "Values": [root]}) == [a, b]
    assert described({"Key": "Name", "Option": "Contains", "Values": [root[1:]]}) == [a, b]
    assert described(here, {"Key": "Type", "Values": ["StringList"]}) == [b]
    assert described(here, {"Key": "Tier", "Values": ["Advanced"]}) == [b]
    assert described(here, {"Key": "tag:stage", "Values": ["prod"]}) == [a]
    assert described(here, {"Key": "tag:stage", "Values": ["dev"]}) == []
    assert [p["Name"] for p in ssm.describe_parameters(Filters=[{"Key": "Name", "Values": [a]}])["Parameters"]] == [a]
    for filters, code in (
        ([{"Key": "Label", "Values": ["x"]}], "InvalidFilterKey"),
        ([{"Key": "Name", "Values": ["x"]}] * 2, "InvalidFilterKey"),
        ([{"Key": "Name", "Option": "Odd", "Values": ["x"]}], "InvalidFilterOption"),
        ([{"Key": "Path", "Option": "Equals", "Values": ["/x"]}], "InvalidFilterOption"),
        ([{"Key": "Name"}], "InvalidFilterValue"),
        ([{"Key": "Type", "Values": ["Odd"]}], "InvalidFilterValue"),
        ([{"Key": "odd", "Values": ["x"]}], "ValidationException"),
    ):
        assert refusal(ssm.describe_parameters, ParameterFilters=filters)[0] == code
    assert refusal(ssm.describe_parameters, NextToken="x")[0] == "InvalidNextToken"


def test_tags(ssm, put):
    name = put(Tags=[{"Key": "a", "Value": "1"}])
    of = {"ResourceType": "Parameter", "ResourceId": name}
    ssm.add_tags_to_resource(**of, Tags=[{"Key": "b", "Value": "2"}])
    assert ssm.list_tags_for_resource(**of)["TagList"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    ssm.remove_tags_from_resource(**of, TagKeys=["a"])
    assert ssm.list_tags_for_resource(**of)["TagList"] == [{"Key": "b", "Value": "2"}]
    assert refusal(ssm.list_tags_for_resource, ResourceType="Parameter", ResourceId="/nowhere")[0] == "InvalidResourceId"
    assert refusal(ssm.add_tags_to_resource, **of, Tags=[{"Key": f"k{i}", "Value": "v"} for i in range(51)])[0] == "TooManyTagsError"


def test_who_may_read_what(ssm, put, client, unique, make_principal):
    root = "/" + unique("team")
    mine, secret = put(name=f"{root}/mine"), put("s", "SecureString", name=f"{root}/secret")
    key = client("kms").create_key()["KeyMetadata"]
    sealed = put("s", "SecureString", name=f"{root}/sealed", KeyId=key["KeyId"])
    other = put()
    arn = f"arn:aws:ssm:us-east-1:*:parameter{root}"
    user = make_principal({"Effect": "Allow", "Action": ["ssm:GetParameter*"], "Resource": [arn, arn + "/*"]}).client("ssm")
    assert user.get_parameter(Name=mine)["Parameter"]["Value"] == "v"
    assert user.get_parameter(Name=secret, WithDecryption=True)["Parameter"]["Value"] == "s"  # AWS's own key asks for nothing
    code, message = refusal(user.get_parameter, Name=sealed, WithDecryption=True)
    assert code == "AccessDeniedException" and f"not authorized to perform: kms:Decrypt on resource: {key['Arn']} because no identity-based" in message
    assert "(Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: " in message
    assert refusal(user.get_parameters_by_path, Path=root, WithDecryption=True)[0] == "AccessDeniedException"
    assert len(user.get_parameters_by_path(Path=root)["Parameters"]) == 3
    for call in (lambda: user.get_parameter(Name=other), lambda: user.put_parameter(Name=mine, Value="x", Overwrite=True),
                 lambda: user.get_parameters(Names=[mine, other])):
        assert refusal(call)[0] == "AccessDeniedException"


def test_each_account_and_region_has_its_own(ssm, put, client):
    name = put()
    assert refusal(client("ssm", region="eu-west-1").get_parameter, Name=name)[0] == "ParameterNotFound"
    assert refusal(client("ssm", account="321321321321").get_parameter, Name=name)[0] == "ParameterNotFound"


def test_a_secret_by_its_reference(ssm, client, unique):
    name = unique("secret")
    client("secretsmanager").create_secret(Name=name, SecretString="open sesame")
    reference = f"/aws/reference/secretsmanager/{name}"
    found = ssm.get_parameter(Name=reference, WithDecryption=True)["Parameter"]
    assert (found["Name"], found["Type"], found["Value"]) == (reference, "SecureString", "open sesame")
    assert json.loads(found["SourceResult"])["Name"] == name
    assert refusal(ssm.get_parameter, Name=reference) == (
        "ValidationException", "WithDecryption flag must be True for retrieving a Secret Manager secret.")


def test_what_is_not_built_says_so(raw):
    answer = raw("ssm", "POST", "/", "{}", {"X-Amz-Target": "AmazonSSM.SendCommand", "Content-Type": "application/x-amz-json-1.1"})
    assert answer.status == 501 and "SendCommand" in answer.text
