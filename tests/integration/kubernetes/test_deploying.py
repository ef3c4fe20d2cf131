# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of a load balancer becomes one in the account, changes it, and goes without a rest; no Kubernetes API is needed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from tests.emulator.fixtures import Emulator
from tests.emulator.kubernetes.controllers import account as accounts
from tests.emulator.kubernetes.controllers import alb, nlb
from tests.emulator.kubernetes.controllers.account import Account
from tests.emulator.kubernetes.controllers.deploying import Deployer, Target
from tests.emulator.kubernetes.controllers.model import LoadBalancer, ModelError, Stack
from tests.integration.kubernetes.parts import Network, make_network
from tests.integration.modules.running import run

pytestmark = pytest.mark.integration


@dataclass
class World:
    """An account with a cluster's network, and what deploys into it."""

    emulator: Emulator
    network: Network
    account: Account
    deployer: Deployer
    services: dict[str, dict[str, Any]]

    def model(self, *members: dict[str, Any], group: str = "shops") -> LoadBalancer:
        return alb.Builder(self.account, group, list(members), self.services.get).build()

    def deploy(self, model: LoadBalancer, targets: set[Target] | None = None) -> str:
        return self.deployer.deploy(model, lambda group: targets or set())

    def writes(self) -> list[str]:
        return [entry["operation"] for entry in self.emulator.writes()]

    def balancers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.emulator.client("elbv2").describe_load_balancers()["LoadBalancers"]
        return found

    def group_names(self) -> set[str]:
        found = self.emulator.client("ec2").describe_security_groups()["SecurityGroups"]
        return {group["GroupName"] for group in found}

    def listeners(self) -> dict[int, dict[str, Any]]:
        elb = self.emulator.client("elbv2")
        listeners = [
            item
            for balancer in self.balancers()
            for item in elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
        ]
        return {item["Port"]: item for item in listeners}

    def rules(self, port: int) -> list[dict[str, Any]]:
        found = self.emulator.client("elbv2").describe_rules(ListenerArn=self.listeners()[port]["ListenerArn"])["Rules"]
        return sorted((rule for rule in found if rule["Priority"] != "default"), key=lambda rule: int(rule["Priority"]))


