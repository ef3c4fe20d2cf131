# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DynamoDB: tables that become ready, are changed one thing at a time, and disappear.

Moto's tables have no id, are ready and gone at once, and take any number of changes in one request. UpdateTable forgets encryption and
table class, backups can be switched on while a table is being created, expiry can be switched off that is not on, contributor insights
are missing, and the key that AWS keeps for DynamoDB is called a customer's.
"""

from __future__ import annotations

from typing import Any

from ._patching import wrap

_DELAY = "dynamodb.table"
_ONE_AT_A_TIME = ("ProvisionedThroughput", "GlobalSecondaryIndexUpdates", "StreamSpecification", "SSESpecification", "TableClass")


def _error(name: str, message: str) -> Exception:
    from moto.dynamodb.exceptions import ERROR_TYPE_PREFIX, DynamodbException

    return DynamodbException(ERROR_TYPE_PREFIX + name, message)


def _in_use(name: str, status: str) -> Exception:
    return _error("ResourceInUseException", f"Attempt to change a resource which is still in use: Table is being {status.lower()}: {name}")


def managed_key(account_id: str, region: str) -> str:
    """Return the ARN of the key that AWS keeps for DynamoDB in an account and region, made when it is first needed."""
    from moto.kms.models import kms_backends

    kms, alias = kms_backends[account_id][region], "alias/aws/dynamodb"
    if not kms.alias_exists(alias):
        # The backend's methods stand in for AWS here: nobody could make such a key.
        description = "Default key that protects my DynamoDB data when no other key is defined"
        key = kms.create_key(policy="", key_usage="ENCRYPT_DECRYPT", key_spec="SYMMETRIC_DEFAULT", description=description, tags=None)
        key.key_manager = "AWS"
        kms.create_alias(key.id, alias)
    return str(kms.describe_key(alias).arn)


def _default_key(_original: Any, _self: Any, account_id: str, region: str) -> str:
    return managed_key(account_id, region)


def _init(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
    from moto.moto_api._internal import mock_random

    from tests.emulator.lifecycle import Lifecycle

    original(self, *args, **kwargs)
    self.table_id = str(mock_random.uuid4())
    self.table_class = "STANDARD"
    self.insights = "DISABLED"
    self.life = Lifecycle("ACTIVE")
    self.life.begin("CREATING", f"{_DELAY}.create", "ACTIVE")
    if self.sse_specification and self.sse_specification.get("KMSMasterKeyId"):
        self.sse_specification["KMSMasterKeyId"] = _key_arn(self, self.sse_specification["KMSMasterKeyId"])


def _key_arn(table: Any, wanted: str | None) -> str:
    from moto.kms.models import kms_backends

    if not wanted:
        return managed_key(table.account_id, table.region_name)
    try:
        return str(kms_backends[table.account_id][table.region_name].describe_key(wanted).arn)
    except Exception as problem:  # moto has several for a key that it does not know
        raise _error("ValidationException", f"KMS validation error: Key '{wanted}' does not exist") from problem


def _describe(original: Any, self: Any, base_key: str = "TableDescription") -> dict[str, Any]:
    described: dict[str, Any] = original(self, base_key)
    table = described[base_key]
    table |= {"TableId": self.table_id, "TableStatus": self.life.status, "TableClassSummary": {"TableClass": self.table_class}}
    if self.billing_mode == "PAY_PER_REQUEST":
        table["ProvisionedThroughput"] = {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    else:
        table.pop("BillingModeSummary", None)  # AWS has it once a table has been on demand
    for kind, name in (("GlobalSecondaryIndexes", "global_indexes"), ("LocalSecondaryIndexes", "indexes")):
        if not table[kind]:
            del table[kind]
        for shown, index in zip(table.get(kind, []), getattr(self, name), strict=True):
            shown["IndexArn"] = f"{self.table_arn}/index/{index.name}"
            if hasattr(index, "life"):
                shown["IndexStatus"] = index.life.status
            elif name == "global_indexes" and self.life.status == "CREATING":
                shown["IndexStatus"] = "CREATING"
    if self.life.status == "CREATING":
        table.pop("SSEDescription", None)
    return described


def _settle(backend: Any) -> None:
    for name, table in list(backend.tables.items()):
        for life in (table.life, *(index.life for index in table.global_indexes if hasattr(index, "life"))):
            life.settle()
        table.global_indexes = [index for index in table.global_indexes if getattr(getattr(index, "life", None), "status", "") != "GONE"]
        if table.life.status == "GONE":
            del backend.tables[name]


def _delete(original: Any, self: Any, name: str) -> Any:
    from moto.dynamodb.exceptions import ResourceNotFoundException

    table = self.tables.get(name.rpartition("/")[2])
    if table is None:
        raise ResourceNotFoundException(table_name=name)
    if table.life.status != "ACTIVE":
        raise _in_use(name, {"CREATING": "created", "DELETING": "deleted"}.get(table.life.status, "updated"))
    deleted = original(self, name)
    self.tables[table.name] = table
    table.life.begin("DELETING", f"{_DELAY}.delete", "GONE")
    return deleted


def _update(original: Any, self: Any) -> Any:
    """Refuse what AWS refuses, keep what moto forgets, and be busy for a while."""
    from moto.dynamodb.exceptions import ResourceNotFoundException

    body = self.body
    name = body["TableName"]
    table = self.dynamodb_backend.tables.get(name.rpartition("/")[2])
    if table is None:
        raise ResourceNotFoundException(table_name=name)
    if table.life.status != "ACTIVE":
        raise _in_use(name, {"CREATING": "created", "DELETING": "deleted"}.get(table.life.status, "updated"))
    kinds = [kind for kind in _ONE_AT_A_TIME if body.get(kind)]
    updates = [each for update in body.get("GlobalSecondaryIndexUpdates") or [] for each in update]
    if len(updates) > 1 and set(updates) != {"Update"}:
        message = "Only 1 online index can be created or deleted simultaneously per table"
        raise _error("LimitExceededException", f"Subscriber limit exceeded: {message}")
    if len(kinds) > 1 and not {"ProvisionedThroughput", "GlobalSecondaryIndexUpdates"} >= set(kinds):
        raise _error("ValidationException", f"One or more parameter values were invalid: {' and '.join(kinds)} cannot be changed together")
    if body.get("SSESpecification") is not None:
        table.sse_specification = _encryption(table, body["SSESpecification"])
    table.table_class = body.get("TableClass") or table.table_class
    _index_lives(table, body)
    table.life.begin("UPDATING", f"{_DELAY}.update", "ACTIVE")
    known = {index.name for index in table.global_indexes}
    answer = original(self)
    from tests.emulator.lifecycle import Lifecycle

    for index in table.global_indexes:
        if index.name not in known:
            index.life = Lifecycle("ACTIVE")
            index.life.begin("CREATING", f"{_DELAY}.update", "ACTIVE")
    return answer


def _encryption(table: Any, wanted: dict[str, Any]) -> dict[str, Any] | None:
    old = table.sse_specification or {}
    new = {**wanted, "KMSMasterKeyId": _key_arn(table, wanted.get("KMSMasterKeyId"))} if wanted.get("Enabled") else {}
    if old.get("KMSMasterKeyId") == new.get("KMSMasterKeyId"):
        raise _error("ValidationException", "One or more parameter values were invalid: Table is already encrypted by given KMSMasterKeyId")
    return new or None


def _index_lives(table: Any, body: dict[str, Any]) -> None:
    """Let an index that is deleted be seen for a while."""
    from tests.emulator.lifecycle import Lifecycle

    for update in body.get("GlobalSecondaryIndexUpdates") or []:
        name = (update.get("Delete") or {}).get("IndexName")
        index = next((each for each in table.global_indexes if each.name == name), None)
        if index is not None:
            index.life = Lifecycle("ACTIVE")
            index.life.begin("DELETING", f"{_DELAY}.update", "GONE")
    body["GlobalSecondaryIndexUpdates"] = [each for each in body.get("GlobalSecondaryIndexUpdates") or [] if "Delete" not in each]


def _streams(original: Any, self: Any, table: Any, specification: dict[str, Any]) -> None:
    """Let a stream follow one that has ended, which moto still counts as enabled."""
    if not (table.stream_specification or {}).get("StreamEnabled"):
        table.latest_stream_label = None
    original(self, table, specification)


def _continuous_backups(original: Any, self: Any, table_name: str, specification: dict[str, Any]) -> Any:
    table = self.tables.get(table_name)
    if table is not None and table.life.status == "CREATING":
        message = f"Backups are being enabled for the table: {table_name}. Please retry later"
        raise _error("ContinuousBackupsUnavailableException", message)
    return original(self, table_name, specification)


def _time_to_live(original: Any, self: Any, table_name: str, specification: dict[str, Any]) -> None:
    table = self.tables.get(table_name)
    if table is not None and table.life.status == "ACTIVE":
        on = table.ttl.get("TimeToLiveStatus") == "ENABLED"
        if bool(specification.get("Enabled")) is on:
            raise _error("ValidationException", f"TimeToLive is already {'enabled' if on else 'disabled'}")
        if on and table.ttl.get("AttributeName") != specification.get("AttributeName"):
            raise _error("ValidationException", "TimeToLive is active on a different AttributeName")
    original(self, table_name, specification)
    if table is not None and not specification.get("Enabled"):
        table.ttl.pop("AttributeName", None)


def _insights(self: Any, table: Any) -> dict[str, Any]:
    return {"TableName": table.name, "ContributorInsightsStatus": table.insights}


def describe_contributor_insights(self: Any) -> Any:
    """Say whether contributor insights are on."""
    from moto.core.responses import ActionResult

    return ActionResult(_insights(self, self.dynamodb_backend.get_table(self.body["TableName"])))


def update_contributor_insights(self: Any) -> Any:
    """Switch contributor insights on or off."""
    from moto.core.responses import ActionResult

    table = self.dynamodb_backend.get_table(self.body["TableName"])
    table.insights = f"{self.body['ContributorInsightsAction']}D"
    return ActionResult(_insights(self, table))


def _call_action(original: Any, self: Any) -> Any:
    from tests.emulator.wire import LOCK

    # The answer is serialised in here too: it shows the state in which the call left things.
    with LOCK:
        _settle(self.dynamodb_backend)
        return original(self)


def _tagged(original: Any, self: Any) -> Any:
    _settle(self)
    yield from original(self)


def install() -> None:
    """Apply the corrections and add the operations."""
    from moto.dynamodb.models import DynamoDBBackend
    from moto.dynamodb.models.table import Table
    from moto.dynamodb.responses import DynamoHandler

    wrap(Table, "__init__", _init)
    wrap(Table, "_get_default_encryption_key", _default_key)
    wrap(Table, "describe", _describe)
    wrap(DynamoDBBackend, "delete_table", _delete)
    wrap(DynamoDBBackend, "update_table_streams", _streams)
    wrap(DynamoDBBackend, "update_continuous_backups", _continuous_backups)
    wrap(DynamoDBBackend, "update_time_to_live", _time_to_live)
    wrap(DynamoDBBackend, "iter_tagged_resources", _tagged)
    wrap(DynamoHandler, "update_table", _update)
    wrap(DynamoHandler, "call_action", _call_action)
    for operation in (describe_contributor_insights, update_contributor_insights):
        setattr(DynamoHandler, operation.__name__, operation)
