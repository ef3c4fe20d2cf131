# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates on a host, from Let's Encrypt's own test server: the first, renewals, changes, and what nginx makes of them.

The tests are the life of one host, in this order; each leaves it serving.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator

import pytest

from tests.emulator.fixtures import Emulator
from tests.hosts.fixtures import explained
from tests.hosts.stage import Stage

from .certificate_host import DIRECTORY, PRODUCTION, Host, prepare
from .lab import NAMES, Measured

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.xdist_group("certificate-host"), pytest.mark.timeout(600)]
ROLE = "certificate-host"
APPLY = f"/usr/local/sbin/compose-host-proxy apply {DIRECTORY}/nginx/next/nginx.conf"


@pytest.fixture(scope="module")
def host(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    emulator.reset()
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
    emulator.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    name = f"certificates-{secrets.token_hex(3)}"
    stage = Stage.up(name, emulator=emulator.name, only=["acme", "registry", "hub", "load"], host_image="host-ready", owner=os.getpid())
    try:
        stage.describe_host("host", role=ROLE)
        stage.lead([*NAMES, "new.accountabilityatlas.com"])
        with explained(name):
            made = prepare(stage, emulator, tmp_path_factory.mktemp("host"))
        yield made
    finally:
        stage.down()


def test_what_else_listens_on_the_port_is_named(host: Host) -> None:
    host.shell("cd /var/empty 2>/dev/null || cd /tmp; systemd-run --unit other python3 -m http.server 80; sleep 1")
    try:
        output = host.configure(code=2).output
        assert "something listens on port 80 and does not serve /opt/site/nginx/acme" in " ".join(output.split())
        assert "HTTP 404" in output
    finally:
        host.shell("systemctl stop other")
    assert host.certificate()["serial"] == ""


def test_the_first_certificate_comes_before_nginx(host: Host) -> None:
    host.configure()
    found = host.certificate()
    assert sorted(found["domains"]) == sorted(NAMES)
    assert (found["authenticator"], found["webroots"]) == ("webroot", [f"{DIRECTORY}/nginx/acme"])
    assert 80 < found["days_left"] <= 90
    host.compose("up -d")
    host.until_served()
    assert host.served() == host.certificate()["served_serial"] == found["serial"]
    modes = host.shell("cd /etc/letsencrypt && stat -Lc '%a %U %n' archive live accounts live/accountabilityatlas.com/privkey.pem")
    assert modes.split("\n")[:4] == [
        "700 root archive", "700 root live", "700 root accounts", "600 root live/accountabilityatlas.com/privkey.pem"
    ]  # fmt: skip


def test_a_second_run_changes_nothing(host: Host) -> None:
    before = host.nginx(), host.certificate()["serial"]
    ran = host.configure()
    assert ran.changed == 0, ran.output
    assert (host.nginx(), host.certificate()["serial"]) == before
    assert host.configure("--check").changed == 0


def test_the_timers_are_on(host: Host) -> None:
    both = "certbot.timer compose-host-certificates.timer"
    timers = host.shell(f"systemctl is-enabled {both}; systemctl is-active {both}")
    assert timers.split() == ["enabled", "enabled", "active", "active"]


def test_what_is_not_due_is_not_renewed(host: Host) -> None:
    serial = host.certificate()["serial"]
    host.shell("systemctl start certbot.service")
    assert host.certificate()["serial"] == serial
    ran = host.renew().check()
    assert ran.changed == 0
    assert f"not renewed, serial {serial}" in ran.output


def test_a_renewal_is_served_without_a_failed_request(host: Host) -> None:
    before, container = host.certificate()["serial"], host.nginx()
    host.configure(compose_host_acme_renew_days=3650)
    measurements: list[Measured] = []
    with host.load(measurements):
        host.shell("systemctl start certbot.service")
    found = host.certificate()
    assert before != found["serial"] == host.served()
    assert host.nginx() == container, "nginx was reloaded, not restarted"
    got = measurements[0]
    assert set(got.statuses) == {200}, got
    assert got.statuses[200] > 30


def test_the_playbook_renews_now_and_tells_the_serials(host: Host) -> None:
    before = host.certificate()["serial"]
    ran = host.renew("-e", "force=true").check()
    after = host.certificate()["serial"]
    assert before != after == host.served()
    assert f"renewed, serial {before} → {after}" in " ".join(ran.output.split())
    assert "nginx serves it" in ran.output


def test_a_name_that_is_added_re_issues_the_certificate(host: Host) -> None:
    names = [*NAMES, "new.accountabilityatlas.com"]
    container = host.nginx()
    certificates = [{"name": NAMES[0], "domains": names}]
    proxy = host.proxy(server_names=names)
    host.configure(compose_host_certificates=certificates, compose_host_proxy=proxy, compose_host_acme_renew_days=30)
    found = host.certificate()
    assert sorted(found["domains"]) == sorted(names)
    assert host.served("new.accountabilityatlas.com") == found["serial"]
    assert host.nginx() == container


@pytest.mark.long
def test_another_authority_re_issues_the_certificate(host: Host) -> None:
    before = host.certificate()
    assert before["directory"] != PRODUCTION
    host.configure(compose_host_acme_directory=PRODUCTION, compose_host_acme_email="admin@accountabilityatlas.com")
    after = host.certificate()
    assert (after["directory"], after["domains"]) == (PRODUCTION, before["domains"])
    assert before["serial"] != after["serial"] == host.served()
    assert host.configure().changed == 0


def test_a_broken_configuration_leaves_the_old_one_serving_and_says_nginxs_words(host: Host) -> None:
    good, container = host.variables["compose_host_proxy"], host.nginx()
    inode = host.shell(f"stat -c %i {DIRECTORY}/nginx/nginx.conf; md5sum {DIRECTORY}/nginx/nginx.conf")
    words = "directive invalid value in /etc/nginx/nginx.conf"
    ran = host.configure(code=2, compose_host_proxy=host.proxy(client_max_body_size="ten"))
    assert words in " ".join(ran.output.split())
    assert host.shell(f"stat -c %i {DIRECTORY}/nginx/nginx.conf; md5sum {DIRECTORY}/nginx/nginx.conf") == inode
    host.shell("docker exec $(docker ps -q --filter label=com.docker.compose.service=nginx) nginx -s reload")
    assert (host.get()[0], host.nginx()) == (200, container)
    assert words in host.shell(f"{APPLY} 2>&1 || true"), "it stays an error until it is mended"
    host.variables["compose_host_proxy"] = good


def test_a_changed_configuration_is_served_by_the_same_container_without_a_failed_request(host: Host) -> None:
    container, inode = host.nginx(), host.shell(f"stat -c %i {DIRECTORY}/nginx/nginx.conf")
    assert "strict-transport-security" not in host.get()[1]
    measurements: list[Measured] = []
    with host.load(measurements):
        host.configure(compose_host_proxy=host.proxy(hsts_seconds=60))
    assert "strict-transport-security: max-age=60" in host.get()[1]
    assert (host.nginx(), host.shell(f"stat -c %i {DIRECTORY}/nginx/nginx.conf")) == (container, inode)
    assert set(measurements[0].statuses) == {200}


def test_a_file_that_somebody_replaced_is_mended(host: Host) -> None:
    container = host.nginx()
    host.shell(f"cd {DIRECTORY}/nginx && sed 's/max-age=60/max-age=61/' nginx.conf > other && mv other nginx.conf")
    assert host.shell(APPLY).strip() == "changed"
    host.until_served()
    assert "max-age=60" in host.get()[1]
    assert host.nginx() != container
    assert host.shell(APPLY).strip() == "unchanged"


def test_a_reload_that_did_not_work_is_made_up_for(host: Host) -> None:
    program = "/usr/local/sbin/compose-host-proxy"
    host.shell(f"mv {program} {program}.real")
    host.shell(f"printf '#!/bin/sh\\necho nginx does not want to; exit 1\\n' > {program}; chmod +x {program}")
    host.shell("sed -i 's/^PAUSE = .*/PAUSE = 0.1/' /usr/local/sbin/compose-host-certificates")
    before = host.served()
    try:
        output = host.renew("-e", "force=true").check(2).output
        assert "nginx does not want to" in output
        assert host.served() == before != host.certificate()["serial"]
    finally:
        host.shell(f"mv {program}.real {program}")
    host.shell("systemctl start certbot.service")
    assert host.served() == host.certificate()["serial"] != before


def test_the_days_left_reach_cloudwatch_with_the_role_of_the_host(host: Host) -> None:
    host.shell("systemctl start compose-host-certificates.service")
    cloudwatch = host.emulator.client("cloudwatch", "us-east-1")
    metrics = cloudwatch.list_metrics(Namespace="Stratum/Host", MetricName="CertificateDaysLeft")["Metrics"]
    assert [metric["Dimensions"] for metric in metrics] == [[{"Name": "Certificate", "Value": NAMES[0]}]]


def test_after_a_reboot_everything_is_served_again(host: Host) -> None:
    host.stage.reboot()
    host.until_served(seconds=60)
    host.until_served("/api/v1/x", seconds=60)
    restarts = host.shell("docker inspect --format '{{.RestartCount}}' $(docker ps -q --filter label=com.docker.compose.service=nginx)")
    assert restarts.strip() == "0", "nginx did not end for want of its upstreams"
