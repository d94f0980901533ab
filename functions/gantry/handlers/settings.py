"""What the template tells the functions, apart from what the adapters read for themselves."""

import os


def registry_account() -> str:
    """The account whose ECR holds the images: the one that the pipeline runs in."""
    return os.environ["REGISTRY_ACCOUNT"]


def approval_base_url() -> str:
    """Where approvers find the approval API, without a slash at the end."""
    return os.environ["APPROVAL_BASE_URL"].rstrip("/")


def sign_in_issuer() -> str | None:
    """The OpenID Connect issuer that approvers have to sign in at; None when the link is enough."""
    return os.environ["SIGN_IN_ISSUER"] or None
