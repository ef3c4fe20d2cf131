# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way by which code in a module's process can reach AWS ends at the barrier, and reads still pass.

Each way is tried in a process of its own, because the barrier patches botocore for good.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import threading
import traceback
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _aws, _doors, _gate, _operations
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._gate import Gate
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect

from .recording_endpoint import RecordingEndpoint, recording

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(120),
    # The endpoint has threads; the child uses none of them.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

REGION = "ca-central-1"
LARGE = 9 * 1024 * 1024
"""Bytes that S3 transfers send in parts."""


def session() -> Any:
    import boto3

    return boto3.session.Session(region_name=REGION)


def s3(**options: Any) -> Any:
    return session().client("s3", **options)


# Writes: what each does, and the operation that must be named.


def a_client_of_boto3() -> None:
    import boto3

    client: Any = boto3.client("ec2", region_name=REGION)
    client.create_vpc(CidrBlock="10.0.0.0/16")


def a_client_of_a_session() -> None:
    session().client("ec2").create_vpc(CidrBlock="10.0.0.0/16")


def a_client_of_botocore() -> None:
    import botocore.session

    client: Any = botocore.session.get_session().create_client("ec2", region_name=REGION)
    client.create_vpc(CidrBlock="10.0.0.0/16")


def a_client_made_with_positional_arguments() -> None:
    session().client("ec2", REGION).create_vpc(CidrBlock="10.0.0.0/16")


def a_resource() -> None:
    session().resource("ec2").create_vpc(CidrBlock="10.0.0.0/16")


def a_resource_of_boto3() -> None:
    import boto3

    boto3.resource("s3", region_name=REGION).Bucket("b").create()


def a_collection_of_a_resource() -> None:
    session().resource("s3").Bucket("b").objects.all().delete()


def a_paginator_over_a_write() -> None:
    client = session().client("sqs")
    # No paginator writes; one made for a writing method must not get past the barrier either.
    from botocore.paginate import Paginator

    model = client.meta.service_model.operation_model("PurgeQueue")
    config = {"input_token": "a", "output_token": "b", "result_key": "c"}
    pages: Any = Paginator(client.purge_queue, config, model).paginate(QueueUrl="https://sqs/1/q")
    list(pages)


def a_waiter_on_a_write() -> None:
    from botocore.waiter import WaiterModel, create_waiter_with_client

    acceptor = {"matcher": "status", "argument": "", "expected": 200, "state": "success"}
    model = {"version": 2, "waiters": {"Gone": {"operation": "DeleteBucket", "delay": 1, "maxAttempts": 1, "acceptors": [acceptor]}}}
    create_waiter_with_client("Gone", WaiterModel(model), s3()).wait(Bucket="b")


def the_private_call() -> None:
    session().client("iam")._make_api_call("CreateUser", {"UserName": "u"})


def the_private_request() -> None:
    client = session().client("iam")
    client._make_request(*_prepared(client, "CreateUser", {"UserName": "u"}))


def the_endpoint() -> None:
    client = session().client("iam")
    model, prepared, _context = _prepared(client, "CreateUser", {"UserName": "u"})
    client._endpoint.make_request(model, prepared)


def the_endpoint_below() -> None:
    client = session().client("iam")
    model, prepared, _context = _prepared(client, "CreateUser", {"UserName": "u"})
    client._endpoint._send_request(prepared, model)


def a_signed_request_sent_by_hand() -> None:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.httpsession import URLLib3Session

    credentials = session().get_credentials()
    request = AWSRequest("POST", os.environ["AWS_ENDPOINT_URL"] + "/", data="Action=CreateUser&Version=2010-05-08&UserName=u")
    SigV4Auth(credentials, "iam", "us-east-1").add_auth(request)
    URLLib3Session().send(request.prepare())


def a_handler_of_an_event() -> None:
    client = s3()
    other = session().client("sns")
    client.meta.events.register("before-call.s3.ListBuckets", lambda **_unused: other.create_topic(Name="t") and None)
    client.list_buckets()


def a_thread_of_its_own() -> None:
    client = session().client("ec2")
    thread = threading.Thread(target=client.create_vpc, kwargs={"CidrBlock": "10.0.0.0/16"})
    thread.start()
    thread.join()


def a_pool_of_threads() -> None:
    client = session().client("ec2")
    with ThreadPoolExecutor(2) as pool:
        pool.submit(client.create_vpc, CidrBlock="10.0.0.0/16").result()


def an_upload_of_a_file() -> None:
    Path("small").write_bytes(b"x")
    s3().upload_file("small", "b", "k")


def an_upload_in_parts() -> None:
    Path("large").write_bytes(b"x" * LARGE)
    s3().upload_file("large", "b", "k")


def an_upload_of_a_stream() -> None:
    s3().upload_fileobj(io.BytesIO(b"x"), "b", "k")


