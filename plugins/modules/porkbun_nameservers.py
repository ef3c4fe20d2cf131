#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let name servers answer for a domain that is registered at Porkbun."""

from __future__ import annotations

DOCUMENTATION = r"""
module: porkbun_nameservers
version_added: 0.5.0
short_description: Set the name servers of a domain that is registered at Porkbun
description:
  - Lets the name servers of a Route 53 zone, or others, answer for a domain, by the API of its registrar.
  - Without keys nothing is asked and nothing is set. The module then says what it would set.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  domain:
    description: The domain as it is registered. Access by the API must be on for it.
    type: str
    required: true
  nameservers:
    description: The name servers. Their order means nothing.
    type: list
    elements: str
  hosted_zone_id:
    description: The id of the public zone of Route 53 whose name servers are meant, instead of O(nameservers).
    type: str
  api_key:
    description: The key of the API.
    type: str
  secret_api_key:
    description: The secret of that key.
    type: str
  secret_name:
    description:
      - The name of a secret in Secrets Manager, a JSON object with V(api_key) and V(secret_api_key), for what is not given.
      - A secret that is not there, or whose fields are empty, is as good as no keys.
    type: str
  api_url:
    description: Where the API is.
    type: str
    default: https://api.porkbun.com/api/json/v3
  timeout:
    description: How long an answer may take, in seconds.
    type: int
    default: 30
notes:
  - No collection that this one depends on has a module for Porkbun.
  - Name servers cannot be absent, so there is no O(ignore:state).
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Delegate the domain to its zone in Route 53
  stratum.aws.porkbun_nameservers:
    domain: example.com
    hosted_zone_id: Z0123456789ABCDEFGHIJ
    secret_name: kubernetes/prod/porkbun
"""

RETURN = r"""
domain:
  description: The domain.
  returned: always
  type: str
  sample: example.com
dry_run:
  description: Whether there were no keys, so that nothing was asked or set.
  returned: always
  type: bool
  sample: false
msg:
  description: What would be set, when there are no keys.
  returned: when RV(dry_run) is true
  type: str
  sample: There are no keys of Porkbun, so nothing was set. With them, ns-1.awsdns-01.org, ns-2.awsdns-02.com would answer for example.com.
nameservers:
  description: The name servers that answer for the domain, or would.
  returned: always
  type: list
  elements: str
  sample: [ns-1.awsdns-01.org, ns-2.awsdns-02.com]
previous:
  description: Those that did before; null when nothing was asked.
  returned: always
  type: list
  elements: str
  sample: [curitiba.ns.porkbun.com, fortaleza.ns.porkbun.com]
"""

import json
from contextlib import suppress
from typing import Any, NoReturn

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._outward import CHANGE, Write, send
from ansible_collections.stratum.aws.plugins.module_utils._porkbun import API_URL, Porkbun, PorkbunError, normalized

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import BotoCoreError, ClientError


def keys_of(module: Any) -> tuple[str, str]:
    """Return the key and its secret, empty where there is none."""
    found = {"api_key": module.params["api_key"], "secret_api_key": module.params["secret_api_key"]}
    if not all(found.values()) and module.params["secret_name"]:
        try:
            text = module.client("secretsmanager").get_secret_value(SecretId=module.params["secret_name"])["SecretString"]
            stored = json.loads(text)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("ResourceNotFoundException", "InvalidRequestException"):
                raise
            stored = {}
        except ValueError:
            module.fail_json(msg=f"The secret {module.params['secret_name']} is no JSON object. Set api_key and secret_api_key in it.")
        found = {name: value or stored.get(name) for name, value in found.items()}
        module.no_log_values.update(str(value) for value in found.values() if value)
    return str(found["api_key"] or ""), str(found["secret_api_key"] or "")


def wanted_servers(module: Any) -> list[str]:
    """Return the name servers that are to answer."""
    if module.params["hosted_zone_id"]:
        zone = module.client("route53").get_hosted_zone(Id=module.params["hosted_zone_id"])
        if zone["HostedZone"].get("Config", {}).get("PrivateZone"):
            module.fail_json(msg=f"The zone {module.params['hosted_zone_id']} is private: nobody outside can ask it. Name a public one.")
        return normalized(zone["DelegationSet"]["NameServers"])
    return normalized(module.params["nameservers"])


def settle(module: Any) -> NoReturn:
    """Make it so, and end the module."""
    domain, wanted = module.params["domain"].rstrip(".").lower(), wanted_servers(module)
    if len(wanted) < 2:
        module.fail_json(msg=f"The domain {domain} needs two name servers or more. Correct nameservers.")
    key, secret = keys_of(module)
    said: dict[str, Any] = {"domain": domain, "nameservers": wanted}
    if not key or not secret:
        text = f"There are no keys of Porkbun, so nothing was set. With them, {', '.join(wanted)} would answer for {domain}."
        module.warn(text)
        module.exit_json(changed=False, dry_run=True, previous=None, msg=text, **said)
    porkbun = Porkbun(key, secret, module.params["api_url"], module.params["timeout"])
    current = porkbun.nameservers(domain)
    changed = current != wanted
    if changed and not module.check_mode:
        changes = [{"property": "nameservers", "old": current, "new": wanted}]
        write = Write("porkbun", "UpdateNameServers", dict(said), CHANGE, f"the domain {domain}", "porkbun", changes)
        send(write, lambda: porkbun.set_nameservers(domain, wanted))
    diff = {"diff": {"before": {"nameservers": current}, "after": {"nameservers": wanted}}} if changed else {}
    module.exit_json(changed=changed, dry_run=False, previous=current, **said, **diff)
    raise AssertionError("exit_json() has returned")


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "domain": {"required": True},
        "nameservers": {"type": "list", "elements": "str"},
        "hosted_zone_id": {},
        "api_key": {"no_log": True},
        "secret_api_key": {"no_log": True},
        "secret_name": {"no_log": False},
        "api_url": {"default": API_URL},
        "timeout": {"type": "int", "default": 30},
    }
    either = [("nameservers", "hosted_zone_id")]
    module = AnsibleAWSModule(argument_spec=spec, required_one_of=either, mutually_exclusive=either, supports_check_mode=True)
    try:
        settle(module)
    except PorkbunError as error:
        module.fail_json(msg=f"The domain {module.params['domain']}: {error}")
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"The domain {module.params['domain']}: its zone or its keys cannot be read. Check their names")


if __name__ == "__main__":
    main()
