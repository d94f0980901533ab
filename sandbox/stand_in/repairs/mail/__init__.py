"""SES: the events about mails."""
