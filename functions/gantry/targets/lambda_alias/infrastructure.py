"""What a published version has besides its code and what a manifest can set: only infrastructure sets it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from gantry.promotion.masking import Masking

_GROUP = "infrastructure"
_LONGEST = 120
"""Characters of one value that people see. None of these is a secret."""


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """The settings of a function, or of one of its versions, that no manifest has.

    All of them are published with a version and cannot be changed afterwards:
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html. Left out is what belongs to a function as
    a whole, like its concurrency, and the runtime's exact version, which Lambda itself may change in a version:
    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    """By name. What is not set, or is as Lambda sets it by default, has no name here."""

    @classmethod
    def of(cls, response: Mapping[str, Any]) -> Self:
        """Return what a response of GetFunction has.

        https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
        """
        vpc = response.get("VpcConfig") or {}
        found = {
            "subnets": " ".join(sorted(vpc.get("SubnetIds") or ())),
            "security_groups": " ".join(sorted(vpc.get("SecurityGroupIds") or ())),
            "ipv6": "allowed" if vpc.get("Ipv6AllowedForDualStack") else "",
            "dead_letter_queue": (response.get("DeadLetterConfig") or {}).get("TargetArn") or "",
            "file_systems": _file_systems(response.get("FileSystemConfigs") or ()),
            "tracing": _unless((response.get("TracingConfig") or {}).get("Mode"), "PassThrough"),
            "kms_key": response.get("KMSKeyArn") or "",
            "logging": _logging(response.get("LoggingConfig") or {}, response.get("FunctionName", "")),
            "snap_start": _unless((response.get("SnapStart") or {}).get("ApplyOn"), "None"),
            "durable": _as_json(response.get("DurableConfig")),
            "capacity_provider": _as_json(response.get("CapacityProviderConfig")),
        }
        return cls({name: value for name, value in found.items() if value})

    def masked(self, masking: Masking) -> dict[str, str]:
        """Return the settings as `masking` keeps them, `{"infrastructure": "none"}` when there are none.

        A long value is cut off, and ends with a hash of all of it.
        """
        shown = {f"{_GROUP}.{name}": masking.text(name, value, _LONGEST) for name, value in self.settings.items()}
        return shown or {_GROUP: "none"}


def _unless(value: str | None, default: str) -> str:
    return "" if value in {None, default} else str(value)


def _file_systems(configs: Any) -> str:  # noqa: ANN401 -- a list of the response
    return " ".join(f"{each['Arn']}:{each['LocalMountPath']}" for each in configs)


def _logging(config: Mapping[str, Any], function: str) -> str:
    """Return what differs from Lambda's default: text, to the log group that has the function's name."""
    defaults = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function}"}
    return _as_json({name: value for name, value in config.items() if value != defaults.get(name)})


def _as_json(config: object) -> str:
    return json.dumps(config, sort_keys=True) if config else ""
