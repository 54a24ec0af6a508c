"""Measurements: ratios of one run on one machine. ``python -m bench`` prints them and writes docs/benchmarks.md."""
