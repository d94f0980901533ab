"""Each statement of each role is needed: without it, the step that it is for is refused."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gantry.promotion.steering import MOST_WISHES
from gantry.promotion.timestamps import iso
from sandbox.driver.artifact_bucket import ARTIFACTS, RELEASE, ArtifactBucket
from sandbox.driver.host import PYTHON
from sandbox.driver.inbox import Inbox
from sandbox.driver.live_bucket import BUCKETS, LiveBucket
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from tests.end_to_end.busy import (
    Busy,
    alarm_event,
    bounce_event,
    busy,
    call_event,
    crashed,
    hook_event,
    http_event,
    push_event,
    status_event,
    steering_event,
    target_id,
)
from tests.end_to_end.checking import answer, taken
from tests.end_to_end.drift_steps import STEPS as DRIFT_STEPS
from tests.end_to_end.ecs_rights import STEPS as ECS_STEPS
from tests.end_to_end.ecs_rights import add_tasks
from tests.end_to_end.live_parameter_steps import STEPS as LIVE_PARAMETER_STEPS
from tests.end_to_end.needs_steps import STEPS as NEEDS_STEPS
from tests.end_to_end.preflight_steps import STEPS as PREFLIGHT_STEPS
from tests.end_to_end.preview_steps import STEPS as PREVIEW_STEPS
from tests.end_to_end.question import STRANGER
from tests.end_to_end.rest_api_steps import STEPS as REST_API_STEPS
from tests.end_to_end.rest_api_steps import add_documents
from tests.end_to_end.service import APPROVER, NewService
from tests.end_to_end.statements import Statement, all_statements, physical_id, removed
from tests.end_to_end.write_back_steps import STEPS as WRITE_BACK_STEPS
from tests.sandbox.given import zip_of
from tests.template.parsed import PIPELINE

_NO_KEYS = "the stand-in's buckets have no key of KMS, so that the statement is not deployed"
_ANSWERS_A_TOKEN = "what is refused answers the task of a check, and here nobody waits for it any more"
_READS_QUEUES = "the stand-in's Lambda reads queues without asking the role"
NOT_ENFORCED_HERE = {
    "InspectTargetFunctionRole.DecryptThem": _NO_KEYS,
    "PrepareRevisionFunctionRole.DecryptThem": _NO_KEYS,
    "PreviewPromotionFunctionRole.DecryptThem": _NO_KEYS,
    "WriteBackFunctionRole.TakeMessagesFromItsQueue": _READS_QUEUES,
    "WriteLiveParametersFunctionRole.TakeMessagesFromItsQueue": _READS_QUEUES,
    "CheckAllEnvironmentsFunctionRole.DecryptThem": _NO_KEYS,
    "MachinesLogAndTrace.SendTraces": "X-Ray gets no traces from the stand-in's machines",
    "ResolveReleaseFunctionRole.DecryptThem": _NO_KEYS,
    "ResolveReleaseFunctionRole.EncryptThem": _NO_KEYS,
    "RequestApprovalFunctionRole.DecryptThem": _NO_KEYS,
    "AwaitReplicationFunctionRole.DecryptThem": _NO_KEYS,
    "AwaitReplicationFunctionRole.EncryptThem": _NO_KEYS,
    "Target:TargetRole.UseImagesOfTheAssetsAccount": "the stand-in's Lambda asks the repository's policy only",
    "Target:TargetRole.UseTheKeysOfVariables": "the stand-in's Lambda encrypts no variables",
    "Target:UseBucketKeys.DecryptArtifacts": _NO_KEYS,
    "Target:UseBucketKeys.UseTheKeysOfBuckets": _NO_KEYS,
    "Target:CheckByFunctions.AskFunctionsThatCheckNewVersions": _ANSWERS_A_TOKEN,
    "Target:CheckByBuilds.RunBuildsThatCheckNewVersions": _ANSWERS_A_TOKEN,
}
"""Statements that no refusal shows here, each with the reason: of most, AWS asks for them and the stand-in does not."""

STATEMENTS = all_statements()
ENFORCED = [each for each in STATEMENTS if str(each) not in NOT_ENFORCED_HERE]
AN_HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def world(new_service: NewService, pipeline: Pipeline) -> Iterator[Busy]:
    add_documents(pipeline)
    made = busy(new_service, pipeline)
    add_tasks(made)
    LiveBucket(pipeline.stand_in, DEV).make()
    yield made
    made.baking.succeeds(made.baking.roll_back("dev"))


def _of_state(function: str) -> Callable[[Busy], str]:
    return lambda world: world.invoke(function, world.payloads[function])


def _waiting_for_a_dead(state: str) -> Callable[[Busy], str]:
    """For a lease whose holder, an execution of a state's machine, has ended."""

    def provoke(world: Busy) -> str:
        payload = world.payloads["AcquireLease"]
        with world.left(world.other(state)) as target:
            deployment = payload["deployment"] | {"target": target}
            return world.invoke(
                "AcquireLease", payload | {"deployment": deployment, "execution": world.other("AcquireLease")}
            )

    return provoke


def _acquire_what_nobody_owns(world: Busy) -> str:
    """Only there AcquireLease asks the policy file."""
    payload = world.payloads["AcquireLease"]
    deployment = payload["deployment"] | {"target": crashed(payload["deployment"]["target"])}
    return world.invoke("AcquireLease", payload | {"deployment": deployment, "execution": world.other("AcquireLease")})


