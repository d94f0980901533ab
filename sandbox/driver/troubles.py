"""What befalls a service's functions on AWS by itself, and here when a story says so."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from sandbox.driver.stack import Stack
from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.lambda_faults import LambdaFaults


@dataclass
class Troubles(Stack):
    """Versions that sleep or have no image, traffic that Lambda moves itself, and regions that do not answer."""

    def put_to_sleep(
        self, account: str, function: str, version: str, region: str = REGION, wakes_after: float | None = None
    ) -> None:
        """Let a version sleep, as after weeks without a request; once invoked, it needs `wakes_after` seconds."""
        LambdaFaults(self.stand_in, account, region).put_to_sleep(function, version, wakes_after)

    def delete_image(self, account: str, function: str, version: str, region: str = REGION) -> None:
        """Delete a version's image from the registry, as a lifecycle rule does. Lambda has not noticed yet."""
        client = self.stand_in.client("lambda", account, region)
        image = client.get_function(FunctionName=function, Qualifier=version)["Code"]["ResolvedImageUri"]
        repository, _, digest = image.partition("/")[2].partition("@")
        self.stand_in.client("ecr", ASSETS, region).batch_delete_image(
            repositoryName=repository, imageIds=[{"imageDigest": digest}]
        )

    def fail(self, account: str, function: str, version: str, region: str = REGION) -> None:
        """Delete a version's image, and let Lambda notice it: the version fails for good."""
        self.delete_image(account, function, version, region)
        state = LambdaFaults(self.stand_in, account, region).look_for_image(function, version)
        if state != "Failed":
            raise RuntimeError(f"version {version} of {function} is {state} although its image is deleted")

    def provision(self, account: str, function: str, alias: str = "live", region: str = REGION) -> None:
        """Give an alias provisioned concurrency: from now on Lambda moves its traffic by and by."""
        self.stand_in.client("lambda", account, region).put_provisioned_concurrency_config(
            FunctionName=function, Qualifier=alias, ProvisionedConcurrentExecutions=1
        )

    def show_new_late(self, account: str, function: str, seconds: float, region: str = REGION) -> None:
        """Let Lambda answer 404 for new versions and aliases of a function for so many seconds."""
        LambdaFaults(self.stand_in, account, region).hide_new(function, seconds)

    def state(self, account: str, function: str, version: str, region: str = REGION) -> str:
        """Return Lambda's state of a version: `Active`, `Inactive`, `Pending` or `Failed`."""
        client = self.stand_in.client("lambda", account, region)
        return str(client.get_function_configuration(FunctionName=function, Qualifier=version)["State"])

    def hanging(self, account: str, region: str = REGION) -> AbstractContextManager[None]:
        """Let Lambda in one region of an account give no answer while the block runs."""
        return LambdaFaults(self.stand_in, account, region).hanging()
