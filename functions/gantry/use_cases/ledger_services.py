"""What the ledger's table keeps, each part by its own adapter."""

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

    from gantry.aws.approvals import Approvals
    from gantry.aws.bakes import Bakes
    from gantry.aws.board_reading import BoardReading
    from gantry.aws.canary_questions import CanaryQuestions
    from gantry.aws.deployed_revisions import DeployedRevisions
    from gantry.aws.draft_locks import DraftLocks
    from gantry.aws.drift_records import DriftRecords
    from gantry.aws.hooks import Hooks
    from gantry.aws.leases import Leases
    from gantry.aws.ledger import Ledger
    from gantry.aws.needs_ledger import NeedsLedger
    from gantry.aws.notification_log import NotificationLog
    from gantry.aws.promotion_starts import PromotionStarts
    from gantry.aws.push_claims import PushClaims
    from gantry.aws.quarantines import Quarantines
    from gantry.aws.rehearsals import Rehearsals
    from gantry.aws.release_claims import ReleaseClaims
    from gantry.aws.running_promotions import RunningPromotions
    from gantry.aws.standings import Standings
    from gantry.aws.started_promotions import StartedPromotions
    from gantry.aws.steerings import Steerings


class LedgerServices(ABC):
    """The adapters of the ledger. Each is made when it is first used, and kept while the function is warm."""

    @cached_property
    def ledger(self) -> "Ledger":
        """What is live where, and the history."""
        from gantry.aws.ledger import Ledger

        return Ledger(self._table)

    @cached_property
    def deployed(self) -> "DeployedRevisions":
        """What was deployed to each target."""
        from gantry.aws.deployed_revisions import DeployedRevisions

        return DeployedRevisions(self._table)

    @cached_property
    def leases(self) -> "Leases":
        """The right to change each target."""
        from gantry.aws.leases import Leases

        return Leases(self._table)

    @cached_property
    def draft_locks(self) -> "DraftLocks":
        """The right to write each draft that several targets share."""
        from gantry.aws.draft_locks import DraftLocks

        return DraftLocks(self._table)

    @cached_property
    def standings(self) -> "Standings":
        """How releases stand towards targets."""
        from gantry.aws.standings import Standings

        return Standings(self._table)

    @cached_property
    def quarantines(self) -> "Quarantines":
        """What was rolled back."""
        from gantry.aws.quarantines import Quarantines

        return Quarantines(self._table)

    @cached_property
    def claims(self) -> "ReleaseClaims":
        """Which promotion carries a release."""
        from gantry.aws.release_claims import ReleaseClaims

        return ReleaseClaims(self._table)

    @cached_property
    def push_claims(self) -> "PushClaims":
        """Which promotion handles a push."""
        from gantry.aws.push_claims import PushClaims

        return PushClaims(self._table)

    @cached_property
    def running_promotions(self) -> "RunningPromotions":
        """The promotions whose end is not known yet."""
        from gantry.aws.running_promotions import RunningPromotions

        return RunningPromotions(self._table)

    @cached_property
    def started_promotions(self) -> "StartedPromotions":
        """What is kept of a promotion that starts."""
        from gantry.aws.started_promotions import StartedPromotions

        return StartedPromotions(self._table)

    @cached_property
    def promotion_starts(self) -> "PromotionStarts":
        """How promotions were started."""
        from gantry.aws.promotion_starts import PromotionStarts

        return PromotionStarts(self._table)

    @cached_property
    def approvals(self) -> "Approvals":
        """What people are asked and answered."""
        from gantry.aws.approvals import Approvals

        return Approvals(self._table)

    @cached_property
    def canary_questions(self) -> "CanaryQuestions":
        """What deployments have asked people about their canaries."""
        from gantry.aws.canary_questions import CanaryQuestions

        return CanaryQuestions(self._table)

    @cached_property
    def bakes(self) -> "Bakes":
        """The bakes that alarms end."""
        from gantry.aws.bakes import Bakes

        return Bakes(self._table)

    @cached_property
    def steerings(self) -> "Steerings":
        """What people want of running canaries."""
        from gantry.aws.steerings import Steerings

        return Steerings(self._table)

    @cached_property
    def hooks(self) -> "Hooks":
        """The checks that answer later."""
        from gantry.aws.hooks import Hooks

        return Hooks(self._table)

    @cached_property
    def notification_log(self) -> "NotificationLog":
        """What people were notified of."""
        from gantry.aws.notification_log import NotificationLog

        return NotificationLog(self._table)

    @cached_property
    def needs(self) -> "NeedsLedger":
        """Which releases wait for their infrastructure, and what others have found."""
        from gantry.aws.needs_ledger import NeedsLedger

        return NeedsLedger(self._table)

    @cached_property
    def rehearsals(self) -> "Rehearsals":
        """What a rollback would have found the last time that somebody looked."""
        from gantry.aws.rehearsals import Rehearsals

        return Rehearsals(self._table)

    @cached_property
    def drift_records(self) -> "DriftRecords":
        """What the last check for drift found."""
        from gantry.aws.drift_records import DriftRecords

        return DriftRecords(self._table)

    @cached_property
    def board_reading(self) -> "BoardReading":
        """What people see of everything at once."""
        from gantry.aws.board_reading import BoardReading

        return BoardReading(self._table)

    @property
    @abstractmethod
    def _table(self) -> "Table":
        """The table."""
