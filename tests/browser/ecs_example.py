"""The same approval for an ECS service, and a question about its canary: what only that kind has people read."""

from dataclasses import replace

from gantry.promotion.checks import Check, CheckKind, Checks
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.manifest.content import Environment
from gantry.promotion.traffic import Plan, Step
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.schema import SCHEMA
from gantry.use_cases.service_manifest import carriage
from tests.browser.example import ABOUT_CANARY, ALARMS, ASKED, MASKING, OLD, POLICY

TARGET = EcsTarget("444444444444", "eu-central-1", "main", "cowsay", "app").as_target()
PLACE = "arn:aws:secretsmanager:eu-central-1:444444444444:secret:cowsay/database-AbCdEf"
MIGRATION = Check(CheckKind.RUN_TASK, 900, command=("python", "manage.py", "migrate"))


def _masked(memory: str, **secrets: str) -> dict[str, str]:
    settings = {"cpu": "512", "memory": memory, "environment": {"QUOTES_API_KEY": f"k-{memory}"}, "secrets": secrets}
    return SCHEMA.mask(settings, MASKING)


def _carried(plan: Plan) -> dict[str, str]:
    judge = JudgeSettings(minimum_requests=100)
    environment = Environment("prod", (TARGET,), POLICY, plan, ALARMS, {}, judge, checks=Checks((MIGRATION,)))
    return dict(carriage(environment))


STEPS = tuple(Step(each, 300) for each in (25, 50, 75))
BEFORE = LiveRevision(
    revision="cowsay:11",
    digest=OLD,
    since="2026-11-09T14:03:00.000Z",
    tag="a91be07",
    manifest_revision="older",
    configuration={**_masked("1024"), "container": "app"},
)
LIVES = [Live("cowsay", "prod", TARGET, BEFORE, carried=_carried(()))]
SERVICE = replace(
    ASKED, targets=(TARGET,), settings=_masked("2048", DATABASE_URL=PLACE), carried=_carried(STEPS), firing=()
)
assert ABOUT_CANARY.canary
CANARY = replace(
    ABOUT_CANARY,
    targets=(TARGET,),
    canary=replace(
        ABOUT_CANARY.canary, canary="cowsay:12", stable="cowsay:11", weight=50, watched_weight=50, step=2, steps=3
    ),
)
