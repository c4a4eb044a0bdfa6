"""The media broker: a process of its own, without Flask and without a database."""
