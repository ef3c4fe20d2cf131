# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AccountabilityAtlas' production in phase 1, from an empty account to pages over TLS, in one run and by SSH, as on AWS.

What is on the host in detail is molecule/compose_host; what happens while a release is replaced is tests/integration/hosts.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import time
from typing import Any

import pytest

from tests.hosts.docker import HostsError
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


def test_a_second_run_changes_nothing_in_the_cloud_or_on_the_host(hosted: Stack) -> None:
    assert changes(hosted.run().check().output) == {"accountabilityatlas": 0, "accountabilityatlas-prod": 0}


def test_a_release_is_deployed_and_a_broken_one_leaves_it_serving(hosted: Stack, browser: ssl.SSLContext) -> None:
    # The stage's services are no Java, which remembers addresses for half a minute.
    hosted.run(playbook="playbooks/deploy.yml", variables={"tag": "1.1.0", "compose_host_deploy_linger_seconds": 2}).check()
    assert get(hosted, browser, "/")[1]["version"] == "1.1.0"
    refused = hosted.run(playbook="playbooks/deploy.yml", variables={"tag": "2.0.0-broken"}).check(2)
    assert "Everything is at 1.1.0 as before" in refused.output
    assert get(hosted, browser, "/")[1]["version"] == "1.1.0"
    assert changes(hosted.run().check().output) == {"accountabilityatlas": 0, "accountabilityatlas-prod": 0}


def test_the_host_comes_back_after_a_reboot(hosted: Stack, hosts: Hosts, browser: ssl.SSLContext) -> None:
    host = host_of(hosted)
    hosted.client("ec2").reboot_instances(InstanceIds=[host["InstanceId"]])
    deadline = time.monotonic() + 180
    healthy = 0
    while healthy < 10:
        assert time.monotonic() < deadline, f"{healthy} of ten services are healthy:\n{hosts.diagnose(host['InstanceId'])}"
        time.sleep(2)
        try:
            listed = hosts.shell(host["InstanceId"], "docker ps --filter health=healthy --quiet")
        except HostsError:  # it is just booting
            continue
        healthy = len(listed.split())
    assert get(hosted, browser, "/")[0] == 200
