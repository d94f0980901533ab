"""The contract with the state machines: they match these class names in `Retry` and `Catch`.

One class for each decision that a machine or a person takes. Whether to retry is decided in the definition, not here.
What is not listed here escapes under its own name and fails the execution, which is what should happen.
"""

from gantry.promotion.gantry_error import FileError, GantryError


class InvalidRequestError(GantryError):
    """A person's input cannot be carried out as it stands; the message says what would be right."""


class ManifestError(FileError):
    """A manifest is missing or wrong; the message has one line for each problem, with the field's path."""


class PolicyError(FileError):
    """The administrators' policy file is wrong, so nothing is promoted until it is corrected."""


class PolicyViolationError(GantryError):
    """The policy file does not allow the promotion or deployment; the message has every rule that it breaks."""


class TargetOwnedError(GantryError):
    """Another service's release is live on the target, and no binding lets this service take it over."""


class ArtifactNotFoundError(GantryError):
    """The artifact does not exist where it should lie, or no longer, or the pipeline may not read it."""


class ArtifactTypeError(GantryError):
    """The artifact is no image that can run, or an object that can never be deployed; the message says why."""


class ArtifactArchitectureError(GantryError):
    """Nothing in the artifact was built for the service's architecture, or nobody can know what it was built for."""


class ReplicationPendingError(GantryError):
    """The artifact is on its way to another region. The definition looks again, for about 30 minutes."""


class ReplicationFailedError(GantryError):
    """The artifact does not come by itself to a region where it is deployed; the message says what to do."""


class NeedsUnmetError(GantryError):
    """The infrastructure is not there yet that the release needs. The definition looks again, for days if need be."""


class NeedsTimedOutError(GantryError):
    """The infrastructure did not come in the manifest's time; the message says what, and who was waited for."""


class EnvironmentsNotReadyError(GantryError):
    """Some environments would refuse the release when it comes there; the message has everything, in their order."""


class QuarantinedError(GantryError):
    """The digest was rolled back before and nobody has released it from quarantine since."""


class MailError(GantryError):
    """The mail service refused a mail to one person, and trying again would not change that."""


class QuorumUnreachableError(GantryError):
    """Too few people may approve this release, because it is theirs."""


class ApprovalOutdatedError(GantryError):
    """What people approved does not hold for this target any more: they are asked again."""


class LeaseHeldError(GantryError):
    """Another execution kept changing this target for as long as this one could wait."""


class LeaseLostError(GantryError):
    """The lease is no longer this execution's: somebody rolled back or repaired the target in the meantime."""


class DeploymentSupersededError(GantryError):
    """A newer release holds the target's lease, or is live there already: an older one must not follow it."""


class RolledBackAlreadyError(GantryError):
    """Another manual rollback changed the same target at the same time: of two rollbacks at once, one counts."""


class TargetAccessError(GantryError):
    """The workload account refuses the pipeline or this target, or its names are too long for a session policy."""


class TargetNotFoundError(GantryError):
    """The target does not exist, and Gantry may not create it; the message says what would be right."""


class UnknownTargetKindError(GantryError):
    """A target has a kind that this version of Gantry does not know."""


class TargetFailedError(GantryError):
    """A change of the target failed, or a revision cannot take traffic; the message has the service's own reason."""


class RevisionUnusableError(GantryError):
    """A revision can never take traffic, such as a version whose image is gone; the message has the reason."""


class RevisionAsleepError(GantryError):
    """The revision to restore sleeps, so that its first requests would be refused. It is to be woken first."""


class TargetUnreachableError(GantryError):
    """A target's account or region did not answer in time. All other targets were dealt with meanwhile."""


class TargetPendingError(GantryError):
    """A change of the target has begun and is not finished. The definition looks again, within its own bound."""


class TargetSlowError(TargetPendingError):
    """As TargetPendingError, where it takes minutes: look again when the service says so, or after a minute."""


class TargetConflictError(GantryError):
    """Somebody else changed the target between our reading and our writing. Worth another try."""


class IncompatibleTargetError(GantryError):
    """The target cannot run this release as the manifest asks for it; the message has every reason."""

    may_pass = False
    """Whether every reason may be gone by itself when a release comes there, such as somebody else's canary."""


class RevisionMismatchError(GantryError):
    """The prepared revision does not hold the artifact and the configuration that were asked for."""


class TargetChangedError(GantryError):
    """The target is not as this deployment left it. Somebody else's change is noticed, never overwritten."""


class DraftChangedError(GantryError):
    """What the release takes from its target is not what the approvers saw: somebody has changed it since."""


class CheckFailedError(GantryError):
    """A check of the new revision failed before it had any traffic."""


class CheckUnavailableError(GantryError):
    """A check could not be made or did not end in time, which says nothing about the revision."""


class CheckPendingError(GantryError):
    """A build or task that checks the revision goes on, or has no room yet. The definition tries again for a while."""


class AlarmNotFoundError(GantryError):
    """The manifest names an alarm that does not exist in the target's account: nothing would watch the canary."""


class AlarmRaisedError(GantryError):
    """An alarm of the manifest changed to ALARM while the canary had traffic."""


class CanaryUnhealthyError(GantryError):
    """The verdict on the canary is `unhealthy`: harm is shown."""


class CanaryInconclusiveError(GantryError):
    """The verdict is still `inconclusive` when the time has ended. That is no health, and no guilt either."""


class CanarySteeredError(GantryError):
    """People want something of the canary that its deployment has not heard of. The judge looks at it."""


class CanaryAbortedError(GantryError):
    """Somebody took the canary back, and said why."""


class CanaryDecidedError(GantryError):
    """People have answered the question about a canary before the deployment could wait for them."""


class PromotionFailedError(GantryError):
    """A promotion ended early. That is recorded and people were notified; the execution is to end as failed."""


class NoPreviousRevisionError(GantryError):
    """A rollback was asked for and the ledger knows no revision to go back to."""


class NotificationError(GantryError):
    """Automation, people or a waiting task could not be notified. What was done stays done: the machines go on."""


class RollbackIncompleteError(GantryError):
    """A manual rollback did not reach every target, or could not stop a deployment; what it did is recorded."""
