import gzip
from base64 import b64decode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.board.board import Board, EnvironmentOnBoard, Moving, ServiceOnBoard
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.status_page.board_page import board_page, environment_names
from gantry.promotion.status_page.style import STYLE_SOURCE
from gantry.promotion.status_page.view import StatusView, board_address, service_address
from tests.browser.status_example import (
    AT,
    PAUSE,
    asked,
    asking,
    board,
    busy,
    environments,
    failed,
    moving,
    quiet,
    the_board,
)

MOST_BYTES = 100_000


class Texts(HTMLParser):
    """The texts of a document, each once, and of its table each row's."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        if tag == "tr":
            self.rows.append("")

    def handle_data(self, data: str) -> None:
        if self.rows:
            self.rows[-1] += f"{data} "


def of(*services: ServiceOnBoard) -> str:
    return board_page(Board(AT, services), StatusView()).replace("\N{NO-BREAK SPACE}", " ")


def row(html: str, service: str) -> str:
    (found,) = [each for each in Texts(html).rows if each.replace(" ", "").startswith(service)]
    return found


@pytest.mark.parametrize("services", [0, 1, 3, 200])
def test_a_page_is_small(services: int) -> None:
    html = the_board(services)
    assert len(html.encode()) < MOST_BYTES
    assert "Pages of the board" not in html, "so many are on one page"
    assert len(gzip.compress(html.encode())) < 12_000


@pytest.mark.parametrize("make", [busy, asking, failed])
def test_a_page_stays_small_when_everything_happens_at_once(make: object) -> None:
    assert callable(make)
    services = tuple(make(f"{'a-long-name-of-a-service/' * 4}{number:03}") for number in range(200))
    shown: list[str] = []
    for page in range(1, 12):
        html = board_page(Board(AT, services), StatusView(page=page))
        assert len(html.encode()) < MOST_BYTES
        shown += [each for each in Texts(html).rows[1:] if each not in shown]
    assert len(shown) == 200, "the pages have all of them"


def test_hostile_names_cannot_make_a_page_large() -> None:
    services = tuple(failed(f"{'<' * 200}{number}") for number in range(40))
    assert len(board_page(Board(AT, services), StatusView()).encode()) < MOST_BYTES


def test_a_page_that_does_not_exist_is_the_nearest_one() -> None:
    assert the_board(3, page=99) == the_board(3, page=1) == the_board(3, page=-1)


def test_it_says_what_is_live_with_version_and_age() -> None:
    assert "4f0c2d1 version 57, 2 h" in row(of(quiet("cowsay")), "cowsay")


def test_targets_that_disagree_are_counted() -> None:
    service = busy("cowsay")
    *others, prod = service.environments
    first, second = prod.targets
    assert second.live
    apart = replace(prod, targets=(first, replace(second, live=replace(second.live, tag="other"))))
    assert "a91be07 on 1 of 2 other on 1 of 2" in row(of(replace(service, environments=(*others, apart))), "cowsay")


def test_what_moves_has_its_weight_and_what_is_left_of_its_bake_in_words_and_as_bars() -> None:
    html = of(busy("cowsay"))
    assert "4f0c2d1 at 25 % bakes 4 min more 1 release in line" in row(html, "cowsay").replace("  ", " ")
    assert '<path d="M0 4H30"' in html, "a quarter of 120"
    assert '<path d="M0 4H48"' in html, "4 of 10 minutes"
    assert "On the move (1)" in html


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"waits_for": "people"}, "people are asked"),
        ({"waits_for": "traffic"}, "its traffic is on the way, for 6 min"),
        ({"bake_until": "2026-11-23T10:39:00.000Z"}, "baked; waits for its verdict"),
        ({"paused": PAUSE}, "paused by assumed-role/Operators/alice for 4 min"),
    ],
)
def test_a_canary_says_what_it_waits_for(changes: dict[str, object], words: str) -> None:
    assert words in row(of(busy("cowsay", **changes)), "cowsay").replace("  ", " ")


def test_a_pause_waits_for_people_and_comes_with_the_command_that_ends_it() -> None:
    html = of(busy("cowsay", paused=PAUSE))
    assert "Waits for people (1)" in html
    assert "the load test runs until eleven" in html
    assert "<code>gantry resume cowsay prod</code>" in html


def test_an_open_question_says_who_is_asked_and_how_to_answer() -> None:
    html = of(asking("cowsay"))
    assert "has waited 1 h for ops@example.com, lead@example.com; 1 of 2 approved. Until 2026-11-25 09:12 UTC" in html
    assert "<code>gantry approve 1f3a8c52d9e04b7f8a6c --reason '…'</code>" in html
    assert "asks 2 people about 4f0c2d1" in row(html, "cowsay").replace("  ", " ")


def test_a_question_about_a_configuration_alone_says_so() -> None:
    html = of(with_approval(asked("cowsay", configuration_only=True)))
    assert "<strong>4f0c2d1 (configuration only)</strong> has waited" in html
    assert "about 4f0c2d1 (configuration only)" in row(html, "cowsay").replace("  ", " ")


def test_a_question_about_a_canary_says_so() -> None:
    html = of(with_approval(asked("cowsay", target_id="a/b/c", weight=10, approvers=("a@example.com",))))
    assert "the canary of 4f0c2d1, at 10 %" in html
    assert "asks 1 person about the canary" in row(html, "cowsay").replace("  ", " ")


def with_approval(approval: ListedApproval) -> ServiceOnBoard:
    return ServiceOnBoard("cowsay", environments("cowsay", (), approvals=(approval,)))


def test_quarantine_and_a_failed_end_are_said_in_words() -> None:
    html = of(failed("cowsay"))
    assert "0bad5ed ended 3 h ago failed CanaryUnhealthyError quarantined 1" in row(html, "cowsay").replace("  ", " ")
    assert "<strong>5e884898da28</strong> for 3 h: rolled back in staging: 17 of 241 requests failed" in html


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (Moving("arn", "2026-11-23T10:31:00.000Z", None), "rolling back for 9 min"),
        (replace(moving("cowsay"), progress=None), "4f0c2d1 is prepared, for 9 min"),
    ],
)
def test_a_move_without_a_canary_says_what_it_is(changed: Moving, words: str) -> None:
    service = busy("cowsay")
    *others, prod = service.environments
    target = replace(prod.targets[0], moving=changed)
    html = of(replace(service, environments=(*others, replace(prod, targets=(target,)))))
    assert words in row(html, "cowsay").replace("  ", " ")


def test_a_long_list_is_cut_and_says_so() -> None:
    html = of(*(asking(f"service-{number}") for number in range(20)))
    assert "Waits for people (20)" in html
    assert "and 5 more, in the table below" in html


def test_without_services_it_says_how_to_begin() -> None:
    assert "<code>gantry promote SERVICE TAG</code>" in the_board(0)


def test_every_environment_has_a_column_in_an_order_of_the_manifests() -> None:
    def service(name: str, *names: str) -> ServiceOnBoard:
        return ServiceOnBoard(name, tuple(EnvironmentOnBoard(each, ()) for each in names))

    found = environment_names([service("a", "prod"), service("b", "dev", "prod"), service("c", "dev", "qa", "prod")])
    assert found == ("dev", "qa", "prod")
    many = [service(f"s{number}", f"only-{number}") for number in range(9)]
    html = of(*many)
    assert '<th scope="col">Environments</th>' in html
    assert "only-3: nothing yet" in html


@given(st.lists(st.permutations(["dev", "qa", "staging", "prod"]), max_size=5))
def test_every_environment_is_there_once_whatever_the_order(orders: list[list[str]]) -> None:
    services = [ServiceOnBoard("a", tuple(EnvironmentOnBoard(each, ()) for each in order)) for order in orders]
    found = environment_names(services)
    assert sorted(found) == sorted({each for order in orders for each in order})


def test_the_table_can_be_read_without_being_seen() -> None:
    html = the_board(3)
    assert "<caption>What is live where, of 3 services</caption>" in html
    assert html.count('<th scope="col">') == 5
    assert html.count('<th scope="row">') == 3
    assert 'role="region" aria-labelledby="services" tabindex="0"' in html, "a keyboard can scroll it"
    assert html.count("<svg") == html.count('aria-hidden="true"'), "the words beside each bar say the same"


@pytest.mark.parametrize("html", [the_board(0), the_board(3), the_board(200)])
def test_the_policy_is_made_for_this_style_sheet(html: str) -> None:
    style = html.partition("<style>")[2].partition("</style>")[0]
    assert b64decode(STYLE_SOURCE.removeprefix("'sha256-").removesuffix("'")) == sha256(style.encode()).digest()
    assert "style=" not in html
    assert "<form" not in html
    assert "<button" not in html
    assert "<script" not in html


def test_refreshing_can_be_switched_off_and_stays_off_on_the_way() -> None:
    assert '<a href="?refresh=off">Stop that</a>' in the_board(3)
    quiet_one = the_board(3, refreshes=False)
    assert '<a href="?">Load it again every 30 seconds</a>' in quiet_one
    assert 'href="status/cowsay?refresh=off"' in quiet_one


@pytest.mark.parametrize(
    ("service", "there", "back"),
    [
        ("cowsay", "status/cowsay", "../status"),
        ("team/search", "status/team/search", "../../status"),
        ("s3/acme/e t?l#.py", "status/s3/acme/e%20t%3Fl%23.py", "../../../status"),
    ],
)
def test_addresses_are_relative_so_they_hold_behind_any_proxy(service: str, there: str, back: str) -> None:
    assert (service_address(service), board_address(service)) == (there, back)


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (("status", "cowsay"), "gantry status cowsay"),
        (("status", "a b"), "gantry status 'a b'"),
        (("status", "$(rm -rf /)"), "gantry status '$(rm -rf /)'"),
        (("status", "it's"), "gantry status 'it'\"'\"'s'"),
    ],
)
def test_a_command_can_be_pasted_into_a_shell(words: tuple[str, ...], typed: str) -> None:
    assert StatusView().command(*words) == f"<code>{typed}</code>"


def test_a_command_names_the_stack_where_it_is_not_the_usual_one() -> None:
    assert StatusView(stack="other").command("status") == "<code>gantry status --stack other</code>"


def test_board_of_the_example_is_what_the_names_say() -> None:
    assert [len(board(number).services) for number in (0, 3, 200)] == [0, 3, 200]
