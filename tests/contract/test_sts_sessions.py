"""STS: who am I, sessions of roles and users, and the trust policies that decide."""

import base64
import datetime
import json

import pytest
from botocore.exceptions import ClientError
from harness import aws


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*"):
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def trust(principal, **condition):
    statement = {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    if condition:
        statement["Condition"] = condition
    return document(statement)


@pytest.fixture
def iam(client):
    return client("iam")


@pytest.fixture
def sts(client):
    return client("sts")


@pytest.fixture
def make_role(iam, unique):
    def make(trust_policy, *statements, **settings):
        role = iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=trust_policy, **settings)["Role"]
        if statements:
            iam.put_role_policy(RoleName=role["RoleName"], PolicyName="p", PolicyDocument=document(*statements))
        return role

    return make


@pytest.fixture
def with_credentials(server):
    return lambda service, c: aws.make_client(
        server.endpoint, service, c["AccessKeyId"], secret=c["SecretAccessKey"], token=c.get("SessionToken")
    )


@pytest.fixture
def make_user(iam, unique):
    def make(*statements):
        name = unique("user")
        iam.create_user(UserName=name)
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(*statements))
        return name, iam.create_access_key(UserName=name)["AccessKey"]

    return make


def refusal(call, *args, **kwargs):
    with pytest.raises(ClientError) as caught:
        call(*args, **kwargs)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_root_identity(sts, account):
    got = sts.get_caller_identity()
    assert (got["Account"], got["UserId"], got["Arn"]) == (account, account, f"arn:aws:iam::{account}:root")


def test_assume_role(sts, make_role, with_credentials, account):
    role = make_role(trust({"AWS": account}), allow("iam:ListUsers"))
    got = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="job")
    arn = f"arn:aws:sts::{account}:assumed-role/{role['RoleName']}/job"
    assert got["AssumedRoleUser"] == {"AssumedRoleId": role["RoleId"] + ":job", "Arn": arn}
    assert "PackedPolicySize" not in got
    credentials = got["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    left = credentials["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(minutes=58) < left <= datetime.timedelta(minutes=61)
    identity = with_credentials("sts", credentials).get_caller_identity()
    assert identity["Arn"] == arn and identity["UserId"] == role["RoleId"] + ":job"
    session = with_credentials("iam", credentials)
    session.list_users()
    assert refusal(session.list_groups) == (
        "AccessDenied",
        f"User: {arn} is not authorized to perform: iam:ListGroups on resource: * because no identity-based policy allows "
        "the iam:ListGroups action",
    )


def test_a_session_needs_its_token(sts, make_role, with_credentials, account):
    role = make_role(trust({"AWS": account}), allow("*"))
    credentials = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="job")["Credentials"]
    without = {**credentials, "SessionToken": None}
    assert refusal(with_credentials("sts", without).get_caller_identity)[0] == "InvalidClientTokenId"


def test_session_policy_limits(sts, make_role, with_credentials, account):
    role = make_role(trust({"AWS": account}), allow("*"))
    got = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="job", Policy=document(allow("iam:ListUsers")))
    assert 0 < got["PackedPolicySize"] < 100
    session = with_credentials("iam", got["Credentials"])
    session.list_users()
    assert refusal(session.list_groups)[1].endswith("because no session policy allows the iam:ListGroups action")


def test_the_trust_policy_decides(sts, make_role, make_user, with_credentials, account):
    name, key = make_user()
    arn = f"arn:aws:iam::{account}:user/{name}"
    user = with_credentials("sts", key)
    named = make_role(trust({"AWS": arn}))
    user.assume_role(RoleArn=named["Arn"], RoleSessionName="job")  # the trust policy suffices within an account
    delegated = make_role(trust({"AWS": f"arn:aws:iam::{account}:root"}))
    assert refusal(user.assume_role, RoleArn=delegated["Arn"], RoleSessionName="job") == (
        "AccessDenied",
        f"User: {arn} is not authorized to perform: sts:AssumeRole on resource: {delegated['Arn']} because no "
        "identity-based policy allows the sts:AssumeRole action",
    )
    service = make_role(trust({"Service": "lambda.amazonaws.com"}))
    for client, who in ((user, arn), (sts, f"arn:aws:iam::{account}:root")):
        assert refusal(client.assume_role, RoleArn=service["Arn"], RoleSessionName="job") == (
            "AccessDenied",
            f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {service['Arn']}",
        )


