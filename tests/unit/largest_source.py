"""Where a release comes from, in as many letters as are read."""

from gantry.promotion.source import LONGEST_REPOSITORY, LONGEST_RUN, Source


def largest_source() -> Source:
    host = "https://git.example.com/"
    source = Source(host.ljust(LONGEST_REPOSITORY, "r"), "a" * 64, host.ljust(LONGEST_RUN, "r"))
    assert Source.of(source.repository, source.revision, source.run) == source
    assert Source.of(f"{source.repository}r", None, f"{source.run}r") is None
    return source
