"""All connections of the workspace: state at a glance, several acted upon together."""
