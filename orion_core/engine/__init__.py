"""The pure middle: given an HTTP client, gives records. No database, queue, settings, network of its own, or UI."""
