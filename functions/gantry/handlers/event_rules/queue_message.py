"""One of Gantry's own events, as a queue hands it to a function."""

from typing import Generic, TypeVar

from pydantic import BaseModel, Field, Json

Detail = TypeVar("Detail", bound=BaseModel)


class OwnEvent(BaseModel, Generic[Detail]):
    """The event, as EventBridge puts it into the queue."""

    detail: Detail


class Message(BaseModel, Generic[Detail]):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html ."""

    body: Json[OwnEvent[Detail]]


class QueueMessage(BaseModel, Generic[Detail]):
    """One message: the mapping has a batch size of one, so that one that fails holds up no other service's."""

    records: tuple[Message[Detail]] = Field(alias="Records")

    @property
    def detail(self) -> Detail:
        """What the event says."""
        (message,) = self.records
        return message.body.detail
