"""Step Functions: the engine of moto (which is LocalStack's) in the place of ministack's own."""
