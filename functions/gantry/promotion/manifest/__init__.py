"""A service's manifest: which environments its releases go through, and how.

`reading` is where to begin: it turns a text into the `content` that the machines carry. The text is read (`text`), the
shape of what it holds is checked against the models (`keys`, `fields`, `collections`, `names`) and told in words
(`problems`, `words`), the environments are written out (`override`), and what no single field shows is checked
(`rules`, `approval_rules`, by way of `places`).
Nothing is imported here, so that a function pays only for what it uses.
"""
