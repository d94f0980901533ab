"""Inputs, and what the functions answer when everything goes well."""

from collections.abc import Sequence

from sandbox.stand_in.accounts import DEV, PROD
from tests.sandbox.given import Json
from tests.statemachine.approvals import ORIGIN, POLICY, decided, pending
from tests.statemachine.scripted import Answers, Raises
from tests.unit.handlers.payloads import FENCE, deployment_input, release_input, target_input

STEP: Json = {"weight": 10, "bake_seconds": 1}
RELEASE = release_input()
TARGET = target_input()

# Without steps: a test that is not about the rollout need not bake.
DEPLOYMENT = deployment_input(plan=[])
FOUND: Json = {"revision": "7", "weights": {}}
STABLE: Json = {"revision": "7", "digest": "sha256:" + "b" * 64}
PREPARED: Json = {"revision": "8", "outcome": "published"}
CHECK: Json = {
    "kind": "codebuild",
    "within_seconds": 30,
    "name": "smoke-test",
    "request": {"payload": "{}", "expect": None},
    "times": 1,
}
CHECKED: Json = {"checks": {"before_traffic": [CHECK]}}
"""A deployment with one check before any traffic."""
SETTLED: Json = {"configuration": {"memory_mb": "512"}}
HEALTHY: Json = {"verdict": "healthy", "decision": "advance", "look_seconds": 1, "failed_looks": 0, "wishes": 0}
TOO_FEW: Json = HEALTHY | {"verdict": "inconclusive", "decision": "keep_baking"}
KNOWN: Json = {"reasons": ["too few requests"], "evidence": {}, "minutes": []}
UNKNOWN: Json = TOO_FEW | {"decision": "ask", "known": KNOWN}
ASKED: Json = {"approval_id": "0" * 32, "decision": None, "seconds": 1}
PROMOTED_ANYWAY: Json = ASKED | {"decision": {"decision": "approved", "explanation": "ops@example.com did"}}
ANYWAY: Json = UNKNOWN | {"decision": "advance", "known": None}
"""The look after people have decided to promote it anyway."""
QUESTION: Json = {"JudgeCanary": [UNKNOWN, ANYWAY], "AskAboutCanary": [ASKED, PROMOTED_ANYWAY]}
"""Too little is known of the canary; people answer after a while."""
DEPLOYED: Json = {
    "AcquireLease": Answers({"fence": FENCE}),
    "InspectTarget": {"found": FOUND, "stable": STABLE, "alarms_firing": []},
    "PrepareRevision": PREPARED,
    "SettleTarget": SETTLED,
    "RunCheck": Answers({"status": "started", "reason": "it goes on", "run": "smoke-test:1"}),
    "AwaitCheck": {"status": "passed", "reason": "SUCCEEDED", "run": ""},
    "RecordCheck": {"check": "codebuild smoke-test", "reason": "SUCCEEDED"},
    "ShiftTraffic": {"shifted_at": "2026-11-22T09:30:00.123Z", "weight": 10},
    "AwaitShift": Answers({}),
    "Bake": {},
    "JudgeCanary": HEALTHY,
    "HoldCanary": {"shifted_at": "2026-11-22T09:31:00.123Z", "weight": 10},
    "AskAboutCanary": ASKED,
    "AwaitCanaryDecision": {},
    "ResumeCanary": {"shifted_at": "2026-11-22T09:32:00.123Z", "weight": 10},
    "CompleteDeployment": {"revision": "8"},
    "AwaitCompletion": Answers({}),
    "RecordRelease": {"revision": "8"},
    "RollBack": {"revision": "7"},
    "RecordFailure": {"cause": "the recorded cause"},
}
"""Nothing answers the tokens of `Bake` and `AwaitCanaryDecision`: they end by their time-outs."""
SLOW: Json = {
    state: [Raises("TargetSlowError", "it has begun"), DEPLOYED[state]]
    for state in ("ShiftTraffic", "CompleteDeployment")
}
"""What is different where the service takes minutes: events end the waits for it at once."""
FIRST: Json = {
    "InspectTarget": {"found": None, "stable": None, "alarms_firing": []},
    "PrepareRevision": {**PREPARED, "outcome": "created"},
    "RollBack": Raises("NoPreviousRevisionError", "it was the first deployment"),
}
"""What is different where nothing was before."""


