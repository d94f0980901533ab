"""Which values of settings look like secrets.

When in doubt, it is one: an approver then has to look into the manifest. A secret that is not masked gets into mails
and into the ledger.

Texts may be long and hostile, so no expression here may read a text once for each place where it could begin.
"""

import re
from collections.abc import Iterator

from gantry.promotion.references.reference import read

_SECRET_NAME = re.compile(
    r"""
    secret | passw | pass_?(phrase|code) | (?<!by)(?<!com)pass(_|$) | pwd | credential | creds?(_|$)
    | token | bearer | jwt(_|$) | auth(?!or(?!i[sz]))               # authorization, but neither author nor authority
    | (api|access|private|sign|signing|signature|encryption|master|shared|session|client|account|storage|hmac)_?keys?
    | conn(ection)?_?str | dsn(_|$) | certificate | (^|_)cert(?!ain) | (?<!con)certs?(_|$)
    | (^|_)(pat|pin|otp|psk|salt|sas|cookie)(_|$)
    """,
    re.VERBOSE,
)
_ABOUT_A_SECRET = re.compile(
    r"(^|_)(arn|name|file|path|dir|url|uri|endpoint|type|mode|provider|version|table|bucket|queue|topic)$"
)
"""SECRET_ARN or TOKEN_TABLE names the place or the kind of a secret. Its value may still be one."""
_MEASURE = re.compile(r"(^|_)(ttl|seconds|minutes|hours|days|age|length|size|count|limit|max|min|expiry|timeout)(_|$)")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_SWITCHES = frozenset({"", "true", "false", "yes", "no", "on", "off", "none", "null", "enabled", "disabled"})
_CHECKSUM_NAME = re.compile(r"(^|_)(sha\d*|commit|revision|checksum|digest|hash|build|version|etag)(_|$)")
_HEX = re.compile(r"[0-9a-fA-F]+")

_SECRET_VALUE = re.compile(
    r"""
    -----BEGIN\ | \b(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b | \beyJ[\w-]{8,} | \b(?i:bearer|basic)\s+\S{8,}
    | \bgh[pousr]_\w{10,} | \bgithub_pat_\w{10,} | \bglpat-[\w-]{10,} | \b(xox[a-z]|xapp)-[\w-]{8,}
    | \b[rs]k_(live|test)_\w{8,} | \bsk-(?=\S{0,200}\d)[\w-]{10,} | \bwhsec_\S{8,} | \bAIza[\w-]{30,}
    | \bya29\.[\w-]{10,} | \bSG\.[\w-]{16,}\. | \bnpm_\w{30,} | \bhf_[A-Za-z0-9]{30,} | \bpypi-AgE\S+ | AGE-SECRET-KEY-
    """,
    re.VERBOSE,
)
_USER_AND_PASSWORD = re.compile(r"://[^/:]*:.")
_ARN = re.compile(r"""arn:aws[a-z-]*:[\w-]*:[\w-]*:\d*:[^\s,;"'&|]+""")
_PUBLIC = re.compile(
    rf"{_ARN.pattern}|sha\d+[:-][0-9a-f]{{32,}}|\b[0-9a-fA-F]{{8}}(-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}\b"
)
"""Long random text that is no secret: ARNs, digests, UUIDs."""
_PAIR = re.compile(r"""(?<![\w.-])([\w.-]+)["']?\s*[:=]\s*["']?(?=([^\s"',;&|]{1,500}))""")
"""A name, and the beginning of what may be its value. The whole of it would be read once more for each `=` in it."""
_OPTION_IN_TEXT = re.compile(r"(?<!\S)(--?[A-Za-z][\w.-]*)\s+(?=(\S+))")

_LEAST_RANDOM = 20
"""Characters. Shorter text is as likely a name: CloudFormation's end in 13 random characters, ids of VPCs in 17."""
_WORD = re.compile(r"[A-Z][a-z]{2,}|[a-z]{3,}")
_TURN = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])|(?<=[a-z])(?=[A-Z])")
_NUMBERS = 3
"""Names have fewer numbers in one run of letters and digits."""


def is_secret(name: str, value: str) -> bool:
    """Whether a setting looks like a secret, by its name or by its value. A reference to one is none."""
    if read(value):
        return False
    if names_a_secret(name, value):
        return True
    is_checksum = names_a_checksum(name) and _HEX.fullmatch(value)
    return not is_checksum and holds_a_secret(value)


def names_a_secret(name: str, value: str) -> bool:
    """Whether the name says that the value is a secret, and the value could be one."""
    words = _words(name)
    if not _SECRET_NAME.search(words) or _ABOUT_A_SECRET.search(words):
        return False
    is_measure = _MEASURE.search(words) and _NUMBER.fullmatch(value)
    return not (is_measure or value.strip().lower() in _SWITCHES or _ARN.fullmatch(value))


def names_a_checksum(name: str) -> bool:
    """Whether the name says that the value is a commit, a digest or the like, which nobody hides."""
    return _CHECKSUM_NAME.search(_words(name)) is not None


def _words(name: str) -> str:
    """Return `api_key` for `API-Key`, `apiKey` and `API_KEY`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name).lower()


def holds_a_secret(value: str) -> bool:
    """Whether a value contains something that looks like a secret, whatever its name."""
    rest = _PUBLIC.sub("-", value)
    pairs = (*_PAIR.findall(rest), *_OPTION_IN_TEXT.findall(rest))
    return (
        _SECRET_VALUE.search(value) is not None
        or _has_password(value)
        or any(names_a_secret(name, paired) for name, paired in pairs)
        or any(_is_random(piece) for piece in _pieces(rest))
    )


def _has_password(value: str) -> bool:
    """Whether it has a URL with a password. What stands before each @ is read once, and not once for each ://."""
    return any(_USER_AND_PASSWORD.search(re.split(r"\s", part)[-1]) for part in value.split("@")[:-1])


def _pieces(value: str) -> Iterator[str]:
    """Return the parts that may be random as a whole. A slash may belong to base64, except in a path or a URL."""
    for piece in re.split(r"""[\s,;"'=(){}<>|\[\]]+""", value):
        yield from re.split(r"[/?&:@#]", piece) if "://" in piece or piece.startswith(("/", ".", "~")) else (piece,)


def _is_random(piece: str) -> bool:
    """Whether a piece is long, and mixes letters and digits as no name does."""
    if len(piece) < _LEAST_RANDOM:
        return False
    runs = [run for run in re.findall(r"[A-Za-z0-9]+", piece) if len(run) >= _LEAST_RANDOM]
    if any(map(_is_jumbled, runs)):
        return True
    is_mixed = all(re.search(kind, piece) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    return is_mixed and 2 * sum(map(len, _WORD.findall(piece))) < len(piece)


def _is_jumbled(run: str) -> bool:
    """Whether letters and digits alternate more often than in a name such as Orders2026V2."""
    numbers, turns = re.findall(r"\d+", run), _TURN.findall(run)
    return bool(numbers) and (len(numbers) >= _NUMBERS or 4 * len(turns) >= len(run))
