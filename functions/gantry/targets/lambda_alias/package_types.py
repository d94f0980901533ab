"""What a function can be made of, in Lambda's words."""

from collections.abc import Mapping
from typing import Any

from gantry.artifacts.checksums import digest_in

IMAGE, ZIP = "Image", "Zip"
"""No function ever changes from one to the other:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html"""


def package_type(configuration: Mapping[str, Any]) -> str:
    """Return what a function is made of, by its configuration."""
    return str(configuration.get("PackageType", ZIP))


def code_digest(configuration: Mapping[str, Any], code: Mapping[str, Any]) -> str:
    """Return the digest of what a function or version runs; empty when the two parts of a response do not say.

    Of a zip, CodeSha256 is the SHA-256: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html.
    Of an image, the digest is in its address.
    """
    if package_type(configuration) == ZIP:
        return digest_in(configuration["CodeSha256"])
    return str(code.get("ResolvedImageUri", "")).partition("@")[2]
