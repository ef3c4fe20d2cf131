# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters that a parameter group of each engine holds, with AWS's defaults and limits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

_POLICIES: Final = "volatile-lru,allkeys-lru,volatile-lfu,allkeys-lfu,volatile-random,allkeys-random,volatile-ttl,noeviction"
_BIG: Final = "0-9223372036854775807"


@dataclass(frozen=True)
class Parameter:
    """One parameter: default, type, allowed values, and whether and how it can be changed."""

    name: str
    default: str
    kind: str = "integer"
    allowed: str = "0-2147483647"
    modifiable: bool = True
    change: str = "immediate"
    since: int = 2
    """The first major version of Redis that has it."""


def _yes_no(name: str, default: str, *, modifiable: bool = True, change: str = "immediate", since: int = 2) -> Parameter:
    return Parameter(name, default, "string", "yes,no", modifiable, change, since)


_REDIS: Final = (
    Parameter("acllog-max-len", "128", allowed="1-10000", since=6),
    _yes_no("activedefrag", "no", since=4),
    Parameter("active-defrag-cycle-max", "75", allowed="1-75", since=4),
    Parameter("active-defrag-cycle-min", "5", allowed="1-75", since=4),
    Parameter("active-defrag-ignore-bytes", "104857600", allowed="1048576-" + _BIG[2:], since=4),
    Parameter("active-defrag-max-scan-fields", "1000", allowed="1-1000000", since=5),
    Parameter("active-defrag-threshold-lower", "10", allowed="1-100", since=4),
    Parameter("active-defrag-threshold-upper", "100", allowed="1-100", since=4),
    Parameter("active-expire-effort", "1", allowed="1-10", since=6),
    _yes_no("activerehashing", "yes", change="requires-reboot"),
    _yes_no("appendonly", "no", modifiable=False),
    Parameter("appendfsync", "everysec", "string", "always,everysec,no", modifiable=False),
    Parameter("client-output-buffer-limit-normal-hard-limit", "0", allowed=_BIG),
    Parameter("client-output-buffer-limit-normal-soft-limit", "0", allowed=_BIG),
    Parameter("client-output-buffer-limit-normal-soft-seconds", "0"),
    Parameter("client-output-buffer-limit-pubsub-hard-limit", "33554432", allowed=_BIG),
    Parameter("client-output-buffer-limit-pubsub-soft-limit", "8388608", allowed=_BIG),
    Parameter("client-output-buffer-limit-pubsub-soft-seconds", "60"),
    Parameter("client-output-buffer-limit-replica-soft-seconds", "60", since=5),
    Parameter("client-query-buffer-limit", "1073741824", allowed="1048576-1073741824", since=5),
    _yes_no("close-on-replica-write", "yes", since=5),
    _yes_no("cluster-allow-pubsubshard-when-down", "yes", since=7),
    _yes_no("cluster-allow-reads-when-down", "no", since=6),
    _yes_no("cluster-enabled", "no", change="requires-reboot", since=3),
    _yes_no("cluster-require-full-coverage", "no", since=3),
    Parameter("databases", "16", allowed="1-1200000", change="requires-reboot"),
    Parameter("hash-max-listpack-entries", "512", allowed=_BIG, since=7),
    Parameter("hash-max-listpack-value", "64", allowed=_BIG, since=7),
    Parameter("hash-max-ziplist-entries", "512", allowed=_BIG),
    Parameter("hash-max-ziplist-value", "64", allowed=_BIG),
    Parameter("hll-sparse-max-bytes", "3000", allowed="1-16000", since=5),
    Parameter("latency-tracking", "no", "string", "yes,no", since=7),
    _yes_no("lazyfree-lazy-eviction", "yes", since=4),
    _yes_no("lazyfree-lazy-expire", "yes", since=4),
    _yes_no("lazyfree-lazy-server-del", "yes", since=4),
    _yes_no("lazyfree-lazy-user-del", "yes", since=6),
    _yes_no("lazyfree-lazy-user-flush", "yes", since=6),
    Parameter("lfu-decay-time", "1", since=4),
    Parameter("lfu-log-factor", "10", allowed="1-2147483647", since=4),
    Parameter("list-compress-depth", "0", since=4),
    Parameter("list-max-listpack-size", "-2", allowed="-5--1,1-2147483647", since=7),
    Parameter("lua-time-limit", "5000", allowed="5000", modifiable=False),
    Parameter("maxclients", "65000", allowed="1-65000", modifiable=False),
    Parameter("maxmemory-policy", "volatile-lru", "string", _POLICIES),
    Parameter("maxmemory-samples", "3", allowed="1-2147483647"),
    Parameter("min-replicas-max-lag", "10", since=5),
    Parameter("min-replicas-to-write", "0", since=5),
    Parameter("notify-keyspace-events", "", "string", ""),
    Parameter("proto-max-bulk-len", "536870912", allowed="1048576-536870912", since=6),
    Parameter("rename-commands", "", "string", "", since=5),
    Parameter("repl-backlog-size", "1048576", allowed="16384-2147483647"),
    Parameter("repl-backlog-ttl", "3600"),
    Parameter("repl-timeout", "60", allowed="11-60", modifiable=False),
    _yes_no("replica-allow-chaining", "no", modifiable=False, since=5),
    _yes_no("replica-lazy-flush", "yes", since=5),
    Parameter("reserved-memory-percent", "25", allowed="0-100", since=3),
    Parameter("set-max-intset-entries", "512", allowed=_BIG),
    Parameter("set-max-listpack-entries", "128", allowed=_BIG, since=7),
    Parameter("slowlog-log-slower-than", "10000", allowed="-1-" + _BIG[2:]),
    Parameter("slowlog-max-len", "128", allowed=_BIG),
    Parameter("stream-node-max-bytes", "4096", since=5),
    Parameter("stream-node-max-entries", "100", since=5),
    Parameter("tcp-keepalive", "300"),
    Parameter("timeout", "0", allowed="0,20-2147483647"),
    Parameter("tracking-table-max-keys", "1000000", allowed="1-100000000", since=6),
    Parameter("zset-max-listpack-entries", "128", allowed=_BIG, since=7),
    Parameter("zset-max-listpack-value", "64", allowed=_BIG, since=7),
    Parameter("zset-max-ziplist-entries", "128", allowed=_BIG),
    Parameter("zset-max-ziplist-value", "64", allowed=_BIG),
)

