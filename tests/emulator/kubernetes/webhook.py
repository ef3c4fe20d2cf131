# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two questions that a cluster's API server asks EKS: who is this, and may it do that?

`POST /<region>/<cluster>/authenticate` takes a TokenReview, `…/authorize` a SubjectAccessReview.
"""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.emulator.http_server import Answer, Environ, LoopbackServer

from .access import CANONICAL_ARN, User
from .identity import TokenRefused

Document = Mapping[str, Any]
Authenticate = Callable[[str, str, str], User]
"""From region, cluster and token to the user; raises TokenRefused."""

Authorize = Callable[[str, str, str, Document], bool]
"""Whether, in region and cluster, the access policies of a canonical ARN allow what a review's spec asks."""

_JSON: Final = [("Content-Type", "application/json")]


class Webhook:
    """A server on the loopback interface that answers every cluster's reviews."""

    def __init__(self, authenticate: Authenticate, authorize: Authorize) -> None:
        self._authenticate = authenticate
        self._authorize = authorize
        self._server = LoopbackServer(0, self)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 60}, name="webhook", daemon=True).start()

    def address(self, region: str, cluster: str, question: str) -> str:
        """Return where a cluster's API server asks a question, `authenticate` or `authorize`."""
        return f"http://127.0.0.1:{self._server.port}/{region}/{cluster}/{question}"

    def __call__(self, environ: Environ) -> Answer:
        """Answer one review."""
        parts = environ["PATH_INFO"].split("/")
        if environ["REQUEST_METHOD"] != "POST" or len(parts) != 4 or parts[3] not in ("authenticate", "authorize"):
            return Answer(404, list(_JSON), b"{}")
        _unused, region, cluster, question = parts
        try:
            review = json.loads(environ["emulator.body"])
            spec = review["spec"]
        except (ValueError, KeyError, TypeError):
            return Answer(400, list(_JSON), b"{}")
        try:
            answer = self.review_token if question == "authenticate" else self.review_access
            status = answer(region, cluster, spec)
        except Exception:
            # An API server that gets no answer refuses, which is right, but somebody should learn why.
            traceback.print_exc()
            return Answer(500, list(_JSON), b"{}")
        content = {"apiVersion": review.get("apiVersion"), "kind": review.get("kind"), "metadata": {}, "spec": {}, "status": status}
        return Answer(200, list(_JSON), json.dumps(content).encode())

    def review_token(self, region: str, cluster: str, spec: Document) -> Document:
        """Return the status of a TokenReview."""
        try:
            user = self._authenticate(region, cluster, str(spec.get("token", "")))
        except TokenRefused as refusal:
            return {"authenticated": False, "error": str(refusal)}
        about = {"username": user.name, "uid": user.uid, "groups": user.groups, "extra": user.extra}
        return {"authenticated": True, "user": about}

    def review_access(self, region: str, cluster: str, spec: Document) -> Document:
        """Return the status of a SubjectAccessReview: allowed, or no opinion, so that RBAC may still allow."""
        # The keys of `extra` reach a webhook in lower case.
        extra = {str(key).lower(): values for key, values in (spec.get("extra") or {}).items()}
        arns = extra.get(CANONICAL_ARN.lower()) or []
        if len(arns) == 1 and self._authorize(region, cluster, str(arns[0]), spec):
            return {"allowed": True, "reason": "EKS access policy"}
        return {"allowed": False, "reason": ""}
