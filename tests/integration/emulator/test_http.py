# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP server: presigned requests, metadata, bodies of every kind, many clients at once."""

from __future__ import annotations

import http.client
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from tests.emulator.fixtures import Emulator

REGION = {"LocationConstraint": "ca-central-1"}


def read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as response:
        content: bytes = response.read()
    return content


def test_presigned_requests_reach_their_service(account: Emulator) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="presigned", CreateBucketConfiguration=REGION)
    s3.put_object(Bucket="presigned", Key="k", Body=b"v")
    assert read(s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "k"})) == b"v"
    answer = read(account.client("sts").generate_presigned_url("get_caller_identity"))
    assert b"<Account>123456789012</Account>" in answer
    assert [entry["operation"] for entry in account.log()][-2:] == ["GetObject", "GetCallerIdentity"]


def test_objects_come_back_as_they_went(account: Emulator) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="bodies", CreateBucketConfiguration=REGION)
    for key, body in (("ä/ü +%.txt", b""), ("binary", bytes(range(256)) * 4000)):
        s3.put_object(Bucket="bodies", Key=key, Body=body, Metadata={"a_b": "1", "a-c": "2"})
        head = s3.head_object(Bucket="bodies", Key=key)
        assert (head["ContentLength"], head["Metadata"]) == (len(body), {"a_b": "1", "a-c": "2"})
        assert s3.get_object(Bucket="bodies", Key=key)["Body"].read() == body


def test_a_connection_serves_many_requests(account: Emulator) -> None:
    address = urlsplit(account.endpoint_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    for _unused in range(3):
        connection.request("GET", "/_emulator/health")
        response = connection.getresponse()
        assert response.read()
        assert not response.will_close
    s3 = account.client("s3")
    s3.create_bucket(Bucket="chunked", CreateBucketConfiguration=REGION)
    target = s3.generate_presigned_url("put_object", Params={"Bucket": "chunked", "Key": "k"}).removeprefix(account.endpoint_url)
    connection.request("PUT", target, body=iter([b"chunk", b"ed"]), headers={"Transfer-Encoding": "chunked"}, encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()
    assert s3.get_object(Bucket="chunked", Key="k")["Body"].read() == b"chunked"


def test_what_is_not_http_is_refused(account: Emulator) -> None:
    address = urlsplit(account.endpoint_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.connect()
    connection.sock.sendall(b"SSH-2.0-nothing\r\n")
    assert connection.sock.recv(100).startswith(b"HTTP/1.1 400 Bad Request")
    connection.close()


def test_clients_do_not_disturb_each_other(account: Emulator) -> None:
    ec2 = account.client("ec2")
    before = len(ec2.describe_vpcs()["Vpcs"])

    def create(number: int) -> str:
        vpc: str = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Number", "Value": str(number)}])
        return vpc

    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(create, range(24)))
    assert len(set(created)) == 24
    assert len(ec2.describe_vpcs()["Vpcs"]) == before + 24
    found = ec2.describe_vpcs(VpcIds=created)["Vpcs"]
    assert {vpc["VpcId"]: vpc["Tags"][0]["Value"] for vpc in found} == {vpc: str(number) for number, vpc in enumerate(created)}
