"""What would stop a promotion in prod ends it before dev is touched, with all of it in one message."""

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import DEV, PROD
from tests.end_to_end.service import NewService
from tests.end_to_end.test_command_line import READ, Operator


def test_what_prod_lacks_ends_the_promotion_before_dev_is_touched(
    new_service: NewService, pipeline: Pipeline, people: Inbox
) -> None:
    service = new_service()
    environments = [service.environment(name) for name in ("dev", "staging", "prod")]
    staging, prod = environments[1:]
    missing = f"{service.name}-throttles"
    del prod["targets"][0]["role"]
    staging["alarms"], prod["alarms"] = [missing], [missing]
    service.add(*environments)

    digest, promotion = service.promote()

    cause = service.fails(promotion)["cause"]
    first, *problems = cause.splitlines()
    assert "EnvironmentsNotReadyError: Nothing was deployed: 3 problems would stop this promotion later." in first
    assert [each.strip().partition(":")[0] for each in problems] == ["staging", "prod", "prod"]
    assert missing in problems[0]
    assert missing in problems[1]
    nowhere = f"There is no function {service.name} in {PROD}, us-east-1"
    assert f"{nowhere}. Create it, or give the target a role" in problems[2]
    assert pipeline.deployments_of(promotion) == []
    assert "CheckGates" not in pipeline.states(promotion)
    assert pipeline.quarantined(service.name) == []
    subject = f"{service.name}: promotion failed"
    found = people.one("the message", lambda each: each["Subject"] == subject and promotion in each["Message"])
    assert nowhere in found["Message"]
    why = Operator(pipeline, READ)("why", promotion)
    assert "EnvironmentsNotReadyError" in why.out
    assert nowhere in " ".join(why.out.split())

    only_dev = service.start(digest=digest, environments=["dev"])
    service.succeeds(only_dev)
    assert service.running(service.routing(DEV)["version"], DEV) == digest


def test_a_region_that_nobody_knows_is_doubted_before_dev_is_touched(
    new_service: NewService, pipeline: Pipeline
) -> None:
    """The stand-in answers in any region, so the name of the endpoint leads somewhere."""
    service = new_service()
    prod = service.environment("prod")
    prod["targets"][0]["region"] = "us-esat-1"
    service.add(service.environment("dev"), prod)

    _, promotion = service.promote()

    cause = service.fails(promotion)["cause"]
    assert f"prod: no replication rule of the registry brings {service.name} to us-esat-1" in cause
    assert "us-esat-1 is no region that this version of Gantry knows. Is us-east-1 meant?" in cause
    assert pipeline.deployments_of(promotion) == []
