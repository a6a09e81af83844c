"""IAM's lists."""

import json

from harness.walks import ALLOW, ANYONE, by, itself, NAMES, walk


# --- IAM


@walk("iam", "ListUsers")
def users(w):
    for name in NAMES:
        w.iam.create_user(UserName=name)
    return {}, by("UserName"), lambda name: w.iam.delete_user(UserName=name)


@walk("iam", "ListRoles")
def roles(w):
    for name in NAMES:
        w.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(ANYONE))
    return {}, by("RoleName"), lambda name: w.iam.delete_role(RoleName=name)


@walk("iam", "ListGroups")
def groups(w):
    for name in NAMES:
        w.iam.create_group(GroupName=name)
    return {}, by("GroupName"), lambda name: w.iam.delete_group(GroupName=name)


@walk("iam", "ListPolicies")
def policies(w):
    for name in NAMES:
        w.iam.create_policy(PolicyName=name, PolicyDocument=ALLOW)
    return {"Scope": "Local"}, by("Arn"), lambda arn: w.iam.delete_policy(PolicyArn=arn)


@walk("iam", "GetAccountAuthorizationDetails")
def details(w):
    w.iam.create_group(GroupName="ggg")
    w.iam.create_user(UserName="uuu")
    policies(w)
    return {"Filter": ["User", "Group", "LocalManagedPolicy"]}, by("Arn"), lambda arn: (
        w.iam.delete_policy(PolicyArn=arn) if ":policy/" in arn else
        w.iam.delete_user(UserName="uuu") if ":user/" in arn else w.iam.delete_group(GroupName="ggg"))


@walk("iam", "ListInstanceProfiles")
def instance_profiles(w):
    for name in NAMES:
        w.iam.create_instance_profile(InstanceProfileName=name)
    return {}, by("InstanceProfileName"), lambda name: w.iam.delete_instance_profile(InstanceProfileName=name)


@walk("iam", "ListInstanceProfilesForRole")
def profiles_of_a_role(w):
    w.role()
    instance_profiles(w)
    for name in NAMES:
        w.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="r")
    return {"RoleName": "r"}, by("InstanceProfileName"), lambda name: w.iam.remove_role_from_instance_profile(
        InstanceProfileName=name, RoleName="r")


@walk("iam", "ListVirtualMFADevices")
def devices(w):
    for name in NAMES:
        w.iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
    return {}, by("SerialNumber"), lambda serial: w.iam.delete_virtual_mfa_device(SerialNumber=serial)


@walk("iam", "ListMFADevices")
def devices_of_a_user(w):
    w.iam.create_user(UserName="u")
    devices(w)
    for name in NAMES:
        w.iam.enable_mfa_device(UserName="u", SerialNumber=f"arn:aws:iam::{w.account}:mfa/{name}",
                                AuthenticationCode1="123456", AuthenticationCode2="654321")
    return {"UserName": "u"}, by("SerialNumber"), lambda serial: w.iam.deactivate_mfa_device(
        UserName="u", SerialNumber=serial)


@walk("iam", "GetGroup", "ListGroupsForUser")
def members(w):
    w.iam.create_group(GroupName="g")
    w.iam.create_user(UserName="u")
    for name in NAMES:
        w.iam.create_user(UserName=name)
        w.iam.add_user_to_group(GroupName="g", UserName=name)
        w.iam.create_group(GroupName=name)
        w.iam.add_user_to_group(GroupName=name, UserName="u")

    def leave(name):
        w.iam.remove_user_from_group(GroupName="g", UserName=name)
        w.iam.remove_user_from_group(GroupName=name, UserName="u")
    return {"GroupName": "g", "UserName": "u"}, lambda e: e.get("UserName") or e["GroupName"], leave


@walk("iam", "ListUserPolicies", "ListGroupPolicies", "ListRolePolicies")
def inline_policies(w):
    w.role()
    w.iam.create_user(UserName="u")
    w.iam.create_group(GroupName="g")
    for name in NAMES:
        w.iam.put_user_policy(UserName="u", PolicyName=name, PolicyDocument=ALLOW)
        w.iam.put_group_policy(GroupName="g", PolicyName=name, PolicyDocument=ALLOW)
        w.iam.put_role_policy(RoleName="r", PolicyName=name, PolicyDocument=ALLOW)

    def delete(name):
        w.iam.delete_user_policy(UserName="u", PolicyName=name)
        w.iam.delete_group_policy(GroupName="g", PolicyName=name)
        w.iam.delete_role_policy(RoleName="r", PolicyName=name)
    return {"UserName": "u", "GroupName": "g", "RoleName": "r"}, itself, delete


