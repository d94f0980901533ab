"""What a deployment meets at a bucket or a REST API without any fault of Gantry's own."""

from sandbox.driver.waiting import eventually
from sandbox.stand_in.faults import pauses
from sandbox.stories.chaos.kinds import POINTERS, STAGES
from sandbox.stories.chaos.pointer_target import PointerTarget
from sandbox.stories.chaos.situations import Ended, Situation, wrong
from sandbox.stories.chaos.stage_target import StageTarget
from sandbox.stories.chaos.target import CASE_SECONDS, Target

_TENTH = 10.0


def _others_write_the_pointer(target: PointerTarget) -> Ended:
    """What they wrote stays, and the deployment that was prepared before fails."""
    target.release("1")
    target.faults.inject(target.functions["SettleTarget"], pauses(60), target.name, 1)
    execution = target.start_deployment("2")
    eventually("a prepared release", lambda: target.faults.held(target.name) or None, CASE_SECONDS)
    target.overwrite()
    target.faults.clear(target.name)
    broken = _left_alone(target, execution)
    return execution, (*broken, *wrong({f"it was written {target.writes()} times": target.writes() == 1 + 1}))


def _others_change_the_canary(target: StageTarget) -> Ended:
    """Their canary stays, and the deployment that it was taken from fails."""
    target.release("1")
    execution = target.start_deployment("2", bake_seconds=10)
    eventually("the canary", lambda: "2" in target.routing() or None)
    target.change_canary(_TENTH)
    broken = _left_alone(target, execution)
    routing, weight = target.routing(), target.canary_weight()
    left = {f"it routes to {routing}": routing == "1 and 2", f"the canary has {weight} %": weight == _TENTH}
    return execution, (*broken, *wrong(left))


def _left_alone(target: Target, execution: str) -> tuple[str, ...]:
    """Wait for the end of a deployment, and return what is wrong unless it left the target to others."""
    ended = target.pipeline.wait(execution, CASE_SECONDS)
    eventually("a notification", lambda: target.notifications(execution) or None, CASE_SECONDS)
    sent = len(target.notifications(execution))
    return wrong(
        {
            f"it ended as {ended['status']}": ended["status"] == "FAILED",
            f"it failed with {str(ended.get('cause'))[:200]}": "TargetChangedError" in str(ended.get("cause")),
            f"the team was notified {sent} times": sent == 1,
            "the lease is held or waited for": target.is_free(),
        }
    )


KIND_SITUATIONS = (
    Situation("others write the pointer before the switch", _others_write_the_pointer, POINTERS),
    Situation("others change the canary", _others_change_the_canary, STAGES),
)
