"""Measure each environment as it is written out, which is how the machines carry it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from gantry.promotion.manifest.content import Environment
from gantry.promotion.manifest.messages import quoted
from gantry.promotion.manifest.problem import Problem

LARGEST = 64 * 1024
"""Bytes of JSON, by what it becomes part of:

- A payload of Step Functions has 256 KiB. One that starts a deployment and its result hold the content once each, and
  the release, its tags and the masked configuration have the rest.
  https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
- An approval's item in DynamoDB has 400 KB. It holds the content; once more at most the approvers, by what they
  answered; 68 KB of masked settings, where the 16 KB of variables that all kinds together may have become four times
  as many; 50 KB of reasons; and the 128 KiB of `approval_snapshots`. Together that is about 380 KB.
  https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items
"""


def size_problems(environments: Sequence[Environment]) -> Iterator[Problem]:
    """Yield each environment that is too large, with its largest part."""
    for index, environment in enumerate(environments):
        sizes = _sizes(environment)
        size, largest = sum(sizes.values()), max(sizes, key=lambda part: sizes[part])
        if size > LARGEST:
            message = (
                f"{quoted(environment.name)} has {size} bytes when it is written out with what is shared; give "
                f"{LARGEST} at most. The largest part is {largest}, with {sizes[largest]} bytes"
            )
            yield Problem(("environments", index), message)


def _sizes(environment: Environment) -> dict[str, int]:
    """Return the bytes of each part. An approval also carries which alarms are firing, in each account and region."""
    sizes = {part: _size({part: value}) for part, value in asdict(environment).items()}
    if environment.approval:
        places = {(target.account, target.region) for target in environment.targets}
        sizes["alarms"] += _size([f"{name} in {'/'.join(place)}" for name in environment.alarms for place in places])
    return sizes


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
