"""A pipeline in the middle of its work, and the payloads with which its functions were invoked on the way there."""

import itertools
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from sandbox.driver.artifact_bucket import ARTIFACTS
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, DEV, REGION, STAGING
from tests.end_to_end.checking import a_project
from tests.end_to_end.question import Question
from tests.end_to_end.service import APPROVAL, APPROVER, HALF, LONG, NewService, Service
from tests.end_to_end.statements import physical_id

Json = dict[str, Any]
WITH_A_SECRET = {"memory_mb": 256, "timeout_seconds": 10, "environment": {"API_KEY": "hunter2-hunter2"}}
"""What is masked with the pipeline's key."""
LONG_AGO = "2020-01-01T00:00:00.000Z"
"""So that an execution which Step Functions does not know is one that it has forgotten."""


@dataclass
class Busy:
    """A service whose canary bakes, and one at rest, whose releases wait for people in staging only."""

    pipeline: Pipeline
    baking: Service
    resting: Service
    digest: str
    """What is live of the service at rest."""
    payloads: dict[str, Json]
    """What each state's function was last invoked with."""

    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def invoke(self, function: str, payload: Json) -> str:
        """Invoke one of the pipeline's functions, which must fail; its error."""
        has_failed, text = self._invoked(function, payload)
        assert has_failed, f"{function} answered {text}"
        return str(json.loads(text)["errorMessage"])

    def said(self, function: str, payload: Json) -> str:
        """Invoke a function that says what it was refused, or fails of it; its answer or its error."""
        return self._invoked(function, payload)[1]

    def logged(self, function: str, payload: Json, *, fails: bool = False) -> str:
        """Invoke a function that goes on when this step fails; what it wrote to its log.

        With `fails`, something else that comes after it fails.
        """
        since, logs = int(time.time() * 1000), self.pipeline.stand_in.client("logs", ASSETS)
        has_failed, text = self._invoked(function, payload)
        assert has_failed == fails, f"{function} answered {text}"
        name = physical_id(self.pipeline.stand_in, "gantry", ASSETS, f"{function}Function")
        group = self.pipeline.stand_in.client("lambda", ASSETS).get_function_configuration(FunctionName=name)
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group["LoggingConfig"]["LogGroup"], startTime=since
        )
        messages = [event["message"] for page in pages for event in page["events"]]
        return "\n".join(each for each in messages if name in each)  # others log there too

    def _invoked(self, function: str, payload: Json) -> tuple[bool, str]:
        name = physical_id(self.pipeline.stand_in, "gantry", ASSETS, f"{function}Function")
        answer = self.pipeline.stand_in.client("lambda", ASSETS).invoke(
            FunctionName=name, Payload=json.dumps(payload).encode()
        )
        return "FunctionError" in answer, answer["Payload"].read().decode()

    def restart(self, function: str) -> None:
        """Let the next invocation of a function start anew. A warm one keeps its sessions in the workload accounts."""
        name = physical_id(self.pipeline.stand_in, "gantry", ASSETS, f"{function}Function")
        functions = self.pipeline.stand_in.client("lambda", ASSETS)
        timeout = functions.get_function_configuration(FunctionName=name)["Timeout"]
        functions.update_function_configuration(FunctionName=name, Timeout=timeout)
        functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})

    def told_in(self, execution: str) -> str:
        """Everything that the history of an execution tells, once it has ended."""
        self.pipeline.wait(execution)
        return json.dumps(self.pipeline.history(execution), default=str)

    def pending(self) -> Question:
        """A question that nobody has answered yet, and that a task waits for."""
        execution = self.resting.start(digest=self.digest, environments=["staging"])
        return Question(self.resting, self.digest, execution, "staging").waits()

    def question(self, age: timedelta = timedelta(0), **policy: Any) -> Json:
        """What RequestApproval is invoked with to ask a question of this age that no task waits for."""
        payload = deepcopy(self.payloads["RequestApproval"])
        payload["execution"] += f"-{next(self._numbers):03}"  # of two that started together the greater is the newer
        payload["entered_at"] = (datetime.now(UTC) - age).isoformat()
        payload["environment"]["approval"] |= policy
        return payload

    def asked(self, age: timedelta = timedelta(0), **policy: Any) -> Json:
        """What FollowUpApproval is invoked with for such a question, which has been asked."""
        payload = self.question(age, **policy)
        has_failed, text = self._invoked("RequestApproval", payload)
        assert not has_failed, text
        answered: Json = json.loads(text)
        return self.follow_up(payload) | answered

    def follow_up(self, asked: Json | None = None) -> Json:
        """What FollowUpApproval is invoked with; by itself for a question that is answered."""
        execution = (asked or self.payloads["RequestApproval"])["execution"]
        return {"environment": "dev", "execution": execution, "entered_at": datetime.now(UTC).isoformat()}

    def canary_question(self) -> Json:
        """What AskAboutCanary is invoked with to ask a question that nobody has asked before."""
        return self.payloads["AskAboutCanary"] | {"asked_at": datetime.now(UTC).isoformat()}

    def asked_about_canary(self, payload: Json) -> str:
        """The id of such a question, which has been asked."""
        has_failed, text = self._invoked("AskAboutCanary", payload)
        assert not has_failed, text
        return str(json.loads(text)["approval_id"])

    def change_approval(self, approval: str, name: str, value: str) -> None:
        """Set something in an approval's item."""
        key = {"pk": f"approval#{approval}", "sk": "approval"}
        self.pipeline.stand_in.client("dynamodb", ASSETS).update_item(
            TableName=self.pipeline.outputs["LedgerTableName"],
            Key=TypeSerializer().serialize(key)["M"],
            UpdateExpression=f"SET {name} = :value",
            ExpressionAttributeValues={":value": {"S": value}},
        )

    @contextmanager
    def question_of_a_dead_deployment(self) -> Iterator[None]:
        """While the block lasts, a deployment that has ended has left a question open."""
        approval, execution = self.asked()["key"]["pk"].partition("#")[2], self.other("RecordRelease")
        asked = {"execution": execution, "approval_id": approval, "since": LONG_AGO, "index": 0, "times": 1}
        with self.in_ledger({"pk": "question", "sk": execution}, asked | {"is_open": True}):
            yield

    def other(self, state: str) -> str:
        """Another execution of a state's machine than the one whose payload there is; nobody ever started it."""
        return f"{self.payloads[state]['execution']}-{next(self._numbers):03}"

    @contextmanager
    def left(self, holder: str, target: Json | None = None, release: Json | None = None) -> Iterator[Json]:
        """A lease as a crash leaves it, while the block lasts; its target, which by itself is one that is not there.

        Its holder, a rollback unless it has a release, had interrupted another execution. One execution waits for the
        lease, and one was superseded and has not been notified yet.
        """
        acquiring, interrupted = self.payloads["AcquireLease"], self.other("RecordRelease")
        deployment, at = acquiring["deployment"], acquiring["entered_at"]
        target = target or crashed(deployment["target"])
        contender = {"service": self.resting.name, "environment": "dev", "since": LONG_AGO, "started_at": at}
        waits = contender | {"release": deployment["release"], "task_token": acquiring["task_token"]}
        waits["service"] = deployment["release"]["service"]
        lease = {
            "target": target,
            "fence": 1,
            "revision": 1,
            "holder": contender | {"owner": holder, "release": release},
            "restore_point": {"revision": "1", "digest": self.digest, "interrupted": interrupted},
            "waiting": [waits | {"owner": self.other("AcquireLease")}],
            "to_notify": [waits | {"owner": self.other("AcquireLease")}],
        }
        with self.in_ledger({"pk": "lease", "sk": target_id(target)}, lease):
            yield target

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """While the block lasts, the ledger has the service at rest as live in dev, with nobody who changes it.

        Nothing is known of its drift, so that whatever is found is told. What ran before does not matter.
        """
        target = self.payloads["InspectTarget"]["deployment"]["target"] | {"name": f"{self.resting.name}/live"}
        owned = {"target": target, "live_for": {"service": self.resting.name, "environment": "dev"}}
        known = {"record": {"service": self.resting.name, "at": LONG_AGO, "findings": []}}
        with (
            self.in_ledger({"pk": "lease", "sk": target_id(target)}, owned),
            self.in_ledger({"pk": "board", "sk": f"drift#{self.resting.name}"}, known),
        ):
            yield

    @contextmanager
    def restoring(self) -> Iterator[None]:
        """While the block lasts, the manifest that is live for the service at rest lets Gantry restore it in dev.

        Nobody promotes it: the releases that wait for people are put aside.
        """
        dev, staging = self.resting.environment("dev"), self.resting.environment("staging", approval=APPROVAL)
        revision = self.resting.change(dev, staging, drift={"restore": True})
        target = self.payloads["InspectTarget"]["deployment"]["target"] | {"name": f"{self.resting.name}/live"}
        place = {"pk": f"service#{self.resting.name}", "sk": f"live#dev#{target_id(target)}"}
        (live,) = [each for each in self._in_partition(place["pk"]) if each["sk"] == place["sk"]]
        live["current"]["manifest_revision"] = revision
        try:
            with self.in_ledger(place, live), self.nothing_promoted():
                yield
        finally:
            self.resting.change(dev, staging)

    @contextmanager
    def nothing_promoted(self) -> Iterator[None]:
        """While the block lasts, no promotion of the service at rest is known to run."""
        running = [each for each in self._in_partition("promotion") if self._is_at_rest(each)]
        with ExitStack() as aside:
            for each in running:
                key = {name: each[name] for name in ("pk", "sk")}
                aside.enter_context(self.in_ledger(key, each | {"ended": True}))
            yield

    def _is_at_rest(self, promotion: Json) -> bool:
        return bool(promotion["release"]["service"] == self.resting.name)

    def _in_partition(self, name: str) -> list[Json]:
        """The items of the ledger under one partition key."""
        pages = self.pipeline.stand_in.client("dynamodb", ASSETS).get_paginator("query")
        found = pages.paginate(
            TableName=self.pipeline.outputs["LedgerTableName"],
            KeyConditionExpression="pk = :name",
            ExpressionAttributeValues={":name": {"S": name}},
            ConsistentRead=True,
        )
        return [TypeDeserializer().deserialize({"M": item}) for page in found for item in page["Items"]]

    @contextmanager
    def without_alias(self) -> Iterator[None]:
        """While the block lasts, the service at rest has no alias in dev, where its release is live."""
        functions, alias = (
            self.pipeline.stand_in.client("lambda", DEV),
            {"FunctionName": self.resting.name, "Name": "live"},
        )
        version = functions.get_alias(**alias)["FunctionVersion"]
        functions.delete_alias(**alias)
        try:
            with self.at_rest():
                yield
        finally:
            functions.create_alias(**alias, FunctionVersion=version)

    @contextmanager
    def weakened(self) -> Iterator[Json]:
        """What ResolveRelease is invoked with while an environment where people were asked asks nobody any more."""
        dev, staging, nobody = (self.resting.environment(each) for each in ("dev", "staging", "staging"))
        asked = self.resting.change(dev, staging | {"approval": APPROVAL})
        self.resting.change(dev, nobody)
        place = self.payloads["InspectTarget"]["deployment"]["target"]
        place = place | {"account": STAGING, "name": f"{self.resting.name}/live"}
        key = {"pk": f"service#{self.resting.name}", "sk": f"live#staging#{target_id(place)}"}
        current = {"revision": "1", "digest": self.digest, "since": LONG_AGO, "manifest_revision": asked}
        live = {"service": self.resting.name, "environment": "staging", "target": place, "current": current}
        typed = {"repository": self.resting.name, "digest": self.digest, "environments": ["staging"]}
        try:
            with self.in_ledger(key, live | {"lineage": [], "sequence": 1}):
                own = {"event": typed, "execution": self.other("ResolveRelease")}
                yield self.payloads["ResolveRelease"] | own
        finally:
            self.resting.change(dev, staging | {"approval": APPROVAL})

    def forget_wishes(self) -> None:
        """Let nobody have steered the canary that bakes."""
        target = self.payloads["Bake"]["deployment"]["target"]
        key = {"pk": f"steering#{target_id(target)}", "sk": "canary"}
        dynamodb = self.pipeline.stand_in.client("dynamodb", ASSETS)
        dynamodb.delete_item(
            TableName=self.pipeline.outputs["LedgerTableName"], Key=TypeSerializer().serialize(key)["M"]
        )

    @contextmanager
    def quarantined(self) -> Iterator[Json]:
        """What ResolveRelease is invoked with to release what is live of the service at rest, quarantined here."""
        name = self.resting.name
        key = {"pk": f"service#{name}", "sk": f"quarantine#{self.digest}"}
        item = {"service": name, "digest": self.digest, "since": LONG_AGO, "reason": "a test", "execution": "arn:none"}
        typed: Json = {"repository": name, "digest": self.digest, "environments": ["dev"], "started_by": APPROVER}
        typed["release_from_quarantine"] = "a test says so"
        with self.in_ledger(key, item):
            yield self.payloads["ResolveRelease"] | {"event": typed, "execution": self.other("ResolveRelease")}

    @contextmanager
    def pushed_again(self) -> Iterator[Json]:
        """What ResolveRelease is invoked with for the push of the release whose canary bakes, as if nobody had it."""
        payload, execution = self.payloads["ResolveRelease"], self.other("ResolveRelease")
        pushed, name = payload["event"], execution.rpartition(":")[2]
        claim = {"pk": f"service#{pushed['repository']}", "sk": f"push#{pushed['tag']}#{pushed['digest']}"}
        dynamodb, table = self.pipeline.stand_in.client("dynamodb", ASSETS), self.pipeline.outputs["LedgerTableName"]
        dynamodb.delete_item(Key=TypeSerializer().serialize(claim)["M"], TableName=table)
        start = pushed | {"execution_name": name, "at": payload["entered_at"]}
        with self.in_ledger({"pk": f"start#{name}", "sk": "start"}, {"start": start}):
            yield payload | {"execution": execution}

    def object_event(self) -> Json:
        """What the rule hands on of a new version of an object that has a manifest. S3 does not know its SHA-256."""
        s3, number = self.pipeline.stand_in.client("s3", ASSETS), next(self._numbers)
        key = f"{self.resting.name}-zip"  # and the function is called like it, so that nobody needs a policy file
        version = s3.put_object(Bucket=ARTIFACTS, Key=key, Body=str(number).encode())["VersionId"]
        environment = self.resting.environment("dev")
        target = environment["targets"][0]
        environment["targets"] = [{name: target[name] for name in ("account", "region", "alias")} | {"function": key}]
        manifest = yaml.safe_load(self.resting.manifest(environment))
        manifest = {name: each for name, each in manifest.items() if name not in {"repository", "versioning"}}
        manifest["artifact"] = {"bucket": ARTIFACTS, "key": key}
        self.pipeline.upload_manifest(f"s3/{ARTIFACTS}/{key}", yaml.safe_dump(manifest))
        detail = {"bucket": {"name": ARTIFACTS}, "object": {"key": key, "version-id": version}}
        return {"id": f"{key}-{number:03}", "source": "aws.s3", "detail-type": "Object Created", "detail": detail}

    def answered(self, function: str, payload: Json) -> Json:
        """What one of the pipeline's functions answers."""
        has_failed, text = self._invoked(function, payload)
        assert not has_failed, text
        found: Json = json.loads(text)
        return found

    @contextmanager
    def preparing(self, target: Json, artifact: Json, configuration: Json) -> Iterator[Json]:
        """What PrepareRevision is invoked with to prepare another artifact on another target, which has nothing."""
        payload = self.payloads["PrepareRevision"]
        release = payload["deployment"]["release"] | {"artifact": artifact}
        own = {"release": release, "target": target, "configuration": configuration}
        with self.left(payload["execution"], target, release=release):
            yield payload | {"deployment": payload["deployment"] | own, "fence": 1, "stable": None}

    @contextmanager
    def overtaken(self) -> Iterator[Json]:
        """The same, while another release of that service was started since."""
        with self.pushed_again() as payload:
            service = payload["event"]["repository"]
            place = {"pk": f"service#{service}", "sk": "newest_start"}
            another = {"service": service, "release_id": "another", "execution": "arn:another", "at": "9999"}
            with self.in_ledger(place, another):
                yield payload

    @contextmanager
    def hooked(self) -> Iterator[str]:
        """The callback id of a check that a task of the deployment machine waits for, while the block lasts."""
        token = self.payloads["Bake"]["task_token"]
        hook = {"account": DEV, "execution": self.payloads["Bake"]["execution"], "task_token": token, "expires_at": 0}
        with self.in_ledger({"pk": "hook#5f2b", "sk": "hook"}, hook):
            yield "5f2b"

    @contextmanager
    def heard(self) -> Iterator[str]:
        """The ARN of a target for whose events a task of the deployment machine waits, while the block lasts."""
        state, arn = self.payloads["Bake"], "arn:aws:ecs:us-east-1:222222222222:service/main/cowsay"
        wait = {"target_id": "heard", **{key: state[key] for key in ("task_token", "execution")}, "expires_at": 0}
        with self.in_ledger({"pk": f"event#{arn}", "sk": "bake#heard"}, wait):
            yield arn

    @contextmanager
    def in_ledger(self, key: Json, item: Json) -> Iterator[None]:
        """While the block lasts, the ledger has this item; afterwards it has again what was there before.

        So no step takes away what a later one needs: without its lease, a target is live for nobody.
        """
        table = {"TableName": self.pipeline.outputs["LedgerTableName"]}
        dynamodb, place = self.pipeline.stand_in.client("dynamodb", ASSETS), TypeSerializer().serialize(key)["M"]
        before = dynamodb.get_item(Key=place, ConsistentRead=True, **table).get("Item")
        dynamodb.put_item(Item=TypeSerializer().serialize(key | item)["M"], **table)
        try:
            yield
        finally:
            if before:
                dynamodb.put_item(Item=before, **table)
            else:
                dynamodb.delete_item(Key=place, **table)


