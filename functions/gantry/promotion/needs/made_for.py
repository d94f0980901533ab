"""Which infrastructure an older release was made for, once a rollback has restored it without waiting for any."""

from collections.abc import Mapping

from gantry.promotion.visible_text import one_line


def made_for(release: str, then: Mapping[str, str], since: Mapping[str, str]) -> str:
    """Return it in one sentence, with what the release found that was rolled back; empty where it needed nothing.

    Args:
        release: the restored one, for people.
        then: what it found when it was promoted, by what it needed.
        since: what the release found that was rolled back.
    """
    if not then:
        return ""
    later = {name: value for name, value in since.items() if then.get(name, value) != value}
    parts = [f"{name} {value}{f' (later {later[name]})' if name in later else ''}" for name, value in then.items()]
    return one_line(f"{release} was made for {', '.join(parts)}; the infrastructure stays as it is")
