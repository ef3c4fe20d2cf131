# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies of CloudFront, which moto does not know: cache, origin request and response headers, AWS's own ones too."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

MODIFIED = "2024-01-01T00:00:00Z"
"""When AWS's own policies were changed last."""


@dataclass(frozen=True)
class Kind:
    """A kind of policy."""

    noun: str
    """As in the names of operations."""
    snake: str
    plural: str
    path: str
    behavior: str
    """The attribute of moto's behaviors that holds the id."""
    managed: dict[str, str] = field(default_factory=dict)
    """AWS's own ones: name to id."""


KINDS = (
    Kind(
        "CachePolicy",
        "cache_policy",
        "cache_policies",
        "cache-policy",
        "cache_policy_id",
        {
            "Managed-Amplify": "2e54312d-136d-493c-8eb9-b001f22f67d2",
            "Managed-CachingDisabled": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            "Managed-CachingOptimized": "658327ea-f89d-4fab-a63d-7e88639e58f6",
            "Managed-CachingOptimizedForUncompressedObjects": "b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
            "Managed-Elemental-MediaPackage": "08627262-05a9-4f76-9ded-b50ca2e3a84f",
            "UseOriginCacheControlHeaders": "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
            "UseOriginCacheControlHeaders-QueryStrings": "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
        },
    ),
    Kind(
        "OriginRequestPolicy",
        "origin_request_policy",
        "origin_request_policies",
        "origin-request-policy",
        "origin_request_policy_id",
        {
            "Managed-AllViewer": "216adef6-5c7f-47e4-b989-5492eafa07d3",
            "Managed-AllViewerAndCloudFrontHeaders-2022-06": "33f36d7e-f396-46d9-90e0-52428a34d9dc",
            "Managed-AllViewerExceptHostHeader": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
            "Managed-CORS-CustomOrigin": "59781a5b-3903-41f3-afcb-af62929ccde1",
            "Managed-CORS-S3Origin": "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
            "Managed-UserAgentRefererHeaders": "acba4595-bd28-49b8-b9fe-13317c0390fa",
        },
    ),
    Kind(
        "ResponseHeadersPolicy",
        "response_headers_policy",
        "response_headers_policies",
        "response-headers-policy",
        "response_headers_policy_id",
        {
            "Managed-CORS-With-Preflight": "5cc3b908-e619-4b99-88e5-2cf7f45965bd",
            "Managed-CORS-and-SecurityHeadersPolicy": "e61eb60c-9c35-4d20-a928-2b84e02af89c",
            "Managed-CORS-with-preflight-and-SecurityHeadersPolicy": "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
            "Managed-SecurityHeadersPolicy": "67f7725c-6f97-4210-82d7-5512b31e9d03",
            "Managed-SimpleCORS": "60669652-455b-4ae9-85a4-c4c02393f86c",
        },
    ),
)


def error(code: str, message: str) -> Exception:
    """Return an error of CloudFront."""
    from moto.cloudfront.exceptions import CloudFrontException

    return CloudFrontException(code, message)


def store(backend: Any, kind: Kind) -> dict[str, dict[str, Any]]:
    """Return the policies of a kind by their id, those of AWS too."""
    stores = backend.__dict__.setdefault("emulated_policies", {})
    if kind.noun not in stores:
        stores[kind.noun] = {
            identifier: {"Id": identifier, "Type": "managed", "ETag": identifier, "Config": {"Name": name}}
            for name, identifier in kind.managed.items()
        }
    found: dict[str, dict[str, Any]] = stores[kind.noun]
    return found


def behaviors(backend: Any) -> Iterator[Any]:
    """Yield the behaviors of all distributions."""
    for distribution in backend.distributions.values():
        config = distribution.distribution_config
        yield config.DefaultCacheBehavior
        yield from config.CacheBehaviors.get("Items") or []


def check_behavior(backend: Any, behavior: Any) -> None:
    """Refuse a behavior that names a policy that does not exist."""
    for kind in KINDS:
        identifier = getattr(behavior, kind.behavior, None)
        if identifier and identifier not in store(backend, kind):
            raise error(f"NoSuch{kind.noun}", f"The {kind.path.replace('-', ' ')} does not exist.")


