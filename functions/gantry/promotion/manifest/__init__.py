"""A service's manifest: which environments its releases go through, and how.

Start at `reading`, which turns a text into the `content` that the machines carry. `yaml_text` reads the text, within
`yaml_bounds` and without what `yaml_scalars` finds ambiguous. `shape` checks it against the keys of `model`, whose
fields have the types of `field_types`, `collection_fields` and `name_fields`; `rules` and `approval_rules` check what
no single field shows. `override` merges what environments share, and `written_size` measures what comes of it. `place`
knows where the file has to be.

What is particular to a kind of target is a `target_schema`, which the caller hands in; `kinds` and `kind_problems` ask
it. Nothing is imported here, so that a function pays only for what it uses.
"""
