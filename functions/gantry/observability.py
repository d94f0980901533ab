"""The one logger and the one metrics collector of every function."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics()