def _with_one_who_waits(function: str) -> Callable[[Busy], str]:
    """At the end of a deployment whose environment nobody else has, so that nothing else is live there."""

    def provoke(world: Busy) -> str:
        payload = world.payloads[function]
        with world.left(payload["execution"]) as target:
            deployment = payload["deployment"] | {"target": target, "environment": "crashed"}
            return world.invoke(function, payload | {"deployment": deployment, "fence": 1})

    return provoke


def _failure_that_nobody_knows(world: Busy) -> str:
    return world.invoke("RecordFailure", world.payloads["RecordFailure"] | {"execution": world.other("RecordFailure")})


def _at_rest(world: Busy) -> dict[str, Any]:
    target = world.payloads["InspectTarget"]["deployment"]["target"]
    return {**target, "name": f"{world.resting.name}/live"}


def _second_rollback(world: Busy) -> str:
    payload, request = world.payloads["RestoreVersion"], {"service": world.resting.name, "environment": "dev"}
    with world.left(payload["execution"], _at_rest(world)):
        return world.invoke(
            "RestoreVersion", payload | {"request": request, "execution": world.other("RestoreVersion")}
        )


def _rollback_to(version: str, world: Busy) -> dict[str, Any]:
    request = {"repository": world.baking.name, "environment": "dev", "version": version}
    return world.payloads["RestoreVersion"] | {"request": request, "execution": world.other("RestoreVersion")}


def _restore(world: Busy) -> str:
    return world.invoke("RestoreVersion", _rollback_to("1", world))


def _judge_what_bakes(world: Busy) -> str:
    """At the end of its bake, so that the verdict with its reasons is recorded; nobody holds it any more."""
    world.forget_wishes()
    now = datetime.now(UTC)
    long_ago = {"shifted_at": iso(now - timedelta(minutes=11)), "rollout_since": iso(now - timedelta(minutes=11))}
    payload = world.payloads["JudgeCanary"] | world.payloads["ShiftTraffic"] | long_ago | {"entered_at": iso(now)}
    return world.logged("JudgeCanary", payload)


def _restore_what_sleeps(world: Busy) -> str:
    world.pipeline.put_to_sleep(DEV, world.baking.name, "2")
    return world.logged("RestoreVersion", _rollback_to("2", world), fails=True)


def _wake(world: Busy) -> str:
    world.pipeline.put_to_sleep(DEV, world.baking.name, "2")
    return world.logged("WakeVersion", _rollback_to("2", world))


def _wake_what_sleeps(world: Busy) -> str:
    world.pipeline.put_to_sleep(DEV, world.baking.name, "2")
    return world.logged("WakeVersion", _rollback_to("2", world), fails=True)


def _wake_beside_another(world: Busy) -> str:
    request = {"repository": world.resting.name, "environment": "dev", "version": "1"}
    with world.left(world.other("RestoreVersion"), _at_rest(world)):
        return world.logged("WakeVersion", _rollback_to("1", world) | {"request": request})


def _wake_nothing(world: Busy) -> str:
    return world.invoke("WakeVersion", _rollback_to("2", world))


def _rehearse(world: Busy) -> str:
    return world.invoke("RehearseRollbacks", {})


def _rehearse_and_find(world: Busy) -> str:
    with world.without_alias():
        return world.invoke("RehearseRollbacks", {})


def _rollback_with_one_who_waits(world: Busy) -> str:
    rollback, request = world.other("RecordRollback"), {"service": world.resting.name, "environment": "dev"}
    with world.left(rollback, _at_rest(world)) as target:
        restore_point = {"revision": "1", "digest": world.digest}
        restored = [{"target_id": target_id(target), "fence": 1, "restore_point": restore_point}]
        own = {"request": request, "restored": restored, "execution": rollback}
        return world.invoke("RecordRollback", world.payloads["RecordRollback"] | own)


def _repair(world: Busy) -> str:
    with world.left(world.other("RestoreVersion")) as target:
        return world.invoke("RepairTarget", {"target": target_id(target)})


def _repair_of_a_deployment(world: Busy) -> str:
    """Of another release than the one that is live there, so that a verdict on it may be found."""
    release = world.payloads["AcquireLease"]["deployment"]["release"]
    with world.left(world.other("RecordRelease"), _at_rest(world), release=release) as target:
        return world.invoke("RepairTarget", {"target": target_id(target)})


def _repair_all_the_same(world: Busy) -> str:
    with world.left(world.other("RestoreVersion")) as target:
        return world.logged("RepairTarget", {"target": target_id(target)})


def _prepare_what_differs(world: Busy) -> str:
    """The lease is asked for right before something is changed."""
    payload = world.payloads["PrepareRevision"]
    configuration = payload["deployment"]["configuration"] | {"memory_mb": 512}
    return world.invoke(
        "PrepareRevision", payload | {"deployment": payload["deployment"] | {"configuration": configuration}}
    )


