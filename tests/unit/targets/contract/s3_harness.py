"""The kind `s3` in the contract suite: one object, and a pointer to many."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from botocore.config import Config

from gantry.aws.clients import CONFIG
from gantry.aws.session_policy import Right
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.deployment import Deployment, StableRevision
from gantry.promotion.target import Target
from gantry.promotion.traffic import Plan, Routing
from gantry.targets.kind import TargetKind
from gantry.targets.s3_object.making import make_kind
from gantry.targets.s3_object.object_target import ObjectTarget
from gantry.targets.s3_object.rights import rights
from gantry.targets.s3_object.schema import SCHEMA
from gantry.targets.s3_object.settings import HEADERS
from gantry.targets.s3_object.stored_object import REVISION, own_metadata
from tests.unit.targets.contract.contents import CONTENTS, NAMES, NEW, OLD, OTHER, PAGES, page_version
from tests.unit.targets.contract.harness import SECRET, deployment_of
from tests.unit.targets.fake_accounts import FakeAccounts
from tests.unit.targets.fake_client import FakeClient
from tests.unit.targets.fake_s3 import FakeBucket, FakeS3, FakeVersion, digest_of
from tests.unit.targets.kind_parts import parts

ASSETS, ACCOUNT = "111111111111", "222222222222"
ARTIFACTS, BUCKET = "acme-artifacts", "acme-prod"
PLACE = {"kind": "s3", "account": ACCOUNT, "region": "us-east-1", "bucket": BUCKET}


class S3Accounts(FakeAccounts):
    """Accounts that have S3. All share one: a copy is from the bucket of one account into that of another."""

    def __init__(self) -> None:
        super().__init__()
        self.s3 = FakeS3()
        self.attempts: dict[str, set[int]] = {}
        """How often the clients that were asked to write a key would send that."""

    def client(
        self, service: str, target: Target, rights: Iterable[Right] | None = None, config: Config | None = None
    ) -> FakeClient:
        if service != "s3":
            return super().client(service, target, rights, config)
        return cast("FakeClient", _Configured(self.s3, config or CONFIG, self.attempts))


class _Configured:
    """A client of the same S3, with time-outs and retries of its own."""

    def __init__(self, s3: FakeS3, config: Config, attempts: dict[str, set[int]]) -> None:
        self._s3 = s3
        self._config: Any = config
        self._attempts = attempts

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**asked: Any) -> object:
            if operation in {"copy_object", "put_object"}:
                self._attempts.setdefault(asked["Key"], set()).add(self._config.retries["total_max_attempts"])
            answer: object = getattr(self._s3, operation)(**asked)
            return answer

        return call


class SingleObjectHarness:
    """One object under its key."""

    kind: TargetKind
    preparing: Sequence[str] = ("copy_object",)
    lacks = frozenset({"slow", "sleep", "fail", "late writes undone", "slow traffic"})
    plan: Plan = ()
    reading_role: str | None = None
    slow_routing = False
    settles_within = timedelta(0)
    routing_operation = "copy_object"
    schema = SCHEMA
    source: Mapping[str, Any] = {"artifact": {"bucket": ARTIFACTS, "key": "glue/etl.py"}}
    target_keys: Mapping[str, Any] = {**PLACE, "key": "glue/etl.py"}
    configuration: Mapping[str, Any] = {
        "metadata": {"cache-control": "max-age=60", "to-say": "Moo", "api-key": SECRET},
    }

    def __init__(self) -> None:
        self.target, self.neighbour, self.uncreatable = map(
            self._target_of, ({}, self._other_key(), {"bucket": "gone"})
        )
        accounts = S3Accounts()
        self.s3, self.attempts = accounts.s3, accounts.attempts
        self.s3.buckets |= {ARTIFACTS: FakeBucket(ASSETS), BUCKET: FakeBucket(ACCOUNT)}
        self._parts = ObjectTarget.of(self.target)
        self._made = 0
        self._artifacts = {digest: self._upload(digest) for digest in (OLD, NEW, OTHER)}
        self.kind = make_kind(parts(accounts, ASSETS, timedelta(0)))

    def rights(self, target: Target) -> tuple[Right, ...]:
        return rights(target)

    def deployment(self, digest: str = NEW) -> Deployment:
        made = deployment_of(self.target, digest, self.configuration)
        return replace(made, release=replace(made.release, artifact=self._artifacts[digest]), plan=())

    def stable(self, digest: str = OLD) -> StableRevision:
        revision = self.make(digest)
        self.route(Routing(revision))
        return StableRevision(revision, digest)

    def make(self, digest: str) -> str:
        """Let another execution prepare a revision."""
        self._made += 1
        revision = f"{digest[7:19]}-{self._made:012x}"
        self._prepare(revision, digest, CONTENTS[digest])
        return revision

    def route(self, routing: Routing) -> None:
        prepared = self._prepared(routing.revision)
        self.s3.write(BUCKET, self._parts.key, prepared.body, **prepared.given)

    def routes(self) -> Sequence[Routing]:
        versions = self.s3.buckets[BUCKET].objects.get(self._parts.key, [])
        return [Routing(each.given["Metadata"][REVISION]) for each in versions if not each.is_deletion]

    def changes(self) -> int:
        return self.s3.calls["copy_object"] + self.s3.calls["put_object"]

    def be_slow(self, looks: int) -> None:
        """S3 has written by the time that it answers."""
        assert looks == 0

    def before(self, operation: str, action: Callable[[], object]) -> None:
        self.s3.before(operation, action)

    def before_routing(self, action: Callable[[], object]) -> None:
        self.s3.before(self.routing_operation, action)

    def lose_answer(self, operation: str | None = None) -> None:
        self.s3.lose_answer(operation or self.routing_operation)

    def fail_next(self) -> None:
        raise NotImplementedError

    def fail(self, revision: str) -> None:
        """Let a lifecycle rule archive what is prepared."""
        self._prepared(revision).storage_class = "GLACIER"

    def put_to_sleep(self, revision: str) -> None:
        raise NotImplementedError

    def refuse_changes(self) -> None:
        self.s3.refuse(self.routing_operation, "AccessDenied", "not authorized to perform: s3:PutObject")

    def lose_artifact(self, digest: str) -> None:
        self.s3.buckets[ARTIFACTS].objects[self._artifacts[digest].key].clear()

    def corrupt_artifact(self, revision: str) -> None:
        self._prepare(revision, OTHER, CONTENTS[OTHER])

    def corrupt_configuration(self, revision: str) -> None:
        metadata = self._prepared(revision).given["Metadata"]
        metadata.pop("to-say")
        metadata["api-key"] = SECRET[1:]

    def refuse_architecture(self) -> None:
        self.s3.buckets[BUCKET].versioning = "Suspended"

    def remove(self, revision: str) -> None:
        self.s3.delete(BUCKET, self._parts.prepared_key(revision))

    def remove_target(self) -> None:
        self.s3.delete(BUCKET, self._parts.key)

    def serve(self, revision: str, at: datetime, times: int, failed: int = 0, milliseconds: int = 100) -> None:
        """Objects are read, and nobody counts it."""

    def answer(self, payload: str, error: str | None = None) -> None:
        raise NotImplementedError

    def lose_request(self) -> None:
        raise NotImplementedError

    def requests(self) -> Sequence[tuple[str, str]]:
        return []

    def lose_evidence(self) -> None:
        """There is none."""

    def _target_of(self, changed: Mapping[str, Any]) -> Target:
        keys = {key: value for key, value in self.target_keys.items() if key != "kind"}
        return SCHEMA.target({**keys, **changed})

    def _other_key(self) -> Mapping[str, Any]:
        return {"key": "glue/other.py"}

    def _upload(self, digest: str) -> Artifact:
        """Let a build upload an artifact, with the pages that it may list."""
        for key, body in PAGES[NAMES[digest]].items():
            self.s3.write(ARTIFACTS, f"glue/{key}", body).id = page_version(NAMES[digest], key)
        made = self.s3.write(ARTIFACTS, "glue/etl.py", CONTENTS[digest])
        made.id = f"version-of-{NAMES[digest]}"
        return Artifact(ArtifactKind.S3_OBJECT, digest, f"{ARTIFACTS}/glue/etl.py", made.id)

    def _prepare(self, revision: str, digest: str, body: bytes) -> None:
        metadata: dict[str, str] = {"content-type": self._content_type, **self.configuration["metadata"]}
        headers = {HEADERS[name]: value for name, value in metadata.items() if name in HEADERS}
        users = {name: value for name, value in metadata.items() if name not in HEADERS}
        own = own_metadata(self._parts, revision, digest_of(body), digest)
        self.s3.write(BUCKET, self._parts.prepared_key(revision), body, **headers, Metadata={**users, **own})

    _content_type = "binary/octet-stream"

    def _prepared(self, revision: str) -> FakeVersion:
        found = self.s3.current(BUCKET, self._parts.prepared_key(revision))
        assert found
        return found


class PointerHarness(SingleObjectHarness):
    """A pointer to many objects."""

    preparing: Sequence[str] = ("copy_object", "put_object")
    lacks = SingleObjectHarness.lacks - {"late writes undone"}
    routing_operation = "put_object"
    target_keys: Mapping[str, Any] = {**PLACE, "prefix": "releases/", "pointer": {"key": "live.json"}}
    configuration: Mapping[str, Any] = {
        "metadata": {"cache-control": "no-cache"},
        "values": {"TO_SAY": "Moo", "API_KEY": SECRET},
    }
    _content_type = "application/json"

    def make(self, digest: str) -> str:
        self._made += 1
        revision, folder = f"{digest[7:19]}-{self._made:012x}", self._parts.release_folder(digest)
        for key, body in PAGES[NAMES[digest]].items():
            if self.s3.current(BUCKET, f"{folder}{key}") is None:
                self.s3.write(BUCKET, f"{folder}{key}", body)
        self._prepare(revision, digest, self._body(digest))
        return revision

    def route(self, routing: Routing) -> None:
        """Write it as Gantry does, with a text that nothing else has."""
        self._made += 1
        prepared = self._prepared(routing.revision)
        said = {name: each for name, each in json.loads(prepared.body).items() if name != "keys"}
        body = json.dumps({**said, "written": f"by-another-{self._made}"}).encode()
        artifact = prepared.given["Metadata"]["gantry-artifact"]
        own = own_metadata(self._parts, routing.revision, digest_of(body), artifact)
        self.s3.write(BUCKET, self._parts.key, body, **{**prepared.given, "Metadata": own})

    def corrupt_artifact(self, revision: str) -> None:
        self._prepare(revision, OTHER, self._body(OTHER))

    def corrupt_configuration(self, revision: str) -> None:
        digest = self._prepared(revision).given["Metadata"]["gantry-artifact"]
        self._prepare(revision, digest, self._body(digest, {"API_KEY": SECRET[1:]}))

    def _other_key(self) -> Mapping[str, Any]:
        return {"pointer": {"key": "other.json"}}

    def _body(self, digest: str, values: Mapping[str, str] | None = None) -> bytes:
        folder = self._parts.release_folder(digest)
        values = self.configuration["values"] if values is None else values
        keys = sorted(PAGES[NAMES[digest]])
        said = {"release": digest, "prefix": folder, "objects": len(keys), "keys": keys, "values": values}
        return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()


def live(harness: SingleObjectHarness) -> FakeVersion:
    """Return what readers of the live key get."""
    found = harness.s3.current(BUCKET, ObjectTarget.of(harness.target).key)
    assert found
    return found