@walk("iam", "ListAttachedUserPolicies", "ListAttachedGroupPolicies", "ListAttachedRolePolicies")
def attached_policies(w):
    w.role()
    w.iam.create_user(UserName="u")
    w.iam.create_group(GroupName="g")
    for name in NAMES:
        arn = w.iam.create_policy(PolicyName=name, PolicyDocument=ALLOW)["Policy"]["Arn"]
        w.iam.attach_user_policy(UserName="u", PolicyArn=arn)
        w.iam.attach_group_policy(GroupName="g", PolicyArn=arn)
        w.iam.attach_role_policy(RoleName="r", PolicyArn=arn)

    def detach(arn):
        w.iam.detach_user_policy(UserName="u", PolicyArn=arn)
        w.iam.detach_group_policy(GroupName="g", PolicyArn=arn)
        w.iam.detach_role_policy(RoleName="r", PolicyArn=arn)
    return {"UserName": "u", "GroupName": "g", "RoleName": "r"}, by("PolicyArn"), detach


@walk("iam", "ListEntitiesForPolicy")
def entities(w):
    arn = w.iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]
    for name in ("aaa", "bbb"):
        w.iam.create_user(UserName=name)
        w.iam.attach_user_policy(UserName=name, PolicyArn=arn)
        w.iam.create_group(GroupName=name)
        w.iam.attach_group_policy(GroupName=name, PolicyArn=arn)
        w.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(ANYONE))
        w.iam.attach_role_policy(RoleName=name, PolicyArn=arn)

    def detach(named):
        kind, name = named
        getattr(w.iam, f"detach_{kind.lower()}_policy")(**{f"{kind}Name": name, "PolicyArn": arn})

    def named(entry):
        return next((kind, entry[f"{kind}Name"]) for kind in ("User", "Group", "Role") if f"{kind}Name" in entry)
    return {"PolicyArn": arn}, named, detach


@walk("iam", "ListPolicyVersions")
def policy_versions(w):
    arn = w.iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]
    for _ in range(4):
        w.iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW)
    return {"PolicyArn": arn}, by("VersionId"), lambda v: w.iam.delete_policy_version(PolicyArn=arn, VersionId=v)


@walk("iam", "ListAccessKeys")
def access_keys(w):
    w.iam.create_user(UserName="u")
    for _ in range(2):
        w.iam.create_access_key(UserName="u")
    return {"UserName": "u"}, by("AccessKeyId"), lambda i: w.iam.delete_access_key(UserName="u", AccessKeyId=i)


@walk("iam", "ListSSHPublicKeys")
def ssh_keys(w):
    w.iam.create_user(UserName="u")
    for number in range(5):
        w.iam.upload_ssh_public_key(UserName="u", SSHPublicKeyBody=f"ssh-rsa AAAAB3NzaC1yc2EAAA{number}A me")
    return {"UserName": "u"}, by("SSHPublicKeyId"), lambda i: w.iam.delete_ssh_public_key(
        UserName="u", SSHPublicKeyId=i)


@walk("iam", "ListUserTags", "ListRoleTags", "ListPolicyTags", "ListInstanceProfileTags")
def tags(w):
    w.role()
    w.iam.create_user(UserName="u")
    w.iam.create_instance_profile(InstanceProfileName="i")
    arn = w.iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]
    given = [{"Key": name, "Value": "v"} for name in NAMES]
    w.iam.tag_user(UserName="u", Tags=given)
    w.iam.tag_role(RoleName="r", Tags=given)
    w.iam.tag_policy(PolicyArn=arn, Tags=given)
    w.iam.tag_instance_profile(InstanceProfileName="i", Tags=given)

    def untag(key):
        w.iam.untag_user(UserName="u", TagKeys=[key])
        w.iam.untag_role(RoleName="r", TagKeys=[key])
        w.iam.untag_policy(PolicyArn=arn, TagKeys=[key])
        w.iam.untag_instance_profile(InstanceProfileName="i", TagKeys=[key])
    return {"UserName": "u", "RoleName": "r", "PolicyArn": arn, "InstanceProfileName": "i"}, by("Key"), untag


@walk("iam", "SimulateCustomPolicy")
def simulated(w):
    return {"PolicyInputList": [ALLOW], "ActionNames": [f"s3:{a}Object" for a in ("Get", "Put", "Delete", "Restore")]}, \
        by("EvalActionName"), None


@walk("iam", "GetServiceLastAccessedDetails")
def last_accessed(w):
    w.iam.create_user(UserName="u")
    w.iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=ALLOW.replace("s3:*", "*"))
    arn = f"arn:aws:iam::{w.account}:user/u"
    job = w.iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    return {"JobId": job}, by("ServiceNamespace"), None
