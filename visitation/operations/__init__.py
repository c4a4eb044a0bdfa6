"""For whoever keeps the installation running: what is up, what is late, what is full."""