def target_id(target: Json) -> str:
    """What the ledger calls a target."""
    return "/".join(target[key] for key in ("account", "region", "name"))


def crashed(target: Json) -> Json:
    """A target like this one, which does not exist."""
    return target | {"name": f"{target['name'].partition('/')[0]}/crashed"}


def busy(new_service: NewService, pipeline: Pipeline) -> Busy:
    """Promote with an approval and a canary, roll back by hand, promote again and leave the canary baking."""
    baking, resting = new_service(), new_service()
    resting.add(resting.environment("dev"), resting.environment("staging", approval=APPROVAL))
    digest, _ = resting.promote()
    baking.add(baking.environment("dev"), configuration=WITH_A_SECRET)
    baking.release()
    baking.change(
        baking.environment("dev", approval=APPROVAL, traffic=HALF, alarms=[baking.alarm]), configuration=WITH_A_SECRET
    )
    _, promotion = baking.promote()
    pipeline.answer(pipeline.mail_to(APPROVER, promotion).links[0], "approved")
    baking.canary("2", DEV)
    baking.use("2", DEV)
    baking.succeeds(promotion)
    rollback = baking.roll_back("dev")
    baking.succeeds(rollback)
    baking.change(
        baking.environment(
            "dev",
            approval=APPROVAL,
            traffic=LONG,
            alarms=[baking.alarm],
            before_traffic=[{"codebuild": a_project(pipeline.stand_in, "check-busy", account=DEV)}],
        ),
        configuration=WITH_A_SECRET,
    )
    _, in_flight = baking.promote()
    pipeline.answer(pipeline.mail_to(APPROVER, in_flight).links[0], "approved")
    deployment = baking.baking(in_flight)
    done = [promotion, *pipeline.deployments_of(promotion), rollback, in_flight, deployment]
    return Busy(pipeline, baking, resting, digest, payloads(pipeline, done))


