"""The accounts and the region of every stand-in. A 12-digit access key is the root user of the account it names."""

from typing import Final

ASSETS: Final = "111111111111"
DEV: Final = "222222222222"
STAGING: Final = "333333333333"
PROD: Final = "444444444444"
WORKLOAD_ACCOUNTS: Final = {"dev": DEV, "staging": STAGING, "prod": PROD}
"""The accounts that functions run in, by environment."""
REGION: Final = "us-east-1"
ROOT_SECRET: Final = "test"  # noqa: S105 -- not a secret: the stand-in's fixed value for the root users
