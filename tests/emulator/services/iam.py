# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: moto cannot change the audiences of an OIDC provider after its creation, and deletes policies that are attached."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import Any

from ._patching import put, wrap


def _change(self: Any, add: bool) -> Any:
    from moto.core.responses import EmptyResult

    provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
    client_id = self._get_param("ClientID")
    others = [known for known in provider.client_id_list if known != client_id]
    # Both calls are idempotent on AWS: adding a known one or removing an unknown one succeeds.
    if add and client_id not in provider.client_id_list:
        provider.client_id_list = [*others, client_id]
    elif not add:
        provider.client_id_list = others
    return EmptyResult()


def _delete_policy(original: Any, self: Any, policy_arn: str) -> None:
    from moto.iam.exceptions import DeleteConflictException

    policy = self.managed_policies.get(policy_arn)
    if policy is not None and policy.attachment_count:
        raise DeleteConflictException("Cannot delete a policy attached to entities.")
    original(self, policy_arn)


@cache
def described_policies() -> tuple[dict[str, Any], ...]:
    """Return what moto makes the policies of AWS from; it reads a megabyte for that, anew for each account and each reset."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return tuple(
        {
            "name": name,
            "default_version_id": data.get("DefaultVersionId"),
            "path": data.get("Path"),
            "document": json.dumps(data.get("Document")),
            "create_date": datetime.fromisoformat(data["CreateDate"]),
            "update_date": datetime.fromisoformat(data["UpdateDate"]),
        }
        for name, data in json.loads(aws_managed_policies_data).items()
    )


def _aws_policies(original: Any, self: Any) -> list[Any]:
    from moto.iam import models
    from moto.settings import load_iam_aws_managed_policies

    if not load_iam_aws_managed_policies():
        made: list[Any] = original(self)
        return made
    # Typing takes it for abstract; moto makes it, too.
    policy: Any = models.AWSManagedPolicy
    return [policy(account_id=self.account_id, region=self.region_name, **each) for each in described_policies()]


def install() -> None:
    """Apply the corrections."""
    from moto.iam import models
    from moto.iam.models import IAMBackend
    from moto.iam.responses import IamResponse

    wrap(IAMBackend, "delete_policy", _delete_policy)
    wrap(IAMBackend, "_init_aws_policies", _aws_policies)
    # The roles of services are called as AWS calls them.
    models.SERVICE_NAME_CONVERSION["opensearchservice"] = "AmazonOpenSearchService"

    put(IamResponse, "add_client_id_to_open_id_connect_provider", lambda self: _change(self, add=True))
    put(IamResponse, "remove_client_id_from_open_id_connect_provider", lambda self: _change(self, add=False))