def test_a_missing_role_is_access_denied(sts, account):
    arn = f"arn:aws:iam::{account}:role/missing-role"
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="job") == (
        "AccessDenied",
        f"User: arn:aws:iam::{account}:root is not authorized to perform: sts:AssumeRole on resource: {arn}",
    )


def test_external_id(sts, make_role, account):
    role = make_role(trust({"AWS": account}, StringEquals={"sts:ExternalId": "s3cret"}))
    sts.assume_role(RoleArn=role["Arn"], RoleSessionName="job", ExternalId="s3cret")
    assert refusal(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="job", ExternalId="guess")[0] == "AccessDenied"
    assert refusal(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="job")[0] == "AccessDenied"


# Both accounts must agree: the caller's policies and the role's trust policy.
def test_cross_account(client, make_role, make_user, with_credentials, iam, account):
    other = aws.new_account()
    role = make_role(trust({"AWS": other}))
    assert client("sts", account=other).assume_role(RoleArn=role["Arn"], RoleSessionName="job")
    closed = client("iam", account=other).create_role(
        RoleName="closed", AssumeRolePolicyDocument=trust({"AWS": account})
    )["Role"]
    name, key = make_user()
    user = with_credentials("sts", key)
    assert refusal(user.assume_role, RoleArn=closed["Arn"], RoleSessionName="job")[0] == "AccessDenied"
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(allow("sts:AssumeRole", closed["Arn"])))
    got = user.assume_role(RoleArn=closed["Arn"], RoleSessionName="job")
    assert got["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{other}:assumed-role/closed/job"


def test_durations(sts, make_role, with_credentials, account):
    role = make_role(trust({"AWS": account}), allow("*"), MaxSessionDuration=7200)
    sts.assume_role(RoleArn=role["Arn"], RoleSessionName="job", DurationSeconds=7200)
    assert refusal(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="job", DurationSeconds=7201) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )
    chained = with_credentials("sts", sts.assume_role(RoleArn=role["Arn"], RoleSessionName="job")["Credentials"])
    assert refusal(chained.assume_role, RoleArn=role["Arn"], RoleSessionName="job", DurationSeconds=3601) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    )


def test_session_tags(sts, make_role, with_credentials, account):
    role = make_role(
        trust({"AWS": account}),
        {**allow("iam:GetUser", "arn:aws:iam::*:user/${aws:PrincipalTag/team}"), "Effect": "Allow"},
    )
    got = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="job", Tags=[{"Key": "Team", "Value": "blue"}])
    session = with_credentials("iam", got["Credentials"])
    assert refusal(session.get_user, UserName="blue")[0] == "NoSuchEntity"  # allowed, but there is none
    assert refusal(session.get_user, UserName="red")[0] == "AccessDenied"
    assert refusal(
        sts.assume_role, RoleArn=role["Arn"], RoleSessionName="job",
        Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}],
    ) == ("InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    assert refusal(
        sts.assume_role, RoleArn=role["Arn"], RoleSessionName="job", Tags=[{"Key": "a", "Value": "1"}],
        TransitiveTagKeys=["b"],
    ) == ("InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.")


def test_invalid_parameters(sts):
    assert refusal(sts.assume_role, RoleArn="nothing-valid-in-here", RoleSessionName="Session1") == (
        "ValidationError",
        "nothing-valid-in-here is invalid",
    )
    assert refusal(sts.assume_role, RoleArn="nothing-valid-in-here", RoleSessionName="Session1:2") == (
        "ValidationError",
        "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must "
        "satisfy regular expression pattern: [\\w+=,.@-]*",
    )


