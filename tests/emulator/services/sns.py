# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SNS: an email subscription stays pending until its owner answers, which nobody does here.

Moto confirms it at once. AWS lists it with the ARN `PendingConfirmation` and answers the request
with `pending confirmation`, so whoever looks for it by ARN has to cope with that.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ._patching import wrap

PENDING_PROTOCOLS = frozenset({"email", "email-json"})


def _shown(subscription: Any) -> Any:
    if subscription.protocol not in PENDING_PROTOCOLS:
        return subscription
    return SimpleNamespace(
        arn="PendingConfirmation",
        subscription_arn="PendingConfirmation",
        owner=subscription.owner,
        protocol=subscription.protocol,
        endpoint=subscription.endpoint,
        topic_arn=subscription.topic_arn,
    )


def _subscribe(original: Any, self: Any) -> Any:
    result = original(self)
    if self._get_param("Protocol") in PENDING_PROTOCOLS and not self._get_param("ReturnSubscriptionArn"):
        result.result["SubscriptionArn"] = "pending confirmation"
    return result


def _list(original: Any, self: Any) -> Any:
    result = original(self)
    result.result["Subscriptions"] = [_shown(subscription) for subscription in result.result["Subscriptions"]]
    return result


def install() -> None:
    """Apply the corrections."""
    from moto.sns.responses import SNSResponse

    wrap(SNSResponse, "subscribe", _subscribe)
    wrap(SNSResponse, "list_subscriptions", _list)
    wrap(SNSResponse, "list_subscriptions_by_topic", _list)
