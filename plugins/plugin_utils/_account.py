# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of the account before the first write: reads only."""

from __future__ import annotations

from ansible_collections.stratum.aws.plugins.plugin_utils import _aws

_SECONDS = 5


class NoAccount(Exception):
    """There are no usable credentials; the message says what to do."""


class Unreachable(Exception):
    """AWS, or what AWS_ENDPOINT_URL points at, does not answer; the message says what to do."""


def identify() -> str:
    """Return the account's number; one question that tells whether anything else can work.

    Raises NoAccount or Unreachable with one sentence and its cure.
    """
    import boto3
    from botocore import exceptions
    from botocore.config import Config

    _aws.install()
    config = Config(connect_timeout=_SECONDS, read_timeout=_SECONDS * 6)
    try:
        answer = boto3.session.Session().client("sts", config=config).get_caller_identity()
    except exceptions.NoRegionError:
        raise NoAccount("no region is set. Set aws_region in the inventory") from None
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.ProfileNotFound) as error:
        raise NoAccount(
            f"there are no AWS credentials: {error}. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        ) from error
    except (exceptions.EndpointConnectionError, exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise Unreachable(f"the account cannot be reached: {error}. Check the network and AWS_ENDPOINT_URL") from error
    except (exceptions.BotoCoreError, exceptions.ClientError) as error:
        raise NoAccount(f"the AWS credentials are not accepted: {error}. Renew them, or choose others with AWS_PROFILE") from error
    return str(answer["Account"])


def zones() -> tuple[str, ...]:
    """Return the names of the region's availability zones; empty when the account cannot be asked.

    Who has no credentials yet, or may not read this, still gets every check that needs no account.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    _aws.install()
    config = Config(connect_timeout=_SECONDS, read_timeout=_SECONDS, retries={"max_attempts": 2})
    try:
        client = boto3.session.Session().client("ec2", config=config)
        answer = client.describe_availability_zones(Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}])
    except (BotoCoreError, ClientError):
        return ()
    return tuple(sorted(zone["ZoneName"] for zone in answer["AvailabilityZones"]))