@pytest.fixture
def world(account: Emulator, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("MOTO_PORT", str(urlsplit(account.endpoint_url).port))
    accounts._client.cache_clear()
    network = make_network(account)
    nodes = account.client("ec2").create_security_group(GroupName="nodes", Description="nodes", VpcId=network.vpc_id)["GroupId"]
    inside = Account("ca-central-1", "web", lambda: {"vpcId": network.vpc_id, "clusterSecurityGroupId": nodes})
    services = {f"shop/{name}": service(name) for name in ("front", "back")}
    return World(account, network, inside, Deployer(inside), services)


def service(name: str, **spec: Any) -> dict[str, Any]:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    return {"kind": "Service", "metadata": {"namespace": "shop", "name": name, "uid": f"uid-{name}"}, "spec": {"ports": ports, **spec}}


def ingress(name: str = "site", path: str = "/", backend: str = "front", **notes: str) -> dict[str, Any]:
    annotations = {f"{alb.PREFIX}{key.replace('_', '-')}": value for key, value in {"target_type": "ip", **notes}.items()}
    paths = [{"path": path, "pathType": "Prefix", "backend": {"service": {"name": backend, "port": {"number": 80}}}}]
    metadata = {"namespace": "shop", "name": name, "uid": f"uid-{name}", "annotations": annotations}
    return {"kind": "Ingress", "metadata": metadata, "spec": {"ingressClassName": "alb", "rules": [{"http": {"paths": paths}}]}}


def test_a_group_becomes_a_load_balancer_that_is_left_alone_when_nothing_changes(world: World) -> None:
    certificate = world.emulator.client("acm").request_certificate(DomainName="example.com")["CertificateArn"]
    notes = {
        "scheme": "internet-facing",
        "listen_ports": '[{"HTTP": 80}, {"HTTPS": 443}]',
        "certificate_arn": certificate,
        "ssl_redirect": "443",
        "tags": "team=shop",
        "healthcheck_path": "/health",
        "load_balancer_attributes": "idle_timeout.timeout_seconds=120",
    }
    model = world.model(ingress("a", "/api", "back", **notes), ingress("b", **notes))
    address = world.deploy(model, {("10.0.1.5", 8080), ("10.244.0.7", 8080)})

    (balancer,) = world.balancers()
    assert balancer["DNSName"] == address
    assert (balancer["Scheme"], balancer["Type"], balancer["LoadBalancerName"]) == ("internet-facing", "application", model.name)
    assert {zone["SubnetId"] for zone in balancer["AvailabilityZones"]} == set(world.network.public)
    assert world.listeners()[80]["DefaultActions"][0]["RedirectConfig"]["StatusCode"] == "HTTP_301"
    assert world.listeners()[443]["Certificates"] == [{"CertificateArn": certificate}]
    assert [rule["Conditions"][0]["PathPatternConfig"]["Values"] for rule in world.rules(443)] == [["/api", "/api/*"], ["/*"]]
    elb = world.emulator.client("elbv2")
    groups = elb.describe_target_groups()["TargetGroups"]
    assert [(group["HealthCheckPath"], group["TargetType"], group["Port"]) for group in groups] == [("/health", "ip", 8080)] * 2
    health = elb.describe_target_health(TargetGroupArn=groups[0]["TargetGroupArn"])["TargetHealthDescriptions"]
    assert {item["Target"]["Id"] for item in health} == {"10.0.1.5", "10.244.0.7"}
    attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])["Attributes"]
    assert {"Key": "idle_timeout.timeout_seconds", "Value": "120"} in attributes

    before = world.writes()
    world.deploy(model, {("10.0.1.5", 8080), ("10.244.0.7", 8080)})
    again = world.writes()[len(before) :]
    # Attributes are put without being read, as the real controller's are not compared one by one either.
    assert set(again) <= {"ModifyLoadBalancerAttributes", "ModifyTargetGroupAttributes"}, again


def test_a_change_is_made_in_place_and_what_is_not_needed_goes(world: World) -> None:
    world.deploy(world.model(ingress("a", "/api", "back"), ingress("b")), {("10.0.1.5", 8080)})
    (before,) = world.balancers()
    action = {
        "type": "forward",
        "forwardConfig": {
            "targetGroups": [
                {"serviceName": "front", "servicePort": 80, "weight": 75},
                {"serviceName": "back", "servicePort": 80, "weight": 25},
            ]
        },
    }
    split = ingress("b", success_codes="200-299")
    split["metadata"]["annotations"]["alb.ingress.kubernetes.io/actions.split"] = json.dumps(action)
    split["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"] = {"name": "split", "port": {"name": "use-annotation"}}
    world.deploy(world.model(split), {("10.0.2.6", 8080)})

    (after,) = world.balancers()
    assert after["LoadBalancerArn"] == before["LoadBalancerArn"]
    (rule,) = world.rules(80)
    assert sorted(group["Weight"] for group in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]) == [25, 75]
    elb = world.emulator.client("elbv2")
    groups = elb.describe_target_groups()["TargetGroups"]
    assert len(groups) == 2
    assert {group["Matcher"]["HttpCode"] for group in groups} == {"200-299"}
    for group in groups:
        health = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
        assert [item["Target"]["Id"] for item in health if item["TargetHealth"]["State"] == "healthy"] == ["10.0.2.6"]

    # The weights alone.
    # The action is JSON of this test, which mypy knows as objects only.
    action["forwardConfig"]["targetGroups"][0]["weight"] = 0  # type: ignore[index]
    split["metadata"]["annotations"]["alb.ingress.kubernetes.io/actions.split"] = json.dumps(action)
    world.deploy(world.model(split), {("10.0.2.6", 8080)})
    assert sorted(group["Weight"] for group in world.rules(80)[0]["Actions"][0]["ForwardConfig"]["TargetGroups"]) == [0, 25]


