"""The page of an execution in the console of AWS."""

import re
from collections.abc import Mapping

# https://github.com/apache/airflow/blob/main/providers/amazon/src/airflow/providers/amazon/aws/links/base_aws.py has
# the domains, and step_function.py beside it has the path.
_CONSOLES: Mapping[str, str] = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
"""By partition. Of the others it is not known what they call it."""
_EXECUTION = re.compile(
    r"arn:(?P<partition>[a-z-]+):states:(?P<region>[a-z0-9-]+):\d{12}:execution:[\w-]{1,80}:[\w.=+@-]{1,80}", re.ASCII
)
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""


def execution_page(execution: str) -> str | None:
    """Return the address of an execution's page, by its ARN; None where it has none that is known."""
    found = _EXECUTION.fullmatch(execution)
    console = _CONSOLES.get(found["partition"]) if found else None
    if found is None or console is None:
        return None
    return f"https://{console}/states/home?region={found['region']}#/v2/executions/details/{execution}"
