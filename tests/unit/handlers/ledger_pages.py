"""What is read of the ledger, page by page."""

import json
from typing import Any

from gantry.promotion.history import HistoryKind


class LedgerPages:
    """Counts the pages of all queries, and the items that were looked at for them."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.count = 0
        self.scanned = 0
        self.of_history = 0
        """The pages with something of the history, but for those of a bounded search for what was deployed."""

    def ask(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        """Note what a page is asked for, as botocore is about to send it."""
        asked = [str(value.get("S")) for value in json.loads(params["body"])["ExpressionAttributeValues"].values()]
        context["is_search"] = HistoryKind.DEPLOYMENT_COMPLETED in asked
        self.of_history += not context["is_search"] and any(each.startswith("history") for each in asked)

    def see(self, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        """Count one page, as botocore hands its answer on."""
        self.count += 1
        self.scanned += parsed.get("ScannedCount", 0)
        has_history = any(item["sk"]["S"].startswith("history#") for item in parsed.get("Items", ()))
        self.of_history += has_history and not context["is_search"]
