# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What clusters ask of the account: who signed a token, what an access entry allows, where subnets are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from threading import RLock
from typing import Any

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from tests.emulator.options import environment

from .access import User, allows, user_of
from .clusters import Running
from .identity import Credentials, TokenRefused, identify
from .nodes import Subnet


class Gate:
    """Answers the clusters; whoever reads moto's models holds `turn`."""

    find: Callable[[str, str], Running | None]
    """From region and name to what runs behind a cluster."""

    def __init__(self, account_id: str, turn: RLock) -> None:
        self._account_id = account_id
        self._turn = turn

    def authenticate(self, region: str, name: str, token: str) -> User:
        """Return the user that a token makes in a cluster; TokenRefused otherwise."""
        identity = identify(token, name, lambda key: self._credentials(key, region))
        running = self.find(region, name)
        if running is None:
            raise TokenRefused(f"there is no cluster {name} in {region}")
        user = user_of(running.cluster, identity, running.aws_auth, lambda instance: self._node(running, instance))
        if user is None:
            raise TokenRefused(f"ARN is not mapped: {identity.canonical_arn}")
        return user

    def authorize(self, region: str, name: str, arn: str, spec: Mapping[str, Any]) -> bool:
        """Return whether the access policies of an identity allow what is asked."""
        running = self.find(region, name)
        return running is not None and allows(running.cluster, arn, spec)

    def subnets(self, region: str) -> dict[str, Subnet]:
        """Return where the region's subnets are, by id."""
        with self._turn:
            by_zone = ec2_backends[self._account_id][region].subnets
            return {key: Subnet(each.availability_zone, each.cidr_block) for zone in by_zone.values() for key, each in zone.items()}

    def _credentials(self, key: str, region: str) -> Credentials | None:
        """Return what the emulator's STS knows of an access key; its own key stands for the account."""
        own = environment(0)
        with self._turn:
            sts, iam = sts_backends[self._account_id]["aws"], iam_backends[self._account_id]["aws"]
            user_id, arn, _unused = sts.get_caller_identity(key, region)
            if key == own["AWS_ACCESS_KEY_ID"]:
                return Credentials(own["AWS_SECRET_ACCESS_KEY"], arn, user_id)
            session = sts.get_assumed_role_from_access_key(key)
            if session is not None:
                return Credentials(session.secret_access_key, arn, user_id, session.session_token, session.expiration.replace(tzinfo=UTC))
            for user in iam.users.values():
                for each in user.access_keys:
                    if each.access_key_id == key and each.status == "Active":
                        return Credentials(each.secret_access_key, arn, user_id)
        return None

    def _node(self, running: Running, instance_id: str) -> str | None:
        found = running.node_of(instance_id)
        if found is not None:
            return found
        with self._turn:
            reservations: Any = ec2_backends[self._account_id][running.region].reservations
            instances = (each for one in reservations.values() for each in one.instances)
            return next((str(each.private_dns_name) for each in instances if each.id == instance_id), None)
