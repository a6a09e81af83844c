"""SSM: what parameter policies do in the course of time."""

import json

from harness.own_server import endpoint, server  # noqa: F401
from harness.tables import refusal


def test_an_expired_parameter_is_gone(client, unique, emulator_clock):
    ssm, name = client("ssm"), unique("expiring")
    now = emulator_clock.show()["now"][:19] + "Z"
    policies = [{"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": later(now)}},
                {"Type": "ExpirationNotification", "Version": "1.0", "Attributes": {"Before": "15", "Unit": "Days"}}]
    ssm.put_parameter(Name=name, Value="x", Type="String", Tier="Advanced", Policies=json.dumps(policies))
    described, = ssm.describe_parameters()["Parameters"]
    assert [p["PolicyType"] for p in described["Policies"]] == ["Expiration", "ExpirationNotification"]
    assert [p["PolicyStatus"] for p in described["Policies"]] == ["Pending", "Pending"]
    assert json.loads(described["Policies"][0]["PolicyText"]) == policies[0]
    emulator_clock.advance(3600)
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "x"
    emulator_clock.advance(24 * 3600)
    fresh = client("ssm", read_timeout=9)
    assert refusal(fresh.get_parameter, Name=name)[0] == "ParameterNotFound"
    assert fresh.describe_parameters()["Parameters"] == []
    assert fresh.put_parameter(Name=name, Value="y", Type="String")["Version"] == 1


def later(now):
    import datetime
    at = datetime.datetime.strptime(now, "%Y-%m-%dT%H:%M:%SZ") + datetime.timedelta(hours=20)
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
