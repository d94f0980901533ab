"""The demo's chapter about objects: a site behind a pointer is promoted, read and rolled back."""

import yaml

from sandbox.driver.artifact_bucket import ARTIFACTS, RELEASE, ArtifactBucket
from sandbox.driver.cowsay import APPROVER, POLICY
from sandbox.driver.live_bucket import LiveBucket
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import DEV, STAGING
from sandbox.stories.story import Story

SITE = f"{ARTIFACTS}/site/{RELEASE}"
POINTER = "live.json"
BINDING = f"""\
  - rule: site
    services: [s3/{SITE}]
    kind: s3
    accounts: ["{DEV}", "{STAGING}"]
    regions: [us-east-1]
    targets: [s3/acme-dev/*, s3/acme-staging/*]
"""
"""What the policy file says of the site: keys belong to nobody whose name they have."""


def objects(pipeline: Pipeline, story: Story) -> None:
    """Promote two releases of a site, read each through its pointer, and go back."""
    artifacts = ArtifactBucket(pipeline.stand_in)
    dev, staging = (LiveBucket(pipeline.stand_in, account) for account in (DEV, STAGING))
    dev.make()
    staging.make()
    pipeline.upload_policy(POLICY.replace("floors:\n", f"{BINDING}floors:\n"))
    pipeline.upload_manifest(f"s3/{SITE}", _manifest(dev, staging))
    for number in (1, 2):
        files = {"index.html": f"<h1>Site {number}</h1>".encode(), f"{number}.css": b"h1 {}"}
        version = artifacts.push_release("site", files, tag=f"site-{number}")
        story.say(f"pushed {len(files)} files, and last of all {RELEASE} as version {version[:8]}…")
        promotion = pipeline.promotion_of(version)
        pipeline.answer(pipeline.mail_to(APPROVER, promotion).links[0], "approved", "the demo says so")
        story.expect("the promotion", pipeline.wait(promotion)["status"], "SUCCEEDED")
        story.expect("staging's readers get", page(staging), f"<h1>Site {number}</h1>")
    execution = pipeline.start("Rollback", {"service": f"s3/{SITE}", "environment": "staging"})
    story.expect("the rollback", pipeline.wait(execution)["status"], "SUCCEEDED")
    story.expect("staging's readers get", page(staging), "<h1>Site 1</h1>")
    story.expect("dev's readers still get", page(dev), "<h1>Site 2</h1>")
    story.expect("writes of staging's pointer: two releases, one way back", staging.writes(POINTER), 3)


def page(bucket: LiveBucket) -> str:
    """Return the page that readers get: they ask the pointer where the live release is."""
    return bucket.read(f"{bucket.read_json(POINTER)['prefix']}index.html").decode()


def _manifest(dev: LiveBucket, staging: LiveBucket) -> str:
    many = {"prefix": "releases/", "pointer": {"key": POINTER}}
    approval = {"approvers": [APPROVER], "expires_after": "72h"}
    environments = [
        {"name": "dev", "targets": [dev.target(**many)]},
        {"name": "staging", "targets": [staging.target(**many)], "approval": approval},
    ]
    bucket, _, key = SITE.partition("/")
    return yaml.safe_dump({"artifact": {"bucket": bucket, "key": key}, "environments": environments})
