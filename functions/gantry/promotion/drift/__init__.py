"""Drift: where a target is not as the ledger says."""