def an_upload_of_a_stream_in_parts() -> None:
    s3().upload_fileobj(io.BytesIO(b"x" * LARGE), "b", "k")


def an_upload_by_a_resource() -> None:
    session().resource("s3").Object("b", "k").upload_fileobj(io.BytesIO(b"x"))


def a_copy() -> None:
    s3().copy({"Bucket": "a", "Key": "k"}, "b", "k")


def an_upload_by_the_common_runtime() -> None:
    import boto3.s3.transfer
    from boto3.s3.transfer import TransferConfig

    # Where awscrt is installed this client does its own HTTP, past botocore.
    transfer: Any = boto3.s3.transfer
    transfer.create_crt_transfer_manager = lambda *_unused: pytest.fail("awscrt was used")
    s3().upload_fileobj(io.BytesIO(b"x"), "b", "k", Config=TransferConfig(preferred_transfer_client="crt"))


def a_presigned_write() -> None:
    url = s3().generate_presigned_url("put_object", Params={"Bucket": "b", "Key": "k"})
    urllib.request.urlopen(urllib.request.Request(url, data=b"x", method="PUT"))


def a_presigned_read_with_another_method() -> None:
    url = s3().generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"}, HttpMethod="DELETE")
    urllib.request.urlopen(urllib.request.Request(url, method="DELETE"))


def a_presigned_write_of_a_query_service() -> None:
    urllib.request.urlopen(session().client("iam").generate_presigned_url("create_user", Params={"UserName": "u"}))


def a_presigned_form() -> None:
    form = s3().generate_presigned_post("b", "k")
    urllib.request.urlopen(urllib.request.Request(form["url"], data=b"x", method="POST"))


def a_presigned_form_of_the_signer() -> None:
    from botocore.signers import S3PostPresigner

    request = {"method": "POST", "url": os.environ["AWS_ENDPOINT_URL"], "body": b"", "headers": {}, "context": {}}
    S3PostPresigner(s3()._request_signer).generate_presigned_post(request)


def a_presigned_write_of_the_signer() -> None:
    request = {"method": "PUT", "url": os.environ["AWS_ENDPOINT_URL"] + "/b/k", "body": b"", "headers": {}, "context": {}}
    s3()._request_signer.generate_presigned_url(request, operation_name="PutObject")


def _prepared(client: Any, operation: str, parameters: dict[str, Any]) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Return what `_make_api_call` hands to the lower layers."""
    model = client.meta.service_model.operation_model(operation)
    context = {"client_region": REGION, "client_config": client.meta.config, "has_streaming_input": False, "auth_type": None}
    endpoint, headers, _properties = client._resolve_endpoint_ruleset(model, parameters, context)
    request = client._convert_to_request_dict(parameters, model, endpoint, context=context, headers=headers)
    return model, request, context


WRITES: dict[Callable[[], None], str] = {
    a_client_of_boto3: "ec2:CreateVpc",
    a_client_of_a_session: "ec2:CreateVpc",
    a_client_of_botocore: "ec2:CreateVpc",
    a_client_made_with_positional_arguments: "ec2:CreateVpc",
    a_resource: "ec2:CreateVpc",
    a_resource_of_boto3: "s3:CreateBucket",
    a_collection_of_a_resource: "s3:DeleteObjects",
    a_paginator_over_a_write: "sqs:PurgeQueue",
    a_waiter_on_a_write: "s3:DeleteBucket",
    the_private_call: "iam:CreateUser",
    the_private_request: "iam:CreateUser",
    the_endpoint: "iam:CreateUser",
    the_endpoint_below: "iam:CreateUser",
    a_signed_request_sent_by_hand: "iam:CreateUser",
    a_handler_of_an_event: "sns:CreateTopic",
    a_thread_of_its_own: "ec2:CreateVpc",
    a_pool_of_threads: "ec2:CreateVpc",
    an_upload_of_a_file: "s3:PutObject",
    an_upload_in_parts: "s3:CreateMultipartUpload",
    an_upload_of_a_stream: "s3:PutObject",
    an_upload_of_a_stream_in_parts: "s3:CreateMultipartUpload",
    an_upload_by_a_resource: "s3:PutObject",
    a_copy: "s3:CopyObject",
    an_upload_by_the_common_runtime: "s3:PutObject",
    a_presigned_write: "s3:PutObject",
    a_presigned_read_with_another_method: "s3:GetObject",
    a_presigned_write_of_a_query_service: "iam:CreateUser",
    a_presigned_form: "s3:PutObject",
    a_presigned_form_of_the_signer: "s3:PutObject",
    a_presigned_write_of_the_signer: "s3:PutObject",
}
THREADS_OF_ITS_OWN = {a_thread_of_its_own}
"""What a module's own thread raises ends that thread only; the journal still says that a write was refused."""
NEVER_ANSWERED = {way for way in WRITES if way.__name__.startswith(("the_", "a_signed", "a_presigned"))} - {the_private_call}
"""What does not pass a client's method is refused in a plan too: there is nobody to give an answer to."""


