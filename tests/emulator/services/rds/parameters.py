# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters of PostgreSQL, MySQL and MariaDB families, with RDS's defaults.

Not every parameter of each engine, but those that people set and those that a test should be
refused: static ones, ones that cannot be changed, ones with limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final


@dataclass(frozen=True)
class Parameter:
    """One parameter: default (None where the engine's own counts), type, limits, how it changes."""

    name: str
    default: str | None
    kind: str
    allowed: str
    static: bool = False
    modifiable: bool = True


_POSTGRES: Final = """
application_name - string -
archive_timeout 300 integer 0-2147483647 fixed
authentication_timeout - integer 1-600
autovacuum 1 boolean 0,1
autovacuum_analyze_scale_factor 0.05 float 0-100
autovacuum_analyze_threshold - integer 0-2147483647
autovacuum_max_workers GREATEST({DBInstanceClassMemory/64371566592},3) integer 1-262143 static
autovacuum_naptime 15 integer 1-2147483
autovacuum_vacuum_cost_delay - float -1-100
autovacuum_vacuum_cost_limit GREATEST({log(DBInstanceClassMemory/21474836480)*600},200) integer -1-10000
autovacuum_vacuum_scale_factor 0.1 float 0-100
autovacuum_vacuum_threshold - integer 0-2147483647
autovacuum_work_mem GREATEST({DBInstanceClassMemory/32768},131072) integer -1-2147483647
backend_flush_after - integer 0-256
bgwriter_delay - integer 10-10000
bgwriter_lru_maxpages - integer 0-1000
checkpoint_completion_target 0.9 float 0-1
checkpoint_timeout - integer 30-3600
client_encoding - string -
cron.database_name - string - static
cron.log_run 1 boolean 0,1 static
cron.max_running_jobs - integer 0-5000 static
datestyle - string -
deadlock_timeout - integer 1-2147483647
default_statistics_target - integer 1-10000
default_transaction_isolation - string serializable,repeatable read,read committed,read uncommitted
effective_cache_size {DBInstanceClassMemory/16384} integer 1-2147483647
effective_io_concurrency - integer 0-1000
fsync 1 boolean 0,1 fixed
full_page_writes 1 boolean 0,1 fixed
hot_standby_feedback - boolean 0,1
huge_pages - string on,off,try static
idle_in_transaction_session_timeout 86400000 integer 0-2147483647
idle_session_timeout - integer 0-2147483647
jit - boolean 0,1
lock_timeout - integer 0-2147483647
log_autovacuum_min_duration 10000 integer -1-2147483647
log_checkpoints - boolean 0,1
log_connections - boolean 0,1
log_disconnections - boolean 0,1
log_duration - boolean 0,1
log_error_verbosity - string default,terse,verbose
log_hostname - boolean 0,1
log_line_prefix %t:%r:%u@%d:[%p]: string -
log_lock_waits - boolean 0,1
log_min_duration_statement - integer -1-2147483647
log_min_messages - string debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic
log_rotation_age 60 integer 1-1440
log_rotation_size 10240 integer 50000-1000000
log_statement - string none,ddl,mod,all
log_temp_files - integer -1-2147483647
logical_decoding_work_mem - integer 64-2147483647
maintenance_work_mem GREATEST({DBInstanceClassMemory/63963136*1024},65536) integer 1024-2147483647
max_connections LEAST({DBInstanceClassMemory/9531392},5000) integer 6-262143 static
max_locks_per_transaction - integer 10-2147483647 static
max_logical_replication_workers - integer 0-262143 static
max_parallel_maintenance_workers - integer 0-1024
max_parallel_workers GREATEST({DBInstanceVCPU/2},8) integer 0-1024
max_parallel_workers_per_gather - integer 0-1024
max_prepared_transactions 0 integer 0-262143 static
max_replication_slots 20 integer 5-262143 static
max_slot_wal_keep_size - integer -1-2147483647
max_standby_archive_delay 30000 integer -1-2147483647
max_standby_streaming_delay 30000 integer -1-2147483647
max_wal_senders 25 integer 10-262143 static
max_wal_size 2048 integer 128-201326592
max_worker_processes GREATEST({DBInstanceVCPU*2},8) integer 0-262143 static
min_wal_size 192 integer 128-201326592
password_encryption - string md5,scram-sha-256
pg_stat_statements.max - integer 100-2147483647 static
pg_stat_statements.save - boolean 0,1
pg_stat_statements.track - string none,top,all
pg_stat_statements.track_utility - boolean 0,1
pgaudit.log - string ddl,function,misc,read,role,write,none,all,-ddl,-function,-misc,-read,-role,-write list
pgaudit.log_catalog - boolean 0,1
pgaudit.role - string rds_pgaudit
port {EndPointPort} integer 1-65535 fixed
random_page_cost - float 0-1.79769e+308
rds.accepted_password_auth_method - string md5+scram,scram
rds.adaptive_autovacuum 1 boolean 0,1
rds.allowed_extensions * string -
rds.extensions - string - fixed
rds.force_admin_logging_level - string disabled,debug5,debug1,info,notice,warning,error,log,fatal,panic
rds.force_autovacuum_logging_level warning string disabled,debug5,debug1,info,notice,warning,error,log,fatal,panic
rds.force_ssl 1 boolean 0,1
rds.log_retention_period 4320 integer 1440-10080
rds.logical_replication 0 boolean 0,1 static
rds.rds_superuser_reserved_connections 2 integer 0-262143 static
rds.restrict_password_commands - boolean 0,1 static
search_path - string -
seq_page_cost - float 0-1.79769e+308
shared_buffers {DBInstanceClassMemory/32768} integer 16-1073741823 static
shared_preload_libraries pg_stat_statements string {libraries} list-static
ssl 1 boolean 0,1 fixed
ssl_ciphers - string -
ssl_min_protocol_version TLSv1.2 string TLSv1,TLSv1.1,TLSv1.2,TLSv1.3
statement_timeout - integer 0-2147483647
synchronous_commit on string local,on,off
tcp_keepalives_count - integer 0-2147483647
tcp_keepalives_idle - integer 0-2147483647
tcp_keepalives_interval - integer 0-2147483647
temp_buffers - integer 100-1073741823
temp_file_limit - integer -1-2147483647
timezone UTC string -
track_activity_query_size 4096 integer 100-1048576 static
track_functions pl string none,pl,all
track_io_timing 1 boolean 0,1
vacuum_cost_limit - integer 1-10000
wal_buffers - integer -1-262143 static
wal_compression 1 boolean 0,1
wal_keep_size 2048 integer 0-2147483647
wal_receiver_timeout 30000 integer 0-3600000
wal_sender_timeout 30000 integer 0-3600000
work_mem - integer 64-2147483647
"""

