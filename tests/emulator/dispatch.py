# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands each request to moto's handler for the service it is meant for.

Moto's own server builds a Flask application per service. This keeps moto's choice of the service
(`DomainDispatcherApplication`) and its routes, and leaves out Flask's contexts, the CORS headers
and the two hundred regular expressions that moto tries on every request.
"""

from __future__ import annotations

import traceback
from functools import cache
from threading import RLock
from typing import Any

from botocore.exceptions import ClientError
from botocore.session import Session
from moto import backends
from moto.core import errors, responses, utils
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.exceptions import ServiceException
from moto.core.loaders import create_loader
from moto.core.request import Request
from moto.moto_server.utilities import RegexConverter
from moto.moto_server.werkzeug_app import (
    HTTP_METHODS,
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule

from .errors import ServiceError, error_answer
from .http_server import Answer, Environ, run_wsgi
from .patches import install_for, installed
from .request import call_of, presigned_credential
from .services._patching import put

FLASK_SERVICES = frozenset({"moto_api"})
"""Moto's control pages render templates, so they keep their Flask application."""
ADDED_SERVICES = frozenset({"codeconnections"})
"""Services that moto does not have and `services/` makes, by the first part of their host names."""


WAITING_OPERATIONS = frozenset({"ReceiveMessage", "Invoke", "InvokeWithResponseStream", "Publish", "PutEvents", "StartExecution"})
"""Operations that wait or make moto call itself; every other one has moto to itself.

Moto's models are plain dictionaries that several requests must not change and walk at once.
"""


def _tolerate_plain_exceptions() -> None:
    """Let moto serialise a `ServiceException` whose code the service's model does not list.

    It then looks for a service named after the exception's module and fails when that is `core`.
    """
    original = errors.get_exception_service_model

    def lookup(exception: Exception) -> Any:
        return None if exception.__class__ is ServiceException else original(exception)

    errors.get_exception_service_model = lookup


_one_loader = cache(create_loader)
one_lookup = cache(errors.ErrorLookupFactory)


def share_one_loader() -> None:
    """Let moto list botocore's models once and not again for each of them."""
    put(utils, "create_loader", _one_loader)


@cache
def botocore_names() -> dict[str, str]:
    """Return botocore's names of all services by moto's names of their packages."""
    return {name.replace("-", ""): name for name in Session().get_available_services()}


def _share_what_errors_mean() -> None:
    """Let moto work out a service's errors once and not for each answer that is one, and list all services once, not per service."""
    put(errors, "ErrorLookupFactory", one_lookup)
    put(utils, "service_name_from_moto_package_name", lambda package: botocore_names().get(package, package))


def _remember_methods() -> None:
    """Let moto look through the methods of a class once and not at each request; corrections bring further methods."""

    @cache
    def found(of: type, corrections: int) -> frozenset[str]:
        del corrections
        return frozenset(utils.method_names_from_class(of))

    put(responses, "method_names_from_class", lambda of: found(of, installed()))


def _reset_by_forgetting() -> None:
    """Let moto's reset drop the models without making each of them again first, as it does just before it drops them."""
    put(BaseBackend, "reset", lambda self: None)


class ServerRequest(Request):
    """Moto's request class, told that a real server feeds it (it then leaves `Date` alone)."""

    from_wsgi_server = True


class ServiceApplication:
    """One service: moto's routes for it and their handlers."""

    def __init__(self, service: str) -> None:
        backend_dict: Any = backends.get_backend(service)  # type: ignore[call-overload]
        if isinstance(backend_dict, BackendDict):
            # The paths are the class's: making EC2's model of a region, to look at them, takes as long as many requests.
            backend: Any = object.__new__(backend_dict.backend)
        else:
            backend = backend_dict["global"]
        rules = [
            Rule(path, endpoint=handler, methods=HTTP_METHODS, strict_slashes=False)
            for path, handler in backend.flask_paths.items()
            if path
        ]
        self.service = service
        self._map = Map(rules, converters={"regex": RegexConverter})

    def answer(self, environ: Environ) -> Answer:
        """Call the handler that moto has for this request."""
        request = ServerRequest(environ)
        try:
            # The handlers read the path themselves; only the rule that matched matters here.
            handler, _unused = self._map.bind_to_environ(environ).match()
            result = handler(request, request.raw_url, dict(request.headers))
        except NotFound as error:
            if call_of(environ).operation:
                text = f"The emulator has no {call_of(environ).service}:{call_of(environ).operation}"
                return error_answer(environ, ServiceError("NotImplemented", text, 501))
            return run_wsgi(error.get_response(environ), environ)
        except HTTPException as error:
            return run_wsgi(error.get_response(environ), environ)
        except ClientError as error:
            result = 400, {}, error.response["Error"]["Message"]
        except NotImplementedError as error:
            return error_answer(environ, ServiceError("NotImplemented", str(error), 501))
        except Exception as error:
            traceback.print_exc()
            text = f"The emulator failed: {type(error).__name__}: {error}"
            return error_answer(environ, ServiceError("InternalFailure", text, 500))
        status, headers, content = result if len(result) == 3 else (200, {}, result)
        body = content.encode("utf-8") if isinstance(content, str) else bytes(content or b"")
        return Answer(int(status), _listed(headers, request.method), body)


def _listed(headers: Any, method: str) -> list[tuple[str, str]]:
    """Return the headers as a list, without those that the HTTP server sets itself."""
    listed = []
    typed = False
    for name, value in headers.items():
        lowered = str(name).lower()
        if lowered == "status" or (lowered == "content-length" and method != "HEAD"):
            continue
        typed = typed or lowered == "content-type"
        listed.append((str(name), str(value)))
    if not typed:
        listed.append(("Content-Type", "text/html; charset=utf-8"))
    return listed


class Dispatcher(DomainDispatcherApplication):
    """Moto's dispatcher with our applications, its answers remembered by host name."""

    def __init__(self) -> None:
        super().__init__(self._create)
        _tolerate_plain_exceptions()
        share_one_loader()
        _share_what_errors_mean()
        _remember_methods()
        _reset_by_forgetting()
        self._backends: dict[str, Any] = {}
        self.turn = RLock()
        """Whoever reads or changes moto's models holds it."""

    @staticmethod
    def _create(service: Any) -> Any:
        # Moto looks for the caller in its model of IAM whatever the service.
        install_for("iam")
        install_for(service)
        if service in FLASK_SERVICES:
            return create_backend_app(service)
        return ServiceApplication(service)

    def get_backend_for_host(self, host: str | None) -> Any:
        """Find the backend of a host name, as moto does, but only once for each name."""
        if host is None:
            return None
        if host not in self._backends:
            first = host.partition(".")[0]
            self._backends[host] = first if first in ADDED_SERVICES else super().get_backend_for_host(host)
        return self._backends[host]

    def answer(self, environ: Environ) -> Answer:
        """Answer one request with the application of its service."""
        if "HTTP_AUTHORIZATION" not in environ and (credential := presigned_credential(environ)):
            # Moto takes every presigned request for one to S3; EKS tokens are presigned ones to STS.
            environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
        application = self.get_application(environ)
        if not isinstance(application, ServiceApplication):
            return run_wsgi(application, environ)
        if call_of(environ).operation in WAITING_OPERATIONS:
            return application.answer(environ)
        with self.turn:
            return application.answer(environ)
