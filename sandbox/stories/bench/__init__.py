"""Figures of the pipeline, measured on the deployed stack, each with a budget and the peer's figure.

Each file measures one subject, and returns rows. Counts and outcomes are exact, so one over its budget fails. Times
depend on the machine, and are only printed.
"""
