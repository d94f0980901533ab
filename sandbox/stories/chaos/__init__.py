"""What becomes of a target when a task of a deployment or a rollback fails, on the deployed stack.

Every task of the two deployed machines meets every fault, so a new state is included automatically. Each case has a
known end: the alias routes to one version, which is known beforehand; nobody holds the target's lease or waits for it;
the ledger and the alias agree; and the team is notified once if the execution did not succeed. So have the situations
that AWS brings about by itself.
"""