def _document(kind: Kind, policy: dict[str, Any]) -> dict[str, Any]:
    return {"Id": policy["Id"], "LastModifiedTime": MODIFIED, f"{kind.noun}Config": policy["Config"]}


def _answer(kind: Kind, policy: dict[str, Any]) -> Any:
    from moto.core.responses import ActionResult

    return ActionResult({kind.noun: _document(kind, policy), "ETag": policy["ETag"]})


def _random() -> str:
    from moto.cloudfront.models import random_id

    return str(random_id(length=14))


def _operations(kind: Kind) -> dict[str, Callable[[Any], Any]]:
    """Return the operations of a kind by the names of moto's methods."""

    def known(response: Any) -> dict[str, Any]:
        policy = store(response.backend, kind).get(response._get_param("Id"))
        if policy is None:
            raise error(f"NoSuch{kind.noun}", f"The {kind.path.replace('-', ' ')} does not exist.")
        return policy

    def check_name(response: Any, config: dict[str, Any], own: str = "") -> None:
        for identifier, policy in store(response.backend, kind).items():
            if identifier != own and policy["Config"]["Name"] == config["Name"]:
                raise error(f"{kind.noun}AlreadyExists", f"A {kind.path.replace('-', ' ')} with this name already exists.")

    def changeable(response: Any) -> dict[str, Any]:
        policy = known(response)
        if policy["Type"] == "managed":
            raise error("AccessDenied", "AWS's own policies cannot be changed.")
        if response._get_param("IfMatch") != policy["ETag"]:
            raise error("PreconditionFailed", "The precondition in one or more of the request fields evaluated to false.")
        return policy

    def create(self: Any) -> Any:
        config = self._get_param(f"{kind.noun}Config")
        check_name(self, config)
        identifier = str(uuid.uuid4())
        policy = {"Id": identifier, "Type": "custom", "ETag": _random(), "Config": config}
        store(self.backend, kind)[identifier] = policy
        return _answer(kind, policy)

    def get(self: Any) -> Any:
        return _answer(kind, known(self))

    def update(self: Any) -> Any:
        policy, config = changeable(self), self._get_param(f"{kind.noun}Config")
        check_name(self, config, policy["Id"])
        policy |= {"Config": config, "ETag": _random()}
        return _answer(kind, policy)

    def delete(self: Any) -> Any:
        from moto.core.responses import EmptyResult

        policy = changeable(self)
        if any(getattr(behavior, kind.behavior, None) == policy["Id"] for behavior in behaviors(self.backend)):
            raise error(f"{kind.noun}InUse", f"Cannot delete the {kind.path.replace('-', ' ')} because it is attached to distributions.")
        del store(self.backend, kind)[policy["Id"]]
        return EmptyResult()

    def listed(self: Any) -> Any:
        from moto.core.responses import ActionResult

        wanted = self._get_param("Type")
        found = [policy for policy in store(self.backend, kind).values() if wanted in (None, policy["Type"])]
        summaries = [{"Type": policy["Type"], kind.noun: _document(kind, policy)} for policy in found]
        return ActionResult({f"{kind.noun}List": {"MaxItems": 100, "Quantity": len(summaries), "Items": summaries}})

    return {
        f"create_{kind.snake}": create,
        f"get_{kind.snake}": get,
        f"update_{kind.snake}": update,
        f"delete_{kind.snake}": delete,
        f"list_{kind.plural}": listed,
    }


def install() -> None:
    """Add the operations with their routes."""
    from moto.cloudfront import urls
    from moto.cloudfront.responses import CloudFrontResponse

    for kind in KINDS:
        for name, function in _operations(kind).items():
            setattr(CloudFrontResponse, name, function)
        urls.url_paths[f"{{0}}/2020-05-31/{kind.path}$"] = CloudFrontResponse.dispatch
        urls.url_paths[f"{{0}}/2020-05-31/{kind.path}/(?P<policy_id>[^/]+)$"] = CloudFrontResponse.dispatch
