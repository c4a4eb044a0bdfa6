"""Officers of the day: who watches which visit."""
