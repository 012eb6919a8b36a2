"""Settings: who may do what, and is everything in order."""
