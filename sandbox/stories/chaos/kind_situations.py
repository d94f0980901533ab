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
    """What they wrote stays live, and the deployment that was prepared before fails."""
    target.release("1")
    target.faults.inject(target.functions["SettleTarget"], pauses(60), target.name, 1)
    execution = target.start_deployment("2")
    eventually("a prepared release", lambda: target.faults.held(target.name) or None, CASE_SECONDS)
    target.overwrite()
    target.faults.clear(target.name)
    broken = _failed(target, execution)
    eventually(
        "a free lease and a message",
        lambda: (target.is_free() and target.notifications(execution)) or None,
        CASE_SECONDS,
    )
    sent = len(target.notifications(execution))
    told = {f"the team was notified {sent} times": sent == 1}
    return execution, (*broken, *wrong({**told, "what others wrote is gone": target.is_overwritten()}))


def _others_change_the_canary(target: StageTarget) -> Ended:
    """The deployment that the canary is of fails, and the version before it gets all traffic."""
    target.release("1")
    execution = target.start_deployment("2", bake_seconds=10)
    eventually("the canary", lambda: "2" in target.routing() or None)
    target.change_canary(_TENTH)
    broken = _failed(target, execution)
    return execution, (*broken, *target.settled(execution, "1", is_notified=True))


def _failed(target: Target, execution: str) -> tuple[str, ...]:
    """Wait for the end of a deployment, and return what is wrong unless it failed because of others."""
    ended = target.pipeline.wait(execution, CASE_SECONDS)
    cause = str(ended.get("cause"))
    return wrong(
        {
            f"it ended as {ended['status']}": ended["status"] == "FAILED",
            f"it failed with {cause[:200]}": "TargetChangedError" in cause,
        }
    )


KIND_SITUATIONS = (
    Situation("others write the pointer before the switch", _others_write_the_pointer, POINTERS),
    Situation("others change the canary", _others_change_the_canary, STAGES),
)