def behind_the_barrier(way: Callable[[], None], gate: Gate, endpoint: str, directory: Path) -> dict[str, Any]:
    """Try a way in a forked process; return how it ended, the writes that were answered, and the one that was refused."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)

    def child() -> None:
        os.chdir(directory)
        os.environ.update(
            AWS_ENDPOINT_URL=endpoint,
            AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
            AWS_SECRET_ACCESS_KEY="x",
            AWS_REGION=REGION,
            AWS_DEFAULT_REGION=REGION,
            AWS_MAX_ATTEMPTS="1",
        )
        os.environ.pop("AWS_PROFILE", None)
        threading.excepthook = lambda _args: None
        _aws.install()
        journal = _doors.begin(gate=gate)
        ended = "returned"
        try:
            way()
        except _doors.WriteRefused:
            ended = "refused"
        except BaseException:
            ended = traceback.format_exc()
        operations = [f"{each['service']}:{each['operation']}" for each in journal.operations]
        there.send({"ended": ended, "operations": operations, "refused": journal.refused})

    process = context.Process(target=child)
    process.start()
    there.close()
    try:
        told = here.recv() if here.poll(30) else {"ended": "hangs", "operations": [], "refused": ""}
    except EOFError:
        told = {"ended": "died", "operations": [], "refused": ""}
    finally:
        here.close()
        process.kill()
        process.join()
    return dict(told)


def arrived(endpoint: RecordingEndpoint) -> list[str]:
    """Return the requests that are no reads; one that nobody recognises is none."""
    return [
        f"{request.method} {request.service}:{request.operation}"
        for request in endpoint.requests
        if _operations.effect(request.service, request.operation) is not Effect.READ
    ]


@pytest.mark.parametrize("way", WRITES, ids=lambda way: way.__name__)
def test_the_first_write_ends_a_call_that_may_not_write(way: Callable[[], None], tmp_path: Path) -> None:
    with recording(full=True) as endpoint:
        told = behind_the_barrier(way, _gate.SHUT, endpoint.url, tmp_path)
        assert arrived(endpoint) == []
    assert told["refused"].startswith(WRITES[way] + " "), told["ended"]
    assert told["ended"] == ("returned" if way in THREADS_OF_ITS_OWN else "refused")


@pytest.mark.parametrize("way", WRITES, ids=lambda way: way.__name__)
def test_a_plan_notes_writes_and_sends_none(way: Callable[[], None], tmp_path: Path) -> None:
    with recording(full=True) as endpoint:
        told = behind_the_barrier(way, _gate.PLAN, endpoint.url, tmp_path)
        assert arrived(endpoint) == []
    assert told["operations"][:1] == [WRITES[way]], told["ended"]
    assert told["ended"] == ("refused" if way in NEVER_ANSWERED else "returned")


# Reads: they pass.


def reads_of_a_client() -> None:
    session().client("ec2").describe_vpcs()
    session().client("iam").list_users()


def a_paginator() -> None:
    for _page in session().client("ec2").get_paginator("describe_vpcs").paginate():
        pass


def a_waiter() -> None:
    s3().get_waiter("bucket_exists").wait(Bucket="b", WaiterConfig={"Delay": 1, "MaxAttempts": 1})


def a_download() -> None:
    s3().download_fileobj("b", "k", io.BytesIO())


def a_presigned_read() -> None:
    url = s3().generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
    urllib.request.urlopen(url)


def a_token_for_kubernetes() -> None:
    from botocore.model import ServiceId
    from botocore.signers import RequestSigner

    core = session()
    signer = RequestSigner(ServiceId("sts"), REGION, "sts", "v4", core.get_credentials(), core.events)
    url = os.environ["AWS_ENDPOINT_URL"] + "/?Action=GetCallerIdentity&Version=2011-06-15"
    signer.generate_presigned_url({"method": "GET", "url": url, "body": {}, "headers": {}, "context": {}}, operation_name="")


def a_token_for_a_database() -> None:
    session().client("rds").generate_db_auth_token("db.example", 5432, "admin")


def a_read_of_the_endpoint() -> None:
    client = session().client("iam")
    model, prepared, _context = _prepared(client, "ListUsers", {})
    client._endpoint.make_request(model, prepared)


@pytest.mark.parametrize(
    "way",
    [
        reads_of_a_client,
        a_paginator,
        a_waiter,
        a_download,
        a_presigned_read,
        a_token_for_kubernetes,
        a_token_for_a_database,
        a_read_of_the_endpoint,
    ],
    ids=lambda way: way.__name__,
)
def test_reads_pass(way: Callable[[], None], tmp_path: Path) -> None:
    with recording(full=True) as endpoint:
        told = behind_the_barrier(way, _gate.SHUT, endpoint.url, tmp_path)
    assert told == {"ended": "returned", "operations": [], "refused": ""}
