"""Keys that sign requests, as boto3, the AWS CLI and muster's own verbs use them."""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import urllib.request

import boto3
import botocore.auth
import pytest
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from own_manager import MUSTER, SCRATCH, Child
from support import API, REGION, WORKERS, eventually

URL = f"http://{API}"
AWS = pathlib.Path(sys.executable).with_name("aws")
INVALID = "The security token included in the request is invalid."
MISMATCH = "The request signature we calculated does not match the signature you provided."


def environment(key=None, **more):
    """Without any credentials of the person who runs the tests."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    plain |= {"HOME": str(SCRATCH), "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": URL}
    if key:
        plain |= {"AWS_ACCESS_KEY_ID": key["id"], "AWS_SECRET_ACCESS_KEY": key["secret"]}
    return plain | more


def run(*command, key=None, **more):
    return subprocess.run(
        [*map(str, command)], env=environment(key, **more), capture_output=True, text=True,
        timeout=60,
    )


def muster(*words, key=None, **more):
    done = run(MUSTER, *words, key=key, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def make(*words, key=None):
    return json.loads(muster("key", "create", "--json", *words, key=key))


def client(key, service="ecs", region=REGION, **more):
    return boto3.client(
        service, endpoint_url=URL, region_name=region,
        aws_access_key_id=key["id"], aws_secret_access_key=key["secret"],
        config=Config(retries={"total_max_attempts": 1}), **more,
    )


def unsigned(service="ecs"):
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    return boto3.client(service, endpoint_url=URL, region_name=REGION, config=config)


def own(path, body, key):
    """Posts to one of Muster's own operations, signed by botocore."""
    body = json.dumps(body).encode()
    request = AWSRequest("POST", URL + path, {"Content-Type": "application/json"}, body)
    SigV4Auth(Credentials(key["id"], key["secret"]), "muster", REGION).add_auth(request)
    sent = urllib.request.Request(URL + path, body, dict(request.headers), method="POST")
    with urllib.request.urlopen(sent, timeout=10) as answer:
        return json.load(answer)


def refused(call, code, text):
    with pytest.raises(ClientError) as error:
        call()
    answer = error.value.response
    assert answer["Error"]["Code"] == code, answer
    assert answer["Error"]["Message"].startswith(text), answer
    return answer["Error"]["Message"]


class OwnManager(Child):
    def __init__(self, *options):
        super().__init__(
            "manager", MUSTER, "manager", "--data", SCRATCH / "manager",
            "--worker-listen", WORKERS, *options,
        )
        eventually("the manager answers", self.answers, within=30)

    def answers(self):
        assert self.process.poll() is None, self.said()
        try:
            return urllib.request.urlopen(f"{URL}/healthz", timeout=5).read() == b"ok\n"
        except OSError:
            return False


@pytest.fixture
def manager(children):
    children.append(OwnManager("--api-listen", API))
    return children[0]