def payloads(pipeline: Pipeline, executions: Iterable[str]) -> dict[str, Json]:
    """By state, what its function was invoked with; of several invocations the last."""
    found: dict[str, Json] = {}
    for execution in executions:
        state = ""
        for event in pipeline.history(execution):
            state = event.get("stateEnteredEventDetails", {}).get("name", state)
            if scheduled := event.get("taskScheduledEventDetails"):
                found[state] = json.loads(scheduled["parameters"]).get("Payload", {})
    failure = {"Error": "AlarmRaisedError", "Cause": "a test says so", "traffic": "untouched"}
    shifted: Json = found["ShiftTraffic"]
    of_the_second_step = shifted | {"index": 1, "plan": [shifted["plan"][0]] * 2}
    known: Json = {"reasons": ["too few requests"], "evidence": {}, "minutes": []}
    asked_at, since = shifted["entered_at"], found["Bake"]["rollout_since"]
    slow = found["Bake"] | {"index": 0, "slow_since": found["Bake"]["entered_at"], "seconds": 60, "ended_early": 0}
    return found | {
        "HoldCanary": of_the_second_step,
        "AskAboutCanary": shifted | {"asked_at": asked_at, "rollout_since": since, "known": known},
        "AwaitShift": slow,
        "AwaitCompletion": slow,
        "AwaitCanaryDecision": shifted | slow | {"approval_id": "none", "asked_at": asked_at},
        "ResumeCanary": of_the_second_step,
        "RollBack": found["CompleteDeployment"],
        "RecordFailure": found["RecordRelease"] | {"failure": failure},
    }


