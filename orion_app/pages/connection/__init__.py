"""One connection: its live run, streams, schedule, runs with their requests, dead letters, settings."""
