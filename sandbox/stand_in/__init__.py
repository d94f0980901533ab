"""A local process that answers like AWS, and everything that knows that it is not AWS."""
