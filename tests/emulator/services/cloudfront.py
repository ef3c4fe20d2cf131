# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudFront: deployment takes time, ETags count, and only a disabled distribution can go.

Moto deploys at once, ignores If-Match, deletes enabled distributions, forgets an origin's access
control, and spells an invalidation's status so that the waiter for it never ends. It takes certificates
of any region, names that another distribution has, and what does not exist; and beside a cache policy
it answers with what that replaces.
"""

from __future__ import annotations

from typing import Any

from tests.emulator.lifecycle import Lifecycle

from . import _cloudfront_policies
from ._patching import put, wrap

KIND = "cloudfront.distribution.deploy"


def _error(code: str, message: str) -> Exception:
    from moto.cloudfront.exceptions import CloudFrontException

    return CloudFrontException(code, message)


def _init(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
    self.lifecycle = Lifecycle("InProgress")
    original(self, *args, **kwargs)
    self.lifecycle.begin("InProgress", KIND, "Deployed")


def _settled(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    for distribution in self.distributions.values():
        distribution.lifecycle.settle()
    return original(self, *args, **kwargs)


def _check_etag(distribution: Any, if_match: str | None) -> None:
    if if_match and if_match != distribution.etag:
        raise _error(
            "PreconditionFailed", "The request failed because it didn't meet the preconditions in one or more request-header fields."
        )


def _update(original: Any, self: Any, dist_config: Any, _id: str, if_match: str) -> Any:
    from moto.cloudfront.models import random_id

    if _id in self.distributions:
        _check_etag(self.distributions[_id], if_match)
        before = self.distributions[_id].distribution_config
    distribution, location, _unused = original(self, dist_config, _id, if_match)
    try:
        _check(self, distribution)
    except Exception:
        distribution.distribution_config = before
        raise
    distribution.etag = random_id()
    distribution.lifecycle.begin("InProgress", KIND, "Deployed")
    return distribution, location, distribution.etag


def _delete(original: Any, self: Any, distribution_id: str, if_match: str) -> Any:
    distribution = self.distributions.get(distribution_id)
    if distribution is not None and if_match:
        _check_etag(distribution, if_match)
        distribution.lifecycle.settle()
        if str(distribution.distribution_config.Enabled).lower() == "true" or distribution.lifecycle.busy:
            raise _error("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.")
    return original(self, distribution_id, if_match)


def _origin(original: Any, self: Any, origin: dict[str, Any]) -> None:
    original(self, origin)
    self.origin_access_control_id = origin.get("OriginAccessControlId") or ""
    if "S3OriginConfig" in origin:
        self.s3_origin_config = {"OriginAccessIdentity": self.s3_access_identity}


def _behavior(original: Any, self: Any, config: dict[str, Any]) -> None:
    original(self, config)
    if self.cache_policy_id:
        for replaced in ("forwarded_values", "min_ttl", "default_ttl", "max_ttl"):
            delattr(self, replaced)


def _certificate(original: Any, self: Any, config: dict[str, Any]) -> None:
    original(self, config)
    if self.acm_certificate_arn or self.iam_certificate_id:
        self.cloud_front_default_certificate = False


def _check(backend: Any, distribution: Any) -> None:
    """Refuse a configuration that AWS refuses."""
    config, certificate = distribution.distribution_config, distribution.distribution_config.ViewerCertificate
    for origin in config.Origins["Items"]:
        if origin.origin_access_control_id and origin.origin_access_control_id not in backend.origin_access_controls:
            raise _error("InvalidArgument", f"The origin access control {origin.origin_access_control_id} does not exist.")
    for behavior in [config.DefaultCacheBehavior, *(config.CacheBehaviors.get("Items") or [])]:
        _cloudfront_policies.check_behavior(backend, behavior)
    aliases = set(config.Aliases.get("Items") or [])
    arn = certificate.acm_certificate_arn
    if aliases and not (arn or certificate.iam_certificate_id):
        raise _error("InvalidViewerCertificate", "To add an alternate domain name (CNAME), you must attach a trusted certificate.")
    if arn and not _is_known(arn):
        raise _error("InvalidViewerCertificate", "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid.")
    if config.WebACLId and ":global/webacl/" not in config.WebACLId:
        raise _error("InvalidWebACLId", "Web ACL is not accessible by the requester.")
    for other in backend.distributions.values():
        if other is not distribution and aliases & set(other.distribution_config.Aliases.get("Items") or []):
            raise _error("CNAMEAlreadyExists", "One or more of the CNAMEs you provided are already associated with a different resource.")


def _is_known(arn: str) -> bool:
    from moto.acm.models import acm_backends

    region, account = arn.split(":")[3:5]
    bundle = acm_backends[account][region]._certificates.get(arn) if region == "us-east-1" else None
    return bundle is not None and bundle.status == "ISSUED"


def _create(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    answer = original(self, *args, **kwargs)
    try:
        _check(self, answer[0])
    except Exception:
        del self.distributions[answer[0].distribution_id]
        raise
    return answer


def _delete_control(original: Any, self: Any, control_id: str) -> None:
    if control_id not in self.origin_access_controls:
        raise _error("NoSuchOriginAccessControl", "The specified origin access control does not exist.")
    origins = [origin for each in self.distributions.values() for origin in each.distribution_config.Origins["Items"]]
    if any(origin.origin_access_control_id == control_id for origin in origins):
        raise _error(
            "OriginAccessControlInUse", "Cannot delete the origin access control because it's in use by one or more distributions."
        )
    original(self, control_id)


def _create_control(original: Any, self: Any, config_dict: dict[str, str]) -> Any:
    if any(control.name == config_dict["Name"] for control in self.origin_access_controls.values()):
        raise _error("OriginAccessControlAlreadyExists", "An origin access control with this name already exists.")
    return original(self, config_dict)


def _invalidations(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    found = self.invalidations.get(kwargs.get("dist_id") or (args[0] if args else ""), [])
    found.sort(key=lambda invalidation: invalidation.create_time, reverse=True)
    return original(self, *args, **kwargs)


def _invalidation(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    self.status = "Completed"


def install() -> None:
    """Apply the corrections."""
    from moto.cloudfront import models

    put(models.Distribution, "status", property(lambda distribution: distribution.lifecycle.status))
    wrap(models.Distribution, "__init__", _init)
    wrap(models.Origin, "__init__", _origin)
    wrap(models.DefaultCacheBehaviour, "__init__", _behavior)
    wrap(models.ViewerCertificate, "__init__", _certificate)
    wrap(models.Invalidation, "__init__", _invalidation)
    for name in ("get_distribution", "list_distributions"):
        wrap(models.CloudFrontBackend, name, _settled)
    wrap(models.CloudFrontBackend, "update_distribution", _update)
    wrap(models.CloudFrontBackend, "delete_distribution", _delete)
    wrap(models.CloudFrontBackend, "create_distribution_with_tags", _create)
    wrap(models.CloudFrontBackend, "create_origin_access_control", _create_control)
    wrap(models.CloudFrontBackend, "delete_origin_access_control", _delete_control)
    wrap(models.CloudFrontBackend, "list_invalidations", _invalidations)
    _cloudfront_policies.install()
