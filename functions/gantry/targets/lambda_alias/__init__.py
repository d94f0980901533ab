"""The kind `lambda`: one function and its alias. A revision is a published version; the alias says where traffic goes.

`UpdateAlias` takes a RevisionId and refuses an old one, so that this kind has compare-and-set.
"""
