"""The command that puts a target right."""

from shlex import join

from gantry.promotion.live import Live

_WHY = "drift"


def remedy(live: Live, *, can_go_back: bool) -> str:
    """Return the command, to be copied.

    Args:
        live: what the ledger says of the target.
        can_go_back: whether what the ledger calls live is still there as it was, so that traffic can go to it at once.
            Otherwise the release has to be deployed again.
    """
    service, environment = live.service, live.environment
    if not can_go_back:
        return join(["gantry", "promote", service, live.current.digest, "--to", environment])
    revision = f"version:{live.current.revision}"
    return join(
        ["gantry", "rollback", service, environment, "--target", live.target_id, "--to", revision, "--reason", _WHY]
    )