def _stop_wave(world: Busy) -> str:
    """Of an environment that is to be rolled back, with a deployment that waits for its turn."""
    acquiring = world.payloads["AcquireLease"]
    deployment, holder = acquiring["deployment"], world.other("RecordRelease")
    with world.left(holder, release=deployment["release"]) as target:
        wave = {
            "execution": deployment["promotion"],
            "entered_at": acquiring["entered_at"],
            "release": deployment["release"],
            "environment": deployment["environment"],
            "targets": [target],
            "on_failure": "roll_back_environment",
            "started_at": acquiring["entered_at"],
            "failed": {"Error": "States.Timeout"},
        }
        return world.invoke("StopWave", wave)


def _stop(world: Busy) -> str:
    restore_point = {
        "revision": "1",
        "digest": world.digest,
        "interrupted": world.other("RecordRelease"),
    }
    restored = [{"target_id": target_id(_at_rest(world)), "fence": 1, "restore_point": restore_point}]
    return world.invoke("StopDeployment", world.payloads["StopDeployment"] | {"restored": restored})


def _show(world: Busy) -> str:
    return world.invoke("ShowApproval", http_event("GET", world.pending().link(APPROVER)))


def _form(world: Busy) -> dict[str, Any]:
    question = world.pending()
    return http_event("POST", question.link(APPROVER), question.nonce(APPROVER))


def _decide(world: Busy) -> str:
    return world.invoke("DecideApproval", _form(world))


def _decide_all_the_same(world: Busy) -> str:
    return world.logged("DecideApproval", _form(world))


def _ask_about_canary(world: Busy) -> str:
    return world.invoke("AskAboutCanary", world.canary_question())


def _ask_about_canary_all_the_same(world: Busy) -> str:
    return world.logged("AskAboutCanary", world.canary_question())


def _decided_about_canary(world: Busy) -> str:
    """People are told what was decided at the next look."""
    payload = world.canary_question()
    world.asked_about_canary(payload)
    link = world.pipeline.mail_to(APPROVER, payload["execution"]).links[0]
    status, page = world.pipeline.answer(link, "approved")
    assert (status, "was decided" in page) == (200, True), page
    return world.logged("AskAboutCanary", payload)


def _expired_about_canary(world: Busy) -> str:
    """A task has left its token, and has stopped waiting."""
    payload = world.canary_question()
    approval = world.asked_about_canary(payload)
    world.change_approval(approval, "task_token", world.payloads["AcquireLease"]["task_token"])
    world.change_approval(approval, "approval.expires_at", "2020-01-01T00:00:00.000Z")
    return world.invoke("AskAboutCanary", payload)


def _close_question(world: Busy) -> str:
    with world.question_of_a_dead_deployment():
        return world.invoke("RepairTarget", {"target": "none"})


def _request(world: Busy) -> str:
    return world.invoke("RequestApproval", world.question())


def _request_of_somebody(*approvers: str) -> Callable[[Busy], str]:
    return lambda world: world.logged("RequestApproval", world.question(approvers=list(approvers)))


def _request_behind_a_newer_one(world: Busy) -> str:
    older = world.question()
    world.asked()
    return world.invoke("RequestApproval", older)


def _expire(world: Busy) -> str:
    return world.logged("FollowUpApproval", world.asked(AN_HOUR, expires_after_seconds=60))


def _expire_in_vain(world: Busy) -> str:
    return world.invoke("FollowUpApproval", world.asked(AN_HOUR, expires_after_seconds=60))


def _remind(world: Busy) -> str:
    return world.logged("FollowUpApproval", world.asked(AN_HOUR, expires_after_seconds=7200, reminder_after_seconds=60))


def _escalate_to_a_stranger(world: Busy) -> str:
    policy = {"expires_after_seconds": 7200, "escalate_to": [STRANGER], "escalate_after_seconds": 60}
    return world.logged("FollowUpApproval", world.asked(AN_HOUR, **policy))


def _bounce(world: Busy) -> dict[str, Any]:
    return bounce_event(world.pending().approval["id"], APPROVER)


def _bounce_of_one_of_two(world: Busy) -> str:
    approval = world.asked(approvers=[APPROVER, "another@example.com"])["key"]["pk"].partition("#")[2]
    return world.logged("OnBounce", bounce_event(approval, APPROVER))


def _push_of_a_claimed_release(world: Busy) -> str:
    with world.pushed_again() as payload:
        return world.invoke("ResolveRelease", payload)


def _push_of_an_overtaken_release(world: Busy) -> str:
    with world.overtaken() as payload:
        return world.invoke("ResolveRelease", payload)


def _push(world: Busy) -> str:
    return world.invoke("StartPromotion", push_event(world.resting.name, world.resting.tag(), world.digest))


def _call(world: Busy) -> str:
    return world.invoke("StartPromotionByCall", call_event(world.resting.name))


def _steering(world: Busy) -> dict[str, Any]:
    """Of the canary that bakes, wherever other steps have said that it is."""
    world.answered("Bake", world.payloads["Bake"] | {"wishes": MOST_WISHES})
    return steering_event(world.baking.name, "pause")


def _steer(world: Busy) -> str:
    return world.invoke("SteerCanary", _steering(world))


def _steer_all_the_same(world: Busy) -> str:
    return world.logged("SteerCanary", _steering(world))


def _advance(world: Busy) -> str:
    _steering(world)
    return world.invoke("SteerCanary", steering_event(world.baking.name, "advance"))


def _release_from_quarantine(world: Busy) -> str:
    with world.quarantined() as payload:
        return world.invoke("ResolveRelease", payload)


