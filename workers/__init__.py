"""arq workers: a job is a name and an id; each makes one service call."""