def http_event(method: str, link: str, nonce: str = "") -> Json:
    """What the HTTP API hands to a function, of what a browser sends.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    path = f"/approvals/{link.rpartition('/')[2]}"
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "a browser"}
    return {
        "version": "2.0",
        "routeKey": f"{method} /approvals/{{link}}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "pathParameters": {"link": path.rpartition("/")[2]},
        "requestContext": {"stage": "$default", "requestId": "a-request", "http": http},
        "body": f"decision=approved&nonce={nonce}",
        "isBase64Encoded": False,
    }


def status_event() -> Json:
    """What it hands over of a signed look at the board."""
    event = http_event("GET", "/iam/status")
    event |= {"routeKey": "GET /iam/status", "rawPath": "/iam/status", "pathParameters": None}
    event["requestContext"]["http"]["path"] = "/iam/status"
    return event


def hook_event(callback_id: str) -> Json:
    """What it hands over of a signed answer to a check, by a target's account."""
    event = http_event("POST", callback_id)
    path = f"/hooks/{callback_id}"
    event |= {"routeKey": "POST /hooks/{check}", "rawPath": path, "pathParameters": {"check": callback_id}}
    event["requestContext"]["http"]["path"] = path
    caller = f"arn:aws:sts::{ASSETS}:assumed-role/gantry-hooks/{DEV}"
    event["requestContext"]["authorizer"] = {"iam": {"userArn": caller}}
    return event | {"body": json.dumps({"status": "passed"}), "isBase64Encoded": False}


