"""The pipeline on one machine, in three rooms. Each room imports only from those below it.

`stories` is what is tried on the deployed pipeline. `driver` deploys the pipeline and works with it. `stand_in` is a
local stand-in for AWS with four accounts.
"""
