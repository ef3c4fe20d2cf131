# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a function of Lambda is, what differs, and whether it has been published as it is.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._compare import differing
from ansible_collections.stratum.aws.plugins.module_utils._waiters import status_waiter

Document = dict[str, Any]

ACTIVE: Final = status_waiter("GetFunctionConfiguration", "State", ["Active", "Inactive"], ["Failed"], 5, reasons="StateReason")
UPDATED: Final = status_waiter(
    "GetFunctionConfiguration", "LastUpdateStatus", ["Successful"], ["Failed"], 5, reasons="LastUpdateStatusReason"
)
LATEST: Final = "$LATEST"
SOURCE_TAG: Final = "stratum:source"
"""Where the code came from, if it came from S3: the hash of what lies there is not known without reading it."""

PLAIN: Final = {
    "description": "Description",
    "runtime": "Runtime",
    "handler": "Handler",
    "role_arn": "Role",
    "memory_size": "MemorySize",
    "timeout": "Timeout",
    "kms_key_arn": "KMSKeyArn",
}
LOGGING: Final = {
    "log_format": "LogFormat",
    "log_group": "LogGroup",
    "application_log_level": "ApplicationLogLevel",
    "system_log_level": "SystemLogLevel",
}
NETWORK: Final = {"subnet_ids": "SubnetIds", "security_group_ids": "SecurityGroupIds"}
OTHERS: Final = ("environment", "tracing", "dead_letter_arn", "layers", "ephemeral_storage")
CONFIGURATION: Final = (*PLAIN, *LOGGING, *NETWORK, *OTHERS)
"""The options that UpdateFunctionConfiguration is for."""
PUBLISHED: Final = (*CONFIGURATION, "code_sha256", "architecture")
"""What a version keeps."""


def document(configuration: Mapping[str, Any]) -> Document:
    """Return the configuration of a function or version as the module returns it."""
    network, logging = configuration.get("VpcConfig") or {}, configuration.get("LoggingConfig") or {}
    return {
        "name": configuration["FunctionName"],
        "arn": configuration["FunctionArn"],
        **{option: configuration.get(key) or "" for option, key in PLAIN.items()},
        **{option: logging[key] for option, key in LOGGING.items() if logging.get(key)},
        **{option: sorted(network.get(key) or []) for option, key in NETWORK.items()},
        "environment": dict((configuration.get("Environment") or {}).get("Variables") or {}),
        "tracing": (configuration.get("TracingConfig") or {}).get("Mode", "PassThrough"),
        "dead_letter_arn": (configuration.get("DeadLetterConfig") or {}).get("TargetArn") or "",
        "layers": [layer["Arn"] for layer in configuration.get("Layers") or []],
        "ephemeral_storage": (configuration.get("EphemeralStorage") or {}).get("Size", 512),
        "architecture": (configuration.get("Architectures") or ["x86_64"])[0],
        "code_sha256": configuration.get("CodeSha256", ""),
    }


def wanted(options: Mapping[str, Any]) -> Document:
    """Return what the options say about the configuration; values of the environment are texts."""
    chosen = {key: options[key] for key in (*CONFIGURATION, "architecture") if options[key] is not None}
    if "environment" in chosen:
        chosen["environment"] = {key: text(value) for key, value in chosen["environment"].items()}
    for key in NETWORK:
        if key in chosen:
            chosen[key] = sorted(chosen[key])
    return chosen


def text(value: Any) -> str:
    """Return a value of the environment as a text; JSON has its own words for truth."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def changes(current: Mapping[str, Any], options: Mapping[str, Any], code_sha256: str | None) -> Document:
    """Return what differs in configuration and code; None for code that is not to be compared by its hash."""
    chosen = wanted(options)
    environment = chosen.pop("environment", None)
    found = differing(current, {**chosen, "code_sha256": code_sha256})
    # A variable that is not named any more goes.
    if environment is not None and environment != current["environment"]:
        found["environment"] = environment
    return found


def parameters(document: Mapping[str, Any], keys: Any) -> Document:
    """Return the parameters of CreateFunction and UpdateFunctionConfiguration for these keys of a document."""
    chosen = [key for key in keys if key in CONFIGURATION and document.get(key) is not None]
    result: Document = {PLAIN[key]: document[key] for key in chosen if key in PLAIN}
    if any(key in LOGGING for key in chosen):
        result["LoggingConfig"] = {key: document[option] for option, key in LOGGING.items() if document.get(option)}
        if result["LoggingConfig"].get("LogFormat") == "Text":
            # Levels are for JSON only.
            result["LoggingConfig"] = {key: value for key, value in result["LoggingConfig"].items() if not key.endswith("Level")}
    if any(key in NETWORK for key in chosen):
        result["VpcConfig"] = {key: document.get(option) or [] for option, key in NETWORK.items()}
    made: dict[str, Document] = {
        "environment": {"Environment": {"Variables": document.get("environment")}},
        "tracing": {"TracingConfig": {"Mode": document.get("tracing")}},
        "dead_letter_arn": {"DeadLetterConfig": {"TargetArn": document.get("dead_letter_arn")}},
        "layers": {"Layers": document.get("layers")},
        "ephemeral_storage": {"EphemeralStorage": {"Size": document.get("ephemeral_storage")}},
    }
    for key in chosen:
        result.update(made.get(key, {}))
    return result


def newest(versions: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the version that was published last."""
    published = [version for version in versions if str(version["Version"]).isdigit()]
    return max(published, key=lambda version: int(version["Version"]), default=None)


def is_published(current: Mapping[str, Any], version: Mapping[str, Any] | None) -> bool:
    """Return whether the newest version is what the function is."""
    if version is None:
        return False
    published = document(version)
    return all(published.get(key) == current.get(key) for key in PUBLISHED)


def source_of(options: Mapping[str, Any]) -> str | None:
    """Return where in S3 the code lies, or None."""
    if not options["s3_bucket"]:
        return None
    version = options["s3_object_version"]
    return f"{options['s3_bucket']}/{options['s3_key']}" + (f"@{version}" if version else "")
