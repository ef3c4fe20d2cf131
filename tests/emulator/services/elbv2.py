# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers: default attributes and deletion protection, neither of which moto has."""

from __future__ import annotations

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


def install() -> None:
    """Apply the corrections."""
    from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer

    wrap(FakeLoadBalancer, "__init__", _init)
    wrap(ELBv2Backend, "delete_load_balancer", _delete)
