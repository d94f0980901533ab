"""Which environment variables go into a manifest.

A manifest's `environment` replaces all variables. So a list without the secrets would delete them with the first
promotion, and a list with them would put them into Git. With one that looks like a secret, the manifest gives none:
what it does not give stays as the live version has it.
"""

from collections.abc import Mapping

from gantry.promotion.secret_values import is_secret


def secret_names(variables: Mapping[str, str]) -> list[str]:
    """Return the names of the variables that look like secrets, by name or value."""
    return sorted(name for name, value in variables.items() if is_secret(name, value))


def without_secrets(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that may be shown."""
    return {name: value for name, value in sorted(variables.items()) if not is_secret(name, value)}
