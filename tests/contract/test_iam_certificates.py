"""Server and signing certificates, made by the openssl command."""

import shutil
import subprocess

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")


@pytest.fixture(scope="module")
def make_certificate(tmp_path_factory):
    def make(name):
        folder = tmp_path_factory.mktemp(name)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-subj", f"/CN={name}", "-days", "30", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
            check=True, capture_output=True,
        )
        return (folder / "certificate.pem").read_text(), (folder / "key.pem").read_text()

    return make


@pytest.fixture
def iam(client):
    return client("iam")


def refusal(call, *args, **kwargs):
    with pytest.raises(ClientError) as caught:
        call(*args, **kwargs)
    return caught.value.response["Error"]["Code"]


def test_server_certificate(iam, unique, make_certificate):
    body, key = make_certificate("one")
    _, other_key = make_certificate("two")
    name = unique("certificate")
    upload = lambda **changes: iam.upload_server_certificate(
        **{"ServerCertificateName": name, "CertificateBody": body, "PrivateKey": key, "Path": "/web/", **changes}
    )
    assert refusal(upload, CertificateBody="nonsense") == "MalformedCertificate"
    assert refusal(upload, PrivateKey=other_key) == "KeyPairMismatch"
    made = upload()["ServerCertificateMetadata"]
    assert made["ServerCertificateId"].startswith("ASCA") and (made["Expiration"] - made["UploadDate"]).days in (29, 30)
    got = iam.get_server_certificate(ServerCertificateName=name)["ServerCertificate"]
    assert got["CertificateBody"].strip() == body.strip() and "PrivateKey" not in got
    assert refusal(upload) == "EntityAlreadyExists"
    new = unique("renamed")
    iam.update_server_certificate(ServerCertificateName=name, NewServerCertificateName=new)
    listed = iam.list_server_certificates(PathPrefix="/web/")["ServerCertificateMetadataList"]
    assert [c["ServerCertificateName"] for c in listed] == [new]
    iam.delete_server_certificate(ServerCertificateName=new)
    assert refusal(iam.get_server_certificate, ServerCertificateName=new) == "NoSuchEntity"


def test_signing_certificate(iam, unique, make_certificate):
    body, _ = make_certificate("signer")
    user = unique("user")
    iam.create_user(UserName=user)
    made = iam.upload_signing_certificate(UserName=user, CertificateBody=body)["Certificate"]
    iam.update_signing_certificate(UserName=user, CertificateId=made["CertificateId"], Status="Inactive")
    listed = iam.list_signing_certificates(UserName=user)["Certificates"]
    assert [c["Status"] for c in listed] == ["Inactive"]
    assert refusal(iam.delete_user, UserName=user) == "DeleteConflict"
    iam.delete_signing_certificate(UserName=user, CertificateId=made["CertificateId"])
    iam.delete_user(UserName=user)