def test_signatures(manager, children):
    assert client({"id": "test", "secret": "test"}).list_clusters()["clusterArns"] == []
    admin = make("--name", "admin")
    reader = make("--read-only", "--name", "dashboard", key=admin)
    ecs = client(admin)
    ecs.create_cluster(clusterName="a", tags=[{"key": "größe", "value": " a  b "}])
    assert client(reader).list_clusters()["clusterArns"]
    assert client(admin, region="eu-west-1").list_clusters()["clusterArns"] == []
    assert client(reader, "sts").get_caller_identity()["Account"] == "000000000000"

    wrong = {**admin, "secret": "A" + admin["secret"][1:] + "x"}
    unknown = {**admin, "id": "MUSTERAAAAAAAAAAAAAA"}
    text = refused(client(wrong).list_clusters, "InvalidSignatureException", MISMATCH)
    assert "The Canonical String for this request should have been\n'POST\n/\n" in text
    assert admin["secret"] not in text
    refused(client(unknown).list_clusters, "UnrecognizedClientException", INVALID)
    refused(
        client(admin, aws_session_token="t").list_clusters, "UnrecognizedClientException", INVALID
    )
    refused(
        unsigned().list_clusters, "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    )
    # The Query protocol has names of its own.
    whoami = "get_caller_identity"
    refused(getattr(client(wrong, "sts"), whoami), "SignatureDoesNotMatch", MISMATCH)
    refused(getattr(client(unknown, "sts"), whoami), "InvalidClientTokenId", INVALID)
    refused(
        getattr(unsigned("sts"), whoami), "MissingAuthenticationToken",
        "Request is missing Authentication Token",
    )
    refused(
        lambda: client(reader).create_cluster(clusterName="no"), "AccessDeniedException",
        "User: arn:aws:iam::000000000000:user/dashboard is not authorized to perform: "
        f"ecs:CreateCluster because access key {reader['id']} is read-only.",
    )
    refused(
        lambda: client(reader).delete_cluster(cluster="default"), "AccessDeniedException", "User: "
    )

    muster("key", "revoke", reader["id"], key=admin)
    refused(client(reader).list_clusters, "UnrecognizedClientException", INVALID)

    manager.kill()
    children.append(OwnManager("--api-listen", API))
    assert ecs.list_clusters()["clusterArns"]
    refused(client(reader).list_clusters, "UnrecognizedClientException", INVALID)
    refused(
        unsigned().list_clusters, "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    )


def test_clocks(manager, monkeypatch):
    admin = make()
    ecs = client(admin)
    real = botocore.auth.get_current_datetime
    for minutes, text in ((-6, "Signature expired: "), (6, "Signature not yet current: ")):
        shift = datetime.timedelta(minutes=minutes)
        monkeypatch.setattr(
            botocore.auth, "get_current_datetime", lambda *a, **k: real(*a, **k) + shift
        )
        message = refused(ecs.list_clusters, "InvalidSignatureException", text)
        assert message.endswith(" 5 min.)")
    for minutes in (-4, 4):
        shift = datetime.timedelta(minutes=minutes)
        monkeypatch.setattr(
            botocore.auth, "get_current_datetime", lambda *a, **k: real(*a, **k) + shift
        )
        assert ecs.list_clusters()["clusterArns"] == []


def test_cli(manager):
    admin = make("--name", "admin")
    reader = make("--read-only", key=admin)
    listed = run(AWS, "ecs", "create-cluster", "--cluster-name", "a", key=admin)
    assert json.loads(listed.stdout)["cluster"]["clusterName"] == "a", listed.stderr
    assert run(AWS, "ecs", "list-clusters", key=reader).returncode == 0
    for key, code in (
        ({**admin, "secret": "wrong"}, "InvalidSignatureException"),
        ({**admin, "id": "MUSTERAAAAAAAAAAAAAA"}, "UnrecognizedClientException"),
        (reader, "AccessDeniedException"),
    ):
        done = run(AWS, "ecs", "create-cluster", key=key)
        assert done.returncode != 0 and f"({code})" in done.stderr, done.stderr
    done = run(AWS, "--no-sign-request", "ecs", "list-clusters")
    assert "(MissingAuthenticationTokenException)" in done.stderr, done.stderr


def test_own_verbs(manager):
    admin = make("--name", "admin")
    reader = make("--read-only", key=admin)
    for words in (("status",), ("key", "list"), ("token", "list"), ("history",)):
        muster(*words, key=reader)
        done = run(MUSTER, *words)
        assert done.returncode == 77, (words, done)
        assert "takes signed requests only. Set AWS_ACCESS_KEY_ID" in done.stderr
    done = run(MUSTER, "key", "create", key=reader)
    assert (done.returncode, done.stdout) == (77, "") and "is read-only" in done.stderr
    done = run(MUSTER, "status", key={**admin, "secret": "x"})
    assert done.returncode == 77 and "is not the one that was made for it" in done.stderr
    # The profile of AWS's own clients.
    profile = SCRATCH / "credentials"
    profile.write_text(
        f"[default]\naws_access_key_id = {admin['id']}\n"
        f"aws_secret_access_key = {admin['secret']}\n"
    )
    muster("token", "create", "--cluster", "default", AWS_SHARED_CREDENTIALS_FILE=str(profile))

    # A secret is told once, and its sealed form not at all.
    listed = json.loads(muster("key", "list", "--json", key=reader))["keys"]
    assert [(key["id"], key["readOnly"]) for key in listed] == [
        (admin["id"], False), (reader["id"], True),
    ]
    assert admin["id"] in muster("history", "--json", key=admin)
    entries = own("/muster/v1/history", {"records": True}, admin)["entries"]
    entries = [entry for entry in entries if entry["kind"] == "access-key"]
    assert len(entries) == 2
    for entry in entries:
        assert list(entry["record"]["change"]["accessKey"].values())[0]["secret"] == ""
    assert (SCRATCH / "manager" / "sealing.key").stat().st_mode & 0o777 == 0o600
    kept = b"".join(
        path.read_bytes() for path in (SCRATCH / "manager").rglob("*") if path.is_file()
    ) + manager.said().encode()
    assert admin["id"].encode() in kept
    assert admin["secret"].encode() not in kept and reader["secret"].encode() not in kept


def test_addresses(children):
    """Nobody but this machine is listened to without a key, or without someone's word for it."""
    everywhere = "0.0.0.0:" + API.split(":")[1]
    data = SCRATCH / "manager"
    options = ("manager", "--data", data, "--api-listen", everywhere, "--worker-listen", WORKERS)
    done = run(MUSTER, *options)
    assert done.returncode == 64, done
    assert f"`muster key create --data {data}`" in done.stderr and "--insecure" in done.stderr

    children.append(OwnManager("--api-listen", everywhere, "--insecure"))
    assert unsigned().list_clusters()["clusterArns"] == []
    done = run(MUSTER, "key", "create", "--data", data)
    assert done.returncode == 75 and "Leave out --data to ask it" in done.stderr
    children[-1].end()

    first = json.loads(muster("key", "create", "--json", "--data", data))
    children.append(OwnManager("--api-listen", everywhere))
    refused(
        unsigned().list_clusters, "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    )
    client(first).create_cluster(clusterName="kept")
    told = muster("key", "revoke", first["id"], key=first)
    assert "No key is left that may change anything" in told
    for _ in range(2):
        refused(client(first).list_clusters, "UnrecognizedClientException", INVALID)
        refused(
            unsigned().list_clusters, "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        )
        children[-1].end()
        children.append(OwnManager("--api-listen", everywhere))
    children[-1].end()
    second = json.loads(muster("key", "create", "--json", "--data", data))
    listed = json.loads(muster("key", "list", "--json", "--data", data))["keys"]
    assert [key.get("revokedAt") is None for key in listed] == [False, True]
    children.append(OwnManager("--api-listen", everywhere))
    assert len(client(second).list_clusters()["clusterArns"]) == 1
