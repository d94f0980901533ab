"""Values of a manifest that are secrets. A warning names the place, the kind and the remedy, and never the value.

Unlike `secret_values`, which hides what might be a secret, this must not cry wolf: nobody reads warnings that are
wrong. So a value is one only by a form that its issuer gives to secrets, or by its name and its randomness together.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator

from gantry.promotion.manifest.problem import Location, Problem, first_of
from gantry.promotion.secret_values import names_a_checksum, names_a_secret

REMEDY = (
    "Everybody who may read the manifest or the target's configuration can read it. Put it into Secrets Manager or "
    "Parameter Store, give its name or ARN here, and let the program read it there when it starts; what is "
    "under secrets of a target is read by itself. Then replace the secret, as this one stays in the file's history."
)
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----|AGE-SECRET-KEY-1")),
    # https://docs.stripe.com/keys
    ("a secret key of Stripe", re.compile(r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{8,}|\bwhsec_[A-Za-z0-9+/=]{16,}")),
    # https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
    ("a token of GitHub", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}")),
    ("a token of GitLab", re.compile(r"\bglpat-[\w-]{16,}")),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    ("an access key of AWS", re.compile(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b")),
    # https://docs.slack.dev/authentication/tokens/
    (
        "a token of Slack",
        re.compile(
            r"\bxox[abceoprs](?:\.xox[bp])?-[\w-]{8,}|\bxapp-\d-[\w-]{8,}|hooks\.slack\.com/services/T\w+/B\w+/\w+"
        ),
    ),
    ("a key of Google", re.compile(r"\bAIza[\w-]{35}\b")),
    ("a key of SendGrid", re.compile(r"\bSG\.[\w-]{16,}\.[\w-]{16,}")),
    ("a token of npm", re.compile(r"\bnpm_[A-Za-z0-9]{36}\b")),
    (
        "a key of OpenAI or Anthropic",
        re.compile(r"\bsk-(?:proj|svcacct|admin|ant)-[\w-]{16,}|\bsk-[A-Za-z0-9]{32,}"),
    ),
    ("a token of Hugging Face", re.compile(r"\bhf_[A-Za-z0-9]{30,}")),
    ("a token of PyPI", re.compile(r"\bpypi-AgE[\w-]{16,}")),
    ("a token of Docker", re.compile(r"\bdckr_(?:pat|oat)_[\w-]{16,}")),
    ("a token of DigitalOcean", re.compile(r"\bdo[opr]_v1_[0-9a-f]{32,}")),
    ("a token of Vault", re.compile(r"\bhv[sb]\.[\w-]{20,}")),
    ("a token of Databricks", re.compile(r"\bdapi[0-9a-f]{32}\b")),
    ("a token of Shopify", re.compile(r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b")),
    ("a token of Grafana", re.compile(r"\bgl(?:sa|c)_[A-Za-z0-9+/=_]{32,}")),
    ("a key of Mailgun", re.compile(r"\bkey-[0-9a-z]{32}\b")),
    # https://www.rfc-editor.org/rfc/rfc7519#section-3.1
    ("a JSON Web Token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
)
_PASSWORD_IN_ADDRESS = re.compile(r"://[^\s/:@?#]{0,256}:([^\s/@?#]{1,256})@")
_PASSWORD_IN_PAIRS = re.compile(
    r"(?:^|[?&;\s])(?:password|passwd|pwd|accountkey|sharedaccesskey|client_secret)\s?=\s?([^\s;&\"']{6,256})",
    re.IGNORECASE,
)
"""As in `jdbc:postgresql://db/cows?user=cow&password=…` and `Server=db;Password=…`."""
_BEARER = re.compile(r"^(?:Bearer|Basic)\s+([A-Za-z0-9+/=._~-]{16,})$", re.IGNORECASE)
_OF_AWS = re.compile(r"secret_?(?:access_?)?key$", re.IGNORECASE)
_KEY_OF_AWS = re.compile(r"[A-Za-z0-9/+]{40}")
_OF_A_PASSWORD = re.compile(r"(?:passw(?:or)?d|pwd|passphrase)$", re.IGNORECASE)
_ONE_TOKEN = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[^\s/._:-]{6,}")
"""Letters and digits without anything that separates the words of a name."""
_HEX = re.compile(r"(?=[^0-9]*[0-9])(?=[0-9]*[a-fA-F])[0-9a-fA-F]{32,}")
_BASE64 = re.compile(r"(?=[^0-9]*[0-9])(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])[A-Za-z0-9+/]{24,}={0,2}")
_PLACEHOLDER = re.compile(r"[<{$%*].*|x+|\.+|pass(word)?|secret|changeme|\[.*\]", re.IGNORECASE)
_NO_SECRET = re.compile(
    r"""
    arn:\S+ | [a-z][a-z0-9+.-]*://\S+ | /\S* | [~.]{1,2}/\S*          # ARNs, addresses, parameters' names and paths
    | sha\d+[:-]\S+                                                      # digests
    | [0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}                 # UUIDs
    | ([\w-]+\.)+[a-z]{2,}                                              # names of hosts
    | \{\{resolve:.*\}\} | \$\{.*\}                                     # references of CloudFormation
    """,
    re.VERBOSE,
)
_LEAST, _LEAST_BITS = 8, 2.5
"""Characters of a password; and bits that each of them has at least, as they are distributed in it."""
_KINDS = ("[a-z]", "[A-Z]", "[0-9]", r"[^A-Za-z0-9_./:@ -]")
_WORD = re.compile(r"[A-Za-z][a-z]{2,}|[A-Z]{3,}|\d{4}(?!\d)")


def secret_warnings(document: object) -> tuple[Problem, ...]:
    """Return a warning for each value that is a secret; of very many, the first ones and how many there are."""
    return first_of(list(_warnings(document, (), "")))


def _warnings(value: object, location: Location, name: str) -> Iterator[Problem]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _warnings(each, (*location, str(key)), str(key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _warnings(each, (*location, index), name)
    elif isinstance(value, str) and (kind := secret_kind(name, value)):
        yield Problem(location, f"this looks like {kind}. {REMEDY}")


def secret_kind(name: str, value: str) -> str | None:
    """Return what secret a value is, in words; None where it is none. `name` is the key at which it stands."""
    for kind, form in _FORMS:
        if form.search(value):
            return kind
    if any(not _PLACEHOLDER.fullmatch(each) for each in _PASSWORD_IN_ADDRESS.findall(value)):
        return "an address with a password"
    if any(_is_mixed(each) for form in (_PASSWORD_IN_PAIRS, _BEARER) for each in form.findall(value)):
        return "a text with a password or token"
    if _is_password(name, value) or (names_a_secret(name, value) and _is_random(name, value)):
        return "a secret, by its name and its random characters"
    return None


def _is_mixed(value: str) -> bool:
    """Whether a value has characters of several kinds, and is no placeholder."""
    return not _PLACEHOLDER.fullmatch(value) and sum(re.search(kind, value) is not None for kind in _KINDS) > 1


def _is_password(name: str, value: str) -> bool:
    return _OF_A_PASSWORD.search(name) is not None and _ONE_TOKEN.fullmatch(value) is not None and _is_mixed(value)


def _is_random(name: str, value: str) -> bool:
    """Whether a value is one long piece that is neither a name, a path nor something else that is public."""
    if len(value) < _LEAST or re.search(r"\s", value):
        return False
    if _OF_AWS.search(name) and _KEY_OF_AWS.fullmatch(value) and _is_mixed(value):
        return True
    if _HEX.fullmatch(value):  # commits and digests look the same
        return not names_a_checksum(name)
    if _NO_SECRET.fullmatch(value):
        return False
    if _BASE64.fullmatch(value) and not _is_path_of_words(value):
        return True
    words = sum(map(len, _WORD.findall(value)))
    kinds = sum(re.search(kind, value) is not None for kind in _KINDS)
    return kinds > 1 and 2 * words < len(value) and _bits(value) >= _LEAST_BITS


def _is_path_of_words(value: str) -> bool:
    """Whether the parts between slashes, or between capital letters, are words."""
    return 2 * sum(map(len, re.findall(r"[A-Z]?[a-z]{3,}|[A-Z]{3,}(?![a-z])", value))) >= len(value)


def _bits(value: str) -> float:
    return -sum(count / len(value) * math.log2(count / len(value)) for count in Counter(value).values())
