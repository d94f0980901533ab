"""Read what a variable refers to, in a function or a container: `url = value_of("URL")`.

docs/manifest.md, "References", says what is in the variables. The role that runs this has to be allowed
ssm:GetParameter or secretsmanager:GetSecretValue on what it reads. Powertools keeps values for five minutes by itself:
https://docs.powertools.aws.dev/lambda/python/latest/utilities/parameters/
"""

import json
import os

from aws_lambda_powertools.utilities import parameters


def value_of(variable: str) -> str:
    """Return the value of a variable, or of what it refers to."""
    text = os.environ[variable]
    match text.split(":"):
        case ["resolve", "ssm", *name_and_version]:  # Parameter Store takes them as they are: /cowsay/prod/url:7
            return parameters.get_parameter(":".join(name_and_version), decrypt=True)
        case ["resolve", "secretsmanager", name, "SecretString", key, *_, version]:
            del version  # the current one, because secrets rotate; for this very one, pass VersionId=version
            secret = parameters.get_secret(name, max_age=60)  # seconds that a rotated password may be the old one
            return json.loads(secret)[key] if key else secret
        case _:
            return text