def _weaker_safeguards(world: Busy) -> str:
    with world.weakened() as payload:
        return world.invoke("ResolveRelease", payload)


def _weaker_safeguards_all_the_same(world: Busy) -> str:
    with world.weakened() as payload:
        return world.logged("ResolveRelease", payload)


def _promotion(world: Busy) -> str:
    return world.told_in(world.resting.start(digest=world.digest, environments=["dev"]))


def _promotion_with_a_question(world: Busy) -> str:
    return world.told_in(world.resting.start(digest=world.digest, environments=["staging"]))


def _deployment_that_cannot_even_be_recorded(world: Busy) -> str:
    target = world.payloads["AcquireLease"]["deployment"]["target"]
    return world.told_in(world.pipeline.start("Deployment", {"target": target}))


def _updated_machine(world: Busy) -> str:
    """Step Functions looks at the role when a machine is changed."""
    sfn, arn = world.pipeline.stand_in.client("stepfunctions", ASSETS), world.pipeline.outputs["PromotionMachineArn"]
    described = sfn.describe_state_machine(stateMachineArn=arn)
    with pytest.raises(ClientError) as refused:
        sfn.update_state_machine(stateMachineArn=arn, definition=described["definition"], roleArn=described["roleArn"])
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    return str(refused.value)


def _undelivered(queue: Inbox, event: Callable[[], object], text: str) -> str:
    event()
    message = queue.one("an undelivered event", lambda message: text in json.dumps(message))
    assert message["attributes"]["ERROR_CODE"] == "NO_PERMISSIONS"
    return str(message["attributes"]["ERROR_MESSAGE"])


def _undelivered_alarm(world: Busy) -> str:
    stand_in, resting = world.pipeline.stand_in, world.resting
    queue = Inbox(stand_in, physical_id(stand_in, "gantry-target", DEV, "UndeliveredAlarms"), DEV)
    return _undelivered(queue, lambda: resting.raise_alarm(DEV), resting.alarm)


def _elsewhere(world: Busy) -> str:
    """Where nothing was ever replicated to."""
    return world.invoke("AwaitReplication", world.payloads["CheckGates"] | {"elsewhere": ["eu-west-1"]})


def _promotion_of_an_object(world: Busy) -> str:
    """Of one whose digest S3 does not know."""
    named = world.object_event()["detail"]
    artifact = {"bucket": named["bucket"]["name"], "key": named["object"]["key"]}
    wish: dict[str, Any] = {"artifact": artifact, "version_id": named["object"]["version-id"], "started_by": APPROVER}
    payload = world.payloads["ResolveRelease"] | {"event": wish, "execution": world.other("ResolveRelease")}
    return world.invoke("ResolveRelease", payload)


def _push_of_an_object(world: Busy) -> str:
    return world.told_in(world.answered("StartPromotion", world.object_event())["execution"])


def _copy_elsewhere(world: Busy) -> str:
    """To a bucket of the pipeline's own region: the rights are the same."""
    named = world.object_event()["detail"]
    bucket, key = named["bucket"]["name"], named["object"]["key"]
    artifact: dict[str, Any] = {"kind": "s3_object", "digest": world.digest, "location": f"{bucket}/{key}"}
    artifact |= {"version": named["object"]["version-id"], "copies": {REGION: bucket}}
    payload = world.payloads["CheckGates"] | {"elsewhere": [REGION]}
    return world.invoke("AwaitReplication", payload | {"release": payload["release"] | {"artifact": artifact}})


def _object_of(version: str, key: str, body: bytes) -> dict[str, Any]:
    digest = f"sha256:{sha256(body).hexdigest()}"
    return {"kind": "s3_object", "digest": digest, "location": f"{ARTIFACTS}/{key}", "version": version}


def _live_object(key: str, **options: str) -> dict[str, Any]:
    """An object of a bucket in the workload account."""
    bucket = BUCKETS[DEV]
    name, arn = f"s3/{bucket}/{key}", f"arn:aws:s3:::{bucket}/{key}"
    return {"kind": "s3", "account": DEV, "region": REGION, "name": name, "arn": arn, "options": options}


def _prepare_an_object(world: Busy) -> str:
    body = b"print('moo')"
    artifact = _object_of(ArtifactBucket(world.pipeline.stand_in).push("glue/etl.py", body), "glue/etl.py", body)
    with world.preparing(_live_object("glue/etl.py"), artifact, {}) as payload:
        return world.invoke("PrepareRevision", payload)


def _prepare_many_objects(world: Busy) -> str:
    bucket = ArtifactBucket(world.pipeline.stand_in)
    version = bucket.push_release("site", {"index.html": b"moo"})
    artifact = _object_of(version, f"site/{RELEASE}", bucket.read(f"site/{RELEASE}", version))
    with world.preparing(_live_object("live.json", prefix="releases/"), artifact, {}) as payload:
        return world.invoke("PrepareRevision", payload)


def _prepare_a_function_with_a_layer(world: Busy) -> str:
    layer = f"arn:aws:lambda:{REGION}:{DEV}:layer:cowsay-common:1"
    return _prepare_a_new_function(world, "layered", layers=[layer])


def _prepare_a_function_with_a_role(world: Busy) -> str:
    return _prepare_a_new_function(world, "given-a-role")


