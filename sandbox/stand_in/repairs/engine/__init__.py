"""Step Functions: moto's engine (which is LocalStack's) instead of ministack's own."""