def test_another_scheme_is_another_load_balancer(world: World) -> None:
    world.deploy(world.model(ingress()))
    world.deploy(world.model(ingress(scheme="internet-facing")))
    (balancer,) = world.balancers()
    assert balancer["Scheme"] == "internet-facing"
    assert len(world.emulator.client("elbv2").describe_target_groups()["TargetGroups"]) == 1


def test_nothing_is_left_when_the_last_one_goes(world: World) -> None:
    before = world.group_names()
    world.deploy(world.model(ingress()), {("10.0.1.5", 8080)})
    one = service("front", type="LoadBalancer")
    one["metadata"]["annotations"] = {f"{nlb.PREFIX}nlb-target-type": "ip"}
    world.deploy(nlb.Builder(world.account, one).build(), {("10.0.1.5", 8080)})
    assert sorted(balancer["Type"] for balancer in world.balancers()) == ["application", "network"]
    assert len(world.group_names() - before) == 3  # one for each, and the one that they share

    world.deployer.remove(Stack("ingress", "shops"))
    assert [balancer["Type"] for balancer in world.balancers()] == ["network"]
    world.deployer.remove(Stack("service", "shop/front"))
    world.deployer.remove_shared()
    assert world.balancers() == []
    assert world.emulator.client("elbv2").describe_target_groups()["TargetGroups"] == []
    assert world.group_names() == before
    nodes = world.emulator.client("ec2").describe_security_groups(GroupIds=[world.account.cluster_group])["SecurityGroups"][0]
    assert nodes["IpPermissions"] == []


def test_the_module_that_looks_for_leftovers_finds_all_of_it(world: World) -> None:
    world.deploy(world.model(ingress()), {("10.0.1.5", 8080)})
    arguments = {"cluster": "web", "vpc_id": world.network.vpc_id}
    found = run("eks_leftovers", arguments, world.emulator.environment, False, False)["leftovers"]
    assert sorted(item["kind"] for item in found) == ["load_balancer", "security_group", "security_group", "target_group"]
    gone = run("eks_leftovers", {**arguments, "state": "absent"}, world.emulator.environment, False, False)
    assert gone.changed, gone
    assert run("eks_leftovers", arguments, world.emulator.environment, False, False)["leftovers"] == []


def test_a_protected_load_balancer_stays(world: World) -> None:
    world.deploy(world.model(ingress(load_balancer_attributes="deletion_protection.enabled=true")))
    with pytest.raises(ClientError, match="deletion protection"):
        world.deployer.remove(Stack("ingress", "shops"))
    assert len(world.balancers()) == 1


def test_subnets_are_those_of_the_role_one_per_zone(world: World) -> None:
    ec2 = world.emulator.client("ec2")
    assert set(world.account.subnets("internal", [], 2)) == set(world.network.private)
    ec2.create_tags(Resources=[world.network.private[0]], Tags=[{"Key": "kubernetes.io/cluster/other", "Value": "shared"}])
    with pytest.raises(ModelError, match="subnets count less than minimal required count: 1 < 2"):
        world.account.subnets("internal", [], 2)
    assert world.account.subnets("internal", world.network.public, 2) == sorted(world.network.public)
    with pytest.raises(ModelError, match="couldn't find all subnets"):
        world.account.subnets("internal", ["subnet-0"], 2)


def test_certificates_are_discovered_by_host(world: World) -> None:
    acm = world.emulator.client("acm")
    wild = acm.request_certificate(DomainName="*.example.com", SubjectAlternativeNames=["example.org"])["CertificateArn"]
    for item in acm.list_certificates()["CertificateSummaryList"]:
        assert item["CertificateArn"] == wild
    with pytest.raises(ModelError, match=r"no certificate found for host: shop\.example\.net"):
        world.account.certificates(["shop.example.net"])