_MYSQL: Final = """
autocommit 1 boolean 0,1
binlog_cache_size 32768 integer 4096-18446744073709547520
binlog_format ROW string ROW,STATEMENT,MIXED
binlog_row_image - string full,minimal,noblob
character_set_client - string big5,gbk,latin1,utf8,utf8mb3,utf8mb4
character_set_connection - string big5,gbk,latin1,utf8,utf8mb3,utf8mb4
character_set_database - string big5,gbk,latin1,utf8,utf8mb3,utf8mb4
character_set_results - string big5,gbk,latin1,utf8,utf8mb3,utf8mb4
character_set_server - string big5,gbk,latin1,utf8,utf8mb3,utf8mb4
collation_connection - string -
collation_server - string -
connect_timeout - integer 2-31536000
default_time_zone - string - fixed
event_scheduler ON string ON,OFF
explicit_defaults_for_timestamp - boolean 0,1
general_log - boolean 0,1
group_concat_max_len - integer 4-18446744073709547520
innodb_buffer_pool_size {DBInstanceClassMemory*3/4} integer 5242880-18446744073709551615 static
innodb_file_per_table 1 boolean 0,1
innodb_flush_log_at_trx_commit 1 integer 0-2
innodb_io_capacity - integer 100-18446744073709551615
innodb_lock_wait_timeout - integer 1-1073741824
innodb_log_buffer_size 8388608 integer 1048576-4294967295
innodb_log_file_size 134217728 integer 4194304-273804165120 static
innodb_print_all_deadlocks - boolean 0,1
innodb_read_io_threads - integer 1-64 static
innodb_write_io_threads - integer 1-64 static
interactive_timeout - integer 1-31536000
local_infile 1 boolean 0,1
lock_wait_timeout - integer 1-31536000
log_bin_trust_function_creators - boolean 0,1
log_output TABLE string TABLE,FILE,NONE
log_queries_not_using_indexes - boolean 0,1
long_query_time - float 0-31536000
lower_case_table_names - integer 0,1 static
max_allowed_packet - integer 1024-1073741824
max_connect_errors - integer 1-9223372036854775807
max_connections {DBInstanceClassMemory/12582880} integer 1-100000
max_execution_time - integer 0-18446744073709551615
max_heap_table_size - integer 16384-1844674407370954752
net_read_timeout - integer 1-31536000
net_write_timeout - integer 1-31536000
performance_schema 0 boolean 0,1 static
port {EndPointPort} integer 1-65535 fixed
read_only {TrueIfReplica} string 0,1,{TrueIfReplica}
require_secure_transport - boolean 0,1
server_audit_logging - boolean 0,1
slow_query_log - boolean 0,1
sort_buffer_size - integer 32768-18446744073709551615
sql_mode - string -
sync_binlog 1 integer 0-4294967295
table_open_cache - integer 1-1048576
thread_cache_size - integer 0-16384
time_zone - string -
tls_version - string TLSv1.2,TLSv1.3 list-static
tmp_table_size - integer 1024-9223372036854775807
transaction_isolation - string READ-UNCOMMITTED,READ-COMMITTED,REPEATABLE-READ,SERIALIZABLE
wait_timeout - integer 1-31536000
"""

