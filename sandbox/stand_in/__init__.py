"""A local process that answers like AWS, and everything that knows that it is not AWS.

It has AWS' limits: payloads of Step Functions, Lambda and EventBridge, items and pages of DynamoDB, messages of SNS,
and 25,000 events of an execution. `settings.Limits` has those that differ from AWS', or that only some of its users
want.
"""