_REBOOT: Final = "requires-reboot"
_MEMCACHED: Final = (
    Parameter("backlog_queue_limit", "1024", allowed="1-10000", modifiable=False, change=_REBOOT),
    Parameter("binding_protocol", "auto", "string", "auto,binary,ascii", change=_REBOOT),
    Parameter("cas_disabled", "0", "boolean", "0,1", change=_REBOOT),
    Parameter("chunk_size", "48", allowed="1-1024", change=_REBOOT),
    Parameter("chunk_size_growth_factor", "1.25", "float", "1-2", change=_REBOOT),
    Parameter("config_max", "16", allowed="1-2147483647", modifiable=False, change=_REBOOT),
    Parameter("error_on_memory_exhausted", "0", "boolean", "0,1", change=_REBOOT),
    Parameter("hash_algorithm", "jenkins", "string", "jenkins,murmur3", change=_REBOOT),
    Parameter("idle_timeout", "0", allowed="0-86400", change=_REBOOT),
    Parameter("lru_crawler", "1", "boolean", "0,1", change=_REBOOT),
    Parameter("lru_maintainer", "1", "boolean", "0,1", change=_REBOOT),
    Parameter("max_item_size", "1048576", allowed="1024-1073741824", change=_REBOOT),
    Parameter("max_simultaneous_connections", "65000", allowed="3-65000", modifiable=False, change=_REBOOT),
    Parameter("memcached_connections_overhead", "100", allowed="0-2147483647", change=_REBOOT),
    Parameter("slab_reassign", "1", "boolean", "0,1", change=_REBOOT),
    Parameter("verbosity", "0", allowed="0-2", modifiable=False, change=_REBOOT),
)


@cache
def of_family(family: str) -> dict[str, Parameter]:
    """Return the parameters of a family by name."""
    if family.startswith("memcached"):
        return {item.name: item for item in _MEMCACHED}
    major = 7 if family.startswith("valkey") else int(family.removeprefix("redis").partition(".")[0])
    return {item.name: item for item in _REDIS if item.since <= major}


def accepts(parameter: Parameter, value: str) -> bool:
    """Return whether AWS would take `value`."""
    if parameter.allowed == "":
        return True
    if parameter.kind == "string" or parameter.kind == "boolean":
        return value in parameter.allowed.split(",")
    try:
        number = float(value)
    except ValueError:
        return False
    for piece in parameter.allowed.split(","):
        low, _unused, high = piece[1:].partition("-") if piece.startswith("-") else piece.partition("-")
        first = -float(low) if piece.startswith("-") else float(low)
        if first <= number <= (float(high) if high else first):
            return True
    return False