def plan(steps: int) -> list[Json]:
    """A plan of so many steps with a short bake each."""
    return [{**STEP, "weight": 9 * (index + 1)} for index in range(steps)]


def environment(name: str, *, targets: list[Json] | None = None, is_gated: bool = False) -> Json:
    """An environment as CheckGates answers it; in front of a gated one people are asked."""
    account = DEV if name == "dev" else PROD
    return {
        "name": name,
        "targets": targets or [{**TARGET, "account": account}],
        "approval": POLICY if is_gated else None,
        "plan": [STEP],
        "alarms": ["cowsay-errors"],
        "configuration": DEPLOYMENT["configuration"],
        "judge": {"minimum_requests": 1, "bake_after_seconds": 0},
        "checks": DEPLOYMENT["checks"],
        "on_failure": "stop",
        "architecture": "x86_64",
        "deployment_seconds": 60,
        "carried": DEPLOYMENT["carried"],
    }


def resolved(*environments: Json) -> Json:
    """What ResolveRelease answers for a release that goes to these environments."""
    names = [each["name"] for each in environments]
    named: Json = {"environments": names, "promoted": names, "releases": {}, "needing": []}
    return {"outcome": "promote", "release": RELEASE, "origin": ORIGIN} | named


def open_gates(
    environment: Json, *firing: str, elsewhere: Sequence[str] = (), waves: Sequence[Sequence[int]] | None = None
) -> Json:
    """What CheckGates answers; without `waves` each target is one."""
    drafts: list[Json] = [{} for _ in environment["targets"]]
    found: Json = {"release": RELEASE, "environment": environment, "firing": list(firing)}
    found |= {"elsewhere": list(elsewhere), "drafts": drafts}
    found["waves"] = [[index] for index in range(len(drafts))] if waves is None else waves
    is_asked = bool(environment.get("approval"))
    return found | {"forecast": "soon" if is_asked else None, "ends": "later" if is_asked else None}


CHECKED_ENVIRONMENTS: Json = {"looks": 2, "unknown": []}


def promoted(*environments: Json) -> Json:
    """What they answer, one environment after the other."""
    return {
        "ResolveRelease": resolved(*environments),
        "CheckAllEnvironments": CHECKED_ENVIRONMENTS,
        "CheckGates": [open_gates(each) for each in environments],
    }


def stopped(
    error: str = "DeploymentRolledBack", message: str = "it was unhealthy", roll_back: Sequence[str] = ()
) -> Json:
    """What StopWave answers for a deployment that failed with this."""
    return {"error": error, "message": message, "stopped": [], "roll_back": list(roll_back)}


PUSH: Json = {"repository": "cowsay", "tag": "4f0c2d1"}
PROMOTED: Json = {
    **promoted(environment("dev"), environment("prod")),
    "AwaitInfrastructure": {"infrastructure": {"parameter /infra/prod/revision": "12"}},
    "AwaitReplication": {"regions": ["eu-west-1"]},
    "RequestApproval": pending(1),
    "FollowUpApproval": decided("approved"),
    "StopWave": stopped(),
    "RecordPromotion": {"outcome": "completed"},
}
"""Nothing answers the token of `AwaitDecision` by itself: it ends by its time-out."""

BY_HAND: Json = {"service": "cowsay", "environment": "prod"}
RESTORED: Json = {
    "target_id": "444444444444/us-east-1/cowsay/live",
    "fence": FENCE + 1,
    "restore_point": {
        "revision": "7",
        "digest": STABLE["digest"],
        "tag": "b0b0b0b",
        "manifest_revision": "revision-1",
        "sequence": 1,
        "rolled_back": {
            "digest": RELEASE["artifact"]["digest"],
            "manifest_revision": RELEASE["manifest_revision"],
            "sequence": 2,
        },
        "previous_routing": "8",
        "interrupted": None,
        "started_by": None,
        "why": None,
        "promotion": None,
        "notes": [],
    },
}
TAKEN_BACK: Json = {
    "RestoreVersion": {"restored": [RESTORED], "problems": []},
    "WakeVersion": {"awake": [RESTORED["target_id"]], "not_awake": []},
    "StopDeployment": {"stopped": []},
    "RecordRollback": {"summary": "cowsay in prod is back on 7", "restored": [RESTORED]},
}
