"""Requests through a load balancer.

Restores: a rule sends each request to one of its target groups by chance, as often as the group's weight says, and ECS
changes the weights as it shifts traffic. The tasks of a service are the targets of its group. A group without targets
gives status 503, and the request counts for no group. An unsigned request finds the load balancers of every account, by
their DNS name.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#forward-actions
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-503-issues

DNS does not lead here, so `/_alb/<first label of the DNS name>/<path>` on the stand-in's port is a request as well.
"""

import asyncio
import random
import time
from contextvars import ContextVar
from functools import partial
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import alb

from sandbox.stand_in.repairs.ecs import tasks, traffic
from sandbox.stand_in.repairs.ecs.shares import on_shift
from sandbox.stand_in.repairs.load_balancers.forwarding import groups_of, put_weights
from sandbox.stand_in.repairs.load_balancers.metrics import (
    Way,
    record_answers,
    record_failed_connections,
    record_own_errors,
)
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_CONTENT = {"Content-Type": "text/html"}
_UNAVAILABLE: Response = (503, _CONTENT, b"<html><h1>503 Service Temporarily Unavailable</h1></html>")
_BAD_GATEWAY: Response = (502, _CONTENT, b"<html><h1>502 Bad Gateway</h1></html>")

_balancer: ContextVar[str] = ContextVar("balancer")
"""The ARN of the load balancer that has the present request."""


def apply(settings: Settings) -> None:
    """Find the load balancer, choose a group, and let its tasks answer."""
    chance = random.Random(settings.seed)  # noqa: S311 -- decides nothing but the split

    async def execute(original: Original, action: Json, *request: object) -> Response:
        groups = groups_of(action) if action["Type"] == "forward" else []
        chosen = {"TargetGroupArn": _chosen(groups, chance)} if groups else {}
        answer: Response = await original({**action, **chosen}, *request)
        return answer

    async def forward(original: Original, group: str, *request: Any) -> Response:  # noqa: ANN401 -- the library's own
        at, started, way = time.time(), time.monotonic(), Way(_balancer.get(), group)
        container = tasks.answering(group, chance)
        if container is None and not alb._targets.get(group):
            record_own_errors(way, at)
            return _UNAVAILABLE
        if container is None:
            answer: Response = await original(group, *request)
        else:
            answer = await asyncio.to_thread(tasks.answer_of, container, group, *request[:5])
        if answer[0] == tasks.NO_ANSWER:
            record_failed_connections(way, at)
            return _BAD_GATEWAY
        record_answers(way, at, answer[0], time.monotonic() - started)
        return answer

    put_in_front(alb, "find_lb_for_host", _of_any_account)
    put_in_front(alb, "_find_lb_by_name", _of_any_account)
    put_in_front(alb, "dispatch_request", _in_its_account)
    put_in_front(alb, "_execute_action", execute)
    put_in_front(alb, "_forward_to_tg", forward)
    alb._ACTION_MAP["DescribeTargetHealth"] = partial(_with_tasks, alb._ACTION_MAP["DescribeTargetHealth"])
    on_shift(put_weights)


def _chosen(groups: list[Json], chance: random.Random) -> str:
    """Return a group by its weight; nothing if none has any."""
    weights = [int(each["Weight"]) for each in groups]
    return str(chance.choices(groups, weights)[0]["TargetGroupArn"]) if sum(weights) else ""


def _of_any_account(original: Original, host: str) -> Json | None:
    label = host.split(":", maxsplit=1)[0].split(".", maxsplit=1)[0].lower()
    found = (each for _, each in alb._lbs.all_items() if each["DNSName"].split(".")[0].lower() == label)
    named: Json | None = next(found, None)
    return named or original(host)


async def _in_its_account(original: Original, balancer: Json, *request: object, **options: object) -> Response:
    _, _, _, region, account, _ = balancer["LoadBalancerArn"].split(":", 5)
    token = _balancer.set(balancer["LoadBalancerArn"])
    try:
        with request_scope(account, region):
            answer: Response = await original(balancer, *request, **options)
    finally:
        _balancer.reset(token)
    return answer


def _with_tasks(original: Original, params: Json) -> Response:
    """Let the tasks of a service be targets too. They have no address of their own here."""
    group = alb._p(params, "TargetGroupArn")
    running = sum(each.tasks for each in traffic.behind(group))
    if not running or group not in alb._tgs:
        answer: Response = original(params)
        return answer
    port = alb._tgs[group]["Port"]
    described = "".join(
        f"<member><Target><Id>10.0.0.{number}</Id><Port>{port}</Port></Target>"
        "<TargetHealth><State>healthy</State></TargetHealth></member>"
        for number in range(1, running + 1)
    )
    described = f"<TargetHealthDescriptions>{described}</TargetHealthDescriptions>"
    found: Response = alb._xml(200, "DescribeTargetHealth", described)
    return found
