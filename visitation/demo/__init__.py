"""Demo data: everything invented, everything made through the rooms' own services where they have them. Only with DEMO=1."""
