# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What single values of Kubernetes objects mean: amounts, and what an API server leaves out or fills in. Pure.  Private to the collection.

The API's own types are written in Go. A field of theirs that is zero, false or empty is left out of what the server returns, unless
it can be told from one that is absent. Objects of custom resources are kept as they were given.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

MISSING: Final = object()
"""A field that is not there; None is one that is null."""

_GROUPS: Final = frozenset({"apps", "autoscaling", "batch", "policy"})
_GROUPS_OF_SIGS: Final = frozenset(
    {
        "admissionregistration",
        "apiextensions",
        "apiregistration",
        "certificates",
        "coordination",
        "discovery",
        "events",
        "flowcontrol.apiserver",
        "internal.apiserver",
        "networking",
        "node",
        "rbac.authorization",
        "resource",
        "scheduling",
        "storage",
    }
)
"""Groups of the API itself below `k8s.io`. Others there, such as `gateway.networking.k8s.io`, are custom resources."""

_TOLD_FROM_ABSENT: Final = frozenset(
    {
        "activeDeadlineSeconds",
        "allowPrivilegeEscalation",
        "automountServiceAccountToken",
        "backoffLimit",
        "completions",
        "fsGroup",
        "hostUsers",
        "maxSurge",
        "maxUnavailable",
        "minAvailable",
        "minReplicas",
        "parallelism",
        "replicas",
        "runAsGroup",
        "runAsUser",
        "stabilizationWindowSeconds",
        "terminationGracePeriodSeconds",
        "tolerationSeconds",
        "ttlSecondsAfterFinished",
    }
)
"""Fields in which zero or false is another thing than nothing."""
_FREE_KEYS: Final = frozenset({"annotations", "binaryData", "data", "labels", "matchLabels", "nodeSelector", "parameters", "stringData"})
"""Maps with keys of the user's own: an empty value of theirs is kept."""
_TELLING_EMPTY: Final = frozenset({"emptyDir", "namespaceSelector", "podSelector"})
"""Objects that say something by being there, even when nothing is in them."""
_FILLED_IN: Final = frozenset(
    {
        "apiGroup",
        "caBundle",
        "clusterIP",
        "clusterIPs",
        "dnsPolicy",
        "externalTrafficPolicy",
        "failureThreshold",
        "finalizers",
        "healthCheckNodePort",
        "imagePullPolicy",
        "internalTrafficPolicy",
        "ipFamilies",
        "ipFamilyPolicy",
        "metrics",
        "nodePort",
        "pathType",
        "periodSeconds",
        "policyTypes",
        "protocol",
        "restartPolicy",
        "schedulerName",
        "sessionAffinity",
        "successThreshold",
        "terminationMessagePath",
        "terminationMessagePolicy",
        "timeoutSeconds",
        "tolerations",
        "type",
        "volumeMode",
        "volumeName",
    }
)
"""Fields that the server or a controller fills in when they are given empty or zero."""

_QUANTITY: Final = re.compile(r"^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkMGTPE]|[KMGTPE]i)?$")
_SCALE: Final[Mapping[str, Decimal]] = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal(10) ** 3,
    "M": Decimal(10) ** 6,
    "G": Decimal(10) ** 9,
    "T": Decimal(10) ** 12,
    "P": Decimal(10) ** 15,
    "E": Decimal(10) ** 18,
    "Ki": Decimal(2) ** 10,
    "Mi": Decimal(2) ** 20,
    "Gi": Decimal(2) ** 30,
    "Ti": Decimal(2) ** 40,
    "Pi": Decimal(2) ** 50,
    "Ei": Decimal(2) ** 60,
}
_OF_QUANTITIES: Final = re.compile(
    r"(^|\.)(limits|requests|hard|capacity|allocatable|overhead|podFixed|default|defaultRequest|max|min|maxLimitRequestRatio)"
    r"""(\.[^.\[]+|\["[^"]+"\])$"""
)
_QUANTITIES: Final = frozenset({"averageValue", "divisor", "sizeLimit"})
_METRIC_VALUE: Final = re.compile(r"\.target\.value$")


def built_in(api_version: str) -> bool:
    """Return whether a kind of this version is one of the API's own, and no custom resource."""
    group, slash, _unused = api_version.partition("/")
    if not slash:
        return True
    return group in _GROUPS or (group.endswith(".k8s.io") and group.removesuffix(".k8s.io") in _GROUPS_OF_SIGS)


def nothing_asked(wanted: Any, live: Any, key: str, parent: str) -> bool:
    """Return whether a field of the API's own types, given empty or zero, asks for nothing that `live` is not already.

    `key` is the field's name, `parent` that of what it is in.
    """
    if wanted or wanted is None:
        return wanted is None
    if isinstance(wanted, Mapping):
        if live is MISSING or live is None:
            return key not in _TELLING_EMPTY
        # It says no more than that it is there. But an item of a list is replaced whole.
        return isinstance(live, Mapping) and (bool(key) or not live)
    if live is MISSING or live is None:
        if parent in _FREE_KEYS:
            return False
        return isinstance(wanted, str | list) or key not in _TOLD_FROM_ABSENT
    return key in _FILLED_IN and parent not in _FREE_KEYS


def same_value(wanted: Any, live: Any, path: str) -> bool:
    """Return whether two plain values of a field are the same."""
    if live is MISSING:
        return False
    if isinstance(wanted, bool) or isinstance(live, bool):
        return wanted is live
    if wanted == live:
        return True
    return is_quantity(path) and same_quantity(wanted, live)


def is_quantity(path: str) -> bool:
    """Return whether the API reads what is at a path as an amount."""
    return path.rpartition(".")[2] in _QUANTITIES or bool(_OF_QUANTITIES.search(path) or _METRIC_VALUE.search(path))


def same_quantity(one: object, other: object) -> bool:
    """Return whether two quantities (`1000m`, `1`, `0.5Gi`) are the same amount; False when either is none."""
    amounts = [_amount(value) for value in (one, other)]
    return None not in amounts and amounts[0] == amounts[1]


def same_bytes(one: object, other: object) -> bool:
    """Return whether two texts in base64 hold the same; False when either is none."""
    decoded = [_decoded(value) for value in (one, other)]
    return None not in decoded and decoded[0] == decoded[1]


def _amount(value: object) -> Decimal | None:
    match = _QUANTITY.match(str(value).strip()) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    if match is None:
        return None
    try:
        return Decimal(match[1]) * _SCALE[match[2] or ""]
    except InvalidOperation:
        return None


def _decoded(text: object) -> bytes | None:
    try:
        return base64.b64decode("".join(str(text).split()), validate=True)
    except ValueError:
        return None
