"""Words of Python and of its libraries, which nobody should have to know who types JSON or YAML."""

import re

FOREIGN = re.compile(
    r"pydantic|hashable|NoneType|dictionary|tuple|\bdict\b|\bstr\b|\bint\b|Input should|Field required|Extra inputs|"
    r"validation error|instance of|type=|Value error|Traceback|errors\.pydantic\.dev"
)
