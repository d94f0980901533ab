"""Makes the kind `s3`."""

from uuid import uuid4

from gantry.aws.clients import ONCE, waiting
from gantry.promotion.deployment import Deployment
from gantry.promotion.target import Target
from gantry.targets.kind_parts import KindParts
from gantry.targets.s3_object.bucket import Bucket
from gantry.targets.s3_object.form import Form
from gantry.targets.s3_object.immutable_copies import LONGEST_COPY
from gantry.targets.s3_object.kind import S3ObjectKind
from gantry.targets.s3_object.object_target import ObjectTarget
from gantry.targets.s3_object.pointer import Pointer
from gantry.targets.s3_object.rights import copying_rights
from gantry.targets.s3_object.single_object import SingleObject


def make_kind(parts: KindParts) -> S3ObjectKind:
    """Make the kind with the pipeline's way into the workload accounts."""

    def bucket(target: Target) -> Bucket:
        return Bucket(parts.accounts.client("s3", target), ObjectTarget.of(target))

    def copying(deployment: Deployment) -> Bucket:
        target = deployment.target
        rights = copying_rights(target, deployment.release.artifact)
        client = parts.accounts.client("s3", target, rights=rights, config=waiting(LONGEST_COPY))
        return Bucket(client, ObjectTarget.of(target))

    def form(of: Bucket) -> Form:
        if of.target.prefix:
            return Pointer(of, parts.registry_account, lambda: uuid4().hex)
        return SingleObject(of, parts.registry_account)

    def writing(target: Target) -> Bucket:
        return Bucket(parts.accounts.client("s3", target, config=ONCE), ObjectTarget.of(target))

    return S3ObjectKind(bucket, form, copying, writing)
