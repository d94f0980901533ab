"""The kinds of target: one folder each. `kind` is the port, `registry` finds a kind by its name.

A kind says where its traffic goes, makes revisions and moves traffic. What that means for a deployment, a rollback or a
repair is decided elsewhere, once for all kinds.
"""
