"""The pages of commits, and of what lies between two, on the sites whose addresses are known."""

import pytest

from gantry.promotion.source import ManifestSource, Source, with_manifest
from gantry.promotion.source_links import SourceLinks, links_of, source_facts

NEW, OLD = "4f0c2d1", "a91be07"
RUN = "https://ci.example.com/7"


@pytest.mark.parametrize(
    ("repository", "commit", "compare"),
    [
        ("https://github.com/acme/cowsay", f"commit/{NEW}", f"compare/{OLD}...{NEW}"),
        ("https://github.example.com/acme/cowsay", f"commit/{NEW}", f"compare/{OLD}...{NEW}"),
        ("https://acme.ghe.com/acme/cowsay", f"commit/{NEW}", f"compare/{OLD}...{NEW}"),
        ("https://gitlab.com/acme/team/cowsay", f"-/commit/{NEW}", f"-/compare/{OLD}...{NEW}"),
        ("https://gitlab.example.com/acme/cowsay", f"-/commit/{NEW}", f"-/compare/{OLD}...{NEW}"),
        ("https://bitbucket.org/acme/cowsay", f"commits/{NEW}", f"branches/compare/{NEW}..{OLD}"),
    ],
)
def test_each_site_has_addresses_of_its_own(repository: str, commit: str, compare: str) -> None:
    links = links_of(Source(repository, NEW, RUN), Source(repository, OLD))
    assert links == SourceLinks(repository, f"{repository}/{commit}", f"{repository}/{compare}", RUN)
    assert [name for name, _ in links.named] == ["commit", "changes", "CI run"]


@pytest.mark.parametrize(
    "repository",
    ["https://git.example.com/acme/cowsay", "https://notgithub.com/a/b"],
)
def test_of_another_site_only_the_repository_is_linked(repository: str) -> None:
    links = links_of(Source(repository, NEW, RUN), Source(repository, OLD))
    assert links == SourceLinks(repository, run=RUN)
    assert [name for name, _ in links.rows] == ["Repository", "CI run"]


@pytest.mark.parametrize(
    "live",
    [
        None,
        Source("https://github.com/acme/cowsay"),
        Source("https://github.com/acme/cowsay", NEW),
        Source("https://github.com/another/cowsay", OLD),
        Source(None, OLD),
    ],
    ids=["unknown", "no commit", "the same commit", "another repository", "no repository"],
)
def test_without_two_commits_of_one_repository_nothing_is_compared(live: Source | None) -> None:
    links = links_of(Source("https://github.com/acme/cowsay", NEW), live)
    assert (links.commit, links.compare) == (f"https://github.com/acme/cowsay/commit/{NEW}", None)


def test_capitals_make_no_other_repository() -> None:
    new, old = Source("https://github.com/Acme/cowsay", NEW), Source("https://github.com/acme/cowsay", OLD)
    assert links_of(new, old).compare == f"https://github.com/Acme/cowsay/compare/{OLD}...{NEW}"


def test_without_labels_there_is_no_link() -> None:
    assert links_of(None) == links_of(Source(revision=NEW)) == SourceLinks()
    assert source_facts(None) is None


def test_a_forged_record_makes_no_link() -> None:
    forged = Source("javascript:alert(1)", "x/../..", "javascript:alert(1)")
    assert links_of(forged) == SourceLinks()


def test_events_say_where_the_commit_is() -> None:
    assert source_facts(Source("https://github.com/acme/cowsay", NEW, RUN)) == {
        "repository": "https://github.com/acme/cowsay",
        "revision": NEW,
        "run": RUN,
        "commit": f"https://github.com/acme/cowsay/commit/{NEW}",
        "manifest": None,
    }


HERE, THERE = "https://github.com/acme/cowsay", "https://gitlab.com/acme/services"


@pytest.mark.parametrize(
    ("manifest", "link"),
    [
        (Source(THERE, OLD, RUN), f"{THERE}/-/commit/{OLD}"),
        (Source(HERE, NEW, RUN), None),  # the release's own commit
        (Source(revision=OLD), None),
        (Source("https://git.example.com/services", OLD), None),
    ],
)
def test_the_commit_of_the_manifest_has_a_link_of_its_own(manifest: Source, link: str | None) -> None:
    source = with_manifest(Source(HERE, NEW), manifest)
    assert links_of(source).manifest == link
    assert [address for name, address in links_of(source).rows if name == "Manifest"] == ([link] if link else [])


def test_an_artifact_without_labels_still_has_a_manifest() -> None:
    source = with_manifest(None, Source(THERE, OLD, RUN))
    assert list(links_of(source).named) == [("manifest", f"{THERE}/-/commit/{OLD}")]
    facts = source_facts(source)
    assert facts is not None
    assert facts["manifest"] == {
        "repository": THERE,
        "revision": OLD,
        "run": RUN,
        "commit": f"{THERE}/-/commit/{OLD}",
    }
    assert Source.read(facts) == source


def test_a_forged_manifest_makes_no_link() -> None:
    forged = Source(HERE, NEW, manifest=ManifestSource("x/../..", "javascript:alert(1)", "javascript:alert(1)"))
    assert links_of(forged).manifest is None
    assert source_facts(forged) == source_facts(Source(HERE, NEW))
