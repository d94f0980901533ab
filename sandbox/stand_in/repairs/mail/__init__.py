"""SES: what is told of the mails that were sent."""
