"""Measurements, with their peers in the same run. `benchmarks/NAME --help` says what each does."""
