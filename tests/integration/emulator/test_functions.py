# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`--functions`: code runs, APIs check who asks, distributions serve, and rotations take their four steps."""

from __future__ import annotations

import http.client
import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.fixtures import Emulator

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("functions")]

REGION = "us-west-2"
NODE = """
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
export const handler = async (event, context) => {
  console.log("asked", event.ask ?? "nothing");
  if (event.ask === "fail") throw new TypeError("as asked");
  if (event.ask === "sleep") await new Promise((resolve) => setTimeout(resolve, 60000));
  if (event.ask === "exit") process.exit(3);
  const client = new DynamoDBClient({});
  return {
    region: await client.config.region(), name: context.functionName, version: context.functionVersion,
    arn: context.invokedFunctionArn, own: process.env.OWN, key: process.env.AWS_ACCESS_KEY_ID, host: process.env.HOSTNAME ?? null,
  };
};
"""
PROXY = """
export const handler = async (event) => {
  if (event.path === "/broken") return "no";
  return { statusCode: 201, headers: { "X-Own": "yes" }, body: JSON.stringify(event) };
};
"""
PYTHON = """
import json
import boto3

def handler(event, context):
    print("step", event.get("Step"))
    client = boto3.client("secretsmanager")
    token, secret = event["ClientRequestToken"], event["SecretId"]
    if event["Step"] == "createSecret":
        client.put_secret_value(SecretId=secret, ClientRequestToken=token, SecretString="new", VersionStages=["AWSPENDING"])
    if event["Step"] == "finishSecret":
        stages = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
        current = next(version for version, names in stages.items() if "AWSCURRENT" in names)
        client.update_secret_version_stage(SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current)
"""


