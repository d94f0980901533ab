"""The events of an execution are written to the machine's log group.

Restores: if the machine has a logging configuration, the events of its executions go to CloudWatch Logs, one JSON
document for each event, in the stream `states/…`. Otherwise nothing is written. Moto writes to a store of its own.
https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

import logging
import time
from http import HTTPStatus

from ministack.services import cloudwatch_logs
from moto.stepfunctions.parser.asl.eval.event.logging import (
    CloudWatchLoggingConfiguration,
    CloudWatchLoggingSession,
    HistoryLog,
)
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

from sandbox.stand_in.repairs.replacing import Json
from sandbox.stand_in.repairs.scope import in_scope

_log = logging.getLogger(__name__)


class LogSession(CloudWatchLoggingSession):
    """Writes one execution's events to the stand-in's CloudWatch Logs."""

    def __init__(self, execution_arn: str, configuration: CloudWatchLoggingConfiguration) -> None:
        self.execution_arn = execution_arn
        self.configuration = configuration

    def publish_history_log(self, history_log: HistoryLog) -> None:
        """Write one event."""
        where = self.configuration
        in_scope(where.log_account_id, where.log_region, self._write, to_json_str(history_log))

    def _write(self, message: str) -> None:
        stream = {
            "logGroupName": self.configuration.log_group_name,
            "logStreamName": self.configuration.log_stream_name,
        }
        cloudwatch_logs._create_log_stream(stream)  # it refuses a second one, which does no harm
        event = {"timestamp": int(time.time() * 1000), "message": message}
        status, _, body = cloudwatch_logs._put_log_events({**stream, "logEvents": [event]})
        if status != HTTPStatus.OK:
            _log.warning("the execution's log was not written: %s", body)


def log_session(execution_arn: str, machine_arn: str, machine: Json) -> LogSession | None:
    """Return the log session of an execution; None if its machine does not log."""
    configured: Json = {"includeExecutionData": False, **camel_cased(machine.get("loggingConfiguration") or {})}
    configuration = CloudWatchLoggingConfiguration.from_logging_configuration(machine_arn, configured)
    return LogSession(execution_arn, configuration) if configuration else None


def camel_cased(document: Json) -> Json:
    """Return a logging configuration with the API's names. CloudFormation's begin with a capital letter."""
    return {name[:1].lower() + name[1:]: _inside(value) for name, value in document.items()}


def _inside(value: object) -> object:
    if isinstance(value, dict):
        return camel_cased(value)
    return [_inside(inner) for inner in value] if isinstance(value, list) else value
