"""Whether the load balancer still sends a service's requests where ECS last sent them.

ECS does not look at a listener rule before it shifts traffic: https://github.com/aws/containers-roadmap/issues/2853.
Templates put old weights back: https://github.com/aws/aws-cdk/issues/36649
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.aws.translated_errors import translated
from gantry.promotion.errors import TargetAccessError
from gantry.promotion.gantry_error import GantryError
from gantry.promotion.target import Target
from gantry.targets.ecs_service.target_groups import groups_by_rule

if TYPE_CHECKING:
    from mypy_boto3_elbv2.client import ElasticLoadBalancingv2Client

    from gantry.aws.accounts import Accounts

_ABSENT = frozenset({"RuleNotFound", "ListenerNotFound"})
_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})
_WHOLE = 100


class Listener:
    """The listener rules, or listeners, that send a service its requests."""

    def __init__(self, client: "ElasticLoadBalancingv2Client", target: Target) -> None:
        self._client = client
        self._target = target

    @classmethod
    def in_account(cls, accounts: "Accounts", target: Target) -> "Listener":
        """Return it, as a target's account has it."""
        return cls(accounts.client("elbv2", target), target)

    def astray(self, service: Mapping[str, Any], live: Mapping[str, Any] | None) -> Iterator[str]:
        """Yield a problem for each rule that does not send everything to the live target group.

        Args:
            service: as DescribeServices returns it.
            live: the live service revision, as DescribeServiceRevisions returns it; None where ECS has none.

        Raises:
            TargetAccessError: the account does not let the pipeline read the rules.
        """
        resolved = groups_by_rule(live or {})
        for each in service.get("loadBalancers", ()):
            rule = (each.get("advancedConfiguration") or {}).get("productionListenerRule")
            if rule:
                yield from self._problems(rule, resolved.get(rule, each["targetGroupArn"]))

    def _problems(self, rule: str, live: str) -> Iterator[str]:
        actions = self._actions(rule)
        if actions is None:
            yield f"there is no listener rule {rule} any more: create it, and name it in the service's load balancer"
        elif [each["Type"] for each in actions] != ["forward"]:
            yield f"the listener rule {rule} does more than forward, and ECS shifts no such rule: let it only forward"
        elif (share := _share(actions[0], live)) != _WHOLE:
            yield (
                f"the listener rule {rule} sends {share:g} % of the requests to the target group of the live tasks, "
                f"{live}, and ECS would shift from there without looking: give that group all weight (aws elbv2 "
                "modify-rule), and leave the weights out of your templates"
            )

    def _actions(self, rule: str) -> Sequence[Mapping[str, Any]] | None:
        """Return what a rule does, or a Network Load Balancer's listener, which has no rules; None if it is absent."""
        try:
            with translated(self._meaning):
                if ":listener-rule/" in rule:
                    return self._client.describe_rules(RuleArns=[rule])["Rules"][0]["Actions"]
                return self._client.describe_listeners(ListenerArns=[rule])["Listeners"][0]["DefaultActions"]
        except ClientError as error:
            if code_of(error) in _ABSENT:
                return None
            raise

    def _meaning(self, error: ClientError) -> GantryError | None:
        if code_of(error) not in _DENIED:
            return None
        said = f"{self._target.id}: {message_of(error)}"
        return TargetAccessError(f"{said}: deploy the current target/template.yaml there")


def _share(forward: Mapping[str, Any], live: str) -> float:
    """Return the live group's share in per cent. Only shares count: one group with a weight of 1 has everything.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#forward-actions
    """
    groups = (forward.get("ForwardConfig") or {}).get("TargetGroups") or [{"TargetGroupArn": forward["TargetGroupArn"]}]
    weights = {each["TargetGroupArn"]: each.get("Weight", 1) for each in groups}
    whole = sum(weights.values())
    return _WHOLE * weights.get(live, 0) / whole if whole else 0
