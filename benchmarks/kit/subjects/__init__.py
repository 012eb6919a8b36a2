"""What is measured: `python -m benchmarks.kit.subjects.NAME '{…}'` prints its result as JSON."""
