"""Measurements. `make bench`, or `make bench SCENARIO=pages`: each figure is one line of JSON."""