def call_event(service: str) -> Json:
    """What the HTTP API hands to a function, of a signed call."""
    http = {"method": "POST", "path": "/promotions", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
    iam = {"userArn": f"arn:aws:sts::{ASSETS}:assumed-role/developer/bob@example.com"}
    return {
        "version": "2.0",
        "routeKey": "POST /promotions",
        "rawPath": "/promotions",
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "stage": "$default",
            "requestId": "a-request",
            "timeEpoch": int(time.time() * 1000),
            "http": http,
            "authorizer": {"iam": iam},
        },
        "body": json.dumps({"repository": service, "tag": "never-pushed"}),
        "isBase64Encoded": False,
    }


def steering_event(service: str, action: str) -> Json:
    """What it hands over of a signed call that steers the canaries of a service in dev."""
    event = call_event(service)
    path = f"/canaries/{action}"
    event |= {"routeKey": "POST /canaries/{action}", "rawPath": path, "pathParameters": {"action": action}}
    event["requestContext"]["http"]["path"] = path
    return event | {"body": json.dumps({"service": service, "environment": "dev"})}


def push_event(service: str, tag: str, digest: str, number: int = 1) -> Json:
    """What the rule on the default bus hands on of a push."""
    return {
        "id": f"{tag}-{number}",
        "time": datetime.now(UTC).isoformat(),
        "source": "aws.ecr",
        "detail-type": "ECR Image Action",
        "detail": {"repository-name": service, "image-digest": digest, "image-tag": tag},
    }


def alarm_event(alarm: str) -> Json:
    """What the rule on the alarms' bus hands on."""
    detail = {
        "alarmName": alarm,
        "state": {"value": "ALARM", "reason": "a test says so", "timestamp": "2026-11-22T09:30:00.000+0000"},
        "previousState": {"value": "OK"},
    }
    return {"source": "aws.cloudwatch", "account": DEV, "region": REGION, "detail": detail}


def bounce_event(approval: str, address: str) -> Json:
    """What the rule on the default bus hands on of a mail that SES had taken."""
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": address}]}
    detail = {
        "eventType": "Bounce",
        "bounce": bounce,
        "mail": {"destination": [address], "tags": {"approval": [approval], "kind": ["question"]}},
    }
    return {"source": "aws.ses", "detail-type": "Email Bounced", "account": ASSETS, "region": REGION, "detail": detail}
