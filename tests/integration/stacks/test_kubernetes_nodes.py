# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Kubernetes cluster's nodes boot: user data, scripts, tokens and snapshots, in containers behind the instances of production.

What the instances' roles may do is enforced. What containers cannot have, stands in (`node_image`); etcd is a real one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import yaml

from tests.emulator import process
from tests.emulator.fixtures import Emulator
from tests.emulator.hosts import stage_name
from tests.hosts import machine
from tests.hosts.fixtures import explained
from tests.playbooks import Ran, play

from . import node_image
from .node_image import eventually

pytestmark = [
    pytest.mark.docker,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.xdist_group("kubernetes-nodes"),
    pytest.mark.timeout(1800),
]

NAME = "kubernetes-prod"
REGION = "us-east-1"
LIBRARY = "/usr/local/lib/kubernetes-node"
ETCD = "etcdctl --endpoints https://127.0.0.1:2379 " + " ".join(
    f"--{option} /etc/kubernetes/pki/etcd/{name}" for option, name in (("cacert", "ca.crt"), ("cert", "server.crt"), ("key", "server.key"))
)


@dataclass
class Booted:
    """An account with the stack, and the containers of its control plane and its worker."""

    account: Emulator
    run: Callable[..., Ran]
    control_plane: str
    worker: str

    def client(self, service: str) -> Any:
        return self.account.client(service, REGION)

    def snapshots(self) -> list[str]:
        found = self.client("s3").list_objects_v2(Bucket=f"{NAME}-certs", Prefix=f"{NAME}/etcd/").get("Contents", [])
        return [item["Key"].rpartition("/")[2] for item in found]


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    name, reports = f"nodes-{os.getpid()}", tmp_path_factory.mktemp("reports")
    account = Emulator(process.start(name, {"hosts": "docker", "authorization": True}, owner=os.getpid()))
    try:
        with explained(stage_name(name)):
            image = node_image.make(account, REGION)
            size = {"instance_type": "t3.large", "min_size": 1, "max_size": 6, "root_volume": {"size_gib": 50, "type": "gp3"}}
            given = {"kubernetes_image": {"id": image}, "kubernetes_workers_size": size}

            def run(playbook: str, variables: Mapping[str, Any] | None = None) -> Ran:
                wanted = {**given, **(variables or {})}
                return play(
                    account, playbook, "--limit", "kubernetes", inventory="inventories/prod", reports=reports, variables=wanted, timeout=850
                )

            run("site.yml").check()
            nodes = {}
            for reservation in account.client("ec2", REGION).describe_instances(
                Filters=[{"Name": "tag:stratum:stack", "Values": ["kubernetes"]}]
            )["Reservations"]:
                for instance in reservation["Instances"]:
                    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
                    nodes[tags["stratum:role"]] = node_image.container(account, instance["InstanceId"])
            stack = Booted(account, run, nodes["control-plane"], nodes["worker"])
            for each in (stack.control_plane, stack.worker):
                eventually(partial(_first_boot, each), f"the user data of {each} has run")
            yield stack
    finally:
        account.stop()
        process.forget(name)


def _first_boot(container: str) -> bool:
    """Return whether the user data has run, and fail when it failed."""
    result = machine.run(container, "cat", "/var/lib/cloud/instance/result", check=False).strip()
    assert result in ("", "0"), machine.run(container, "cat", "/var/log/cloud-init-output.log")
    return result == "0"


def test_the_control_plane_publishes_a_token_and_the_worker_joins_with_it(booted: Booted) -> None:
    said = booted.client("ssm").get_parameter(Name=f"/{NAME}/join", WithDecryption=True)["Parameter"]["Value"]
    offered = json.loads(said)
    assert offered["endpoint"] == "api.cluster.example.com:6443"
    joined = yaml.safe_load(machine.run(booted.worker, "cat", "/var/lib/joined.yaml"))
    assert joined["discovery"]["bootstrapToken"] == {
        "apiServerEndpoint": offered["endpoint"],
        "token": offered["token"],
        "caCertHashes": [offered["ca_cert_hash"]],
    }
    instance = booted.worker.rpartition("-i-")[2]
    extra = {each["name"]: each["value"] for each in joined["nodeRegistration"]["kubeletExtraArgs"]}
    assert extra["provider-id"] == f"aws:///us-east-1a/i-{instance}"
    assert "topology.kubernetes.io/region=us-east-1" in extra["node-labels"]
    for container in (booted.control_plane, booted.worker):
        log = machine.run(container, "cat", "/var/log/cloud-init-output.log", "/var/log/stand-ins")
        assert offered["token"] not in log