def _prepare_a_new_function(world: Busy, what: str, **settings: Any) -> str:
    """Of a zip, with the role of the service at rest."""
    body, name = zip_of("def handler(event, context): ..."), f"{world.resting.name}-{what}"
    artifact = _object_of(ArtifactBucket(world.pipeline.stand_in).push(f"{what}.zip", body), f"{what}.zip", body)
    target = world.payloads["PrepareRevision"]["deployment"]["target"]
    arn = target["arn"].rpartition(":function:")[0] + f":function:{name}"
    role = {"role": f"arn:aws:iam::{DEV}:role/{world.resting.name}"}
    runs = {"runtime": f"python{PYTHON}", "handler": "app.handler", **settings}
    with world.preparing(target | {"name": f"{name}/live", "arn": arn, "options": role}, artifact, runs) as payload:
        return world.invoke("PrepareRevision", payload)


def _compare_what_cannot_be_read(world: Busy) -> str:
    """People are asked all the same, and told."""
    version = ArtifactBucket(world.pipeline.stand_in).push("glue/etl.py", b"print('moo')")
    payload = world.question()
    release = payload["release"] | {"artifact": _object_of(version, "glue/etl.py", b"print('moo')")}
    environment = payload["environment"] | {"targets": [_live_object("glue/etl.py")]}
    return world.logged("RequestApproval", payload | {"release": release, "environment": environment})


def _ended_promotion(world: Busy) -> dict[str, Any]:
    """The announced end of a promotion that waits for people. Step Functions does not know of it yet."""
    promotion, now = world.pending().promotion, int(time.time() * 1000)
    return {"detail": {"executionArn": promotion, "status": "ABORTED", "stopDate": now, "redriveCount": 0}}


def _close(world: Busy) -> str:
    return world.invoke("ClosePromotion", _ended_promotion(world))


def _ended_before_it_came_to_a_release(world: Busy) -> dict[str, Any]:
    """Of one that asked nobody: what RecordPromotion says once the wait has ended would be said already."""
    ended = {"executionArn": world.other("ResolveRelease"), "status": "ABORTED", "redriveCount": 0}
    ended |= {"stopDate": int(time.time() * 1000), "input": json.dumps({"repository": world.resting.name})}
    return {"detail": ended}


def _report(world: Busy) -> str:
    return world.invoke("ClosePromotion", _ended_before_it_came_to_a_release(world))


def _report_all_the_same(world: Busy) -> str:
    return world.logged("ClosePromotion", _ended_before_it_came_to_a_release(world))


def _answer_a_check(world: Busy) -> str:
    with world.hooked() as callback_id:
        return world.invoke("AnswerCheck", hook_event(callback_id))


def _end_a_wait(world: Busy) -> str:
    with world.heard() as arn:
        return world.invoke("OnTargetEvent", {"resources": [arn], "detail": {}})


def _signed_answer(world: Busy) -> str:
    """By a target's account, with the role of the hooks."""
    said = answer(world.pipeline, taken(world.pipeline, DEV, DEV), "5f2b", status="passed")
    assert said.status == 403
    return str(said.body)


