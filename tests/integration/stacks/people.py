# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""People who have assumed a role of Speckle, and what they run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.integration.kubernetes.kubectl import Kubectl
from tests.playbooks import Ran, play

from .conftest import Stack

NAMESPACE = "speckle-production"


@dataclass
class Person:
    """Somebody who has assumed a role of the stack."""

    stack: Stack
    environment: Mapping[str, str]
    kubectl: Kubectl

    def play(self, *arguments: str, playbook: str = "site.yml") -> Ran:
        """Run a playbook on the stack."""
        reports = self.stack.first.reports
        given = ("--limit", "speckle", *arguments)
        account = self.stack.account
        return play(account, playbook, *given, inventory="inventories/prod", reports=reports, environment=self.environment, timeout=850)

    def can(self, *question: str) -> bool:
        """Return what the API answers whether one may do something."""
        return self.kubectl("auth", "can-i", *question, check=False).strip().endswith("yes")


def person(stack: Stack, role: str, folder: Path) -> Person:
    """Assume a role, and write a kubeconfig with a token of it."""
    given = stack.client("sts").assume_role(RoleArn=f"arn:aws:iam::123456789012:role/{role}", RoleSessionName="somebody")["Credentials"]
    keys = ("AccessKeyId", "AWS_ACCESS_KEY_ID"), ("SecretAccessKey", "AWS_SECRET_ACCESS_KEY"), ("SessionToken", "AWS_SESSION_TOKEN")
    environment = {name: given[key] for key, name in keys}
    config = folder / role
    made = Person(stack, environment, Kubectl(str(config), NAMESPACE))
    made.play("-e", f"kubeconfig={config}", "-e", "kubeconfig_login=token", playbook="playbooks/kubeconfig.yml").check()
    return made
