# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything in an account that bears a stack's tags: reads only.

The Resource Groups Tagging API knows most of it. "The GetResources … operations support all resource types" of the
services that work with it, says AWS (docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/supported-services.html),
with exceptions that are listed from the services themselves:

* IAM roles and users: "The GetResources operation does not currently support IAM users and roles." `GetAccountAuthorizationDetails`
  shows them, and the instance profiles that hold roles, with their tags, a page at a time; `ListRoles` and `ListUsers` show no tags.
* Auto Scaling groups: GetResources is not supported "and returns an empty response for this service" (same page).
* IAM's OIDC providers and CloudWatch's dashboards: the page names neither; both are few, so they are asked for their tags.

Global resources (Route 53, CloudFront, IAM policies) show up in us-east-1 only.

The answer may hold resources that are gone already: "previously tagged" ones (GetResources' reference), for hours
(github.com/boto/boto3/issues/3341: terminated instances; github.com/aws/aws-cli/issues/8197: volumes, hosted zones,
listeners). So whatever it names is looked up in its own service (`_existing.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _aws
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings import _arns, _existing

STACK: Final = "stratum:stack"
ENVIRONMENT: Final = "stratum:environment"
LAYER: Final = "stratum:layer"

AT_ONCE: Final = 8
"""Requests on their way at the same time."""

ClientOf = Callable[[str, str], Any]
"""Gives the client of a service in a region."""


class CannotList(Exception):
    """AWS did not let us list something; the message says what, and the cure."""


@dataclass(frozen=True)
class Tagged:
    """A resource that bears the stack's tags."""

    arn: str
    layer: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    state: str | None = None
    """What one must know of it: `pending deletion until …`, `failed`, `not verified: …`; usually None."""
    owner: str | None = None
    """The resource that AWS deletes it with, such as the instance of a volume; usually None."""


def tagged(stack: str, environment: str, regions: Sequence[str], client: ClientOf | None = None) -> list[Tagged]:
    """Return what bears the tags of a stack in these regions, and of global services, in the order of their ARNs.

    What bears the stack's name and no environment is among it: somebody made it by hand, and nobody else will look for it.

    Raises CannotList when AWS does not answer, because an incomplete answer would look like "nothing left".
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return _tagged(stack, environment, regions, client or session_clients())
    except ClientError as error:
        raise CannotList(_explained(error)) from error
    except BotoCoreError as error:
        raise CannotList(f"{error}. Run this again") from error


def _tagged(stack: str, environment: str, regions: Sequence[str], client: ClientOf) -> list[Tagged]:
    wanted = {STACK: stack}
    places = list(dict.fromkeys([*regions, *(_home_of_global_services(region) for region in regions)]))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        listings = [
            *((_from_tagging_api, "resourcegroupstaggingapi", region) for region in places),
            *((_scaling_groups, "autoscaling", region) for region in regions),
            *((_dashboards, "cloudwatch", region) for region in regions),
            (_roles_and_users, "iam", places[0]),
            (_oidc_providers, "iam", places[0]),
        ]
        # Clients are made here, one after another: sessions are not made for threads, clients are.
        asked = [pool.submit(_listed, read, client(service, region), wanted) for read, service, region in listings]
        listed = {arn: tags for answer in asked for arn, tags in answer.result().items()}
        found = {arn: tags for arn, tags in listed.items() if tags.get(ENVIRONMENT, environment) == environment}
        existing = _existing.look(found, stack, regions[0], client, pool)
    return [
        Tagged(arn, found[arn].get(LAYER), found[arn], seen.state, seen.owner) for arn, seen in sorted(existing.items()) if not seen.gone
    ]


def session_clients() -> ClientOf:
    """Return a maker of clients with the credentials of the environment."""
    import boto3

    _aws.install()
    session = boto3.session.Session()
    return lambda service, region: session.client(service, region_name=region)  # type: ignore[call-overload]


def _home_of_global_services(region: str) -> str:
    """Return the region in which a partition's global services show their resources."""
    if region.startswith("cn-"):
        return "cn-northwest-1"
    return "us-gov-west-1" if region.startswith("us-gov-") else "us-east-1"


Read = Callable[[Any, Mapping[str, str]], Iterable[tuple[str, dict[str, str]]]]


def _listed(read: Read, client: Any, wanted: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {arn: tags for arn, tags in read(client, wanted) if wanted.items() <= tags.items()}


def _explained(error: Any) -> str:
    said = error.response["Error"]
    cure = f"Allow {error.operation_name}" if _existing.is_denied(error) else "Run this again"
    message = str(said.get("Message") or "").rstrip(".")
    return f"{error.operation_name} answered {said['Code']}: {message}. Without it nobody can tell what is left of the stack. {cure}"


def _plain(tags: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    return {str(tag["Key"]): str(tag.get("Value") or "") for tag in tags or ()}


def _from_tagging_api(client: Any, wanted: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    filters = [{"Key": key, "Values": [value]} for key, value in wanted.items()]
    for page in client.get_paginator("get_resources").paginate(TagFilters=filters, ResourcesPerPage=100):
        for mapping in page["ResourceTagMappingList"]:
            yield _spelled(mapping["ResourceARN"]), _plain(mapping["Tags"])


def _spelled(arn: str) -> str:
    """Return an ARN as its own service spells it: a log group's may end with `:*`."""
    return arn.removesuffix(":*")


def _scaling_groups(client: Any, wanted: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in wanted.items()]
    for page in client.get_paginator("describe_auto_scaling_groups").paginate(Filters=filters):
        for group in page["AutoScalingGroups"]:
            yield group["AutoScalingGroupARN"], _plain(group.get("Tags"))


def _dashboards(client: Any, _wanted: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    for page in client.get_paginator("list_dashboards").paginate():
        for dashboard in page["DashboardEntries"]:
            arn = dashboard["DashboardArn"]
            yield arn, _tags_of(client.list_tags_for_resource, ResourceARN=arn)


def _roles_and_users(client: Any, _wanted: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    for page in client.get_paginator("get_account_authorization_details").paginate(Filter=["Role", "User"]):
        for role in page["RoleDetailList"]:
            yield role["Arn"], _plain(role.get("Tags"))
            for profile in role["InstanceProfileList"]:
                yield profile["Arn"], _plain(profile.get("Tags"))
        for user in page["UserDetailList"]:
            yield user["Arn"], _plain(user.get("Tags"))


def _oidc_providers(client: Any, _wanted: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    for provider in client.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        arn = provider["Arn"]
        yield arn, _tags_of(client.list_open_id_connect_provider_tags, OpenIDConnectProviderArn=arn)


def _tags_of(ask: Callable[..., Mapping[str, Any]], **arguments: str) -> dict[str, str]:
    """Ask for one resource's tags; none when it has gone since it was listed."""
    from botocore.exceptions import ClientError

    try:
        return _plain(ask(**arguments).get("Tags"))
    except ClientError as error:
        if _existing.is_missing(error):
            return {}
        raise


def region_of(entry: Tagged, otherwise: str) -> str:
    """Return the region to speak to about an entry; that of global ones is `otherwise`."""
    return _arns.parse(entry.arn).region or otherwise
