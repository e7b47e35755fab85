"""What is answered to whom. Pure: the outbox makes rows of it."""
