# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tagging API: which region shows what, and the resources that moto leaves out.

Moto lists every bucket, and the resources of global services, in every region. AWS lists a bucket in
its own region, and Route 53, IAM and CloudFront in us-east-1. Roles, users and Auto Scaling groups are
never listed, as the API's reference says; nor are dashboards, of which it says nothing. Moto leaves out
listeners with their rules, repositories, and what `_ec2_tagging_api.py` and the services' own packages add.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from ._delivery_tagging_api import delivery_resources
from ._edge_tagging_api import web_acls
from ._patching import wrap
from ._serverless_tagging_api import serverless_resources

GLOBAL_REGION = "us-east-1"


def _resources(
    original: Any, self: Any, tag_filters: Any = None, resource_type_filters: Any = None, resource_arn_list: Any = None
) -> Iterator[Any]:
    from moto.core.resource_tagging import make_tag_matcher, match_resource_type
    from moto.s3.models import s3_backends

    for resource in original(self, tag_filters, resource_type_filters, resource_arn_list):
        service, region = resource.arn.split(":")[2:4]
        if service == "s3":
            bucket = s3_backends[self.account_id]["aws"].buckets.get(resource.arn.rpartition(":")[2])
            region = bucket.region_name if bucket is not None else self.region_name
        if self.region_name == (region or GLOBAL_REGION):
            yield resource
    matches = make_tag_matcher(tag_filters)
    more = [
        _balanced,
        _repositories,
        web_acls,
        delivery_resources,
        serverless_resources,
        *([_global_resources] if self.region_name == GLOBAL_REGION else []),
    ]
    for resource in [resource for find in more for resource in find(self.account_id, self.region_name)]:
        wanted = not resource_arn_list or resource.arn in resource_arn_list
        if wanted and resource.tags and match_resource_type(resource.resource_type, resource_type_filters) and matches(resource.tags):
            yield resource


def _balanced(account_id: str, region: str) -> Iterator[Any]:
    from moto.core.resource_tagging import TaggedResource

    if "moto.elbv2.models" not in sys.modules:  # nothing was made there, and importing takes time
        return
    backend = sys.modules["moto.elbv2.models"].elbv2_backends[account_id][region]
    for balancer in backend.load_balancers.values():
        for listener in balancer.listeners.values():
            items = [("listener", listener.arn), *(("listener-rule", rule.arn) for rule in listener.rules.values())]
            for kind, arn in items:
                tags = backend.tagging_service.get_tag_dict_for_resource(arn)
                yield TaggedResource(arn, tags, f"elasticloadbalancing:{kind}")


def _repositories(account_id: str, region: str) -> Iterator[Any]:
    from moto.core.resource_tagging import TaggedResource

    if "moto.ecr.models" not in sys.modules:
        return
    backend = sys.modules["moto.ecr.models"].ecr_backends[account_id][region]
    for repository in backend.repositories.values():
        yield TaggedResource(repository.arn, backend.tagger.get_tag_dict_for_resource(repository.arn), "ecr:repository")


def _global_resources(account_id: str, _region: str) -> Iterator[Any]:
    from moto.core.resource_tagging import TaggedResource
    from moto.iam.models import iam_backends
    from moto.route53.models import route53_backends

    route53, iam = route53_backends[account_id]["aws"], iam_backends[account_id]["aws"]
    for kind, identifiers in (("hostedzone", route53.zones), ("healthcheck", route53.health_checks)):
        for identifier in identifiers:
            tags = dict(route53.resource_tags.get(identifier, {}))
            yield TaggedResource(f"arn:aws:route53:::{kind}/{identifier}", tags, f"route53:{kind}")
    kinds = (
        ("policy", [policy for policy in iam.managed_policies.values() if ":aws:policy/" not in policy.arn]),
        ("instance-profile", iam.instance_profiles.values()),
        ("oidc-provider", iam.open_id_providers.values()),
    )
    for kind, items in kinds:
        for item in items:
            yield TaggedResource(item.arn, _plain(item.tags), f"iam:{kind}")


def _plain(tags: Any) -> dict[str, str]:
    """Turn either form in which moto's IAM keeps tags into a dictionary."""
    listed = tags.values() if isinstance(tags, dict) else tags
    return {tag["Key"]: tag["Value"] for tag in listed or ()}


def install() -> None:
    """Apply the corrections."""
    from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

    wrap(ResourceGroupsTaggingAPIBackend, "_get_resources_generator", _resources)