PROVOKED_BY: dict[str, Callable[[Busy], str]] = (
    REST_API_STEPS
    | ECS_STEPS
    | PREVIEW_STEPS
    | NEEDS_STEPS
    | PREFLIGHT_STEPS
    | DRIFT_STEPS
    | WRITE_BACK_STEPS
    | LIVE_PARAMETER_STEPS
    | {
        "ResolveReleaseFunctionRole.SeeWhetherAnEarlierClaimStillHolds": _push_of_an_overtaken_release,
        "ResolveReleaseFunctionRole.SeeWhetherTheEarlierPromotionStillRuns": _push_of_a_claimed_release,
        "ResolveReleaseFunctionRole.ShowNoQuarantineThatWasReleased": _release_from_quarantine,
        "ResolveReleaseFunctionRole.ReadManifestsInAnyRevision": _weaker_safeguards,
        "ResolveReleaseFunctionRole.NotifyPeople": _weaker_safeguards,
        "ResolveReleaseFunctionRole.MailApprovers": _weaker_safeguards_all_the_same,
        "AcquireLeaseFunctionRole.ReadThePolicyFile": _acquire_what_nobody_owns,
        "AcquireLeaseFunctionRole.SeeWhatExistsAndWhichServicesShareAName": _acquire_what_nobody_owns,
        "AcquireLeaseFunctionRole.SeeWhetherTheyStillRun": _waiting_for_a_dead("RecordRelease"),
        "AcquireLeaseFunctionRole.SeeWhetherARollbackThatHoldsTheLeaseStillRuns": _waiting_for_a_dead("RestoreVersion"),
        "AcquireLeaseFunctionRole.AskForTheRepairOfAnAbandonedLease": _waiting_for_a_dead("RestoreVersion"),
        "InspectTargetFunctionRole.PublishEvents": (
            lambda world: world.logged("InspectTarget", world.payloads["InspectTarget"])
        ),
        "RecordReleaseFunctionRole.AnswerWaitingDeployments": _with_one_who_waits("RecordRelease"),
        "RecordReleaseFunctionRole.SeeWhetherTheyStillRun": _with_one_who_waits("RecordRelease"),
        "RecordFailureFunctionRole.AnswerWaitingDeployments": _with_one_who_waits("RecordFailure"),
        "RecordFailureFunctionRole.SeeWhetherTheyStillRun": _with_one_who_waits("RecordFailure"),
        "RecordFailureFunctionRole.NotifyPeople": _failure_that_nobody_knows,
        "RestoreVersionFunctionRole.SeeWhetherARollbackStillRuns": _second_rollback,
        "RestoreVersionFunctionRole.TakeTheLease": _restore,
        "RestoreVersionFunctionRole.SeeWhetherTheOlderImageStillExists": _restore_what_sleeps,
        "WakeVersionFunctionRole.FindTheOlderVersion": _wake_nothing,
        "WakeVersionFunctionRole.EnterTargetAccounts": _wake,
        "WakeVersionFunctionRole.SeeWhetherTheOlderImageStillExists": _wake_what_sleeps,
        "WakeVersionFunctionRole.SeeWhetherARollbackStillRuns": _wake_beside_another,
        "RehearseRollbacksFunctionRole.FindAllTargets": _rehearse,
        "RehearseRollbacksFunctionRole.KeepTheLastRehearsal": _rehearse,
        "RehearseRollbacksFunctionRole.RehearseTheEmergencyPath": _rehearse,
        "RehearseRollbacksFunctionRole.NotifyPeople": _rehearse_and_find,
        "RestoreVersionFunctionRole.AskForTheRepairOfAStoppedRollback": _second_rollback,
        "RecordRollbackFunctionRole.AnswerWaitingDeployments": _rollback_with_one_who_waits,
        "RecordRollbackFunctionRole.SeeWhetherTheyStillRun": _rollback_with_one_who_waits,
        "RecordRollbackFunctionRole.PublishEvents": _rollback_with_one_who_waits,
        "RecordRollbackFunctionRole.NotifyPeople": _rollback_with_one_who_waits,
        "RepairTargetFunctionRole.TakeTheLeaseAndRecordWhatIsLive": _repair,
        "RepairTargetFunctionRole.SeeWhetherTheyStillRun": _repair,
        "RepairTargetFunctionRole.SeeHowARollbackHasEnded": _repair,
        "RepairTargetFunctionRole.FindTheVerdictOnACanary": _repair_of_a_deployment,
        "RepairTargetFunctionRole.StopTheDeploymentThatADeadRollbackInterrupted": _repair,
        "RepairTargetFunctionRole.AnswerWaitingDeployments": _repair,
        "RepairTargetFunctionRole.EnterTargetAccounts": _repair,
        "RepairTargetFunctionRole.PublishEvents": _repair_all_the_same,
        "RepairTargetFunctionRole.NotifyPeople": _repair,
        "StopDeploymentFunctionRole.StopTheDeploymentInFlight": _stop,
        "AskAboutCanaryFunctionRole.ReadTheApprovalAndWhatIsLive": _ask_about_canary,
        "AskAboutCanaryFunctionRole.StoreAnswersAndOutcomes": _ask_about_canary,
        "AskAboutCanaryFunctionRole.RecordDecidedApprovals": _ask_about_canary,
        "AskAboutCanaryFunctionRole.MailApprovers": _ask_about_canary,
        "AskAboutCanaryFunctionRole.StoreTheQuestionItsLinksAndWhatCameOfIt": _ask_about_canary,
        "AskAboutCanaryFunctionRole.ReadTheLeaseAndWhatWasAskedBefore": _ask_about_canary,
        "AskAboutCanaryFunctionRole.PublishEvents": _ask_about_canary_all_the_same,
        "AskAboutCanaryFunctionRole.NotifyPeople": _decided_about_canary,
        "AskAboutCanaryFunctionRole.AnswerTheWaitThatHasEnded": _expired_about_canary,
        "RepairTargetFunctionRole.CloseTheQuestionOfADeploymentThatHasEnded": _close_question,
        "RepairTargetFunctionRole.ListNoQuestionThatIsClosed": _close_question,
        "RequestApprovalFunctionRole.ReadArtifactsInAnyVersion": _compare_what_cannot_be_read,
        "RequestApprovalFunctionRole.StoreAnswersAndOutcomes": _request,
        "RequestApprovalFunctionRole.SeeWhichReleaseIsAtTheGate": _request,
        "RequestApprovalFunctionRole.MailApprovers": _request,
        "RequestApprovalFunctionRole.SeeWhetherTheNewerPromotionStillRuns": _request_behind_a_newer_one,
        # The first release of the service at rest waits there from the beginning.
        "RequestApprovalFunctionRole.EndTheSupersededPromotion": _promotion_with_a_question,
        "RequestApprovalFunctionRole.PublishEvents": _request_of_somebody(APPROVER),
        "RequestApprovalFunctionRole.NotifyPeople": _request_of_somebody(APPROVER, STRANGER),
        "FollowUpApprovalFunctionRole.ReadTheApprovalAndWhatIsLive": (
            lambda world: world.invoke("FollowUpApproval", world.follow_up())
        ),
        "FollowUpApprovalFunctionRole.StoreAnswersAndOutcomes": _expire_in_vain,
        "FollowUpApprovalFunctionRole.RecordDecidedApprovals": _expire_in_vain,
        "FollowUpApprovalFunctionRole.ListThemAsLongAsTheyWaitForPeople": _expire_in_vain,
        "FollowUpApprovalFunctionRole.StoreLinksOfRemindersAndEscalations": _remind,
        "FollowUpApprovalFunctionRole.AnswerTheWaitThatHasEnded": (
            lambda world: world.invoke("FollowUpApproval", world.follow_up())
        ),
        "FollowUpApprovalFunctionRole.MailApprovers": _remind,
        "FollowUpApprovalFunctionRole.PublishEvents": _expire,
        "FollowUpApprovalFunctionRole.NotifyPeople": _escalate_to_a_stranger,
        "ShowApprovalFunctionRole.ReadTheApprovalAndWhatIsLive": _show,
        "ShowApprovalFunctionRole.SeeWhetherAnybodyStillWaits": _show,
        "ShowStatusFunctionRole.ReadWhatGoesOn": lambda world: world.invoke("ShowStatus", status_event()),
        "DecideApprovalFunctionRole.ReadTheApprovalAndWhatIsLive": _decide,
        "DecideApprovalFunctionRole.StoreAnswersAndOutcomes": _decide,
        "DecideApprovalFunctionRole.ListThemAsLongAsTheyWaitForPeople": _decide,
        "DecideApprovalFunctionRole.RecordDecidedApprovals": _decide_all_the_same,
        "DecideApprovalFunctionRole.SeeWhetherAnybodyStillWaits": _decide,
        "DecideApprovalFunctionRole.LetWhatWaitsContinue": _decide_all_the_same,
        "DecideApprovalFunctionRole.PublishEvents": _decide_all_the_same,
        "OnBounceFunctionRole.ReadWhomTheApprovalAsked": lambda world: world.invoke("OnBounce", _bounce(world)),
        "OnBounceFunctionRole.StoreAnswersAndOutcomes": lambda world: world.invoke("OnBounce", _bounce(world)),
        "OnBounceFunctionRole.ListThemAsLongAsTheyWaitForPeople": lambda world: world.invoke(
            "OnBounce", _bounce(world)
        ),
        "OnBounceFunctionRole.RecordDecidedApprovals": lambda world: world.invoke("OnBounce", _bounce(world)),
        "OnBounceFunctionRole.EndTheWaitForPeopleWhoCannotBeReached": lambda world: world.invoke(
            "OnBounce", _bounce(world)
        ),
        "OnBounceFunctionRole.PublishEvents": lambda world: world.logged("OnBounce", _bounce(world)),
        "OnBounceFunctionRole.NotifyPeople": _bounce_of_one_of_two,
        "OnAlarmFunctionRole.FindTheBakesThatWatchTheAlarm": (
            lambda world: world.invoke("OnAlarm", alarm_event(world.baking.alarm))
        ),
        "OnAlarmFunctionRole.EndTheBake": lambda world: world.invoke("OnAlarm", alarm_event(world.baking.alarm)),
        "OnTargetEventFunctionRole.FindTheWaitsForTheTarget": _end_a_wait,
        "OnTargetEventFunctionRole.EndTheWait": _end_a_wait,
        "ResolveReleaseFunctionRole.ReadArtifactsInAnyVersion": _promotion_of_an_object,
        "ResolveReleaseFunctionRole.KeepCopiesInAFolderOfTheirOwn": _promotion_of_an_object,
        "ResolveReleaseFunctionRole.SeeWhichVersionIsTheNewest": _push_of_an_object,
        "StartPromotionFunctionRole.SeeWhetherAnObjectHasAManifest": (
            lambda world: world.invoke("StartPromotion", world.object_event())
        ),
        "AwaitReplicationFunctionRole.ReadArtifactsInAnyVersion": _copy_elsewhere,
        "AwaitReplicationFunctionRole.KeepCopiesInAFolderOfTheirOwn": _copy_elsewhere,
        "AwaitReplicationFunctionRole.SeeWhetherTheImageIsInAnotherRegion": _elsewhere,
        "AwaitReplicationFunctionRole.SeeHowFarItsReplicationIs": _elsewhere,
        "AwaitReplicationFunctionRole.SeeWhichRepositoriesAreReplicated": _elsewhere,
        "ClosePromotionFunctionRole.StoreAnswersAndOutcomes": _close,
        "ClosePromotionFunctionRole.ListThemAsLongAsTheyWaitForPeople": _close,
        "ClosePromotionFunctionRole.RecordDecidedApprovals": _close,
        "ClosePromotionFunctionRole.PublishEvents": _report_all_the_same,
        "ClosePromotionFunctionRole.NotifyPeople": _report,
        "ClosePromotionFunctionRole.ReadWhomItAskedAndWhetherPeopleKnow": _close,
        "ClosePromotionFunctionRole.FindRunningPromotionsAndNoteTheirEnd": _close,
        "ClosePromotionFunctionRole.RecordHowItEndedAndThatPeopleKnow": _report,
        "ClosePromotionFunctionRole.SeeHowAPromotionHasEnded": _close,
        "ClosePromotionFunctionRole.AnswerTheWaitThatHasEnded": _close,
        "AnswerCheckFunctionRole.FindTheCheckThatWaits": _answer_a_check,
        "AnswerCheckFunctionRole.LetTheDeploymentContinue": _answer_a_check,
        "HooksRole.AnswerChecks": _signed_answer,
        "SteerCanaryFunctionRole.FindTheCanaries": _steer,
        "SteerCanaryFunctionRole.SeeWhatWaitsAndWhatWasWanted": _steer,
        "SteerCanaryFunctionRole.KeepWhatSomebodyWants": _steer,
        "SteerCanaryFunctionRole.RecordWhoWantedIt": _steer,
        "SteerCanaryFunctionRole.EndWhatWaitsWithTheCanary": _steer,
        "SteerCanaryFunctionRole.PublishEvents": _steer_all_the_same,
        "SteerCanaryFunctionRole.NotifyPeople": _steer_all_the_same,
        "SteerCanaryFunctionRole.ReadThePolicyFile": _advance,
        "SteerCanaryFunctionRole.SeeWhatExistsAndWhichServicesShareAName": _advance,
        "StartPromotionFunctionRole.RecordThatItWasAPush": _push,
        "StartPromotionFunctionRole.StartPromotions": _push,
        "StartPromotionByCallFunctionRole.RecordWhoCalled": _call,
        "StartPromotionByCallFunctionRole.StartPromotions": _call,
        "PrepareRevisionFunctionRole.ReadItemsByTheirKey": _prepare_what_differs,
        "StopWaveFunctionRole.FindThePromotionsDeployments": _stop_wave,
        "StopWaveFunctionRole.FindWhatItMadeLive": _stop_wave,
        "StopWaveFunctionRole.StopTheRestOfTheWave": _stop_wave,
        "PromotionMachineRole.InvokeItsFunctions": _promotion,
        "PromotionMachineRole.StoreTheTaskTokenInTheLedger": _promotion_with_a_question,
        "PromotionMachineRole.StartDeploymentsAndAnEnvironmentsRollback": _promotion,
        "PromotionMachineRole.FollowThemAndStopThemWithThePromotion": _promotion,
        "PromotionMachineRole.NoticeTheirEnds": _updated_machine,
        "DeploymentMachineRole.InvokeItsFunctions": _deployment_that_cannot_even_be_recorded,
        "RollbackMachineRole.InvokeItsFunctions": lambda world: world.told_in(world.resting.roll_back("dev")),
        "MachinesLogAndTrace.DeliverLogs": _updated_machine,
        "Target:TargetRole.ReadFunctionsAndTheirVersions": _of_state("InspectTarget"),
        "Target:TargetRole.PublishVersionsAndMoveAliases": _of_state("InspectTarget"),
        "Target:TargetRole.GiveFunctionsTheirRole": _prepare_a_function_with_a_role,
        "Target:TargetRole.ReadAlarms": _of_state("InspectTarget"),
        "Target:TargetRole.CountTheCanarysRequests": _judge_what_bakes,
        "Target:AlarmRaisedRole.ForwardAlarms": _undelivered_alarm,
        "Target:InvokeVersions.InvokeVersions": _wake,
        "Target:ReadArtifacts.ReadArtifacts": _prepare_an_object,
        "Target:WriteObjects.WriteObjectsAndReadTheirVersions": _prepare_an_object,
        "Target:WriteObjects.LookAtBuckets": _prepare_many_objects,
        "Target:GiveLayers.GiveFunctionsLayers": _prepare_a_function_with_a_layer,
    }
)
"""How to come to the step. All other functions are invoked with the payload that their state last had."""