def test_what_the_cluster_is_made_of_is_in_the_bucket(booted: Booted) -> None:
    s3 = booted.client("s3")
    found = s3.head_object(Bucket=f"{NAME}-certs", Key=f"{NAME}/pki.tar.gz")
    assert found["ServerSideEncryption"] == "aws:kms"
    published = s3.get_object(Bucket=f"{NAME}-certs", Key=f"{NAME}/ca.crt")["Body"].read().decode()
    assert published == machine.run(booted.control_plane, "cat", "/etc/kubernetes/pki/ca.crt")


def test_its_timers_wait_for_their_time(booted: Booted) -> None:
    listed = machine.run(booted.control_plane, "systemctl", "list-timers", "--all", "--no-legend", "--plain", "kubernetes-*")
    timers = {word for line in listed.splitlines() for word in line.split() if word.endswith(".timer")}
    assert timers == {f"kubernetes-{name}.timer" for name in ("join-token", "login", "etcd-snapshot", "certificates", "metrics")}
    machine.run(booted.control_plane, "systemctl", "start", "kubernetes-metrics.service")
    metrics = booted.client("cloudwatch").list_metrics(Namespace="Stratum/Kubernetes")["Metrics"]
    assert {"ApiServerHealthy", "NodesReady", "EtcdSnapshotAgeSeconds", "CertificateDaysLeft"} <= {each["MetricName"] for each in metrics}


def test_tokens_rotate(booted: Booted) -> None:
    def token() -> str:
        value = booted.client("ssm").get_parameter(Name=f"/{NAME}/join", WithDecryption=True)["Parameter"]["Value"]
        return str(json.loads(value)["token"])

    first = token()
    machine.run(booted.control_plane, f"{LIBRARY}/join-token.sh")
    second = token()
    machine.shell(booted.control_plane, f"sleep 1; {LIBRARY}/join-token.sh")
    kept = machine.run(booted.control_plane, "kubeadm", "token", "list", "--output", "json")
    assert first not in kept
    assert second in kept
    assert token() in kept


def test_a_worker_may_do_nothing_but_join(booted: Booted) -> None:
    for command in (
        f"aws ssm put-parameter --name /{NAME}/join --type SecureString --overwrite --value x",
        f"aws ssm get-parameter --name /{NAME}/kubeconfig",
        f"aws s3 cp s3://{NAME}-certs/{NAME}/pki.tar.gz /tmp/stolen",
        f"aws autoscaling set-desired-capacity --auto-scaling-group-name {NAME}-workers --desired-capacity 6",
    ):
        said = machine.shell(booted.worker, f"export AWS_DEFAULT_REGION={REGION}; if {command} 2>&1; then echo was done; fi")
        assert "was done" not in said
        assert any(word in said for word in ("AccessDenied", "Forbidden", "not authorized")), (command, said)


def test_etcd_is_saved_and_comes_back(booted: Booted) -> None:
    def etcd(command: str) -> str:
        return machine.shell(booted.control_plane, f"{ETCD} {command}").strip()

    etcd("put /registry/answer before")
    booted.run("playbooks/backup.yml").check()
    (saved,) = booted.snapshots()
    assert saved.endswith(".db")
    etcd("put /registry/answer after")
    said = booted.run("playbooks/restore.yml", {"restore": "etcd", "confirm": "kubernetes", "snapshot": saved}).check()
    assert f"etcd is as it was in {saved}" in said.output
    eventually(lambda: "healthy" in machine.shell(booted.control_plane, f"{ETCD} endpoint health 2>&1 || true"), "etcd runs again")
    assert etcd("get /registry/answer --print-value-only") == "before"
    # So that nobody takes what is older now for newer.
    assert json.loads(etcd("get /registry/answer --write-out json"))["header"]["revision"] > 1_000_000_000
    assert machine.shell(booted.control_plane, "ls -d /var/lib/etcd.replaced-*")


def test_a_control_plane_that_was_lost_comes_back(booted: Booted) -> None:
    """Last: the old control plane goes."""
    authority = machine.run(booted.control_plane, "cat", "/etc/kubernetes/pki/ca.crt")
    instance, ec2 = f"i-{booted.control_plane.rpartition('-i-')[2]}", booted.client("ec2")
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})
    ec2.terminate_instances(InstanceIds=[instance])

    def state() -> str:
        (found,) = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
        return str(found["State"]["Name"])

    eventually(lambda: state() == "terminated", "the old control plane is gone")
    booted.run("site.yml").check()
    wanted = [{"Name": "tag:stratum:role", "Values": ["control-plane"]}, {"Name": "instance-state-name", "Values": ["running"]}]
    (reservation,) = ec2.describe_instances(Filters=wanted)["Reservations"]
    (made,) = reservation["Instances"]
    new = node_image.container(booted.account, made["InstanceId"])
    eventually(lambda: _first_boot(new), "the new control plane has booted")
    assert machine.run(new, "cat", "/etc/kubernetes/pki/ca.crt") == authority
    assert machine.shell(new, f"{ETCD} get /registry/answer --print-value-only").strip() == "before"
