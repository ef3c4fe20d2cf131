# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters that write out what an inventory says in short of web ACLs and distributions."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.distribution_behaviors import distribution_behaviors
from ansible_collections.stratum.aws.plugins.filter.distribution_origins import distribution_origins
from ansible_collections.stratum.aws.plugins.filter.web_acl_rules import web_acl_rules

KNOWN: dict[str, Any] = {
    "buckets": {"web": "web.s3.amazonaws.com"},
    "controls": {"web": "E1"},
    "load_balancers": {"shop": "shop.elb.amazonaws.com"},
    "apis": {"api": {"domain": "a.execute-api.amazonaws.com", "path": "/prod"}},
    "api_secrets": {"api": "hush"},
    "secrets": {"origin": "arn:origin"},
}


def test_rules_of_a_web_acl_are_in_the_order_of_their_priorities() -> None:
    acl = {
        "name": "shop",
        "rate_limit": {"requests": 2000, "priority": 15},
        "managed_rules": [{"name": "Common", "count_rules": ["Size"]}, {"name": "Bots", "priority": 5, "count": True, "vendor": "Else"}],
        "rules": [{"name": "own", "priority": 1, "action": {"allow": {}}, "statement": {}}],
    }
    rules = web_acl_rules(acl)
    assert [(rule["name"], rule["priority"]) for rule in rules] == [("own", 1), ("Bots", 5), ("Common", 10), ("rate-limit", 15)]
    assert rules[1]["override_action"] == {"count": {}}
    common = rules[2]["statement"]["managed_rule_group_statement"]
    assert common["rule_action_overrides"] == [{"name": "Size", "action_to_use": {"count": {}}}]
    assert rules[3]["statement"]["rate_based_statement"] == {"limit": 2000, "evaluation_window_sec": 300, "aggregate_key_type": "IP"}
    assert {rule["visibility_config"]["metric_name"] for rule in rules} == {
        f"shop-{name}" for name in ("own", "Bots", "Common", "rate-limit")
    }


@pytest.mark.parametrize(
    ("origin", "found"),
    [
        (
            {"bucket": "web", "origin_access_control": "web"},
            {"type": "s3", "domain_name": "web.s3.amazonaws.com", "origin_access_control_id": "E1"},
        ),
        ({"load_balancer": "shop"}, {"domain_name": "shop.elb.amazonaws.com"}),
        ({"domain_name": "example.com", "path": "/x"}, {"domain_name": "example.com", "path": "/x"}),
        ({"api": "api", "path": "/v2"}, {"path": "/v2", "secret_headers": [{"name": "Referer", "value": "hush"}]}),
        (
            {"api": "api", "secret_headers": [{"name": "X", "secret": "origin", "key": "k"}]},
            {"path": "/prod", "secret_headers": [{"name": "X", "secret": "arn:origin", "key": "k"}, {"name": "Referer", "value": "hush"}]},
        ),
    ],
)
def test_origins_get_the_names_that_aws_gave(origin: dict[str, Any], found: dict[str, Any]) -> None:
    (written,) = distribution_origins([{"id": "o", **origin}], KNOWN)
    assert {"id": "o", **found}.items() <= written.items()


@pytest.mark.parametrize(
    ("origin", "says"), [({"bucket": "else"}, "nothing called else among the buckets"), ({}, "names neither a bucket")]
)
def test_origins_that_lead_nowhere_are_refused(origin: dict[str, Any], says: str) -> None:
    with pytest.raises(AnsibleFilterError, match=says):
        distribution_origins([{"id": "o", **origin}], KNOWN)


def test_own_policies_get_their_ids_and_those_of_aws_stay() -> None:
    behaviors = [{"origin": "o", "cache_policy": "pages", "response_headers_policy": "SecurityHeadersPolicy"}, {"origin": "o"}]
    assert distribution_behaviors(behaviors, {"pages": "1"}, {"own": "2"}) == [
        {"origin": "o", "cache_policy": "1", "response_headers_policy": "SecurityHeadersPolicy"},
        {"origin": "o"},
    ]