WORDS = {
    "HooksRole.AnswerChecks": "Forbidden",
    # Without the right to list, S3 does not say whether it is there.
    **{
        f"{name}FunctionRole.ReadArtifactsInAnyVersion": "does not exist, or the pipeline may not read it"
        for name in ("RequestApproval", "InspectTarget", "PrepareRevision", "PreviewPromotion", "CheckAllEnvironments")
    },
    "PromotionMachineRole.NoticeTheirEnds": "not authorized to create managed-rule",
    "MachinesLogAndTrace.DeliverLogs": "not authorized to access the Log Destination",
}
"""The refusals that do not name the action."""


@pytest.mark.parametrize("statement", ENFORCED, ids=str)
def test_without_the_statement_the_step_is_refused(statement: Statement, world: Busy) -> None:
    function = statement.holder.removesuffix("FunctionRole")
    provoke = PROVOKED_BY.get(str(statement)) or _of_state(function)
    with removed(statement, world.pipeline.stand_in):
        kept_while_warm = {"sts:AssumeRole", "kms:Sign", "secretsmanager:GetSecretValue", "s3:GetObjectVersion"}
        if kept_while_warm & set(statement.actions) and statement.template == PIPELINE:
            world.restart(function)
        told = provoke(world)
    wanted = [WORDS[str(statement)]] if str(statement) in WORDS else _refusals(statement)
    assert any(words in told for words in wanted), told


def _refusals(statement: Statement) -> list[str]:
    return [f"not authorized to perform: {action}" for action in statement.actions]


def test_what_is_said_about_a_statement_is_about_one_that_there_is() -> None:
    names = {str(each) for each in STATEMENTS}
    assert len(names) == len(STATEMENTS)
    assert NOT_ENFORCED_HERE.keys() | PROVOKED_BY.keys() | WORDS.keys() <= names
    assert not NOT_ENFORCED_HERE.keys() & PROVOKED_BY.keys()
