"""What happens without a request: deliveries from the outbox and the sweeps that make deadlines true."""