def test_session_and_federation_tokens(make_user, with_credentials, account):
    name, key = make_user(allow(["iam:ListUsers", "iam:ListGroups", "sts:GetFederationToken"]))
    sts = with_credentials("sts", key)
    token = sts.get_session_token()["Credentials"]
    assert with_credentials("sts", token).get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:user/{name}"
    with_credentials("iam", token).list_users()
    assert refusal(with_credentials("sts", token).get_session_token) == (
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
    )
    got = sts.get_federation_token(Name="bob", Policy=document(allow("iam:ListUsers")))
    assert got["FederatedUser"] == {
        "FederatedUserId": f"{account}:bob", "Arn": f"arn:aws:sts::{account}:federated-user/bob",
    }
    federated = with_credentials("iam", got["Credentials"])
    federated.list_users()
    assert refusal(federated.list_groups)[0] == "AccessDenied"
    nothing = sts.get_federation_token(Name="eve")
    assert nothing["PackedPolicySize"] == 0
    assert refusal(with_credentials("iam", nothing["Credentials"]).list_users)[0] == "AccessDenied"


def token(**claims):
    given = {name: value for name, value in {"exp": 4_000_000_000, **claims}.items() if value is not None}
    payload = base64.urlsafe_b64encode(json.dumps(given).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl"


def test_web_identity(iam, sts, unique, account):
    provider = iam.create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["sts.amazonaws.com"],
        ThumbprintList=["a" * 40],
    )["OpenIDConnectProviderArn"]
    host = "token.actions.githubusercontent.com"
    role = iam.create_role(
        RoleName=unique("deploy"),
        AssumeRolePolicyDocument=document({
            "Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{host}:aud": "sts.amazonaws.com"},
                          "StringLike": {f"{host}:sub": "repo:org/app:*"}},
        }),
    )["Role"]["Arn"]
    claims = {"iss": f"https://{host}", "aud": "sts.amazonaws.com", "sub": "repo:org/app:ref:refs/heads/main"}
    assume = lambda **changes: sts.assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="ci", WebIdentityToken=token(**{**claims, **changes})
    )
    got = assume()
    assert got["SubjectFromWebIdentityToken"] == claims["sub"] and got["Audience"] == "sts.amazonaws.com"
    assert refusal(assume, sub="repo:org/other:x") == (
        "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    )
    assert refusal(assume, aud="elsewhere") == ("InvalidIdentityToken", "Incorrect token audience")
    assert refusal(assume, iss="https://nobody.example.com")[0] == "InvalidIdentityToken"
    assert refusal(assume, exp=1)[0] == "ExpiredTokenException"
    assert refusal(assume, exp=None) == ("InvalidIdentityToken", "Missing a required claim: exp")


def test_web_identity_with_session_tags(iam, sts, with_credentials, unique, account):
    host = f"{unique('idp')}.example.com"
    provider = iam.create_open_id_connect_provider(Url=f"https://{host}", ClientIDList=["app"], ThumbprintList=["a" * 40])["OpenIDConnectProviderArn"]
    trust = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
             "Condition": {"StringEquals": {"aws:RequestTag/team": "red"}}}
    name = unique("tagged")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="by-tag", PolicyDocument=document(
        {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}}))
    claims = {"iss": f"https://{host}", "aud": "app", "sub": "ann"}
    tags = {"https://aws.amazon.com/tags": {"principal_tags": {"team": ["red"]}, "transitive_tag_keys": ["team"]}}
    assume = lambda **more: sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="ci", WebIdentityToken=token(**claims, **more))
    with_credentials("iam", assume(**tags)["Credentials"]).list_users()
    assert refusal(assume)[0] == "AccessDenied"


def test_access_key_info(sts, make_user, account):
    _, key = make_user()
    assert sts.get_access_key_info(AccessKeyId=key["AccessKeyId"])["Account"] == account
    assert refusal(sts.decode_authorization_message, EncodedMessage="nonsense")[0] == (
        "InvalidAuthorizationMessageException"
    )


