"""What looks at the infrastructure that releases need, beside what lets parameters say what is live."""

from typing import TYPE_CHECKING

from gantry.use_cases.live_parameter_services import LiveParameterServices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gantry.aws.infrastructure import Infrastructure
    from gantry.promotion.needs.need import Need
    from gantry.promotion.target import Target


class NeedServices(LiveParameterServices):
    """The infrastructure of workload accounts, each in its own account and region."""

    def infrastructure(self, needs: "Sequence[Need]", target: "Target") -> "Infrastructure":
        """Return what is there of needs in a target's account and region, by a session that may only look at them."""
        from gantry.aws.infrastructure import Infrastructure, need_rights

        rights = need_rights(needs, target)
        clients = [self.accounts.client(each, target, rights=rights) for each in ("ssm", "cloudformation")]
        return Infrastructure(*clients)
