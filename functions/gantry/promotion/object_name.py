"""What the buckets and keys of artifacts may be called."""

import re

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET_PATTERN = (
    r"^(?!xn--|sthree-|amzn-s3-demo-|([0-9]+\.){3}[0-9]+$)(?!.*(\.\.|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$))"
    r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
)
BUCKET_REMEDY = "give 3 to 63 lower-case letters, digits, hyphens and single dots, as S3 takes them"
# Narrower than S3 takes, so that a key is also a path, a part of a pattern and a name in a sentence. With a dot first
# it would be hidden, or in Gantry's own folder.
KEY = r"(?=.{1,256}$)(?!\.)(?!(.*/)?\.{1,2}(/|$))[a-zA-Z0-9._=+@-]+(/[a-zA-Z0-9._=+@-]+)*"
KEY_PATTERN = f"^{KEY}$"
KEY_REMEDY = (
    "give letters, digits and . _ = + @ - in parts that are joined by single /, 256 characters at most, and no dot at "
    "the beginning"
)


def is_object_name(bucket: object, key: object) -> bool:
    """Whether a service can be called after an object with this bucket and this key."""
    return _matches(BUCKET_PATTERN, bucket) and _matches(KEY_PATTERN, key)


def _matches(pattern: str, value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(pattern, value))