def test_unsigned_requests(raw):
    answer = raw("sts", body="Action=GetCallerIdentity&Version=2011-06-15", sign=False,
                 headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 403 and "<Code>MissingAuthenticationToken</Code>" in answer.text


ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"


def assertion(role, provider, issuer="https://idp.example.com/", name="ada", until="2099-01-01T00:00:00Z", **attributes):
    """A SAML response as an identity provider words it, without its signature."""
    values = {"Role": f"{role},{provider}", "RoleSessionName": name, **attributes}
    statements = "".join(
        f'<saml2:Attribute Name="{ATTRIBUTES}{key}"><saml2:AttributeValue>{value}</saml2:AttributeValue></saml2:Attribute>'
        for key, value in values.items()
    )
    document = (
        '<?xml version="1.0"?><saml2p:Response xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol">'
        f'<saml2:Issuer xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">{issuer}</saml2:Issuer>'
        '<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">'
        f"<saml2:Issuer>{issuer}</saml2:Issuer><saml2:Subject>"
        '<saml2:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ada@example.com</saml2:NameID>'
        f'<saml2:SubjectConfirmation><saml2:SubjectConfirmationData NotOnOrAfter="{until}" '
        'Recipient="https://signin.aws.amazon.com/saml"/></saml2:SubjectConfirmation></saml2:Subject>'
        f"<saml2:AttributeStatement>{statements}</saml2:AttributeStatement></saml2:Assertion></saml2p:Response>"
    )
    return base64.b64encode(document.encode()).decode()


def test_saml(iam, sts, with_credentials, unique, account):
    metadata = (
        '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/">'
        + "<!-- -->" * 150 + "</EntityDescriptor>"
    )
    provider = iam.create_saml_provider(Name=unique("idp"), SAMLMetadataDocument=metadata)["SAMLProviderArn"]
    name = unique("role")
    trust = {
        "Effect": "Allow", "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"], "Principal": {"Federated": provider},
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    }
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]

    def assume(text, **options):
        return sts.assume_role_with_saml(RoleArn=role, PrincipalArn=provider, SAMLAssertion=text, **options)

    def refused(text, **options):
        with pytest.raises(ClientError) as error:
            assume(text, **options)
        return error.value.response["Error"]["Code"]

    answer = assume(assertion(role, provider, **{"PrincipalTag:Team": "analysis"}))
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{account}:assumed-role/{name}/ada"
    assert (answer["Subject"], answer["SubjectType"]) == ("ada@example.com", "persistent")
    assert (answer["Issuer"], answer["Audience"]) == ("https://idp.example.com/", "https://signin.aws.amazon.com/saml")
    assert with_credentials("sts", answer["Credentials"]).get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert refused("bm90IHhtbA==") == "InvalidIdentityToken"
    assert refused(assertion(role, provider, issuer="https://other.example.com/")) == "InvalidIdentityToken"
    assert refused(assertion(role, provider, until="2020-01-01T00:00:00Z")) == "ExpiredTokenException"
    assert refused(assertion(role + "x", provider)) == "AccessDenied"
    assert refused(assertion(role, provider), DurationSeconds=43200) == "ValidationError"


@pytest.mark.parametrize("arn", ["arn:a:a::aaaaaaaaaa:", "arn:aws:iam::111122223333:"])
def test_arns_that_are_none(sts, arn):
    arn = arn.ljust(20, ":") if len(arn) < 20 else arn
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="name") == ("ValidationError", f"{arn} is invalid")


def test_answers_in_json_where_that_is_accepted(raw, account):
    accepts = {"Accept": "application/json"}
    answer = raw.query("sts", "GetCallerIdentity", "2011-06-15", headers=accepts)
    assert answer.headers["content-type"].startswith("application/json")
    (result,) = answer.json().values()
    assert answer.json() == {"GetCallerIdentityResponse": {
        "GetCallerIdentityResult": {"Account": account, "UserId": account, "Arn": f"arn:aws:iam::{account}:root"},
        "ResponseMetadata": {"RequestId": result["ResponseMetadata"]["RequestId"]}}}
    credentials = raw.query("sts", "GetSessionToken", "2011-06-15", headers=accepts).json()[
        "GetSessionTokenResponse"]["GetSessionTokenResult"]["Credentials"]
    assert isinstance(credentials["Expiration"], float) and credentials["Expiration"] > 1.5e9
    refused = raw.query("sts", "AssumeRole", "2011-06-15", {"RoleArn": "arn:aws:iam::111122223333:", "RoleSessionName": "me"},
                        headers=accepts)
    assert refused.status == 400 and refused.json()["Error"] == {
        "Code": "ValidationError", "Message": "arn:aws:iam::111122223333: is invalid", "Type": "Sender"}
    assert "<GetCallerIdentityResult>" in raw.query("sts", "GetCallerIdentity", "2011-06-15", headers={"Accept": "*/*"}).text
