# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AccountabilityAtlas' production in phase 1, from an empty account to pages over TLS, in one run and by SSH, as on AWS.

What is on the host in detail, and that it comes back after a reboot, is molecule/compose_host; what happens while a release is
replaced, and with a broken one, is tests/integration/hosts. That a second run changes nothing is asked at the end, of a restored host.
"""

from __future__ import annotations

import http.client
import json
import logging
import re
import socket
import ssl
import time
from typing import Any

import pytest

from tests.hosts.stage import Stage as Hosts

from .atlas import host_of
from .conftest import Stack

pytestmark = [
    pytest.mark.docker,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.xdist_group("accountabilityatlas-host"),
    pytest.mark.timeout(1500),
]
LOG = logging.getLogger(__name__)
DOMAIN = "accountabilityatlas.com"


class Page(http.client.HTTPSConnection):
    """A connection to the host's address under the domain's name, as a browser makes it after asking the name server."""

    def __init__(self, address: str, context: ssl.SSLContext) -> None:
        super().__init__(DOMAIN, timeout=10, context=context)
        self._address, self._tls = address, context

    def connect(self) -> None:
        self.sock = self._tls.wrap_socket(socket.create_connection((self._address, 443), timeout=10), server_hostname=DOMAIN)


@pytest.fixture(scope="module")
def hosts(hosted: Stack) -> Hosts:
    """What is behind the account's instances."""
    found = Hosts.find(f"emulator-{hosted.account.name}")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def browser(hosts: Hosts) -> ssl.SSLContext:
    """Trusts the authority of the certificates and nobody else."""
    return ssl.create_default_context(cadata=hosts.acme_root())


def get(stack: Stack, browser: ssl.SSLContext, path: str) -> tuple[int, Any]:
    """Return the status and what the service behind a page says of itself."""
    page = Page(host_of(stack)["PublicIpAddress"], browser)
    try:
        page.request("GET", path)
        answer = page.getresponse()
        return answer.status, json.loads(answer.read() or "{}")
    finally:
        page.close()


