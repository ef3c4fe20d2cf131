# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the handler of a function of Python: reads a call from each line of stdin, writes logs and then the result to stdout."""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import time
import traceback
from types import SimpleNamespace
from typing import Any

MARK = "\0result "


class Formatter(logging.Formatter):
    """The form of Lambda's own handler."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        text = record.getMessage() + (f" {self.formatException(record.exc_info)}" if record.exc_info else "")
        return f"[{record.levelname}]\t{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(record.created))}\t{request}\t{text}".replace(
            "\n", "\r"
        )


request = ""


def described(error: BaseException) -> dict[str, Any]:
    """Return an error as Lambda does."""
    frames = traceback.format_tb(error.__traceback__)
    return {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": frames}


def main() -> None:
    """Answer calls until stdin ends."""
    global request
    output = sys.stdout
    handler_of_logs = logging.StreamHandler(output)
    handler_of_logs.setFormatter(Formatter())
    logging.root.addHandler(handler_of_logs)
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    module, _unused, member = os.environ["_HANDLER"].rpartition(".")
    failure: BaseException | None = None
    handler: Any = None
    try:
        handler = getattr(importlib.import_module(module.replace("/", ".")), member)
    except Exception as error:
        failure = error
    for line in sys.stdin:
        call = json.loads(line)
        facts = call["context"]
        request = facts["awsRequestId"]
        ends = time.monotonic() + call["milliseconds"] / 1000
        context = SimpleNamespace(
            function_name=facts["functionName"],
            function_version=facts["functionVersion"],
            invoked_function_arn=facts["invokedFunctionArn"],
            memory_limit_in_mb=facts["memoryLimitInMB"],
            aws_request_id=request,
            log_group_name=facts["logGroupName"],
            log_stream_name=facts["logStreamName"],
            identity=None,
            client_context=None,
            get_remaining_time_in_millis=lambda ends=ends: max(0, int((ends - time.monotonic()) * 1000)),
        )
        try:
            if failure is not None:
                raise failure
            answer = {"result": handler(call["event"], context)}
        except Exception as error:
            answer = {"error": described(error)}
            print(f"[ERROR] {type(error).__name__}: {error}\r{''.join(traceback.format_tb(error.__traceback__))}".replace("\n", "\r"))
        output.write(f"{MARK}{json.dumps(answer)}\n")
        output.flush()


if __name__ == "__main__":
    main()
