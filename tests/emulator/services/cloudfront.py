# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudFront: deployment takes time, ETags count, and only a disabled distribution can go.

Moto deploys at once, ignores If-Match, deletes enabled distributions, forgets an origin's access
control, and spells an invalidation's status so that the waiter for it never ends.
"""

from __future__ import annotations

from typing import Any

from tests.emulator.lifecycle import Lifecycle

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
    distribution, location, _unused = original(self, dist_config, _id, if_match)
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


def _invalidation(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    self.status = "Completed"


def install() -> None:
    """Apply the corrections."""
    from moto.cloudfront import models

    put(models.Distribution, "status", property(lambda distribution: distribution.lifecycle.status))
    wrap(models.Distribution, "__init__", _init)
    wrap(models.Origin, "__init__", _origin)
    wrap(models.Invalidation, "__init__", _invalidation)
    for name in ("get_distribution", "list_distributions"):
        wrap(models.CloudFrontBackend, name, _settled)
    wrap(models.CloudFrontBackend, "update_distribution", _update)
    wrap(models.CloudFrontBackend, "delete_distribution", _delete)
