"""The function behind every state. What it does is in a script: one for each execution, a list for each state.

It is invoked through an alias with the state's name, and keeps count of its calls in the script's item. The last
answer of a list is repeated. A task that waits for its token waits on, unless the script says what the token's answer
is.
"""

import json
import os
from typing import Any

import boto3

SCRIPTS = boto3.client("dynamodb", region_name=os.environ.get("AWS_REGION"))
TASKS = boto3.client("stepfunctions", region_name=os.environ.get("AWS_REGION"))


def handler(event: dict[str, Any], context: Any) -> Any:
    state = context.invoked_function_arn.rpartition(":")[2]
    item = SCRIPTS.update_item(
        TableName=os.environ["SCRIPTS"],
        Key={"execution": {"S": event["execution"]}},
        UpdateExpression="ADD #calls :one",
        ExpressionAttributeNames={"#calls": state},
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )["Attributes"]
    answers = json.loads(item["script"]["S"])[state]
    answer = answers[min(int(item[state]["N"]), len(answers)) - 1]
    if "error" in answer:
        raise type(answer["error"], (Exception,), {})(answer["message"])
    if answer["by_token"]:
        TASKS.send_task_success(taskToken=event["task_token"], output=json.dumps(answer["value"]))
    return answer["value"]