def eventually(look: Callable[[], Any], seconds: float = 60) -> Any:
    """Return what `look` finds as soon as it finds anything."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.2)
    return found


@pytest.fixture
def aws(functions_emulator: Emulator) -> Emulator:
    """An empty account whose functions run."""
    functions_emulator.reset()
    return functions_emulator


def archive(name: str, source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr(name, source)
    return buffer.getvalue()


def function(aws: Emulator, name: str, source: str, runtime: str = "nodejs20.x", **more: Any) -> str:
    role = f"{name}-role"
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    arn = aws.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    ending = "mjs" if runtime.startswith("node") else "py"
    made = aws.client("lambda", REGION).create_function(
        FunctionName=name,
        Runtime=runtime,
        Role=arn,
        Handler="main.handler",
        Code={"ZipFile": archive(f"main.{ending}", source)},
        **{"Timeout": 20, **more},
    )
    return str(made["FunctionArn"])


def call(aws: Emulator, name: str, event: Any = None, **more: Any) -> tuple[Any, dict[str, Any]]:
    answer = aws.client("lambda", REGION).invoke(FunctionName=name, Payload=json.dumps(event or {}), **more)
    text = answer["Payload"].read()
    return json.loads(text) if text else None, answer


def logged(aws: Emulator, group: str) -> list[str]:
    client = aws.client("logs", REGION)
    try:
        return [each["message"] for each in client.filter_log_events(logGroupName=group)["events"]]
    except ClientError:
        return []


def ask(port: int, method: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    found = answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


def port_of(aws: Emulator) -> int:
    return int(aws.endpoint_url.rpartition(":")[2])


def test_a_function_of_node_runs_as_its_role_and_logs(aws: Emulator) -> None:
    arn = function(aws, "node", NODE, Environment={"Variables": {"OWN": "value"}}, Publish=True)
    client = aws.client("lambda", REGION)
    client.create_alias(FunctionName="node", Name="live", FunctionVersion="1")
    result, answer = call(aws, "node", {"ask": "this"}, Qualifier="live")
    assert result == {**result, "region": REGION, "name": "node", "version": "1", "arn": f"{arn}:live", "own": "value", "host": None}
    assert result["key"] not in (None, "testing")
    assert (answer["StatusCode"], answer["ExecutedVersion"], answer.get("FunctionError")) == (200, "1", None)
    lines = logged(aws, "/aws/lambda/node")
    assert any("INFO\tasked this" in line for line in lines)
    assert lines[0].startswith("START RequestId")
    assert lines[-1].startswith("REPORT RequestId")
    # The process is kept for the next call.
    assert call(aws, "node", {}, Qualifier="live")[0]["key"] == result["key"]

    failed, answer = call(aws, "node", {"ask": "fail"})
    assert (failed["errorType"], failed["errorMessage"], answer["FunctionError"]) == ("TypeError", "as asked", "Unhandled")
    ended, answer = call(aws, "node", {"ask": "exit"})
    assert "exit status 3" in ended["errorMessage"]
    client.update_function_configuration(FunctionName="node", Timeout=1)
    call(aws, "node")
    late, answer = call(aws, "node", {"ask": "sleep"})
    assert late["errorMessage"].endswith("Task timed out after 1.00 seconds")
    nothing, answer = call(aws, "node", {}, InvocationType="Event")
    assert (nothing, answer["StatusCode"]) == (None, 202)


def test_what_cannot_run_says_so(aws: Emulator) -> None:
    function(aws, "none", "export const other = 1;")
    assert call(aws, "none")[0]["errorType"] == "Runtime.HandlerNotFound"
    function(aws, "java", "", "java21")
    assert "not of java21" in call(aws, "java")[0]["errorMessage"]


def test_rules_and_topics_call_functions(aws: Emulator) -> None:
    arn = function(aws, "node", NODE)
    events = aws.client("events", REGION)
    events.put_rule(Name="nightly", ScheduleExpression="cron(0 3 * * ? *)")
    events.put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": arn, "Input": '{"ask": "by-clock"}'}])
    events.put_rule(Name="seen", EventPattern='{"source": ["own"]}')
    events.put_targets(Rule="seen", Targets=[{"Id": "1", "Arn": arn}])
    topics = aws.client("sns", REGION)
    topic = topics.create_topic(Name="alerts")["TopicArn"]
    topics.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    assert aws.fire("nightly", REGION) == 1
    assert aws.fire("unknown", REGION) == 0
    events.put_events(Entries=[{"Source": "own", "DetailType": "x", "Detail": "{}"}, {"Source": "else", "DetailType": "x", "Detail": "{}"}])
    topics.publish(TopicArn=topic, Message="text")
    eventually(lambda: [line for line in logged(aws, "/aws/lambda/node") if "asked by-clock" in line])
    assert eventually(lambda: len([line for line in logged(aws, "/aws/lambda/node") if "END" in line]) == 3)


def test_a_rotation_takes_its_steps_in_a_function_of_python(aws: Emulator) -> None:
    arn = function(aws, "rotate", PYTHON, "python3.12")
    aws.client("lambda", REGION).add_permission(
        FunctionName="rotate", StatementId="rotate", Action="lambda:InvokeFunction", Principal="secretsmanager.amazonaws.com"
    )
    client = aws.client("secretsmanager", REGION)
    client.create_secret(Name="database", SecretString="old")
    client.rotate_secret(SecretId="database", RotationLambdaARN=arn, RotationRules={"AutomaticallyAfterDays": 30})
    eventually(lambda: client.get_secret_value(SecretId="database")["SecretString"] == "new")
    assert client.get_secret_value(SecretId="database", VersionStage="AWSPREVIOUS")["SecretString"] == "old"
    lines = logged(aws, "/aws/lambda/rotate")
    assert [line for line in lines if line.startswith("step")] == [
        "step createSecret",
        "step setSecret",
        "step testSecret",
        "step finishSecret",
    ]


def user_token(aws: Emulator) -> tuple[str, str]:
    cognito = aws.client("cognito-idp", REGION)
    pool = cognito.create_user_pool(PoolName="people")["UserPool"]
    client = cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="page", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])[
        "UserPoolClient"
    ]["ClientId"]
    cognito.create_group(UserPoolId=pool["Id"], GroupName="operators")
    cognito.admin_create_user(UserPoolId=pool["Id"], Username="jo")
    cognito.admin_set_user_password(UserPoolId=pool["Id"], Username="jo", Password="Passw0rd!Passw0rd!", Permanent=True)
    cognito.admin_add_user_to_group(UserPoolId=pool["Id"], Username="jo", GroupName="operators")
    tokens = cognito.initiate_auth(
        ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "jo", "PASSWORD": "Passw0rd!Passw0rd!"}
    )["AuthenticationResult"]
    return pool["Arn"], tokens["IdToken"]


def rest_api(aws: Emulator, arn: str, pool: str) -> str:
    """Make `GET /open`, `GET /items/{id}` (with a token) and `GET /broken`, published as `prod`."""
    gateway, functions = aws.client("apigateway", REGION), aws.client("lambda", REGION)
    api = str(gateway.create_rest_api(name="api")["id"])
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    authorizer = gateway.create_authorizer(
        restApiId=api, name="cognito", type="COGNITO_USER_POOLS", providerARNs=[pool], identitySource="method.request.header.Authorization"
    )["id"]
    items = gateway.create_resource(restApiId=api, parentId=root, pathPart="items")["id"]
    named = {"open": root, "broken": root, "{id}": items}
    for part, parent in named.items():
        resource = gateway.create_resource(restApiId=api, parentId=parent, pathPart=part)["id"]
        who = {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": authorizer} if part == "{id}" else {"authorizationType": "NONE"}
        gateway.put_method(restApiId=api, resourceId=resource, httpMethod="GET", **who)
        uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
        gateway.put_integration(
            restApiId=api, resourceId=resource, httpMethod="GET", type="AWS_PROXY", integrationHttpMethod="POST", uri=uri
        )
    gateway.create_deployment(restApiId=api, stageName="prod")
    functions.add_permission(
        FunctionName=arn,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{REGION}:123456789012:{api}/*/GET/*",
    )
    return api


def test_an_api_calls_its_function_for_those_who_may(aws: Emulator) -> None:
    arn = function(aws, "proxy", PROXY)
    pool, token = user_token(aws)
    api = rest_api(aws, arn, pool)
    port, base = port_of(aws), f"/restapis/{api}/prod/_user_request_"

    status, headers, body = ask(port, "GET", f"{base}/open?a=1", {"X-Asked": "yes"})
    event = json.loads(body)
    assert (status, headers["x-own"]) == (201, "yes")
    assert (event["resource"], event["queryStringParameters"], event["headers"]["X-Asked"]) == ("/open", {"a": "1"}, "yes")

    assert ask(port, "GET", f"{base}/items/7")[0] == 401
    assert ask(port, "GET", f"{base}/items/7", {"Authorization": token[:-8] + "AAAAAAAA"})[0] == 401
    status, _unused, body = ask(port, "GET", f"{base}/items/7", {"Authorization": token})
    event = json.loads(body)
    assert (status, event["pathParameters"]) == (201, {"id": "7"})
    assert event["requestContext"]["authorizer"]["claims"]["cognito:groups"] == "operators"

    # By the API's own name, too.
    host = {"Host": f"{api}.execute-api.{REGION}.amazonaws.com"}
    assert ask(port, "GET", "/prod/open", host)[0] == 201
    assert ask(port, "GET", "/other/open", host)[0] == 403

    status, headers, body = ask(port, "GET", f"{base}/nowhere")
    assert (status, json.loads(body)) == (403, {"message": "Missing Authentication Token"})
    assert ask(port, "GET", f"{base}/broken")[0] == 502
    gateway = aws.client("apigateway", REGION)
    gateway.put_gateway_response(
        restApiId=api,
        responseType="DEFAULT_4XX",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
        responseTemplates={"application/json": '{"error":{"code":"$context.error.responseType","message":$context.error.messageString}}'},
    )
    status, headers, body = ask(port, "GET", f"{base}/items/7")
    assert json.loads(body) == {"error": {"code": "UNAUTHORIZED", "message": "Unauthorized"}}
    assert headers["access-control-allow-origin"] == "*"

    aws.client("lambda", REGION).remove_permission(FunctionName="proxy", StatementId="api")
    assert ask(port, "GET", f"{base}/open")[0] == 500


def test_pages_of_other_origins_may_ask_cognito(aws: Emulator) -> None:
    status, headers, _unused = ask(
        port_of(aws), "OPTIONS", "/", {"Host": f"cognito-idp.{REGION}.amazonaws.com", "Access-Control-Request-Method": "POST"}
    )
    assert (status, headers["access-control-allow-origin"]) == (200, "*")
