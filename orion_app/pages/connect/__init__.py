"""The connect form, drawn from the connector's spec: test, then save."""
