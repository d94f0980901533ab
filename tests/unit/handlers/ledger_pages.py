"""What is read of the ledger, page by page."""

from typing import Any


class LedgerPages:
    """Counts the pages of all queries, and the items that were looked at for them."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.count = 0
        self.scanned = 0
        self.of_history = 0
        """The pages with something of the history."""

    def see(self, parsed: dict[str, Any], **_: Any) -> None:
        """Count one page, as botocore hands its answer on."""
        self.count += 1
        self.scanned += parsed.get("ScannedCount", 0)
        self.of_history += any(item["sk"]["S"].startswith("history#") for item in parsed.get("Items", ()))