def changes(output: str) -> dict[str, int]:
    """Return how much each host of the recap changed."""
    recap = output.rpartition("PLAY RECAP")[2]
    return {name: int(count) for name, count in re.findall(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", recap, re.MULTILINE)}


def test_one_run_leads_from_an_empty_account_to_pages_over_tls(hosted: Stack, browser: ssl.SSLContext) -> None:
    status, page = get(hosted, browser, "/")
    assert (status, page["name"], page["version"]) == (200, "web-app", "1.0.0")
    status, page = get(hosted, browser, "/api/v1/videos")
    assert (status, page["name"]) == (200, "api-gateway")
    plain = http.client.HTTPConnection(host_of(hosted)["PublicIpAddress"], 80, timeout=10)
    plain.request("GET", "/page", headers={"Host": DOMAIN})
    answer = plain.getresponse()
    assert (answer.status, answer.getheader("Location")) == (301, f"https://{DOMAIN}/page")


def test_the_logs_of_all_services_are_in_the_account(hosted: Stack) -> None:
    streams = hosted.client("logs").describe_log_streams(logGroupName="/accountabilityatlas/prod")["logStreams"]
    assert {"nginx", "api-gateway", "user-service", "web-app", "redis"} <= {stream["logStreamName"] for stream in streams}
    assert len(streams) == 10


# Of a small project this is asked in tests/integration/hosts/test_rollout.py; of this one only at length.
@pytest.mark.long
def test_a_release_is_deployed(hosted: Stack, browser: ssl.SSLContext) -> None:
    # The stage's services are no Java, which remembers addresses for half a minute.
    hosted.run(playbook="playbooks/deploy.yml", variables={"tag": "1.1.0", "compose_host_deploy_linger_seconds": 2}).check()
    assert get(hosted, browser, "/")[1]["version"] == "1.1.0"


def redis(stack: Stack, hosts: Hosts, *words: str) -> str:
    """Return what redis on the host answers."""
    compose = "docker compose --project-name accountabilityatlas --file /opt/accountabilityatlas/docker-compose.prod.yml"
    return hosts.shell(host_of(stack)["InstanceId"], f"{compose} exec -T redis redis-cli -e {' '.join(words)}").strip()


def serial(stack: Stack, browser: ssl.SSLContext) -> str:
    """Return the serial number of the certificate that the host serves."""
    page = Page(host_of(stack)["PublicIpAddress"], browser)
    try:
        page.connect()
        return str((page.sock.getpeercert() or {})["serialNumber"])
    finally:
        page.close()


@pytest.fixture(scope="module")
def saved(hosted: Stack, hosts: Hosts) -> dict[str, dict[str, Any]]:
    """What a backup saved, by kind, at a moment at which redis knew something."""
    redis(hosted, hosts, "set", "known", "before")
    report = hosted.run(playbook="playbooks/backup.yml").check().report("backup", "accountabilityatlas", "prod")
    assert report["failed"] == []
    return {one["kind"]: one for one in report["saved"]}


def restored(stack: Stack, what: str, **variables: str) -> dict[str, Any]:
    """Run a restore; return its report, and log how long its steps took (--log-cli-level=INFO)."""
    given = {"confirm": "accountabilityatlas", "restore": what, **variables}
    report = stack.run(playbook="playbooks/restore.yml", variables=given).check().report("restore", "accountabilityatlas", "prod")
    steps = {one["step"]: one["seconds"] for one in report["steps"]}
    LOG.info("%s: %s s of %s, %s", what, report["seconds"], report["objective_seconds"], steps)
    assert report["within_objective"]
    return report


def test_status_says_what_the_host_is_like(hosted: Stack, browser: ssl.SSLContext) -> None:
    tag = get(hosted, browser, "/")[1]["version"]
    report = hosted.run(playbook="playbooks/status.yml").check().report("status", "accountabilityatlas", "prod")
    (host,) = report["hosts"].values()
    assert (host["reachable"], host["tag"], host["ill"], len(host["services"])) == (True, tag, [], 10)
    assert 80 < host["certificates"][DOMAIN] <= 90
    assert 0 < host["disk"]["used_percent"] < 100
    # A release is one that `deploy.yml` has made.
    assert host["last_release"].get("tag", tag) == tag


# In an account without hosts this is asked in test_backup_restore.py.
@pytest.mark.long
def test_a_backup_saves_the_host_its_cache_and_the_database(hosted: Stack, hosts: Hosts, saved: dict[str, dict[str, Any]]) -> None:
    assert set(saved) == {"volume", "image", "snapshot"}
    ec2 = hosted.client("ec2")
    assert ec2.describe_images(ImageIds=[saved["image"]["id"]])["Images"][0]["State"] == "available"
    archive = f"prod/accountabilityatlas/{saved['volume']['name']}"
    assert saved["volume"]["copy"] == f"s3://accountabilityatlas-backups-prod/{archive}"
    copy = hosted.client("s3").head_object(Bucket="accountabilityatlas-backups-prod", Key=archive)
    assert (copy["ContentLength"], copy["ServerSideEncryption"]) == (saved["volume"]["bytes"], "AES256")
    seen = hosts.shell(host_of(hosted)["InstanceId"], f"stat -c '%a %U' /opt/accountabilityatlas/backups {saved['volume']['id']}")
    assert seen.splitlines() == ["700 root", "600 root"]


@pytest.mark.long
def test_what_redis_knew_comes_back_from_the_bucket(hosted: Stack, hosts: Hosts, saved: dict[str, dict[str, Any]]) -> None:
    redis(hosted, hosts, "flushall")
    hosts.shell(host_of(hosted)["InstanceId"], "rm /opt/accountabilityatlas/backups/*")
    report = restored(hosted, "volumes", volume="redis-data")
    assert [one["archive"] for one in report["volumes"]] == [saved["volume"]["name"]]
    assert redis(hosted, hosts, "get", "known") == "before"


@pytest.mark.long
def test_the_host_comes_back_from_its_newest_image(
    hosted: Stack, hosts: Hosts, browser: ssl.SSLContext, saved: dict[str, dict[str, Any]]
) -> None:
    old, certificate = host_of(hosted), serial(hosted, browser)
    report = restored(hosted, "host")
    assert (report["host_from"], report["kept"]) == (saved["image"]["id"], [old["InstanceId"]])
    new = host_of(hosted)
    assert new["InstanceId"] != old["InstanceId"]
    assert new["PublicIpAddress"] == old["PublicIpAddress"]
    status, page = get(hosted, browser, "/")
    assert (status, page["name"], page["version"]) == (200, "web-app", "1.1.0"), "the release that was deployed"
    assert serial(hosted, browser) == certificate
    assert redis(hosted, hosts, "get", "known") == "before"
    kept = hosted.client("ec2").describe_instances(InstanceIds=[old["InstanceId"]])["Reservations"][0]["Instances"][0]
    assert kept["State"]["Name"] == "stopped"
    assert changes(hosted.run().check().output) == {"accountabilityatlas": 0, "accountabilityatlas-prod": 0}


def test_what_the_alarms_on_memory_and_disk_watch_is_published(hosted: Stack) -> None:
    def named(metrics: list[dict[str, Any]]) -> set[tuple[str, frozenset[tuple[str, str]]]]:
        return {(each["MetricName"], frozenset((item["Name"], item["Value"]) for item in each["Dimensions"])) for each in metrics}

    def published() -> list[dict[str, Any]]:
        pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace="CWAgent")
        return [metric for page in pages for metric in page["Metrics"]]

    cloudwatch = hosted.client("cloudwatch")
    pages = cloudwatch.get_paginator("describe_alarms").paginate()
    watched = named([alarm for page in pages for alarm in page["MetricAlarms"] if alarm.get("Namespace") == "CWAgent"])
    instance_id = host_of(hosted)["InstanceId"]
    assert watched == {
        ("mem_used_percent", frozenset({("InstanceId", instance_id)})),
        ("disk_used_percent", frozenset({("InstanceId", instance_id), ("path", "/")})),
    }
    deadline = time.monotonic() + 30
    while missing := watched - named(published()):
        assert time.monotonic() < deadline, f"not published: {missing}"
        time.sleep(1)
