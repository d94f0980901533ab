"""What a release will need is looked at before it is promoted: by CheckAllEnvironments, and by a preview."""

from typing import Any

import pytest
import yaml

from gantry.handlers.promotion_machine import resolve_release
from gantry.promotion.needs.finding import Seen
from gantry.use_cases.services import Services
from tests.unit.handlers.fake_references import FakeReferences
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import ALARM, DIGEST, PROMOTION, TARGET, invoke, payload
from tests.unit.handlers.previews import is_live, previewed
from tests.unit.handlers.test_await_infrastructure import NEEDS, PLACE, QUEUE, REVISION
from tests.unit.handlers.test_check_all_environments import DEV, check, gone, problems, runs
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket", "cowsay")
TAG = "4f0c2d1"


@pytest.fixture
def cowsay(ledger: Any, bucket: None, workloads: Workloads) -> None:
    """A service with dev and prod, of which prod needs something."""
    for target in (DEV, TARGET):
        runs(workloads, target)
    workloads.images.push("cowsay", TAG, DIGEST)
    is_live(workloads)
    upload(needing())


def needing(*needs: Any) -> str:
    document = yaml.safe_load(MANIFEST)
    document["environments"][1]["needs"] = list(needs) or NEEDS
    return str(yaml.safe_dump(document))


def there(workloads: Workloads, revision: str = "12") -> None:
    workloads.infrastructure.has(REVISION, revision)
    workloads.infrastructure.has(QUEUE, "https://queue")


def prod() -> Any:
    (found,) = previewed(environment="prod", tag=TAG)["environments"]
    return found


def test_what_may_still_come_is_no_obstacle(workloads: Workloads) -> None:
    assert check(text=needing())["unknown"] == []
    there(workloads, "11")
    assert check(text=needing()) == {"looks": 3, "unknown": []}


def test_without_needs_nothing_is_looked_at(workloads: Workloads) -> None:
    assert check()["looks"] == 2
    assert workloads.infrastructure.looked_at == []


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (Seen(problem="it is a SecureString", stays=True), "it is a SecureString"),
        (Seen("v12"), "found v12, which is no whole number: whoever writes it has to write one"),
    ],
)
def test_what_can_never_be_met_ends_it_before_anything_is_deployed(workloads: Workloads, seen: Seen, said: str) -> None:
    there(workloads)
    workloads.infrastructure.values[REVISION] = seen
    ask = "; ask platform@example.com"
    assert problems(text=needing()) == [f"prod: it needs {REVISION} at least 12 in {PLACE} ({said}){ask}."]


def test_what_the_infrastructure_may_bring_is_no_obstacle_while_it_is_awaited(workloads: Workloads) -> None:
    gone(workloads)
    workloads.alarms(TARGET).now.clear()
    assert check(text=needing())["unknown"] == []
    there(workloads)
    assert [each.partition(":")[0] for each in problems(text=needing())] == ["prod", "prod"]


def test_an_account_that_refuses_is_an_obstacle_all_the_same(workloads: Workloads) -> None:
    workloads.closed.add(TARGET.account)
    assert problems(text=needing()) == [f"prod: the account {TARGET.account} does not let the pipeline in."]


@pytest.mark.usefixtures("told")
def test_the_machine_is_told_which_environments_need_something() -> None:
    event = payload(
        "ResolveRelease",
        event={"repository": "cowsay", "tag": TAG, "started_by": "bob@example.com"},
        execution=PROMOTION,
    )
    found = invoke(resolve_release.handler, event)
    assert (found["environments"], found["needing"]) == (["dev", "prod"], ["prod"])


def test_a_preview_shows_each_need_and_when_nobody_knows_the_end(workloads: Workloads) -> None:
    there(workloads, "11")
    found = prod()
    assert (found["outcome"], found["ends_at"]) == ("waits_for_infrastructure", None)
    assert previewed(environment="prod", tag=TAG)["outcome"] == "waits_for_people", "they are asked afterwards"
    revision, queue = found["needs"]
    assert (revision["need"], revision["place"]) == (f"{REVISION} at least 12", PLACE)
    assert (revision["is_met"], revision["found"], revision["reason"]) == (False, "11", "found 11")
    assert revision["owner"] == "platform@example.com"
    assert (queue["is_met"], queue["found"], queue["reason"]) == (True, "https://queue", None)
    assert {"infrastructure_can_come"} <= {each["name"] for each in found["rules"] if each["is_met"]}


def test_a_preview_in_which_everything_is_there_goes_on_to_people(workloads: Workloads) -> None:
    there(workloads)
    assert (prod()["outcome"], [each["is_met"] for each in prod()["needs"]]) == ("waits_for_people", [True, True])


def test_a_preview_of_what_can_never_be_met_is_stopped_by_it(workloads: Workloads) -> None:
    there(workloads, "v12")
    found = prod()
    assert found["outcome"] == "stopped"
    (broken,) = [each for each in found["rules"] if not each["is_met"]]
    assert broken["name"] == "infrastructure_can_come"
    assert "which is no whole number" in broken["reason"]
    assert broken["reason"].endswith("; ask platform@example.com")


def test_a_preview_is_not_stopped_by_what_the_infrastructure_may_bring(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now.pop(ALARM)
    assert prod()["outcome"] == "waits_for_infrastructure"
    there(workloads)
    assert prod()["outcome"] == "stopped"


def waits_although_a_reference_is_not_as_it_should_be(workloads: Workloads, **of_target: str) -> None:
    """Only until the infrastructure is there."""
    document = yaml.safe_load(needing())
    prods = document["environments"][1]
    prods["configuration"] = {"environment": {"URL": {"parameter": "/cowsay/prod/url"}}}
    prods["targets"][0] |= of_target
    upload(str(yaml.safe_dump(document)))
    found = prod()
    assert "references_exist" in {each["name"] for each in found["rules"] if not each["is_met"]}
    assert found["outcome"] == "waits_for_infrastructure"
    there(workloads)
    assert prod()["outcome"] == "stopped"


def test_a_preview_forgives_what_the_promotion_forgives_while_it_waits(
    workloads: Workloads, services: Services
) -> None:
    vars(services)["referenced_versions"] = FakeReferences().of
    waits_although_a_reference_is_not_as_it_should_be(workloads)


def test_it_forgives_a_right_that_the_infrastructure_may_bring(workloads: Workloads, services: Services) -> None:
    role, url = "arn:aws:iam::444444444444:role/cowsay", "parameter /cowsay/prod/url"
    store = FakeReferences({("444444444444/us-east-1", url): "1"}, unreadable={(role, url)})
    vars(services).update(referenced_versions=store.of, role_rights=store.role_rights)
    waits_although_a_reference_is_not_as_it_should_be(workloads, role=role)


def test_a_preview_without_needs_says_nothing_of_them() -> None:
    upload()
    found = prod()
    assert found["needs"] == []
    assert "infrastructure_can_come" not in {each["name"] for each in found["rules"]}
