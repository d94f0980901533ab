"""Events that AWS services put on the default bus of their account."""

import json

from ministack.services import eventbridge

from sandbox.stand_in.repairs.replacing import Json


def put_aws_event(source: str, detail_type: str, detail: Json, resource: str | None = None) -> None:
    """Put an `aws.…` event on the current account's default bus. PutEvents refuses such events from customers."""
    entry = {
        "Source": source,
        "DetailType": detail_type,
        "Detail": json.dumps(detail),
        "Resources": [resource] if resource else [],
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
