# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers: default attributes and deletion protection, neither of which moto has.

Moto gives network load balancers the ARNs of application load balancers, target groups the attributes of
HTTP whatever they speak, and lets a listener lose its further certificates with its first one.
"""

from __future__ import annotations

import threading
from typing import Any

from ._patching import wrap

SERVICES = ("elb", "elbv2")
"""Requests for both generations arrive at moto's `elb`, which looks at the API version."""

_COMMON = {"access_logs.s3.enabled": "false", "zonal_shift.config.enabled": "false", "ipv6.deny_all_igw_traffic": "false"}
DEFAULTS = {
    "application": _COMMON
    | {
        "client_keep_alive.seconds": "3600",
        "connection_logs.s3.bucket": "",
        "connection_logs.s3.enabled": "false",
        "connection_logs.s3.prefix": "",
        "idle_timeout.timeout_seconds": "60",
        "load_balancing.cross_zone.enabled": "true",
        "routing.http.desync_mitigation_mode": "defensive",
        "routing.http.drop_invalid_header_fields.enabled": "false",
        "routing.http.preserve_host_header.enabled": "false",
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
        "routing.http.xff_client_port.enabled": "false",
        "routing.http.xff_header_processing.mode": "append",
        "routing.http2.enabled": "true",
        "waf.fail_open.enabled": "false",
    },
    "network": _COMMON | {"dns_record.client_routing_policy": "any_availability_zone"},
    "gateway": {},
}
"""What a new load balancer of each type has, as `DescribeLoadBalancerAttributes` documents it."""

_NOT_HTTP = ("load_balancing.algorithm.type", "slow_start.duration_seconds", "waf.fail_open.enabled")
_FLOWS = {
    "deregistration_delay.connection_termination.enabled": "false",
    "preserve_client_ip.enabled": "false",
    "proxy_protocol_v2.enabled": "false",
    "stickiness.type": "source_ip",
}
_PATHS = {"network": "net", "gateway": "gwy"}
_making = threading.local()


def _init(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    self.attrs.update(DEFAULTS.get(self.type, {}))


def _delete(original: Any, self: Any, arn: str) -> Any:
    from moto.elbv2.exceptions import ELBClientError

    balancer = self.load_balancers.get(arn)
    if balancer is not None and balancer.attrs.get("deletion_protection.enabled") == "true":
        raise ELBClientError(
            "OperationNotPermitted",
            f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
        )
    return original(self, arn)


def _create(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    _making.type = kwargs.get("loadbalancer_type")
    return original(self, *args, **kwargs)


def _arn(original: Any, *args: Any, **kwargs: Any) -> str:
    path = _PATHS.get(getattr(_making, "type", None) or "", "app")
    return str(original(*args, **kwargs)).replace(":loadbalancer/app/", f":loadbalancer/{path}/")


def _init_group(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    if self.protocol in ("TCP", "TLS", "UDP", "TCP_UDP"):
        for name in _NOT_HTTP:
            self.attributes.pop(name, None)
        self.attributes |= _FLOWS | {"preserve_client_ip.enabled": "true" if self.target_type == "instance" else "false"}


def _modify_listener(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    arn = kwargs.get("arn") or args[0]
    before = list(self.describe_listeners(load_balancer_arn=None, listener_arns=[arn])[0].certificates)
    listener = original(self, *args, **kwargs)
    first = listener.certificates[:1]
    listener.certificates = first + [each for each in before[1:] if each not in first]
    return listener


def install() -> None:
    """Apply the corrections."""
    from moto.elbv2 import models
    from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer

    wrap(models, "make_arn_for_load_balancer", _arn)
    wrap(models.FakeTargetGroup, "__init__", _init_group)
    wrap(ELBv2Backend, "create_load_balancer", _create)
    wrap(ELBv2Backend, "modify_listener", _modify_listener)
    wrap(FakeLoadBalancer, "__init__", _init)
    wrap(ELBv2Backend, "delete_load_balancer", _delete)
