"""What the parameters are called. Names are for people and templates, and every service and target has one.

    /gantry/<service>/<environment>/live
    /gantry/<service>/<environment>/targets/<target>/live

Parameter Store takes letters, digits and `_.-` between slashes, 15 levels, and 1,011 characters with the ARN before the
name: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html. A target always has a dot
in its level and an environment never has one, so a name is never that of two things.
"""

import re
from hashlib import sha256

from gantry.promotion.target import Target

ROOT = "/gantry"
"""What the target stack lets the pipeline write below."""
_TAKEN = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*", re.ASCII)
_PLAIN_TARGET = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+){1,2}", re.ASCII)
_MOST_LEVELS = 10
"""Of a service: 15 less those around it."""
_LONGEST_SLUG = 100
_HASH = 16
"""Hex digits: with 64 bits, no two names of a service are the same by chance."""


def environment_parameter(service: str, environment: str) -> str:
    """Return the name of the parameter that says what an environment runs, in each of its accounts and regions."""
    return f"{ROOT}/{_service(service)}/{environment}/live"


def target_parameter(service: str, environment: str, target: Target) -> str:
    """Return the name of a target's parameter. Its account and region are those that the parameter is in."""
    return f"{ROOT}/{_service(service)}/{environment}/targets/{_target(target.name)}/live"


def _service(service: str) -> str:
    """Return its levels as they are; of one that Parameter Store does not take, a single level.

    Its capital H keeps it apart from repositories, whose names are small, and objects' services have two slashes.
    """
    if _TAKEN.fullmatch(service) and service.count("/") < _MOST_LEVELS:
        return service
    return _slug(service)


def _target(name: str) -> str:
    """Return `cowsay.live` for `cowsay/live`, and a hash beside what cannot be said so."""
    return name.replace("/", ".") if _PLAIN_TARGET.fullmatch(name) else _slug(name)


def _slug(name: str) -> str:
    slug = re.sub(r"[^A-Za-z0-9_.-]+", "-", name, flags=re.ASCII)[:_LONGEST_SLUG]
    return f"{slug}.H{sha256(name.encode()).hexdigest()[:_HASH]}"
