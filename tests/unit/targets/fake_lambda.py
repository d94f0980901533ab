"""Lambda in memory, at the place of its boto3 client, for one account and region.

It keeps the rules that Gantry relies on: revision ids, one change at a time, versions that never change, and refusals
as botocore's own `ClientError`. `fake_lambda_function` and `fake_lambda_alias` have the rules of each.
"""
# ruff: noqa: N803 -- the arguments' names are those of AWS

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from typing import Any

from tests.unit.targets.fake_client import Answer, FakeClient, counted, refused
from tests.unit.targets.fake_lambda_alias import FakeAlias
from tests.unit.targets.fake_lambda_function import LATEST, FakeFunction
from tests.unit.targets.fake_zips import FakeZips, sha256_of

REGISTRY = "111111111111.dkr.ecr.us-east-1.amazonaws.com"


@dataclass
class FakeLambda(FakeClient):
    """The client, and what tests do with it besides calling it."""

    account: str = "222222222222"
    region: str = "us-east-1"
    looks_to_settle: int | None = 0
    """How many calls of GetFunction find a change in progress. With 0 it has settled when its call
    returns; with None it settles when `settle` is called."""
    missing_images: set[str] = field(default_factory=set)
    """The digests of images that the registry does not have."""
    zips: FakeZips = field(default_factory=FakeZips)
    """The buckets of this region."""
    functions: dict[str, FakeFunction] = field(default_factory=dict)
    aliases: dict[tuple[str, str], FakeAlias] = field(default_factory=dict)
    """By function and name."""
    invoked: list[tuple[str, str]] = field(default_factory=list)
    """The versions that somebody tried to run, with the payload."""
    answers: list[tuple[str, str | None]] = field(default_factory=list)
    """What the next invocations are answered, each with an error or without; `{}` when nothing is left."""
    provisioned: dict[tuple[str, str], str] = field(default_factory=dict)
    """The state of the provisioned concurrency, by function and alias."""
    policies: dict[tuple[str, str], str] = field(default_factory=dict)
    """The resource policies, by function and alias."""
    _revisions: "count[int]" = field(default_factory=lambda: count(1), init=False)

    def deploy(self, function: str, digest: str, package_type: str = "Image", **settings: Any) -> str:
        """Let somebody give a function an image, or a zip, and settings and publish them; return the version."""
        if function not in self.functions:
            self.functions[function] = FakeFunction(self._arn(function), self._revision_id)
            role = f"arn:aws:iam::{self.account}:role/{function}"
            self.functions[function].create({"Role": role, "Architectures": ["x86_64"], "PackageType": package_type})
        found = self.functions[function]
        found.update("UpdateFunctionConfiguration", settings)
        found.settle()
        if package_type == "Zip":
            found.update("UpdateFunctionCode", {"CodeSha256": sha256_of(digest)})
        else:
            found.update("UpdateFunctionCode", {}, f"{REGISTRY}/{function}@{digest}")
        found.settle()
        version: str = found.publish("")["Version"]
        found.settle()
        return version

    def route(self, function: str, alias: str, version: str, weights: Mapping[str, float] | None = None) -> None:
        """Let somebody make an alias route to a version; weights are shares of 1, as in the API."""
        found = self.aliases.setdefault((function, alias), FakeAlias(f"{self._arn(function)}:{alias}"))
        found.write(version, weights or {}, self._revision_id())

    def settle(self) -> None:
        """Finish every change that is in progress."""
        for function in self.functions.values():
            function.settle()

    @counted
    def get_function(self, *, FunctionName: str, Qualifier: str = LATEST) -> Answer:
        return self._function("GetFunction", FunctionName, Qualifier).look(Qualifier)

    @counted
    def create_function(self, *, FunctionName: str, Code: Mapping[str, str], **settings: Any) -> Answer:
        if FunctionName in self.functions:
            raise refused("CreateFunction", "ResourceConflictException", f"Function already exist: {FunctionName}")
        code, image_uri = self._code("CreateFunction", settings["PackageType"], Code)
        if settings["PackageType"] == "Zip" and not {"Runtime", "Handler"} <= settings.keys():
            message = "Runtime and Handler are mandatory parameters for functions created with deployment packages."
            raise refused("CreateFunction", "InvalidParameterValueException", message)
        created = FakeFunction(self._arn(FunctionName), self._revision_id, self.looks_to_settle)
        self.functions[FunctionName] = created
        return created.create(settings | code, image_uri)

    @counted
    def update_function_configuration(self, *, FunctionName: str, RevisionId: str = "", **settings: Any) -> Answer:
        function = self._function("UpdateFunctionConfiguration", FunctionName)
        self._require_image("UpdateFunctionConfiguration", function.images.get(LATEST, ""))
        return function.update("UpdateFunctionConfiguration", settings, revision_id=RevisionId)

    @counted
    def update_function_code(self, *, FunctionName: str, RevisionId: str = "", **address: str) -> Answer:
        function = self._function("UpdateFunctionCode", FunctionName)
        code, image_uri = self._code("UpdateFunctionCode", function.versions[LATEST]["PackageType"], address)
        return function.update("UpdateFunctionCode", code, image_uri, revision_id=RevisionId)

    @counted
    def publish_version(
        self, *, FunctionName: str, CodeSha256: str = "", RevisionId: str = "", Description: str = ""
    ) -> Answer:
        function = self._function("PublishVersion", FunctionName)
        return function.publish(Description, code_sha256=CodeSha256, revision_id=RevisionId)

    @counted
    def get_alias(self, *, FunctionName: str, Name: str) -> Answer:
        return self._alias("GetAlias", FunctionName, Name).described

    @counted
    def create_alias(self, *, FunctionName: str, Name: str, FunctionVersion: str) -> Answer:
        arn = f"{self._arn(FunctionName)}:{Name}"
        if (FunctionName, Name) in self.aliases:
            raise refused("CreateAlias", "ResourceConflictException", f"Alias already exists: {arn}")
        self._function("CreateAlias", FunctionName).require_routable("CreateAlias", [FunctionVersion])
        self.aliases[FunctionName, Name] = FakeAlias(arn)
        return self.aliases[FunctionName, Name].write(FunctionVersion, {}, self._revision_id())

    @counted
    def update_alias(
        self,
        *,
        FunctionName: str,
        Name: str,
        FunctionVersion: str | None = None,
        RoutingConfig: Answer | None = None,
        RevisionId: str = "",
    ) -> Answer:
        alias = self._alias("UpdateAlias", FunctionName, Name)
        alias.require_revision(RevisionId)
        version = FunctionVersion or alias.version
        weights = alias.weights if RoutingConfig is None else RoutingConfig["AdditionalVersionWeights"]
        self._function("UpdateAlias", FunctionName).require_routable("UpdateAlias", [version, *weights])
        return alias.write(version, weights, self._revision_id())

    @counted
    def invoke(self, *, FunctionName: str, Qualifier: str, InvocationType: str, Payload: bytes = b"{}") -> Answer:
        function = self._function("Invoke", FunctionName, Qualifier)
        if InvocationType == "DryRun":
            return {"StatusCode": 204}
        self.invoked.append((Qualifier, Payload.decode()))
        function.invoke(Qualifier)
        payload, error = self.answers.pop(0) if self.answers else ("{}", None)
        failed = {} if error is None else {"FunctionError": "Unhandled"}
        return {"StatusCode": 200, "Payload": BytesIO(payload.encode()), **failed}

    @counted
    def get_provisioned_concurrency_config(self, *, FunctionName: str, Qualifier: str) -> Answer:
        if (FunctionName, Qualifier) not in self.provisioned:
            message = f"No Provisioned Concurrency Config found for this function: {self._arn(FunctionName)}"
            raise refused("GetProvisionedConcurrencyConfig", "ProvisionedConcurrencyConfigNotFoundException", message)
        return {"Status": self.provisioned[FunctionName, Qualifier], "StatusReason": "not enough capacity"}

    @counted
    def get_policy(self, *, FunctionName: str, Qualifier: str) -> Answer:
        if (FunctionName, Qualifier) not in self.policies:
            raise refused("GetPolicy", "ResourceNotFoundException", "The resource you requested does not exist.")
        return {"Policy": self.policies[FunctionName, Qualifier]}

    def _function(self, operation: str, name: str, qualifier: str = LATEST) -> FakeFunction:
        function = self.functions.get(name)
        if function is None or qualifier not in function.versions:
            arn = self._arn(name) + ("" if qualifier == LATEST else f":{qualifier}")
            raise refused(operation, "ResourceNotFoundException", f"Function not found: {arn}")
        function.looks_to_settle = self.looks_to_settle
        return function

    def _alias(self, operation: str, function: str, name: str) -> FakeAlias:
        if (function, name) not in self.aliases:
            arn = f"{self._arn(function)}:{name}"
            raise refused(operation, "ResourceNotFoundException", f"Cannot find alias arn: {arn}")
        return self.aliases[function, name]

    def _code(self, operation: str, package_type: str, address: Mapping[str, str]) -> tuple[Answer, str]:
        """Return what a function's description gets from its code, and the address of its image."""
        image_uri = address.get("ImageUri", "")
        if (package_type == "Image") != bool(image_uri):
            please = "provide" if package_type == "Image" else "don't provide"
            message = f"Please {please} ImageUri when updating a function with packageType {package_type}."
            raise refused(operation, "InvalidParameterValueException", message)
        self._require_image(operation, image_uri)
        return ({}, image_uri) if image_uri else ({"CodeSha256": self.zips.read(operation, address)}, "")

    def _require_image(self, operation: str, uri: str) -> None:
        if uri.partition("@")[2] in self.missing_images:
            message = f"Source image {uri} does not exist. Provide a valid source image."
            raise refused(operation, "InvalidParameterValueException", message)

    def _revision_id(self) -> str:
        return f"revision-{next(self._revisions)}"

    def _arn(self, function: str) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{function}"
