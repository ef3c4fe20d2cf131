# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""User pools, REST APIs, their stages and usage plans are found and removed as orphans, and told from what the graph manages."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings import _arns, _orphans, _removal
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._orphans import Managed

from tests.emulator.fixtures import Emulator
from tests.integration.modules.running import run

from .test_removal import refused, remove_orphans
from .test_tagged import TAGS, find

pytestmark = pytest.mark.integration


def make_api(account: Emulator) -> str:
    gateway = account.client("apigateway")
    api: str = gateway.create_rest_api(name="shop", tags=TAGS)["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    gateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    deployment = gateway.create_deployment(restApiId=api)["id"]
    gateway.create_stage(restApiId=api, stageName="prod", deploymentId=deployment, tags=TAGS)
    gateway.create_usage_plan(name="partners", apiStages=[{"apiId": api, "stage": "prod"}], tags=TAGS)
    return api


def make_pool(account: Emulator, **options: Any) -> str:
    cognito = account.client("cognito-idp")
    pool: str = cognito.create_user_pool(PoolName="shop", UserPoolTags=TAGS, **options)["UserPool"]["Id"]
    cognito.create_user_pool_domain(Domain="shop", UserPoolId=pool)
    return pool


def test_they_are_removed(account: Emulator) -> None:
    api, pool = make_api(account), make_pool(account)
    assert sorted(_arns.parse(arn).kind for arn in (each.arn for each in find(account).values())) == [
        "apigateway:restapis",
        "apigateway:stages",
        "apigateway:usageplans",
        "cognito-idp:userpool",
    ]
    outcomes = remove_orphans(account)
    assert refused(outcomes) == {}
    assert find(account) == {}
    assert account.client("apigateway").get_rest_apis()["items"] == []
    assert account.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"] == []
    assert api
    assert pool


def test_a_pool_with_users_or_protection_stays(account: Emulator) -> None:
    cognito = account.client("cognito-idp")
    pool = make_pool(account, DeletionProtection="ACTIVE")
    (message,) = refused(remove_orphans(account)).values()
    assert "protected against deletion" in message
    cognito.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE", UserPoolTags=TAGS)
    cognito.admin_create_user(UserPoolId=pool, Username="jo")
    (message,) = refused(remove_orphans(account)).values()
    assert "has users" in message


def test_what_the_graph_manages_is_no_orphan(account: Emulator) -> None:
    environment = account.environment
    api = run("api_gateway_rest", {"name": "shop", "tags": TAGS}, environment, False, False)
    pool = run("cognito_user_pool", {"name": "shop", "tags": TAGS}, environment, False, False)
    managed = [
        Managed("stratum.aws.api_gateway_rest", {"name": "shop"}, api),
        Managed("stratum.aws.cognito_user_pool", {"name": "shop"}, pool),
    ]
    found = find(account)
    assert len(found) == 2
    assert _orphans.orphans(found.values(), managed) == []
    assert _removal.ORDER.index("apigateway:usageplans") < _removal.ORDER.index("apigateway:stages")
