"""What becomes of a target when a task of a deployment or a rollback fails, on the deployed stack.

Every task of the two deployed machines meets every fault, so a new state is included automatically. That is so for
functions from images; for other kinds, the tasks do that run their code. Each case has a known end: one version gets
the traffic, which is known beforehand; nobody holds the target's lease or waits for it; the ledger and the target
agree; and the team is notified once if the execution did not succeed. So have the situations that AWS or others bring
about.
"""