_LIBRARIES: Final = (
    "auto_explain,orafce,pgaudit,pglogical,pg_bigm,pg_cron,pg_hint_plan,pg_partman_bgw,pg_prewarm,pg_similarity,"
    "pg_stat_statements,pg_tle,pg_transport,plprofiler,plrust"
)


def _parse(line: str) -> Parameter:
    """Read `name default type limits [flags]`; limits may hold spaces, flags may be missing."""
    name, default, kind, rest = line.split(" ", 3)
    words = rest.split(" ")
    flags = words.pop() if words[-1] in ("static", "fixed", "list", "list-static") else ""
    allowed = " ".join(words)
    return Parameter(
        name,
        None if default == "-" else default,
        "list" if flags.startswith("list") else kind,
        "" if allowed == "-" else allowed.replace("{libraries}", _LIBRARIES),
        static=flags.endswith("static"),
        modifiable=flags != "fixed",
    )


@cache
def of_family(family: str) -> dict[str, Parameter] | None:
    """Return the parameters of a family by name, or None where nothing is known of the engine."""
    if family.startswith(("postgres", "aurora-postgresql")):
        source = _POSTGRES
    elif family.startswith(("mysql", "mariadb", "aurora-mysql")):
        source = _MYSQL
    else:
        return None
    return {item.name: item for item in (_parse(line) for line in source.strip().splitlines())}


def accepts(parameter: Parameter, value: str) -> bool:
    """Return whether RDS would take `value`; formulas over the instance class always pass."""
    if parameter.allowed == "" or "{" in value or "(" in value:
        return True
    if parameter.kind in ("string", "boolean"):
        return value in parameter.allowed.split(",")
    if parameter.kind == "list":
        return all(item.strip() in parameter.allowed.split(",") for item in value.split(",") if item)
    try:
        number = float(value)
    except ValueError:
        return False
    if "," in parameter.allowed:
        return value in parameter.allowed.split(",")
    text = parameter.allowed
    low, _unused, high = text[1:].partition("-") if text.startswith("-") else text.partition("-")
    return (-float(low) if text.startswith("-") else float(low)) <= number <= float(high or low)
